import Crypto
import Federation
import Foundation

/// Tells tokens apart without showing them.
enum Fingerprint {
    /// The first 16 hexadecimal digits of the token's SHA-256.
    static func of(_ token: Secret) -> String {
        SHA256.hash(data: Data(token.reveal().utf8)).prefix(8).hexadecimal
    }
}
