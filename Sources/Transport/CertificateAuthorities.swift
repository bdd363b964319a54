import NIOSSL

/// Files of certificate authorities.
package enum CertificateAuthorities {
    /// Whether a file is PEM with a certificate in it.
    package static func areReadable(file: String) -> Bool {
        (try? NIOSSLCertificate.fromPEMFile(file))?.isEmpty == false
    }
}
