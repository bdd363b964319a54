import Federation
import FoundationEssentials
import JWTKit

/// STS's cache of issuer keys.
///
/// If a token's key ID is not in the cache, the cache fetches the keys of the token's issuer.
actor IssuerKeyCache {
    private let fetch: @Sendable (_ issuer: String) async -> TrustedIssuerKeys?
    private var sets: [String: JWKS] = [:]
    private var verifiers: [KeyUse: any JWTAlgorithm] = [:]

    private struct KeyUse: Hashable {
        let issuer: String
        let keyID: String
        let algorithm: String
    }

    /// The supported signature algorithms.
    ///
    /// Source: IAM user guide, OIDC identity providers.
    private static let algorithms: Set = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"]

    init(fetch: @escaping @Sendable (_ issuer: String) async -> TrustedIssuerKeys?) {
        self.fetch = fetch
    }

    /// Verifies a token's signature with the keys that its issuer publishes.
    func verify(_ token: WebIdentityToken) async throws(AWSFault) {
        guard let verifier = await verifier(for: token) else { throw Self.noKey }
        let parts = token.text.reveal().split(separator: ".")
        guard parts.count == 3, let signature = Data(base64URL: parts[2]),
            (try? verifier.verify(signature, signs: Data("\(parts[0]).\(parts[1])".utf8))) == true
        else { throw Self.noKey }
    }

    private func verifier(for token: WebIdentityToken) async -> (any JWTAlgorithm)? {
        guard let algorithm = token.claims.algorithm, Self.algorithms.contains(algorithm),
            let keyID = token.claims.keyID
        else { return nil }
        let use = KeyUse(issuer: token.issuer, keyID: keyID, algorithm: algorithm)
        if let verifier = verifiers[use] { return verifier }
        if sets[use.issuer]?.find(identifier: keyID)?.isEmpty != false {
            let keys = await fetch(use.issuer)
            let fresh = keys.flatMap { try? JSONDecoder().decode(JWKS.self, from: $0.jwks) }
            sets[use.issuer] = fresh ?? sets[use.issuer]
        }
        guard let key = sets[use.issuer]?.find(identifier: keyID)?.first else { return nil }
        // Each pair of key and algorithm has a separate collection. In a shared collection, the first use of a key
        // without `alg` would determine the algorithm for later uses.
        let collection = JWTKeyCollection()
        let verifier = try? await collection.add(jwk: key).getKey(
            for: key.keyIdentifier,
            alg: algorithm
        )
        verifiers[use] = verifier
        return verifier
    }

    private static let noKey = AWSFault.invalidToken(
        "Couldn't retrieve verification key from your identity provider,  "
            + "please reference AssumeRoleWithWebIdentity documentation for requirements"
    )
}
