import Crypto
import CryptoExtras
import Federation
import FoundationEssentials
import SwiftASN1
import X509

/// A client assertion: a JWT that authenticates a client (RFC 7523).
struct ClientAssertion: Sendable {
    /// The value of `client_assertion_type`.
    static let type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

    let claims: Claims
    private let signedPart: Data
    private let signature: Data

    /// Decodes a compact JWS; `nil` for other text.
    ///
    /// Like Entra, accepts Base64 padding, because Microsoft's library for Python adds padding.
    init?(_ compact: String) {
        let parts = compact.split(separator: ".", omittingEmptySubsequences: false)
        let bare = parts.map { $0.prefix { $0 != "=" } }
        guard let claims = try? Claims(decoding: Secret(bare.joined(separator: "."))), parts.count == 3,
            let signature = Data(base64URL: bare[2])
        else { return nil }
        self.claims = claims
        self.signature = signature
        signedPart = Data(parts[0...1].joined(separator: ".").utf8)
    }

    /// Returns a time claim between the years 1 and 9999; fractions are allowed, as in RFC 7519.
    func instant(_ name: String) -> Date? {
        switch claims.payload[name] {
        case .integer(let seconds): Instant(unixSeconds: seconds)?.date
        case .number(let seconds): Instant(unixSeconds: seconds)?.date
        default: nil
        }
    }

    /// The certificate thumbprint in the header, as base64url without padding, if any.
    var thumbprint: String? {
        (claims.header["x5t#S256"] ?? claims.header["x5t"])?.string.map { $0.trimmed { $0 == "=" } }
    }

    /// Whether the thumbprint in the header matches a certificate in DER.
    func hasThumbprint(of certificate: Data) -> Bool {
        if claims.header["x5t#S256"] != nil {
            return thumbprint == Data(SHA256.hash(data: certificate)).base64URL
        }
        return thumbprint == Data(Insecure.SHA1.hash(data: certificate)).base64URL
    }

    /// Whether the signature (RS256 or PS256) matches the public key of a certificate in DER.
    func isSigned(by certificate: Data) -> Bool {
        guard let parsed = try? Certificate(derEncoded: Array(certificate)),
            let key = _RSA.Signing.PublicKey(parsed.publicKey)
        else { return false }
        let padding: _RSA.Signing.Padding
        switch claims.algorithm {
        case "RS256": padding = .insecurePKCS1v1_5
        case "PS256": padding = .PSS
        default: return false
        }
        return key.isValidSignature(
            _RSA.Signing.RSASignature(rawRepresentation: signature),
            for: signedPart,
            padding: padding
        )
    }
}
