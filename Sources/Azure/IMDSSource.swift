import Federation
import FoundationEssentials
import Transport

/// The Azure Instance Metadata Service (IMDS) of a virtual machine, a scale set, or an AKS node.
///
/// Source: Microsoft, "How to use managed identities on an Azure VM to acquire an access token", api-version
/// 2018-02-01.
struct IMDSSource: TokenSource {
    static let declaration = SourceDeclaration(kind: .imds) { context throws(TokenSourceError) in
        try IMDSSource(context)
    }

    private static let publicAddress = URL(string: "http://169.254.169.254/")
    private static let parameterNames = IdentitySelector.ParameterNames(
        clientID: "client_id",
        resourceID: "msi_res_id",
        objectID: "object_id"
    )

    let kind = TokenSourceKind.imds
    private let address: URL
    /// The address of the virtual machine's properties.
    let instanceURL: URL
    private let endpoint: TokenEndpoint

    init(_ context: SourceContext) throws(TokenSourceError) {
        guard let base = context.sources.endpoints.imds ?? Self.publicAddress else {
            throw .unavailable(source: .imds, missing: "its address")
        }
        address = base.appending(path: "metadata/identity/oauth2/token")
        instanceURL = base.appending(path: "metadata/instance/compute")
            .appending(query: [("api-version", "2021-02-01"), ("format", "json")])
        endpoint = context.endpoint(.imds, .imds, limiter: context.sources.imdsLimiter)
    }

    func token(for request: TokenRequest) async throws(TokenSourceError) -> AccessToken {
        try await endpoint.token(HTTPRequest(.get, url(for: request), headers: [.init("Metadata", "true")]))
    }

    /// Whether the service responds.
    ///
    /// The request lacks the header `Metadata`, so the service must respond with status 400.
    func isReachable() async -> Bool {
        var probe = endpoint
        probe.limit = .seconds(2)
        let url = address.appending(query: [("api-version", "2018-02-01")])
        return await probe.status(HTTPRequest(.get, url, operation: "imds check")) == 400
    }

    private func url(for request: TokenRequest) -> URL {
        let query = [("api-version", "2018-02-01"), ("resource", request.audience)]
        return address.appending(
            query: query + IdentitySelector(request.identity).parameters(Self.parameterNames)
        )
    }
}

extension RetryPolicy {
    /// The retry policy for IMDS.
    ///
    /// - After 404, 429, or 5xx: pauses of 0, 2, 6, 14, and 30 s; at least 1 s after 5xx.
    /// - After 410, which announces an update of the service: seven pauses of 10 s.
    ///
    /// Source: Microsoft, "How to use managed identities on an Azure VM to acquire an access token", retry guidance;
    /// MSAL.NET for the pauses after 410.
    static let imds: RetryPolicy = {
        var policy = RetryPolicy(pauses: [.zero, .seconds(2), .seconds(6), .seconds(14), .seconds(30)])
        policy.statuses = Set(500...599).union([404, 410, 429])
        policy.serverErrorPause = .seconds(1)
        policy.gonePauses = Array(repeating: .seconds(10), count: 7)
        policy.reconnectPauses = [.seconds(1)]
        return policy
    }()

    /// The retry policy for other endpoints of the host, except Service Fabric: three retries, one second apart.
    ///
    /// Source: MSAL.NET, retry policy of managed identity sources other than instance metadata.
    static let host: RetryPolicy = {
        var policy = RetryPolicy(pauses: Array(repeating: .seconds(1), count: 3))
        policy.statuses = [404, 408, 429, 500, 503, 504]
        policy.reconnectPauses = [.seconds(1)]
        return policy
    }()
}
