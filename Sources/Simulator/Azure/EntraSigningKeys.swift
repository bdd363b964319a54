import Federation
import Foundation

/// The rotating keys of an issuer: the signing key, its successor, and retired keys with unexpired tokens.
///
/// All keys are published. The successor replaces the signing key without notice at the end of its period,
/// as at Entra.
struct EntraSigningKeys: Sendable {
    private static let subject = "accounts.accesscontrol.windows.net"
    private let period: Duration
    private let tokenLife: Duration
    private var retired: [(key: SigningKey, at: Date)] = []
    private var signing: SigningKey
    /// Created lazily, because generating an RSA key is slow.
    private var next: SigningKey?
    private var periodStart: Date

    /// Creates the first key.
    ///
    /// - Parameters:
    ///   - period: The signing period of a key.
    ///   - tokenLife: The time that a retired key stays published.
    ///   - date: The start of the first key's period.
    /// - Throws: The cryptographic library's error.
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

    /// Whether an assertion's signature verifies with the signing key or a retired one.
    func signed(_ assertion: ClientAssertion) -> Bool {
        (retired.map(\.key) + [signing]).contains {
            $0.id == assertion.claims.keyID && assertion.isSigned(by: $0.certificate)
        }
    }
}
