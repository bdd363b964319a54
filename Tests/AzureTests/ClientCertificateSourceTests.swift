import Crypto
import CryptoExtras
import Federation
import Foundation
import JWTKit
import TestSupport
import Testing

@testable import Azure

@Suite struct ClientCertificateSourceTests {
    private struct Assertion: JWTPayload {
        let aud: String
        let iss: String
        let sub: String
        let jti: String
        let nbf: Int
        let iat: Int
        let exp: Int

        func verify(using _: some JWTAlgorithm) throws {}
    }

    /// The assertion that Entra got from an identity with that certificate file.
    private func assertion(file: String, password: String? = nil) async throws -> (
        text: String, address: String
    ) {
        try await SourceHarness.run { _ in
            Fixture.answer()
        } work: { bench in
            let settings = TokenSourceSettings(
                certificateFile: file,
                certificatePasswordVariable: password == nil ? nil : "PASSWORD"
            )
            let variables = password.map { ["PASSWORD": $0] } ?? [:]
            _ = try await bench.token(of: Fixture.identity(.clientCertificate, settings), variables)
            let seen = try #require(bench.server.requests.first)
            let field = try #require(seen.body.split(separator: "&").last)
            #expect(field.hasPrefix("client_assertion="))
            return (String(field.dropFirst("client_assertion=".count)), bench.server.url().absoluteString)
        }
    }

    @Test(arguments: ["pem", "pfx"])
    func `the assertion is signed with PS256 and names the certificate`(form: String) async throws {
        let made = try TestCertificate.shared.get()
        let directory = try TemporaryDirectory()
        let data = form == "pem" ? Data(try made.pem.utf8) : try made.pfx(password: "hush")
        let file = try directory.write("client." + form, data)
        let (text, address) = try await assertion(file: file, password: form == "pem" ? nil : "hush")

        let claims = try Claims(decoding: Secret(text))
        let thumbprint = Data(SHA256.hash(data: try made.der)).base64URL
        #expect(claims.header["alg"] == .string("PS256"))
        #expect(claims.header["typ"] == .string("JWT"))
        #expect(claims.header["x5t#S256"] == .string(thumbprint))

        let key = try JWTKit.Insecure.RSA.PublicKey(backing: made.key.publicKey)
        let keys = await JWTKeyCollection().add(pss: key, digestAlgorithm: .sha256)
        let payload = try await keys.verify(text, as: Assertion.self)
        #expect(payload.aud == address + "\(Fixture.tenantID)/oauth2/v2.0/token")
        #expect((payload.iss, payload.sub) == (Fixture.clientID, Fixture.clientID))
        #expect((payload.nbf, payload.iat, payload.exp) == (1_800_000_000, 1_800_000_000, 1_800_000_600))
        #expect(UUID(uuidString: payload.jti) != nil)
    }

    @Test func `a file that gives no certificate says why`() async throws {
        let made = try TestCertificate.shared.get()
        let directory = try TemporaryDirectory()
        let certificate = try made.certificatePEM
        let cases = [
            (directory.path + "/absent", "does not exist"),
            (directory.path, "is not a file"),
            (try directory.write("key.pem", made.key.pkcs8PEMRepresentation), "holds no certificate"),
            (try directory.write("certificate.pem", certificate), "holds no key"),
            (try directory.write("locked.pfx", try made.pfx(password: "other")), "holds no key"),
            (try directory.write("garbage.pfx", "garbage"), "holds no key"),
        ]
        try await SourceHarness.run { _ in
            Fixture.answer()
        } work: { bench in
            for (file, problem) in cases {
                let settings = TokenSourceSettings(certificateFile: file)
                let error = await bench.failure(of: Fixture.identity(.clientCertificate, settings))
                #expect(error?.code == "source-unavailable")
                #expect(error?.description.contains(problem) == true, "\(file)")
            }
            #expect(bench.server.requests.isEmpty)
        }
    }
}
