import Crypto
import CryptoExtras
import Federation
import Foundation
import JWTKit
import TestSupport
import Testing

@testable import Azure

@Suite(.limited) struct ClientCertificateSourceTests {
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

    /// Returns the assertion that an identity with a certificate file sends to Entra.
    private func assertion(file: String, password: String? = nil) async throws -> (
        text: String, address: String
    ) {
        try await SourceHarness.run { _ in
            Fixture.answer()
        } work: { harness in
            let settings = TokenSourceSettings(
                certificateFile: file,
                certificatePasswordVariable: password == nil ? nil : "PASSWORD"
            )
            let variables = password.map { ["PASSWORD": $0] } ?? [:]
            _ = try await harness.token(of: Fixture.identity(.clientCertificate, settings), variables)
            let received = try #require(harness.server.requests.first)
            let field = try #require(received.body.split(separator: "&").last)
            #expect(field.hasPrefix("client_assertion="))
            return (String(field.dropFirst("client_assertion=".count)), harness.server.url().absoluteString)
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

    @Test func `the error for a file without a certificate names the problem`() async throws {
        let made = try TestCertificate.shared.get()
        let directory = try TemporaryDirectory()
        let certificate = try made.certificatePEM
        let keyless = try directory.write("certificate.pem", certificate)
        let locked = try directory.write("locked.pfx", try made.pfx(password: "other"))
        let unset = "contains no private key, or the key is encrypted and certificate_password_env is not set"
        let wrong =
            "contains no private key, or the password in the variable that certificate_password_env names does not "
            + "decrypt it"
        let cases: [(file: String, password: String?, problem: String)] = [
            (directory.path + "/absent", nil, "does not exist"),
            (directory.path, nil, "is not a regular file"),
            (try directory.write("key.pem", made.key.pkcs8PEMRepresentation), nil, "contains no certificate"),
            (keyless, nil, unset), (keyless, "hush", wrong),
            (locked, nil, unset), (locked, "hush", wrong),
            (try directory.write("garbage.pfx", "garbage"), nil, unset),
        ]
        try await SourceHarness.run { _ in
            Fixture.answer()
        } work: { harness in
            for (file, password, problem) in cases {
                let settings = TokenSourceSettings(
                    certificateFile: file,
                    certificatePasswordVariable: password.map { _ in "PASSWORD" }
                )
                let error = await harness.failure(
                    of: Fixture.identity(.clientCertificate, settings),
                    password.map { ["PASSWORD": $0] } ?? [:]
                )
                #expect(error?.code == "source-unavailable")
                #expect(error?.description.contains(problem) == true, "\(file)")
            }
            #expect(harness.server.requests.isEmpty)
        }
    }
}
