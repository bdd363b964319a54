import Crypto
import CryptoExtras
import Federation
import FoundationEssentials
import JWTKit
import NIOSSL
import Transport

/// An application that authenticates with a JWT signed by the private key of its certificate.
///
/// Source: Microsoft identity platform, "Application authentication certificate credentials".
struct ClientCertificateSource: TokenSource {
    static let declaration = SourceDeclaration(kind: .clientCertificate) { context throws(TokenSourceError) in
        try ClientCertificateSource(context)
    }

    let kind = TokenSourceKind.clientCertificate
    private let client: EntraClient
    private let certificate: ClientCertificate
    private let time: any TimeSource

    init(_ context: SourceContext) throws(TokenSourceError) {
        client = try EntraClient(context, kind: .clientCertificate)
        guard let path = context.identity.settings.certificateFile else {
            throw .unavailable(source: .clientCertificate, missing: "certificate_file")
        }
        var password: Secret?
        if let name = context.identity.settings.certificatePasswordVariable {
            password = try context.variable(name, for: .clientCertificate)
        }
        do throws(ClientCertificate.Problem) {
            certificate = try ClientCertificate(file: path, password: password)
        } catch {
            throw .unavailable(
                source: .clientCertificate,
                reason: "\(error)"
            )
        }
        time = context.time
    }

    func token(for request: TokenRequest) async throws(TokenSourceError) -> AccessToken {
        let assumed = client.clockOffset
        do throws(TokenSourceError) {
            return try await client.token(
                for: request.audience,
                clientCredential: .assertion(try await assertion())
            )
        } catch {
            // AADSTS700024 means that the assertion is not valid at the time of Entra's clock. The second
            // assertion uses the time from Entra's response.
            guard case .refused(let refusal) = error, refusal.code == "AADSTS700024",
                abs((client.clockOffset - assumed).seconds) > 60
            else { throw error }
            return try await client.token(
                for: request.audience,
                clientCredential: .assertion(try await assertion())
            )
        }
    }

    /// Returns an assertion that is valid from the local time plus ``EntraClient/clockOffset``.
    private func assertion() async throws(TokenSourceError) -> Secret {
        let keys = await JWTKeyCollection().add(pss: certificate.key, digestAlgorithm: .sha256)
        var header = JWTHeader()
        header.typ = "JWT"
        header.x5tS256 = certificate.thumbprint
        let now = time.now + client.clockOffset.seconds
        let claims = ClientAssertionPayload(client: client.clientID, audience: client.address, at: now)
        do {
            return Secret(try await keys.sign(claims, header: header))
        } catch {
            throw .unavailable(source: kind, reason: "the key cannot sign: \(error)")
        }
    }
}

private struct ClientAssertionPayload: JWTPayload {
    /// The lifetime, in seconds.
    private static let lifetime = 600

    let aud: String
    let iss: String
    let sub: String
    let jti: String
    let nbf: Int
    let iat: Int
    let exp: Int

    init(client: String, audience: URL, at now: Date) {
        aud = audience.absoluteString
        iss = client
        sub = client
        jti = UUID().uuidString
        nbf = Int(saturating: Instant(clamping: now).date.timeIntervalSince1970)
        iat = nbf
        exp = nbf + Self.lifetime
    }

    func verify(using _: some JWTAlgorithm) throws {}
}

/// A certificate and its RSA key, from a PEM or PFX file.
struct ClientCertificate: Sendable {
    private static let fileSize = 256 * 1024

    /// The reason that a file cannot be used as a certificate.
    enum Problem: Error, Hashable {
        case file(FileReadError)
        case noCertificate(path: String)
        /// The file has no private key, or cambist cannot decrypt the key.
        case unreadableKey(path: String, hasPassword: Bool)
        case notRSA(path: String)
    }

    let key: JWTKit.Insecure.RSA.PrivateKey
    /// The SHA-256 hash of the certificate's DER, as base64url.
    let thumbprint: String

    /// Reads a file; if a PEM file contains several certificates, the first is used.
    init(file: String, password: Secret?) throws(Problem) {
        let bytes: [UInt8]
        do throws(FileReadError) {
            bytes = Array(try BoundedFile.read(file, limit: Self.fileSize))
        } catch {
            throw .file(error)
        }
        let isPEM = String(decoding: bytes, as: UTF8.self).contains("-----BEGIN ")
        let (certificate, key) =
            try isPEM ? Self.pem(bytes, password, path: file) : Self.pfx(bytes, password, path: file)
        guard let der = try? certificate.toDERBytes() else { throw .noCertificate(path: file) }
        thumbprint = Data(SHA256.hash(data: der)).base64URL
        guard let rsa = try? _RSA.Signing.PrivateKey(derRepresentation: key.derBytes),
            let usable = try? JWTKit.Insecure.RSA.PrivateKey(backing: rsa)
        else { throw .notRSA(path: file) }
        self.key = usable
    }

    private static func pem(
        _ bytes: [UInt8],
        _ password: Secret?,
        path: String
    ) throws(Problem) -> (NIOSSLCertificate, NIOSSLPrivateKey) {
        guard let certificate = try? NIOSSLCertificate.fromPEMBytes(bytes).first else {
            throw .noCertificate(path: path)
        }
        let key = try? NIOSSLPrivateKey(bytes: bytes, format: .pem) { provide in
            provide(Array((password?.reveal() ?? "").utf8))
        }
        guard let key else { throw .unreadableKey(path: path, hasPassword: password != nil) }
        return (certificate, key)
    }

    private static func pfx(
        _ bytes: [UInt8],
        _ password: Secret?,
        path: String
    ) throws(Problem) -> (NIOSSLCertificate, NIOSSLPrivateKey) {
        let phrase = password.map { Array($0.reveal().utf8) } ?? []
        guard let bundle = try? NIOSSLPKCS12Bundle(buffer: bytes, passphrase: phrase),
            let certificate = bundle.certificateChain.first
        else { throw .unreadableKey(path: path, hasPassword: password != nil) }
        return (certificate, bundle.privateKey)
    }
}

extension ClientCertificate.Problem: CustomStringConvertible {
    var description: String {
        switch self {
        case .file(let error): error.description
        case .noCertificate(let path): "\(path) contains no certificate"
        case .unreadableKey(let path, hasPassword: true):
            "\(path) contains no private key, or the password in the variable that certificate_password_env names does "
                + "not decrypt it"
        case .unreadableKey(let path, hasPassword: false):
            "\(path) contains no private key, or the key is encrypted and certificate_password_env is not set"
        case .notRSA(let path): "\(path) contains no RSA key of 2048 bits or more"
        }
    }
}
