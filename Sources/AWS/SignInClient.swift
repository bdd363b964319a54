package import Federation
import Foundation
package import Transport

/// Asks AWS for a URL that signs whoever opens it in to the console as a role session.
///
/// Source: AWS IAM user guide, custom identity broker access to the AWS console.
package struct SignInClient: Sendable {
    /// How long a console session may be, in seconds.
    private static let sessionLengths = 900...43200
    private static let bounds = RequestBounds(total: .seconds(15), bodySize: 64 * 1024)

    private let transport: HTTPTransport
    private let endpoint: SignInEndpoint

    package init(transport: HTTPTransport, endpoint: SignInEndpoint) {
        self.transport = transport
        self.endpoint = endpoint
    }

    /// The URL, which is as good as a password for the 15 minutes in which it must be opened.
    ///
    /// AWS takes a duration only for some sessions; where it refuses one, the console session lasts as long as the
    /// credentials do.
    ///
    /// - Throws: ``SignInError`` when AWS gives no token.
    package func url(
        for credentials: SessionCredentials,
        duration: Duration
    ) async throws(SignInError) -> Secret {
        var response = try await token(for: credentials, duration: duration)
        if (400..<500).contains(response.status) {
            response = try await token(for: credentials, duration: nil)
        }
        guard response.status == 200 else { throw .refused(status: response.status) }
        guard let answer = try? JSONDecoder().decode(Answer.self, from: response.body),
            !answer.token.isEmpty
        else { throw .unintelligible(host: endpoint.federation.host() ?? "the endpoint") }
        return login(answer.token)
    }

    /// Asks by POST, for a session token may be longer than a URL.
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
            let seconds = Int(duration.components.seconds)
            let length = min(max(seconds, Self.sessionLengths.lowerBound), Self.sessionLengths.upperBound)
            form.append((name: "SessionDuration", value: "\(length)"))
        }
        form.append((name: "Session", value: session.compactText))
        let request = HTTPRequest(
            .post,
            endpoint.federation,
            headers: [.init("content-type", FormBody.contentType), .init("accept", "application/json")],
            body: Secret(FormEncoding.encode(form))
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

    private struct Answer: Decodable {
        let token: String

        enum CodingKeys: String, CodingKey {
            case token = "SigninToken"
        }
    }
}
