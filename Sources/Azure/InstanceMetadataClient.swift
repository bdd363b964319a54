import Federation
import FoundationEssentials
import Transport

/// The virtual machine that instance metadata describes.
package struct InstanceRecord: Hashable, Sendable {
    package let name: String
    /// A lowercase GUID.
    package let subscriptionID: String
    package let resourceGroup: String
}

/// A client for the properties of this virtual machine in the instance metadata service.
///
/// Source: Microsoft, "Azure Instance Metadata Service", category instance/compute, api-version 2021-02-01.
package struct InstanceMetadataClient: Sendable {
    private let sources: TokenSources

    package init(_ sources: TokenSources) {
        self.sources = sources
    }

    /// Returns the virtual machine; `nil` if the service does not respond.
    ///
    /// - Throws: ``TokenSourceError`` if the service responds but does not return the properties.
    package func instance() async throws(TokenSourceError) -> InstanceRecord? {
        let identity = ManagedIdentity(id: "", source: .imds)
        let context = SourceContext(identity: identity, sources: sources)
        let source = try IMDSSource(context)
        guard await source.isReachable() else { return nil }
        var endpoint = context.endpoint(.imds, .imds, limiter: sources.imdsLimiter)
        endpoint.limit = .seconds(5)
        let response = try await endpoint.response(
            HTTPRequest(
                .get,
                source.instanceURL,
                headers: [.init("Metadata", "true")],
                operation: "imds instance"
            )
        )
        guard response.status == 200 else { throw endpoint.refusal(response) }
        guard let answer = try? JSONValue(parsing: response.body),
            let subscription = answer["subscriptionId"]?.string, !subscription.isEmpty,
            let group = answer["resourceGroupName"]?.string, !group.isEmpty
        else {
            throw .unexpectedResponse(
                source: .imds,
                seen: "instance metadata without a subscription or a resource group"
            )
        }
        return InstanceRecord(
            name: answer["name"]?.string ?? "",
            subscriptionID: subscription.lowercased(),
            resourceGroup: group
        )
    }
}
