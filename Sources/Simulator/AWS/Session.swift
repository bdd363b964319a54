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
    /// What the caller named it.
    let name: String
    let expiry: Date
    /// The inline session policy.
    let policy: String?
    /// Managed session policies.
    ///
    /// A session that has any policy may do what one of them allows, and nothing else.
    let policyARNs: [String]

    /// An assumed role's ARN leaves the role's path out.
    var arn: String {
        "arn:aws:sts::\(account):assumed-role/\(roleName)/\(name)"
    }

    /// The role's id and the session's name.
    var userID: String {
        "\(roleID):\(name)"
    }
}

/// Makes session tokens and opens them: a token holds its session, sealed, so that none need be remembered.
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

    /// The session of a token; `nil` for a text that is no token of this vault.
    func session(of token: Secret) -> Session? {
        open(Session.self, from: token)
    }

    /// A value as a text that tells nobody else what it is; `nil` when it cannot be written as JSON.
    func seal(_ value: some Encodable) -> Secret? {
        guard let content = try? JSONEncoder().encode(value),
            let sealed = try? AES.GCM.seal(content, using: key).combined
        else { return nil }
        return Secret(sealed.base64EncodedString())
    }

    /// The value that was sealed; `nil` for a text that holds none of that type.
    func open<Value: Decodable>(_ type: Value.Type, from sealed: Secret) -> Value? {
        guard let data = Data(base64Encoded: sealed.reveal()),
            let box = try? AES.GCM.SealedBox(combined: data),
            let opened = try? AES.GCM.open(box, using: key)
        else { return nil }
        return try? JSONDecoder().decode(type, from: opened)
    }
}
