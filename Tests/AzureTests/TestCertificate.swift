import Crypto
import CryptoExtras
import Foundation
import NIOSSL
import SwiftASN1
import X509

/// A self-signed certificate of a test with an RSA key.
struct TestCertificate {
    let key: _RSA.Signing.PrivateKey
    let certificate: Certificate

    /// Created once: generating an RSA key is slow.
    static let shared = Result { try TestCertificate() }

    init() throws {
        key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let name = try DistinguishedName { CommonName("cambist test") }
        certificate = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: .init(key.publicKey),
            notValidBefore: Date(timeIntervalSince1970: 0),
            notValidAfter: Date(timeIntervalSince1970: 4_000_000_000),
            issuer: name,
            subject: name,
            signatureAlgorithm: .sha256WithRSAEncryption,
            extensions: Certificate.Extensions { BasicConstraints.notCertificateAuthority },
            issuerPrivateKey: .init(key)
        )
    }

    var der: Data {
        get throws {
            var serializer = DER.Serializer()
            try certificate.serialize(into: &serializer)
            return Data(serializer.serializedBytes)
        }
    }

    var certificatePEM: String {
        get throws { try certificate.serializeAsPEM().pemString + "\n" }
    }

    /// The certificate and its key, in PEM.
    var pem: String {
        get throws { try certificatePEM + key.pkcs8PEMRepresentation + "\n" }
    }

    /// Returns a PFX file with both.
    func pfx(password: String) throws -> Data {
        let chain = [try NIOSSLCertificate(bytes: Array(der), format: .der)]
        let key = try NIOSSLPrivateKey(bytes: Array(key.pkcs8PEMRepresentation.utf8), format: .pem)
        let bundle = NIOSSLPKCS12Bundle(certificateChain: chain, privateKey: key)
        return Data(try bundle.serialize(passphrase: password.utf8))
    }
}
