import Crypto
import Federation
import Foundation

/// A session of an assumed role.
struct Session: Codable, Sendable {
    let accessKeyID: String
    let secretAccessKey: String
    let account: String
    let roleID: String
    let roleName: String
    /// The session name that the caller chose.
    let name: String
    let expiry: Date
    /// The inline session policy.
    let policy: String?
    /// Managed session policies.
    ///
    /// A session with session policies is limited to what one of them allows.
    let policyARNs: [String]

    /// The ARN of the assumed role, which omits the role's path.
    var arn: String {
        "arn:aws:sts::\(account):assumed-role/\(roleName)/\(name)"
    }

    /// The role's id and the session's name.
    var userID: String {
        "\(roleID):\(name)"
    }
}

/// Creates and opens session tokens: a token contains its encrypted session, so none is stored.
struct SessionVault: Sendable {
    private let key: SymmetricKey

    init(seed: Seed) {
        key = SymmetricKey(data: seed.bytes("session tokens"))
    }

    /// The token of a session; `nonce` has twelve bytes and is used for no other.
    func token(for session: Session, nonce: some Sequence<UInt8>) throws(AWSFault) -> Secret {
        guard let content = try? JSONEncoder().encode(session),
            let nonce = try? AES.GCM.Nonce(data: Array(nonce)),
            let sealed = try? AES.GCM.seal(content, using: key, nonce: nonce).combined
        else { throw .internalFailure }
        return Secret(sealed.base64EncodedString())
    }

    /// The session of a token; `nil` for a token of another vault.
    func session(of token: Secret) -> Session? {
        open(Session.self, from: token)
    }

    /// Encrypts a value; `nil` when it has no form in JSON.
    func seal(_ value: some Encodable) -> Secret? {
        guard let content = try? JSONEncoder().encode(value),
            let sealed = try? AES.GCM.seal(content, using: key).combined
        else { return nil }
        return Secret(sealed.base64EncodedString())
    }

    /// Decrypts a value; `nil` for a text that does not contain one of that type.
    func open<Value: Decodable>(_ type: Value.Type, from sealed: Secret) -> Value? {
        guard let data = Data(base64Encoded: sealed.reveal()),
            let box = try? AES.GCM.SealedBox(combined: data),
            let opened = try? AES.GCM.open(box, using: key)
        else { return nil }
        return try? JSONDecoder().decode(type, from: opened)
    }
}
