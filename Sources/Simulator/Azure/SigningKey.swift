import Crypto
import CryptoExtras
import Federation
import FoundationEssentials
import SwiftASN1
import X509

/// A 2048-bit RSA signing key with its self-signed certificate.
struct SigningKey: Sendable {
    /// The key ID for `kid` and `x5t`: the SHA-1 hash of the certificate, as base64url.
    let id: String
    private let key: _RSA.Signing.PrivateKey
    /// The certificate in DER.
    let certificate: Data

    /// Creates a key whose certificate is valid for five years from `date`.
    init(subject: String, at date: Date) throws {
        key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let name = try DistinguishedName { CommonName(subject) }
        let certificate = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: Certificate.PublicKey(key.publicKey),
            notValidBefore: date - 3600,
            notValidAfter: date + 5 * 365 * 86400,
            issuer: name,
            subject: name,
            signatureAlgorithm: .sha256WithRSAEncryption,
            extensions: Certificate.Extensions(),
            issuerPrivateKey: Certificate.PrivateKey(key)
        )
        var serializer = DER.Serializer()
        try certificate.serialize(into: &serializer)
        self.certificate = Data(serializer.serializedBytes)
        id = Data(Insecure.SHA1.hash(data: self.certificate)).base64URL
    }

    /// The certificate in PEM.
    var certificatePEM: String {
        PEMDocument(type: "CERTIFICATE", derBytes: Array(certificate)).pemString
    }

    /// The private key in PEM (PKCS #8).
    var privateKeyPEM: String { key.pkcs8PEMRepresentation }

    /// Returns a compact JWS signed with RS256; `typ`, `alg`, and `kid` are added to `header`.
    func sign(header: [String: JSONValue], payload: [String: JSONValue]) throws -> String {
        var header = header
        header["typ"] = .string("JWT")
        header["alg"] = .string("RS256")
        header["kid"] = .string(id)
        let parts = [header, payload].map { Data(JSONValue.object($0).compactText.utf8).base64URL }
        let input = parts.joined(separator: ".")
        let signature = try key.signature(for: Data(input.utf8), padding: .insecurePKCS1v1_5)
        return input + "." + signature.rawRepresentation.base64URL
    }

    /// Returns the public key as a JSON Web Key; the member `issuer` is Entra's extension.
    func jsonWebKey(issuer: String) throws -> JSONValue {
        let primitives = try key.publicKey.getKeyPrimitives()
        return .object([
            "kty": .string("RSA"),
            "use": .string("sig"),
            "kid": .string(id),
            "x5t": .string(id),
            "n": .string(primitives.modulus.base64URL),
            "e": .string(primitives.publicExponent.base64URL),
            "x5c": .array([.string(certificate.base64EncodedString())]),
            "issuer": .string(issuer),
        ])
    }
}
