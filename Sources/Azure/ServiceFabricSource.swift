import Crypto
import Federation
import FoundationEssentials
import Transport

/// The token endpoint of a Service Fabric node.
///
/// cambist identifies the node's self-signed certificate by its thumbprint. The application manifest determines the
/// identity, so no selector is sent.
///
/// Source: Microsoft, "How to leverage a Service Fabric application's managed identity", api-version
/// 2019-07-01-preview.
struct ServiceFabricSource: TokenSource {
    static let declaration = SourceDeclaration(
        kind: .serviceFabric,
        detectionVariables: ["IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IDENTITY_SERVER_THUMBPRINT"]
    ) { context throws(TokenSourceError) in
        try ServiceFabricSource(context)
    }

    let kind = TokenSourceKind.serviceFabric
    private let address: URL
    private let secret: Secret
    /// The SHA-1 hash of the certificate, as lowercase hexadecimal.
    private let thumbprint: String
    private let endpoint: TokenEndpoint

    init(_ context: SourceContext) throws(TokenSourceError) {
        address = try context.address("IDENTITY_ENDPOINT", for: .serviceFabric)
        guard address.scheme == "https" else {
            throw .unavailable(source: .serviceFabric, missing: "an https address in IDENTITY_ENDPOINT")
        }
        secret = try context.variable("IDENTITY_HEADER", for: .serviceFabric)
        let text = try context.variable("IDENTITY_SERVER_THUMBPRINT", for: .serviceFabric).reveal()
        thumbprint = text.lowercased().filter { $0 != ":" && !$0.isWhitespace }
        guard thumbprint.count == 40, thumbprint.allSatisfy(\.isHexDigit) else {
            throw .unavailable(
                source: .serviceFabric,
                missing: "a SHA-1 of 40 digits in IDENTITY_SERVER_THUMBPRINT"
            )
        }
        endpoint = context.endpoint(.serviceFabric, .serviceFabric)
    }

    func token(for request: TokenRequest) async throws(TokenSourceError) -> AccessToken {
        let url = address.appending(query: [
            ("api-version", "2019-07-01-preview"), ("resource", request.audience),
        ])
        let headers = [HTTPRequest.HeaderField("Secret", secret), .init("Accept", "application/json")]
        return try await pinnedEndpoint().token(HTTPRequest(.get, url, headers: headers))
    }

    /// Returns the endpoint with a transport that trusts only the node's certificate.
    private func pinnedEndpoint() async throws(TokenSourceError) -> TokenEndpoint {
        var pinned = endpoint
        do throws(TransportError) {
            pinned.transport = try await endpoint.transport.pinned(to: address, within: endpoint.limit) {
                Insecure.SHA1.hash(data: $0).hexadecimal == thumbprint
            }
        } catch {
            throw endpoint.sourceError(error)
        }
        return pinned
    }
}

extension RetryPolicy {
    /// The retry policy for Service Fabric: retries after 429 with doubling pauses, and one after a failed connection.
    ///
    /// Source: Microsoft, "How to leverage a Service Fabric application's managed identity", retry guidance.
    fileprivate static let serviceFabric: RetryPolicy = {
        var policy = RetryPolicy(pauses: [1, 2, 4, 8, 16].map(Duration.seconds))
        policy.statuses = [429]
        policy.reconnectPauses = [.seconds(1)]
        return policy
    }()
}
