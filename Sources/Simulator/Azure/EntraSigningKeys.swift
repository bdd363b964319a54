import Federation
import FoundationEssentials

/// The rotating keys of an issuer: the signing key, its successor, and retired keys.
///
/// All keys are published. A retired key stays published until its last token has expired. At the end of a period, the
/// successor replaces the signing key without notice, as in Entra.
struct EntraSigningKeys: Sendable {
    private static let subject = "accounts.accesscontrol.windows.net"
    private let period: Duration
    private let tokenLife: Duration
    private var retired: [(key: SigningKey, at: Date)] = []
    private var signing: SigningKey
    /// The successor; created at the first use, because generating an RSA key is slow.
    private var next: SigningKey?
    private var periodStart: Date

    /// Creates the first key.
    ///
    /// - Parameters:
    ///   - period: The period for which each key signs tokens.
    ///   - tokenLife: The time for which a retired key remains published.
    ///   - date: The start of the first key's period.
    /// - Throws: An error from the cryptographic library.
    init(period: Duration, tokenLife: Duration, at date: Date) throws {
        self.period = period
        self.tokenLife = tokenLife
        signing = try SigningKey(subject: Self.subject, at: date)
        periodStart = date
    }

    /// Returns the signing key at `date`.
    mutating func current(at date: Date) throws -> SigningKey {
        if date.since(periodStart) >= period {
            retired.append((signing, date))
            signing = try successor(at: date)
            next = nil
            periodStart = date
        }
        retired.removeAll { date.since($0.at) > tokenLife }
        return signing
    }

    private mutating func successor(at date: Date) throws -> SigningKey {
        let key = try next ?? SigningKey(subject: Self.subject, at: date)
        next = key
        return key
    }

    /// Returns the JSON Web Key Set published at `date`.
    mutating func published(issuer: String, at date: Date) throws -> JSONValue {
        _ = try current(at: date)
        let keys = retired.map(\.key) + [signing, try successor(at: date)]
        return .object(["keys": .array(try keys.map { try $0.jsonWebKey(issuer: issuer) })])
    }

    /// Whether the signing key or a retired key signed the assertion.
    func signed(_ assertion: ClientAssertion) -> Bool {
        (retired.map(\.key) + [signing]).contains {
            $0.id == assertion.claims.keyID && assertion.isSigned(by: $0.certificate)
        }
    }
}
