import Crypto
import CryptoExtras
import Federation
import Foundation
import SwiftASN1
import X509

/// An RSA key of 2048 bits with its certificate, as Entra signs tokens with.
struct SigningKey: Sendable {
    /// `kid` and `x5t`: base64url of the certificate's SHA-1.
    let id: String
    private let key: _RSA.Signing.PrivateKey
    /// DER.
    let certificate: Data

    /// Makes a key whose certificate holds from `date` for five years.
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

    /// The certificate, PEM.
    var certificatePEM: String {
        PEMDocument(type: "CERTIFICATE", derBytes: Array(certificate)).pemString
    }

    /// PKCS #8, PEM.
    var privateKeyPEM: String { key.pkcs8PEMRepresentation }

    /// A compact JWS with RS256; `header` gets `typ`, `alg` and `kid`.
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

    /// The public key as a JSON Web Key; `issuer` is the member that Entra adds.
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
