package import Diagnosis
package import Federation
package import FoundationEssentials
import JWTKit
package import Transport

/// A cache of the signing keys that Entra and other issuers publish.
///
/// Keys are fetched on demand and kept for up to a day.
package actor IssuerKeys {
    /// One day, as Microsoft recommends, because keys are rotated without notice.
    private static let lifetime = Duration.seconds(86400)
    /// The minimum time between two fetches of an issuer's keys, even for a token with an unknown key ID.
    private static let pause = Duration.seconds(60)
    private static let bounds = RequestBounds(total: .seconds(10), bodySize: 256 * 1024)

    private let transport: HTTPTransport
    private let authority: @Sendable () -> URL?
    private let time: any TimeSource
    private var published: [URL: (keys: PublishedKeys, at: Duration)] = [:]

    /// Creates an empty cache.
    ///
    /// - Parameters:
    ///   - transport: The HTTP client.
    ///   - authority: The base URL of Entra, evaluated at each use; `nil` means the public cloud.
    ///   - time: The clock.
    package init(
        transport: HTTPTransport,
        authority: @autoclosure @escaping @Sendable () -> URL?,
        time: any TimeSource
    ) {
        self.transport = transport
        self.authority = authority
        self.time = time
    }

    /// Verifies a token's signature with the keys of its issuer.
    ///
    /// The claims are not verified; ``TokenCheck`` verifies them.
    package func signature(of token: Secret) async -> TokenSignature {
        let claims: Claims
        do throws(TokenFormatError) {
            claims = try Claims(decoding: token)
        } catch {
            return .unverified(reason: error.description)
        }
        guard let algorithm = claims.algorithm.flatMap(SignatureAlgorithm.init) else {
            let name = VisibleText.oneLine(claims.algorithm ?? "none", limit: 40)
            return .unverified(reason: "The token's algorithm is \(name), which is not supported.")
        }
        guard let id = claims.keyID else { return .unverified(reason: "The token has no key ID (kid).") }
        guard let issuer = TokenIssuer(claims) else {
            return .unverified(
                reason:
                    "The token's issuer is not the https URL of an Entra tenant or another OIDC issuer: "
                    + "\(VisibleText.oneLine(claims.issuer ?? "none"))."
            )
        }
        do throws(IssuerProblem) {
            let keys = try await keys(of: issuer, with: id)
            return await keys.signature(of: token, by: id, algorithm)
        } catch {
            return .unverified(reason: error.description)
        }
    }

    /// Returns the key IDs of a token's issuer, or the reason that cambist could not fetch the keys.
    ///
    /// The result is `unknown` for a token without a key ID, or with an issuer that ``TokenIssuer`` does not accept.
    package func evidence(for claims: Claims) async -> IssuerEvidence {
        guard let issuer = TokenIssuer(claims), let id = claims.keyID else { return .unknown }
        let start = time.uptime
        do throws(IssuerProblem) {
            let keys = try await keys(of: issuer, with: id)
            return .published(keyIDs: keys.ids, counts: keys.counts, took: time.uptime - start)
        } catch {
            return error.lacksResponse ? .unreachable(error.description) : .unreadable(error.description)
        }
    }

    /// Returns the time of the last read of the issuer's keys; `nil` if no keys are cached.
    package func readDate(for claims: Claims) -> Date? {
        guard let issuer = TokenIssuer(claims) else { return nil }
        let address = issuer.discovery(authority: authority() ?? EntraClient.publicAuthority)
        return published[address].map { time.now - (time.uptime - $0.at).seconds }
    }

    private func keys(of issuer: TokenIssuer, with id: String) async throws(IssuerProblem) -> PublishedKeys {
        let address = issuer.discovery(authority: authority() ?? EntraClient.publicAuthority)
        if let (keys, at) = published[address] {
            let age = time.uptime - at
            if age < Self.pause || age < Self.lifetime && keys.contains(id) { return keys }
        }
        let keys = try await fetch(issuer, at: address)
        published[address] = (keys, time.uptime)
        return keys
    }

    private func fetch(_ issuer: TokenIssuer, at address: URL) async throws(IssuerProblem) -> PublishedKeys {
        let discovery = try await document(at: address)
        let name = discovery["issuer"]?.string ?? "absent"
        guard name == issuer.name else {
            throw IssuerProblem(
                "The issuer in \(address.absoluteString) is \(VisibleText.oneLine(name, limit: 200)), not the token's."
            )
        }
        guard let url = discovery["jwks_uri"]?.string.flatMap(URL.init(string:)),
            url.scheme == "https" || issuer.isTenant && url.scheme == "http" && url.isLocal
        else { throw IssuerProblem("\(address.absoluteString) contains no usable jwks_uri.") }
        guard let keys = PublishedKeys(try await document(at: url)) else {
            throw IssuerProblem("\(url.absoluteString) responded without a list of keys.")
        }
        return keys
    }

    private func document(at url: URL) async throws(IssuerProblem) -> JSONValue {
        let response: HTTPResponse
        do throws(TransportError) {
            response = try await transport.send(
                HTTPRequest(.get, url, operation: "issuer keys"),
                bounds: Self.bounds
            )
        } catch {
            throw IssuerProblem(error.description, lacksResponse: true)
        }
        guard response.status == 200 else {
            throw IssuerProblem("\(url.absoluteString) returned HTTP \(response.status).")
        }
        do throws(JSONError) {
            return try JSONValue(parsing: response.body, limit: Self.bounds.bodySize)
        } catch {
            throw IssuerProblem("\(url.absoluteString) returned \(error).")
        }
    }
}

/// The reason that an issuer's keys could not be fetched.
struct IssuerProblem: Error, CustomStringConvertible {
    let description: String
    /// Whether the issuer's server did not respond.
    ///
    /// AWS may still reach the server, because the cause can be on this host.
    let lacksResponse: Bool

    init(_ description: String, lacksResponse: Bool = false) {
        self.description = description
        self.lacksResponse = lacksResponse
    }
}

/// The issuer of a token: an Entra tenant, or any other OIDC issuer.
private struct TokenIssuer {
    private enum Discovery {
        /// The path of an Entra tenant's discovery document below the authority.
        case belowAuthority(String)
        /// The URL of the discovery document below the issuer's URL (OpenID Connect Discovery 1.0, section 4).
        case own(URL)
    }

    /// The exact `iss` claim.
    let name: String
    private let discovery: Discovery

    /// Creates the issuer of a token; `nil` if the `iss` claim is not a usable issuer URL.
    init?(_ claims: Claims) {
        guard let name = claims.issuer, let url = URL(string: name), url.scheme == "https",
            let host = url.host()?.lowercased(), url.user() == nil, url.query() == nil, url.fragment() == nil
        else { return nil }
        self.name = name
        let wellKnown = "/.well-known/openid-configuration"
        guard MicrosoftCloud.issuerHosts.contains(host) else {
            guard
                let document = URL(string: (name.hasSuffix("/") ? String(name.dropLast()) : name) + wellKnown)
            else { return nil }
            discovery = .own(document)
            return
        }
        let parts = url.path().split(separator: "/").map(String.init)
        guard let tenant = parts.first, tenant.isGUID,
            parts.count == 1 || parts[1...] == ["v2.0"]
        else { return nil }
        discovery = .belowAuthority(parts.joined(separator: "/") + wellKnown)
    }

    var isTenant: Bool {
        if case .belowAuthority = discovery { true } else { false }
    }

    func discovery(authority: URL) -> URL {
        switch discovery {
        case .belowAuthority(let path): authority.appending(path: path)
        case .own(let document): document
        }
    }
}

extension URL {
    fileprivate var isLocal: Bool {
        host().map(LocalNetwork.contains) ?? false
    }
}

/// An issuer's key set.
///
/// Entra's keys have no `alg`, so the token's `alg` header selects the algorithm. Source: RFC 7517.
struct PublishedKeys: Sendable {
    private let keys: [JSONValue]

    /// Creates the set from a JWKS document; `nil` if the document has no list of keys.
    init?(_ document: JSONValue) {
        guard case .array(let keys) = document["keys"] else { return nil }
        self.keys = keys
    }

    /// The key IDs, in document order.
    var ids: [String] { keys.compactMap { $0["kid"]?.string } }

    /// The number of keys of each type (`kty`).
    var counts: [String: Int] {
        keys.reduce(into: [:]) { counts, key in
            if let type = key["kty"]?.string { counts[type, default: 0] += 1 }
        }
    }

    /// Whether a key with this ID is published.
    func contains(_ id: String) -> Bool {
        ids.contains(id)
    }

    /// Verifies a token's signature with the key that has this ID.
    func signature(of token: Secret, by id: String, _ algorithm: SignatureAlgorithm) async -> TokenSignature {
        let name = VisibleText.oneLine(id, limit: 100)
        let key = keys.first { $0["kid"]?.string == id && $0["kty"]?.string == algorithm.keyType }
        guard let key else {
            return .unverified(reason: "The issuer publishes no \(algorithm.keyType) key \(name).")
        }
        guard let collection = await algorithm.collection(of: key) else {
            return .unverified(reason: "The issuer's key \(name) cannot be parsed.")
        }
        do {
            _ = try await collection.verify(token.reveal(), as: AnyClaims.self)
            return .verified
        } catch {
            return .invalid(reason: "The signature was not made by the issuer's key \(name).")
        }
    }
}

/// A signature algorithm that a published key can verify (RFC 7518, section 3.1).
enum SignatureAlgorithm: String {
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    case es256 = "ES256"
    case es384 = "ES384"
    case es512 = "ES512"

    /// The `kty` of a key for the algorithm.
    var keyType: String {
        switch self {
        case .rs256, .rs384, .rs512, .ps256, .ps384, .ps512: "RSA"
        case .es256, .es384, .es512: "EC"
        }
    }

    private var digest: DigestAlgorithm {
        switch self {
        case .rs256, .ps256, .es256: .sha256
        case .rs384, .ps384, .es384: .sha384
        case .rs512, .ps512, .es512: .sha512
        }
    }

    /// Returns a verifier with a key in JWK format; `nil` if the key cannot be parsed.
    fileprivate func collection(of key: JSONValue) async -> JWTKeyCollection? {
        let keys = JWTKeyCollection()
        switch self {
        case .rs256, .rs384, .rs512, .ps256, .ps384, .ps512:
            guard let n = key["n"]?.string, let e = key["e"]?.string,
                let rsa = try? Insecure.RSA.PublicKey(modulus: n, exponent: e)
            else { return nil }
            return rawValue.hasPrefix("P")
                ? await keys.add(pss: rsa, digestAlgorithm: digest)
                : await keys.add(rsa: rsa, digestAlgorithm: digest)
        case .es256: return await Self.add(ES256PublicKey.self, of: key, curve: "P-256", to: keys)
        case .es384: return await Self.add(ES384PublicKey.self, of: key, curve: "P-384", to: keys)
        case .es512: return await Self.add(ES512PublicKey.self, of: key, curve: "P-521", to: keys)
        }
    }

    private static func add<Curve: ECDSACurveType>(
        _: ECDSA.PublicKey<Curve>.Type,
        of key: JSONValue,
        curve: String,
        to keys: JWTKeyCollection
    ) async -> JWTKeyCollection? {
        guard key["crv"]?.string == curve, let x = key["x"]?.string, let y = key["y"]?.string,
            let key = try? ECDSA.PublicKey<Curve>(parameters: (x: x, y: y))
        else { return nil }
        return await keys.add(ecdsa: key)
    }
}

/// Claims that are decoded without being verified.
private struct AnyClaims: JWTPayload {
    func verify(using _: some JWTAlgorithm) throws {}
}

/// The result of verifying a token's signature.
package enum TokenSignature: Hashable, Sendable {
    /// The signature matches a key that the issuer publishes.
    case verified
    /// The signature could not be verified; the reason is a sentence.
    case unverified(reason: String)
    /// The signature was checked and does not match the issuer's key; the reason is a sentence.
    case invalid(reason: String)

    /// The reason that the signature is not verified, in one sentence.
    package var reason: String? {
        switch self {
        case .verified: nil
        case .unverified(let reason), .invalid(let reason): reason
        }
    }

    /// The stable identifier in JSON.
    package var word: String {
        switch self {
        case .verified: "verified"
        case .unverified: "unverified"
        case .invalid: "invalid"
        }
    }
}
