import Federation
import Foundation
import JWTKit

/// An application that proves itself by a JWT signed with its certificate's key.
///
/// Source: Microsoft identity platform, "Application authentication certificate credentials".
struct ClientCertificateSource: TokenSource {
    let kind = TokenSourceKind.clientCertificate
    private let client: EntraClient
    private let certificate: ClientCertificate
    private let time: any TimeSource

    init(_ site: SourceSite) throws(TokenSourceError) {
        client = try EntraClient(site, kind: .clientCertificate)
        guard let path = site.identity.settings.certificateFile else {
            throw .unavailable(source: .clientCertificate, missing: "certificate_file")
        }
        var password: Secret?
        if let name = site.identity.settings.certificatePasswordVariable {
            password = try site.variable(name, for: .clientCertificate)
        }
        do throws(ClientCertificate.Problem) {
            certificate = try ClientCertificate(file: path, password: password)
        } catch {
            throw .unavailable(
                source: .clientCertificate,
                missing: "a certificate with its key (\(path) \(error))"
            )
        }
        time = site.time
    }

    func token(for request: TokenRequest) async throws(TokenSourceError) -> AccessToken {
        try await client.token(for: request.audience, proof: .assertion(try await assertion()))
    }

    private func assertion() async throws(TokenSourceError) -> Secret {
        let keys = await JWTKeyCollection().add(pss: certificate.key, digestAlgorithm: .sha256)
        var header = JWTHeader()
        header.typ = "JWT"
        header.x5tS256 = certificate.thumbprint
        let claims = ClientAssertion(client: client.clientID, audience: client.address, at: time.now)
        do {
            return Secret(try await keys.sign(claims, header: header))
        } catch {
            throw .unavailable(source: kind, missing: "a key that signs (\(error))")
        }
    }
}

/// The claims by which a client says that it is itself.
private struct ClientAssertion: JWTPayload {
    private static let life = 600

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
        nbf = Int(now.timeIntervalSince1970)
        iat = nbf
        exp = nbf + Self.life
    }

    func verify(using _: some JWTAlgorithm) throws {}
}
