import Diagnosis
package import Federation
package import Foundation
package import Transport

/// Azure Resource Manager, as far as user-assigned managed identities go.
///
/// Source: Azure REST API, Microsoft.ManagedIdentity/userAssignedIdentities, api-version 2023-01-31.
package struct ResourceManagerClient: Sendable {
    private static let publicAddress = "https://management.azure.com"
    private static let version = "api-version=2023-01-31"
    /// The national clouds' own.
    private static let nationalHosts = ["management.usgovcloudapi.net", "management.chinacloudapi.cn"]
    private let service: AzureService

    /// Asks nobody yet; without an endpoint the public cloud is meant.
    package init(
        endpoint: URL? = nil,
        caller: AzureCaller,
        transport: HTTPTransport,
        time: any TimeSource
    ) {
        var address = endpoint?.absoluteString ?? Self.publicAddress
        if address.hasSuffix("/") { address.removeLast() }
        let host = endpoint?.host()
        let national = host.flatMap { Self.nationalHosts.contains($0) ? "https://" + $0 : nil }
        service = AzureService(
            side: .arm,
            base: URL(string: address) ?? URL(filePath: "/"),
            audience: national ?? Self.publicAddress,
            caller: caller,
            transport: transport,
            time: time
        )
    }

    /// The identity; `nil` when there is none such.
    ///
    /// - Throws: ``AzureError`` when it does not answer, refuses, or has no such resource group.
    package func identity(resourceID: String) async throws(AzureError) -> IdentityRecord? {
        do throws(AzureError) {
            let answer = try await service.send(.get, Self.path(resourceID), query: Self.version)
            return try read(answer)
        } catch {
            guard error.refusal?.code == "ResourceNotFound" else { throw error }
            return nil
        }
    }

    /// Makes the identity, or leaves the one of that name as it is but for its tags.
    ///
    /// - Throws: ``AzureError`` when it does not answer or refuses.
    package func createIdentity(
        _ resource: IdentityResource,
        tags: [String: String]
    ) async throws(AzureError) -> IdentityRecord {
        let body: JSONValue = .object([
            "location": .string(resource.location), "tags": .object(tags.mapValues(JSONValue.string)),
        ])
        let path = Self.path(resource.resourceID)
        return try read(try await service.send(.put, path, query: Self.version, body: body))
    }

    /// Deletes the identity; one that is gone is as good as deleted.
    ///
    /// - Throws: ``AzureError`` when it does not answer or refuses.
    package func deleteIdentity(resourceID: String) async throws(AzureError) {
        do throws(AzureError) {
            _ = try await service.send(.delete, Self.path(resourceID), query: Self.version)
        } catch {
            guard error.refusal?.code == "ResourceNotFound" else { throw error }
        }
    }

    private func read(_ answer: JSONValue) throws(AzureError) -> IdentityRecord {
        let properties = answer["properties"]
        guard let id = answer["id"]?.string, let principalID = properties?["principalId"]?.string,
            let clientID = properties?["clientId"]?.string
        else {
            let host = service.base.host() ?? "Resource Manager"
            throw .unintelligible(host: host, status: 200, seen: "JSON that is not an identity")
        }
        var tags: [String: String] = [:]
        if case .object(let members) = answer["tags"] { tags = members.compactMapValues(\.string) }
        return IdentityRecord(
            id: id,
            location: answer["location"]?.string ?? "",
            principalID: principalID.lowercased(),
            clientID: clientID.lowercased(),
            tags: tags
        )
    }

    /// A resource id as a path, each of its segments encoded.
    private static func path(_ resourceID: String) -> String {
        let segments = resourceID.split(separator: "/").map { FormEncoding.escape(String($0)) }
        return "/" + segments.joined(separator: "/")
    }
}
