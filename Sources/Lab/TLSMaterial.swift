import Crypto
import Federation
import Foundation
import NIOSSL
import SwiftASN1
import X509

/// A certificate for 127.0.0.1 and localhost, with the authority that issued it.
struct TLSMaterial: Sendable {
    /// PEM.
    let authority: String
    /// PEM.
    let certificate: String
    /// PEM.
    let key: String
    /// The SHA-1 of the certificate's DER, in hexadecimal.
    let thumbprint: String

    /// Makes an authority and a certificate, both good for a year.
    ///
    /// - Throws: What the certificate library throws.
    init(at date: Date) throws {
        let authorityKey = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let name = try DistinguishedName { CommonName("cambist lab authority") }
        let authority = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: authorityKey.publicKey,
            notValidBefore: date - 86400,
            notValidAfter: date + 365 * 86400,
            issuer: name,
            subject: name,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true))
                SubjectKeyIdentifier(hash: authorityKey.publicKey)
            },
            issuerPrivateKey: authorityKey
        )
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let certificate = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: key.publicKey,
            notValidBefore: date - 86400,
            notValidAfter: date + 365 * 86400,
            issuer: name,
            subject: try DistinguishedName { CommonName("localhost") },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames([
                    .dnsName("localhost"), .ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1])),
                ])
                SubjectKeyIdentifier(hash: key.publicKey)
                AuthorityKeyIdentifier(
                    keyIdentifier: SubjectKeyIdentifier(hash: authorityKey.publicKey).keyIdentifier
                )
            },
            issuerPrivateKey: authorityKey
        )
        self.authority = try authority.serializeAsPEM().pemString + "\n"
        let document = try certificate.serializeAsPEM()
        self.certificate = document.pemString + "\n"
        self.key = try key.serializeAsPEM().pemString + "\n"
        thumbprint = Insecure.SHA1.hash(data: document.derBytes)
            .map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
    }

    /// What a server needs to serve with it.
    func serverConfiguration() throws -> TLSConfiguration {
        TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8)).map {
                .certificate($0)
            },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem))
        )
    }

    /// Writes the three files for clients and other servers; gives the authority's.
    func write(to directory: URL) throws -> URL {
        try PrivateFile.makeDirectory(directory)
        let authorityFile = directory.appending(path: "ca.pem")
        try PrivateFile.write(authority, to: authorityFile)
        try PrivateFile.write(certificate, to: directory.appending(path: "certificate.pem"))
        try PrivateFile.write(key, to: directory.appending(path: "key.pem"))
        return authorityFile
    }
}
