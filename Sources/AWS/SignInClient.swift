package import Federation
package import FoundationEssentials
package import Transport

/// Creates URLs that sign a browser in to the AWS console as a role session.
///
/// Source: AWS IAM user guide, custom identity broker access to the AWS console.
package struct SignInClient: Sendable {
    /// The accepted durations of a console session, in seconds.
    private static let sessionLengths = 900...43200
    private static let bounds = RequestBounds(total: .seconds(15), bodySize: 64 * 1024)

    private let transport: HTTPTransport
    private let endpoint: SignInEndpoint

    package init(transport: HTTPTransport, endpoint: SignInEndpoint) {
        self.transport = transport
        self.endpoint = endpoint
    }

    /// Returns a sign-in URL.
    ///
    /// The URL grants access like a password and expires after 15 minutes.
    ///
    /// AWS accepts a duration only for some sessions. After a refusal, cambist requests a sign-in token without a
    /// duration. Without a duration, the console session lasts as long as the credentials.
    ///
    /// - Throws: ``SignInError`` if AWS returns no sign-in token.
    package func url(
        for credentials: SessionCredentials,
        duration: Duration
    ) async throws(SignInError) -> Secret {
        var response = try await token(for: credentials, duration: duration)
        if (400..<500).contains(response.status) {
            response = try await token(for: credentials, duration: nil)
        }
        guard response.status == 200 else { throw .refused(status: response.status) }
        guard let token = (try? JSONValue(parsing: response.body))?["SigninToken"]?.string, !token.isEmpty
        else { throw .unexpectedResponse(host: endpoint.federation.host() ?? "the endpoint") }
        return login(token)
    }

    /// Requests a token by POST, because a session token may exceed the maximum URL length.
    private func token(
        for credentials: SessionCredentials,
        duration: Duration?
    ) async throws(SignInError) -> HTTPResponse {
        let session = JSONValue.object([
            "sessionId": .string(credentials.accessKeyID),
            "sessionKey": .string(credentials.secretAccessKey.reveal()),
            "sessionToken": .string(credentials.sessionToken.reveal()),
        ])
        var form = [(name: "Action", value: "getSigninToken")]
        if let duration {
            let seconds = duration.wholeSeconds
            let length = min(max(seconds, Self.sessionLengths.lowerBound), Self.sessionLengths.upperBound)
            form.append((name: "SessionDuration", value: "\(length)"))
        }
        form.append((name: "Session", value: session.compactText))
        let request = HTTPRequest(
            .post,
            endpoint.federation,
            headers: [.init("content-type", FormBody.contentType), .init("accept", "application/json")],
            body: Secret(FormEncoding.encode(form)),
            operation: "signin getSigninToken"
        )
        do {
            return try await transport.send(request, bounds: Self.bounds)
        } catch {
            throw .noAnswer(error)
        }
    }

    private func login(_ token: String) -> Secret {
        let query = FormEncoding.encode([
            (name: "Action", value: "login"), (name: "Issuer", value: "cambist"),
            (name: "Destination", value: endpoint.console.absoluteString),
            (name: "SigninToken", value: token),
        ])
        return Secret("\(endpoint.federation.absoluteString)?\(query)")
    }
}

/// The URLs for signing a browser in to the console with session credentials.
///
/// Source: AWS IAM user guide, custom identity broker access to the AWS console.
package struct SignInEndpoint: Hashable, Sendable {
    /// The endpoint that issues sign-in tokens; the browser opens the endpoint with the token.
    package let federation: URL
    /// The console page to which the browser is redirected.
    package let console: URL

    /// Creates the endpoint of a region; `override` is the base URL of a custom endpoint.
    ///
    /// - Throws: ``SignInError/unknownRegion(_:)`` if the console address for the region is unknown.
    package init(region: String, override: URL? = nil) throws(SignInError) {
        let region = region == AWSPartition.globalRegion ? AWSPartition.aws.implicitRegion : region
        guard let partition = AWSPartition(region: region), let hosts = Self.hosts(partition, region),
            let base = override ?? URL(string: "https://\(hosts.signIn)/"),
            let console = URL(string: "https://\(hosts.console)/console/home?region=\(region)")
        else { throw .unknownRegion(region) }
        federation = base.appending(path: "federation")
        self.console = console
    }

    private static func hosts(
        _ partition: AWSPartition,
        _ region: String
    ) -> (signIn: String, console: String)? {
        switch partition {
        case .aws: ("\(region).signin.aws.amazon.com", "\(region).console.aws.amazon.com")
        case .china: ("signin.amazonaws.cn", "console.amazonaws.cn")
        case .usGov: ("signin.amazonaws-us-gov.com", "console.amazonaws-us-gov.com")
        case .europeanSovereign, .iso, .isoB, .isoE, .isoF: nil
        }
    }
}

/// The reason that no sign-in URL is available.
package enum SignInError: Error, Hashable, Sendable {
    /// The console address for the region is unknown.
    case unknownRegion(String)
    /// AWS returned an error status.
    case refused(status: Int)
    case noAnswer(TransportError)
    /// The response contains no sign-in token.
    case unexpectedResponse(host: String)
}

extension SignInError {
    /// The failure to show to the operator.
    package var failure: Failure {
        switch self {
        case .unknownRegion(let region):
            Failure(
                kind: .refused,
                code: "unknown-console",
                message: "The console's sign-in address for \(region) is unknown.",
                fix: "Set region to a region in the partition aws, aws-cn, or aws-us-gov."
            )
        case .refused(let status):
            Failure(
                kind: status >= 500 || status == 429 ? .tryAgain : .refused,
                code: "sign-in-refused",
                message: "AWS did not issue a sign-in token (HTTP \(status)).",
                fix: Self.fix(ofStatus: status)
            )
        case .noAnswer(let error):
            Failure(kind: error.kind, code: error.code, message: error.description, fix: error.fix)
        case .unexpectedResponse(let host):
            Failure(
                kind: .unreachable,
                code: "not-aws",
                message: "\(host) responded without a sign-in token.",
                fix: Self.wrongServer
            )
        }
    }

    private static let wrongServer =
        "A proxy or another server is at this address; check endpoints.signin and HTTPS_PROXY."

    /// The advice on a response without a sign-in token.
    ///
    /// cambist caches credentials until the expiration, even if AWS has revoked the credentials. A further sign-in
    /// would use the cached credentials.
    private static func fix(ofStatus status: Int) -> String {
        switch status {
        case 429, 500...: "Wait a few minutes, then try again."
        case 400, 401, 403:
            "The credentials may have expired or been revoked: drop them (`cambist console`, key x), then sign in "
                + "again."
        default: wrongServer
        }
    }
}
