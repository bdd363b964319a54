import Crypto
import CryptoExtras
import Federation
import Foundation
import JWTKit
import NIOSSL

/// A certificate and its RSA key, from a PEM file or a PFX file.
struct ClientCertificate: Sendable {
    private static let fileSize = 256 * 1024

    /// Why a file gives no certificate; the description continues a sentence that names the file.
    enum Problem: Error, Hashable {
        case file(BoundedFile.Problem)
        case notACertificate
        case passwordNeeded
        case notRSA
    }

    let key: JWTKit.Insecure.RSA.PrivateKey
    /// SHA-256 of the certificate's DER, base64url.
    let thumbprint: String

    /// Reads a file; the first certificate of a PEM file is the one that counts.
    init(file: String, password: Secret?) throws(Problem) {
        let bytes: [UInt8]
        do throws(BoundedFile.Problem) {
            bytes = Array(try BoundedFile.read(file, limit: Self.fileSize))
        } catch {
            throw .file(error)
        }
        let isPEM = String(decoding: bytes, as: UTF8.self).contains("-----BEGIN ")
        let (certificate, key) = try isPEM ? Self.pem(bytes, password) : Self.pfx(bytes, password)
        guard let der = try? certificate.toDERBytes() else { throw .notACertificate }
        thumbprint = Data(SHA256.hash(data: der)).base64URL
        guard let rsa = try? _RSA.Signing.PrivateKey(derRepresentation: key.derBytes),
            let usable = try? JWTKit.Insecure.RSA.PrivateKey(backing: rsa)
        else { throw .notRSA }
        self.key = usable
    }

    private static func pem(
        _ bytes: [UInt8],
        _ password: Secret?
    ) throws(Problem) -> (NIOSSLCertificate, NIOSSLPrivateKey) {
        guard let certificate = try? NIOSSLCertificate.fromPEMBytes(bytes).first else {
            throw .notACertificate
        }
        let key = try? NIOSSLPrivateKey(bytes: bytes, format: .pem) { provide in
            provide(Array((password?.reveal() ?? "").utf8))
        }
        guard let key else { throw .passwordNeeded }
        return (certificate, key)
    }

    private static func pfx(
        _ bytes: [UInt8],
        _ password: Secret?
    ) throws(Problem) -> (NIOSSLCertificate, NIOSSLPrivateKey) {
        let phrase = password.map { Array($0.reveal().utf8) } ?? []
        guard let bundle = try? NIOSSLPKCS12Bundle(buffer: bytes, passphrase: phrase),
            let certificate = bundle.certificateChain.first
        else { throw .passwordNeeded }
        return (certificate, bundle.privateKey)
    }
}

extension ClientCertificate.Problem: CustomStringConvertible {
    var description: String {
        switch self {
        case .file(let problem): problem.description
        case .notACertificate: "holds no certificate"
        case .passwordNeeded: "holds no key that opens with the password of certificate_password_env"
        case .notRSA: "holds no RSA key of 2048 bits or more"
        }
    }
}
