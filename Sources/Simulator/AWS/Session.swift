import Crypto
import Federation
import FoundationEssentials
import Glibc

/// A session of an assumed role.
struct Session: Codable, Sendable {
    let accessKeyID: String
    let secretAccessKey: String
    let account: String
    let roleID: String
    let roleName: String
    /// The session name chosen by the caller.
    let name: String
    let expiry: Date
    /// The inline session policy.
    let policy: String?
    /// The ARNs of managed session policies.
    ///
    /// A session with session policies can use an action only if an inline or managed session policy allows the action.
    let policyARNs: [String]
    /// The session tags, including inherited tags of the calling session.
    var tags: [String: String] = [:]
    /// The keys of the tags that later sessions of a role chain inherit.
    var transitiveTags: [String] = []
    var sourceIdentity: String?

    /// The ARN of the session, which does not contain the role's path.
    var arn: String {
        "arn:aws:sts::\(account):assumed-role/\(roleName)/\(name)"
    }

    /// The role's unique ID, a colon, and the session name.
    var userID: String {
        "\(roleID):\(name)"
    }
}

/// Creates and decrypts session tokens.
///
/// A token contains the encrypted session, so the simulator stores no sessions.
struct SessionTokenCipher: Sendable {
    /// The beginning of every token; tests search files for this text.
    private static let mark = "LabSessionToken/"

    private let key: SymmetricKey

    init(seed: Seed) {
        key = SymmetricKey(data: seed.bytes("session tokens"))
    }

    /// Returns the token for a session; `nonce` must have twelve bytes and must not be reused.
    func token(for session: Session, nonce: some Sequence<UInt8>) throws(AWSFault) -> Secret {
        guard let content = try? JSONEncoder().encode(session),
            let nonce = try? AES.GCM.Nonce(data: Array(nonce)),
            let sealed = try? AES.GCM.seal(content, using: key, nonce: nonce).combined
        else { throw .internalFailure }
        return Secret(Self.mark + sealed.base64EncodedString())
    }

    /// Returns the session in a token; `nil` if the token was not encrypted with this key.
    func session(of token: Secret) -> Session? {
        guard token.reveal().hasPrefix(Self.mark) else { return nil }
        return open(Session.self, from: Secret(String(token.reveal().dropFirst(Self.mark.count))))
    }

    /// Encrypts a value; `nil` if it cannot be encoded as JSON.
    func seal(_ value: some Encodable) -> Secret? {
        guard let content = try? JSONEncoder().encode(value),
            let sealed = try? AES.GCM.seal(content, using: key).combined
        else { return nil }
        return Secret(sealed.base64EncodedString())
    }

    /// Decrypts a value; `nil` if the text is not an encrypted value of this type.
    func open<Value: Decodable>(_ type: Value.Type, from sealed: Secret) -> Value? {
        guard let data = Data(base64Encoded: sealed.reveal()),
            let box = try? AES.GCM.SealedBox(combined: data),
            let opened = try? AES.GCM.open(box, using: key)
        else { return nil }
        return try? JSONDecoder().decode(type, from: opened)
    }
}
