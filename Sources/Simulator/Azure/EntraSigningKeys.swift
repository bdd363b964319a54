import Federation
import Foundation

/// The keys of an issuer: one that signs, one that will be next, and those whose tokens may still be about.
///
/// All of them are published. The next key takes over without notice when the signing one's turn is over,
/// as Entra's do.
struct EntraSigningKeys: Sendable {
    private static let subject = "accounts.accesscontrol.windows.net"
    private let turn: Duration
    private let tokenLife: Duration
    private var retired: [(key: SigningKey, at: Date)] = []
    private var signing: SigningKey
    /// Made when it is first published or needed: a key takes its time.
    private var next: SigningKey?
    private var turnBegan: Date

    /// Makes the first key.
    ///
    /// - Parameters:
    ///   - turn: How long a key signs.
    ///   - tokenLife: How long after its turn a key stays published.
    ///   - date: When the first key's turn begins.
    /// - Throws: What the cryptographic library throws; there is no lab without keys.
    init(turn: Duration, tokenLife: Duration, at date: Date) throws {
        self.turn = turn
        self.tokenLife = tokenLife
        signing = try SigningKey(subject: Self.subject, at: date)
        turnBegan = date
    }

    /// The key that signs at `date`.
    mutating func current(at date: Date) throws -> SigningKey {
        if date.since(turnBegan) >= turn {
            retired.append((signing, date))
            signing = try announced(at: date)
            next = nil
            turnBegan = date
        }
        retired.removeAll { date.since($0.at) > tokenLife }
        return signing
    }

    private mutating func announced(at date: Date) throws -> SigningKey {
        let key = try next ?? SigningKey(subject: Self.subject, at: date)
        next = key
        return key
    }

    /// The JSON Web Key Set that is published at `date`.
    mutating func published(issuer: String, at date: Date) throws -> JSONValue {
        _ = try current(at: date)
        let keys = retired.map(\.key) + [signing, try announced(at: date)]
        return .object(["keys": .array(try keys.map { try $0.jsonWebKey(issuer: issuer) })])
    }

    /// Whether one of the keys that have signed so far made an assertion's signature.
    func signed(_ assertion: ClientAssertion) -> Bool {
        (retired.map(\.key) + [signing]).contains {
            $0.id == assertion.claims.keyID && assertion.isSigned(by: $0.certificate)
        }
    }
}
