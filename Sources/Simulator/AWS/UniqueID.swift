/// The identifiers AWS gives out: a prefix for the kind of thing, then letters and digits.
///
/// Source: IAM user guide, unique identifiers.
enum UniqueID {
    /// A role's: `AROA` and seventeen more.
    static func role(_ seed: Seed, _ name: String) -> String {
        "AROA" + seed.text("role \(name)", count: 17, from: base32)
    }

    /// A user's: `AIDA` and seventeen more.
    static func user(_ seed: Seed, _ name: String) -> String {
        "AIDA" + seed.text("user \(name)", count: 17, from: base32)
    }

    /// A managed policy's, the same in every lab: `ANPA` and seventeen more.
    static func managedPolicy(_ name: String) -> String {
        "ANPA" + Seed(value: 0).text("policy \(name)", count: 17, from: base32)
    }

    /// A session's access key: `ASIA` and sixteen more.
    static func sessionKey(_ seed: Seed, _ name: String) -> String {
        "ASIA" + seed.text("key \(name)", count: 16, from: base32)
    }

    /// Forty characters of a secret access key.
    static func secretKey(_ seed: Seed, _ name: String) -> String {
        seed.text("secret \(name) 1", count: 20, from: base64)
            + seed.text("secret \(name) 2", count: 20, from: base64)
    }

    private static let base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    private static let base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
}
