import Crypto
import Federation
import Synchronization

/// The signing keys of late, which are good for a day, a region and a service each.
final class SigningKeys: Sendable {
    private struct Scope: Hashable {
        let text: String
        let secret: Secret
    }

    private static let limit = 32
    static let shared = SigningKeys()

    private let keys = Mutex<[Scope: SymmetricKey]>([:])

    /// How many are kept.
    var count: Int { keys.withLock(\.count) }

    /// The key for a signature's scope, made when it is not at hand.
    func key(of signature: SigV4, secret: Secret) -> SymmetricKey {
        let scope = Scope(text: signature.scope, secret: secret)
        return keys.withLock { keys in
            if let key = keys[scope] { return key }
            if keys.count >= Self.limit { keys.removeAll() }
            let key = signature.signingKey(secret: secret)
            keys[scope] = key
            return key
        }
    }
}
