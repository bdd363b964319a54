import Federation
import JWTKit

/// An issuer's published key set.
///
/// Entra leaves `alg` out of its keys, so RS256 is taken as given for every RSA key. Source: RFC 7517.
struct PublishedKeys: Decodable, Sendable {
    private let keys: [Key]

    private struct Key: Decodable {
        let kid: String?
        let kty: String
        /// Modulus and exponent, base64url.
        let n: String?
        let e: String?
    }

    /// Their names, in the order of the set.
    var ids: [String] { keys.compactMap(\.kid) }

    /// Whether a key of that name is published.
    func contains(_ id: String) -> Bool {
        keys.contains { $0.kid == id }
    }

    /// Whether the key of that name made the token's signature.
    func signature(of token: Secret, by id: String) async -> TokenSignature {
        guard let key = keys.first(where: { $0.kid == id && $0.kty == "RSA" }), let n = key.n, let e = key.e
        else {
            return .invalid(reason: "The issuer publishes no RSA key \(VisibleText.oneLine(id, limit: 100)).")
        }
        guard let rsa = try? Insecure.RSA.PublicKey(modulus: n, exponent: e) else {
            return .unverified(
                reason: "The issuer's key \(VisibleText.oneLine(id, limit: 100)) cannot be read."
            )
        }
        let collection = await JWTKeyCollection().add(rsa: rsa, digestAlgorithm: .sha256)
        do {
            _ = try await collection.verify(token.reveal(), as: AnyClaims.self)
            return .verified
        } catch {
            return .invalid(
                reason: "The signature is not one of the issuer's key \(VisibleText.oneLine(id, limit: 100))."
            )
        }
    }
}

/// Claims that are not looked at.
private struct AnyClaims: JWTPayload {
    func verify(using _: some JWTAlgorithm) throws {}
}
