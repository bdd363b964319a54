import Diagnosis
package import Federation
package import Foundation
package import Transport

/// Microsoft Graph v1.0, as far as applications, service principals and app-role assignments go.
///
/// What was just written may not be found yet: Graph answers from replicas. Waiting for them is left to the
/// caller, who alone knows what was written. Source: Microsoft Graph REST API v1.0.
package struct GraphClient: Sendable {
    let service: AzureService

    /// Asks nobody yet; without an endpoint the public cloud is meant.
    package init(
        endpoint: URL? = nil,
        caller: AzureCaller,
        transport: HTTPTransport,
        time: any TimeSource
    ) {
        let address = (endpoint?.absoluteString ?? Self.publicAddress).trimmingSuffix("/")
        service = AzureService(
            side: .graph,
            base: URL(string: address + "/v1.0") ?? URL(filePath: "/"),
            audience: Self.audience(of: endpoint),
            caller: caller,
            transport: transport,
            time: time
        )
    }

    private static let publicAddress = "https://graph.microsoft.com"
    /// The national clouds' own.
    private static let nationalHosts = [
        "graph.microsoft.us", "dod-graph.microsoft.us", "microsoftgraph.chinacloudapi.cn",
    ]

    /// What tokens are asked for with: a national cloud has its own, any other address stands for the public one.
    static func audience(of endpoint: URL?) -> String {
        guard let host = endpoint?.host(), nationalHosts.contains(host) else { return publicAddress }
        return "https://" + host
    }

    /// The permissions that the caller's token names: application permissions, or a user's scopes.
    ///
    /// - Throws: ``AzureError/noToken(_:)``.
    package func permissions() async throws(AzureError) -> Set<String> {
        let claims = try await claims()
        let scopes = claims?.payload["scp"]?.string?.split(separator: " ").map(String.init) ?? []
        return Set((claims?.roles ?? []) + scopes)
    }

    /// The tenant that the caller's token is of, lower case.
    ///
    /// - Throws: ``AzureError/noToken(_:)``.
    package func tenantID() async throws(AzureError) -> String? {
        try await claims()?.tenantID?.lowercased()
    }

    private func claims() async throws(AzureError) -> Claims? {
        let token: AccessToken
        do throws(TokenSourceError) {
            token = try await service.caller.token(for: service.audience)
        } catch {
            throw .noToken(error)
        }
        return try? Claims(decoding: token.rawValue)
    }

    /// Everything of a collection, page by page.
    func list(
        _ path: String,
        query: String,
        headers: [HTTPRequest.HeaderField] = []
    ) async throws(AzureError) -> [JSONValue] {
        var found: [JSONValue] = []
        var answer = try await service.send(.get, path, query: query, headers: headers)
        while true {
            guard case .array(let values) = answer["value"] else {
                throw .unintelligible(
                    host: service.base.host() ?? "Graph",
                    status: 200,
                    seen: "JSON without a list"
                )
            }
            found += values
            guard let next = answer["@odata.nextLink"]?.string else { return found }
            answer = try await service.page(next)
        }
    }

    /// One object; `nil` when Graph has none such, or does not show it yet.
    func object(_ path: String, select: String) async throws(AzureError) -> JSONValue? {
        do throws(AzureError) {
            return try await service.send(.get, path, query: "$select=\(select)")
        } catch {
            guard error.refusal?.status == 404 else { throw error }
            return nil
        }
    }

    /// A filter that compares with a text, in which quotation marks are doubled.
    static func filter(_ expression: String, _ value: String) -> String {
        let quoted = "'" + value.replacing("'", with: "''") + "'"
        return "$filter=" + FormEncoding.escape(expression.replacing("?", with: quoted))
    }
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
    }
}
