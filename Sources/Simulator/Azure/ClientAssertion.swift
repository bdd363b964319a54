import Crypto
import CryptoExtras
import Federation
import Foundation
import SwiftASN1
import X509

/// A client assertion: a JWT by which a client proves who it is.
struct ClientAssertion: Sendable {
    /// `client_assertion_type`.
    static let type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

    let claims: Claims
    private let signedPart: Data
    private let signature: Data

    /// Decodes a compact JWS; `nil` when it is none.
    ///
    /// Microsoft's library for Python pads the parts and signs them so, and Entra takes it.
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

    /// A time of the claims; Microsoft's libraries write fractions of a second, which RFC 7519 allows.
    func instant(_ name: String) -> Date? {
        switch claims.payload[name] {
        case .integer(let seconds): Date(timeIntervalSince1970: TimeInterval(seconds))
        case .number(let seconds): Date(timeIntervalSince1970: seconds)
        default: nil
        }
    }

    /// The certificate's thumbprint in the header, as base64url without padding; `nil` when there is none.
    var thumbprint: String? {
        (claims.header["x5t#S256"] ?? claims.header["x5t"])?.string.map { $0.trimmingCharacters(in: ["="]) }
    }

    /// Whether the header's thumbprint is that of a certificate, given as DER.
    func names(_ certificate: Data) -> Bool {
        if claims.header["x5t#S256"] != nil {
            return thumbprint == Data(SHA256.hash(data: certificate)).base64URL
        }
        return thumbprint == Data(Insecure.SHA1.hash(data: certificate)).base64URL
    }

    /// Whether the key of a certificate, given as DER, made the signature, by RS256 or PS256.
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
