import Crypto
import Federation
import FoundationEssentials
import NIOSSL
import SwiftASN1
import X509

/// A certificate for 127.0.0.1 and localhost, with its certificate authority.
struct TLSMaterial: Sendable {
    /// The authority's certificate in PEM; a self-signed certificate is its own authority.
    let authority: String
    /// The certificate in PEM.
    let certificate: String
    /// The private key in PEM.
    let key: String
    /// The SHA-1 hash of the certificate's DER, in hexadecimal.
    let thumbprint: String

    /// Creates an authority and a certificate, both valid for one year.
    ///
    /// - Throws: An error from the certificate library.
    init(at date: Date) throws {
        let authorityKey = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let name = try DistinguishedName { CommonName("cambist lab authority") }
        let authority = try Self.certificate(
            of: authorityKey,
            named: name,
            by: (name, authorityKey),
            at: date,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true))
                SubjectKeyIdentifier(hash: authorityKey.publicKey)
            }
        )
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let certificate = try Self.serverCertificate(of: key, by: (name, authorityKey), at: date)
        try self.init(certificate, key: key, authority: authority)
    }

    /// Creates a self-signed certificate, as used by Service Fabric nodes.
    ///
    /// - Throws: An error from the certificate library.
    static func selfSigned(at date: Date) throws -> TLSMaterial {
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let certificate = try serverCertificate(of: key, by: (try serverName(), key), at: date)
        return try TLSMaterial(certificate, key: key, authority: certificate)
    }

    private init(_ certificate: Certificate, key: Certificate.PrivateKey, authority: Certificate) throws {
        self.authority = try authority.serializeAsPEM().pemString + "\n"
        let document = try certificate.serializeAsPEM()
        self.certificate = document.pemString + "\n"
        self.key = try key.serializeAsPEM().pemString + "\n"
        thumbprint = Insecure.SHA1.hash(data: document.derBytes).hexadecimal.uppercased()
    }

    private static func serverName() throws -> DistinguishedName {
        try DistinguishedName { CommonName("localhost") }
    }

    private static func serverCertificate(
        of key: Certificate.PrivateKey,
        by issuer: (name: DistinguishedName, key: Certificate.PrivateKey),
        at date: Date
    ) throws -> Certificate {
        try certificate(
            of: key,
            named: try serverName(),
            by: issuer,
            at: date,
            extensions: try Certificate.Extensions {
                // A self-signed certificate omits the next two extensions, because its key must be allowed to sign
                // certificates.
                if issuer.key.publicKey != key.publicKey {
                    Critical(BasicConstraints.notCertificateAuthority)
                    Critical(KeyUsage(digitalSignature: true))
                }
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames([
                    .dnsName("localhost"), .ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1])),
                ])
                SubjectKeyIdentifier(hash: key.publicKey)
                AuthorityKeyIdentifier(
                    keyIdentifier: SubjectKeyIdentifier(hash: issuer.key.publicKey).keyIdentifier
                )
            }
        )
    }

    private static func certificate(
        of key: Certificate.PrivateKey,
        named subject: DistinguishedName,
        by issuer: (name: DistinguishedName, key: Certificate.PrivateKey),
        at date: Date,
        extensions: Certificate.Extensions
    ) throws -> Certificate {
        try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: key.publicKey,
            notValidBefore: date - 86400,
            notValidAfter: date + 365 * 86400,
            issuer: issuer.name,
            subject: subject,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: extensions,
            issuerPrivateKey: issuer.key
        )
    }

    /// Returns the TLS configuration for a server with this certificate.
    func serverConfiguration() throws -> TLSConfiguration {
        TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8)).map {
                .certificate($0)
            },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem))
        )
    }

    /// Writes three PEM files; returns the file with two authorities: this certificate's authority and that of `other`.
    func write(to directory: URL, besides other: TLSMaterial) throws -> URL {
        try PrivateFile.makeDirectory(directory)
        let authorityFile = directory.appending(path: "ca.pem")
        try PrivateFile.write(authority + other.authority, to: authorityFile)
        try PrivateFile.write(certificate, to: directory.appending(path: "certificate.pem"))
        try PrivateFile.write(key, to: directory.appending(path: "key.pem"))
        return authorityFile
    }
}
