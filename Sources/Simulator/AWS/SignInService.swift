import Crypto
import Federation
import FoundationEssentials

/// The AWS federation endpoint for signing in to the console.
///
/// The endpoint issues a sign-in token for a role session, and signs in a browser that sends the token. AWS does not
/// document the response to a refused request; the lab returns an empty 400 response.
///
/// Source: AWS IAM user guide, custom identity broker access to the AWS console.
struct SignInService {
    /// The lifetime of a sign-in token, in seconds.
    private static let tokenLife = 15.0 * 60
    private static let sessionLengths = 900...43200

    let tokenCipher: SessionTokenCipher
    /// Returns the session for credentials; `nil` if they are invalid or expired.
    let session: (_ token: Secret, _ keyID: String, _ key: Secret) -> Session?

    func respond(to request: WireRequest) -> WireResponse {
        guard ["GET", "POST"].contains(request.method), request.path == "/federation" else {
            return .empty(404)
        }
        let form = request.method == "POST" ? request.form : nil
        let parameter = { (name: String) in request.query[name] ?? form?[name] }
        switch parameter("Action") {
        case "getSigninToken": return token(parameter, at: request.at)
        case "login" where request.method == "GET": return login(request.query, at: request.at)
        default: return .empty(400)
        }
    }

    private func token(_ parameter: (String) -> String?, at now: Date) -> WireResponse {
        if let duration = parameter("SessionDuration") {
            guard let seconds = Int(duration), Self.sessionLengths.contains(seconds) else {
                return .empty(400)
            }
        }
        let document = Data((parameter("Session") ?? "").utf8)
        guard let credentials = try? JSONDecoder().decode(Credentials.self, from: document),
            let session = session(
                Secret(credentials.sessionToken),
                credentials.sessionId,
                Secret(credentials.sessionKey)
            ),
            let token = tokenCipher.seal(SignInToken(session: session, issued: now))
        else { return .empty(400) }
        return .json(200, .object(["SigninToken": .string(token.reveal())]))
    }

    private func login(_ query: Parameters, at now: Date) -> WireResponse {
        guard let sealed = query.filled("SigninToken"),
            let token = tokenCipher.open(SignInToken.self, from: Secret(sealed)),
            now < token.issued + Self.tokenLife,
            let destination = query.filled("Destination"), Self.isConsole(destination)
        else { return .empty(400) }
        return .empty(302, headers: [("Location", destination), ("Cache-Control", "no-store")])
    }

    /// Whether the URL is an AWS console; the endpoint refuses to redirect to other URLs.
    private static func isConsole(_ address: String) -> Bool {
        guard let url = URL(string: address), url.scheme == "https", let host = url.host()?.lowercased()
        else {
            return false
        }
        return ["console.aws.amazon.com", "console.amazonaws.cn", "console.amazonaws-us-gov.com"]
            .contains { host == $0 || host.hasSuffix("." + $0) }
    }

    /// The JSON in the parameter `Session`.
    private struct Credentials: Decodable {
        let sessionId: String
        let sessionKey: String
        let sessionToken: String
    }

    private struct SignInToken: Codable {
        let session: Session
        let issued: Date
    }
}

extension AWSCloud {
    /// Returns the response of the federation endpoint to a request.
    func signIn(_ request: WireRequest) -> WireResponse {
        let accounts = accounts
        let tokenCipher = tokenCipher
        let service = SignInService(tokenCipher: tokenCipher) { token, keyID, key in
            guard let session = tokenCipher.session(of: token), session.accessKeyID == keyID,
                session.secretAccessKey == key.reveal(), request.at < session.expiry,
                let role = accounts[session.account]?.role(session.roleName, for: .sts, at: request.at)
            else { return nil }
            return role.id == session.roleID ? session : nil
        }
        return service.respond(to: request)
    }
}
