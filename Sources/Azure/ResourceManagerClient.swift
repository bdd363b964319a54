import Diagnosis
package import Federation
package import FoundationEssentials
import Glibc
package import Transport

/// A client for the user-assigned managed identities in Azure Resource Manager.
///
/// Source: Azure REST API, Microsoft.ManagedIdentity/userAssignedIdentities, api-version 2023-01-31.
package struct ResourceManagerClient: Sendable {
    private static let version = "api-version=2023-01-31"
    private static let pageLimit = 200
    private let service: AzureService

    /// Creates a client; the default endpoint is the public cloud's.
    package init(
        endpoint: URL? = nil,
        caller: AzureCredential,
        transport: HTTPTransport,
        time: any TimeSource
    ) {
        var address = (endpoint ?? MicrosoftCloud.public.arm).absoluteString
        if address.hasSuffix("/") { address.removeLast() }
        service = AzureService(
            service: .arm,
            base: URL(string: address) ?? URL(filePath: "/"),
            audience: MicrosoftCloud.audience(ofHost: endpoint?.host(), \.arm),
            caller: caller,
            transport: transport,
            time: time
        )
    }

    /// Returns an identity; `nil` if it does not exist.
    ///
    /// - Throws: ``CloudError`` if the call fails or the resource group does not exist.
    package func identity(resourceID: String) async throws(CloudError) -> IdentityRecord? {
        do throws(CloudError) {
            let answer = try await service.send(.get, Self.path(resourceID), query: Self.version)
            return try read(answer)
        } catch {
            guard error.refusal?.code == "ResourceNotFound" else { throw error }
            return nil
        }
    }

    /// Returns the identities of a subscription.
    ///
    /// - Throws: ``CloudError`` if the call fails.
    package func identities(inSubscription id: String) async throws(CloudError) -> [IdentityRecord] {
        let path =
            "/subscriptions/\(FormEncoding.escape(id))/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
        var records: [IdentityRecord] = []
        for value in try await list(path, query: Self.version) { records.append(try read(value)) }
        return records
    }

    /// Returns the IDs of the subscriptions that the caller can read.
    ///
    /// Source: Azure REST API, Subscriptions List, api-version 2022-12-01.
    ///
    /// - Throws: ``CloudError`` if the call fails.
    package func subscriptions() async throws(CloudError) -> [String] {
        try await list("/subscriptions", query: "api-version=2022-12-01").compactMap {
            $0["subscriptionId"]?.string?.lowercased()
        }
    }

    private func list(_ path: String, query: String) async throws(CloudError) -> [JSONValue] {
        var found: [JSONValue] = []
        var answer = try await service.send(.get, path, query: query)
        for _ in 0..<Self.pageLimit {
            guard case .array(let values) = answer["value"] else {
                throw service.unexpectedResponse(status: 200, "JSON without a list")
            }
            found += values
            guard let next = answer["nextLink"]?.string, !next.isEmpty else { return found }
            answer = try await service.page(next)
        }
        throw service.unexpectedResponse(status: 200, "a list of more than \(Self.pageLimit) pages")
    }

    /// Creates an identity, or replaces the tags of an existing identity.
    ///
    /// - Throws: ``CloudError`` if the call fails.
    package func createIdentity(
        _ resource: IdentityResource,
        tags: [String: String]
    ) async throws(CloudError) -> IdentityRecord {
        let body: JSONValue = .object([
            "location": .string(resource.location), "tags": .object(tags.mapValues(JSONValue.string)),
        ])
        let path = Self.path(resource.resourceID)
        return try read(try await service.send(.put, path, query: Self.version, body: body))
    }

    /// Deletes an identity; succeeds if it does not exist.
    ///
    /// - Throws: ``CloudError`` if the call fails or the resource group does not exist.
    package func deleteIdentity(resourceID: String) async throws(CloudError) {
        do throws(CloudError) {
            _ = try await service.send(.delete, Self.path(resourceID), query: Self.version)
        } catch {
            guard error.refusal?.code == "ResourceNotFound" else { throw error }
        }
    }

    private func read(_ answer: JSONValue) throws(CloudError) -> IdentityRecord {
        let properties = answer["properties"]
        guard let id = answer["id"]?.string, let principalID = properties?["principalId"]?.string,
            let clientID = properties?["clientId"]?.string
        else {
            throw service.unexpectedResponse(status: 200, "JSON that is not an identity")
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

    /// Returns the URL path of a resource ID, with encoded segments.
    private static func path(_ resourceID: String) -> String {
        let segments = resourceID.split(separator: "/").map { FormEncoding.escape(String($0)) }
        return "/" + segments.joined(separator: "/")
    }
}
