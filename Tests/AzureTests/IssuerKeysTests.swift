import CryptoExtras
import Federation
import Foundation
import JWTKit
import TestSupport
import Testing

@testable import Azure

@Suite(.limited) struct IssuerKeysTests {
    private struct Payload: JWTPayload {
        let iss: String
        var sub = "s"

        func verify(using _: some JWTAlgorithm) throws {}
    }

    private static let issuer = "https://sts.windows.net/\(Fixture.tenantID)/"

    /// Returns a token signed with the test key as `k1`.
    private func token(issuer: String = issuer, kid: String? = "k1") async throws -> String {
        let key = try JWTKit.Insecure.RSA.PrivateKey(backing: try TestCertificate.shared.get().key)
        let keys = await JWTKeyCollection().add(rsa: key, digestAlgorithm: .sha256)
        var header = JWTHeader()
        if let kid { header.kid = kid }
        return try await keys.sign(Payload(iss: issuer), header: header)
    }

    /// Returns the key set with the test key under `kid`, without `alg`, as Entra publishes it.
    private static func keySet(kid: String) throws -> String {
        let key = try JWTKit.Insecure.RSA.PublicKey(backing: try TestCertificate.shared.get().key.publicKey)
        let (modulus, exponent) = try key.getKeyPrimitives()
        return #"{"keys":[{"kty":"EC","kid":"other"},{"kty":"RSA","use":"sig","kid":"\#(kid)","#
            + #""n":"\#(modulus.base64URL)","e":"\#(exponent.base64URL)"}]}"#
    }

    /// Answers as the authority: discovery, then the key set.
    private static func script(
        kid: @escaping @Sendable (ScriptedRequest) -> String = { _ in "k1" },
        issuer: String = issuer
    ) -> ScriptedServer.Script {
        { request in
            if request.target == "/keys" { return .answer(200, (try? keySet(kid: kid(request))) ?? "") }
            let host = request.header("Host") ?? ""
            return .answer(200, #"{"issuer":"\#(issuer)","jwks_uri":"http://\#(host)/keys"}"#)
        }
    }

    private func keys(_ harness: SourceHarness) -> IssuerKeys {
        IssuerKeys(transport: harness.transport, authority: harness.server.url(), time: harness.time)
    }

    @Test func `a token signed with a published key is verified, and the keys are cached`() async throws {
        let token = Secret(try await token())
        try await SourceHarness.run(Self.script()) { _ in
        } work: { harness in
            let keys = keys(harness)
            #expect(await keys.signature(of: token) == .verified)
            #expect(await keys.signature(of: token) == .verified)
            let discovery = "/\(Fixture.tenantID)/.well-known/openid-configuration"
            #expect(harness.server.requests.map(\.target) == [discovery, "/keys"])
        }
    }

    @Test func `a version 2 issuer has its own discovery document`() async throws {
        let issuer = "https://login.microsoftonline.com/\(Fixture.tenantID)/v2.0"
        let token = Secret(try await token(issuer: issuer))
        try await SourceHarness.run(Self.script(issuer: issuer)) { _ in
        } work: { harness in
            #expect(await keys(harness).signature(of: token) == .verified)
            let discovery = "/\(Fixture.tenantID)/v2.0/.well-known/openid-configuration"
            #expect(harness.server.requests.first?.target == discovery)
        }
    }

    @Test func `an altered token is invalid`() async throws {
        let parts = try await token().split(separator: ".")
        let payload = Data(#"{"iss":"\#(Self.issuer)","sub":"t"}"#.utf8).base64URL
        let token = Secret([String(parts[0]), payload, String(parts[2])].joined(separator: "."))
        try await SourceHarness.run(Self.script()) { _ in
        } work: { harness in
            let signature = await keys(harness).signature(of: token)
            #expect(signature.word == "invalid")
        }
    }

    @Test func `rotated keys are fetched again, at most once a minute`() async throws {
        let token = Secret(try await token())
        let time = ManualTime()
        let script = Self.script { $0.number < 6 ? "old" : "k1" }
        try await SourceHarness.run(time: time, script) { _ in
        } work: { harness in
            let keys = keys(harness)
            #expect(await keys.signature(of: token).word == "invalid")
            #expect(await keys.signature(of: token).word == "invalid")
            #expect(harness.server.requests.count == 2)
            time.advance(by: .seconds(60))
            #expect(await keys.signature(of: token).word == "invalid")
            time.advance(by: .seconds(60))
            #expect(await keys.signature(of: token) == .verified)
            #expect(harness.server.requests.count == 6)
        }
    }

    @Test(arguments: [
        "https://evil.example/", "https://sts.windows.net/../", "http://sts.windows.net/\(Fixture.tenantID)/",
        "https://sts.windows.net/\(Fixture.tenantID)/other", "nonsense", "",
    ])
    func `no request is sent to an issuer that is not a tenant`(issuer: String) async throws {
        let token = Secret(try await token(issuer: issuer))
        try await SourceHarness.run(Self.script()) { _ in
        } work: { harness in
            #expect(await keys(harness).signature(of: token).word == "invalid")
            #expect(harness.server.requests.isEmpty)
        }
    }

    @Test func `a token without a key id and text that is not a token are invalid`() async throws {
        let nameless = Secret(try await token(kid: nil))
        try await SourceHarness.run(Self.script()) { _ in
        } work: { harness in
            let keys = keys(harness)
            #expect(await keys.signature(of: nameless).word == "invalid")
            #expect(await keys.signature(of: Secret("a.b.c.d.e")).word == "invalid")
            #expect(await keys.signature(of: Secret(Fixture.token())).word == "invalid")
        }
    }

    @Test(arguments: [
        ScriptedReply.answer(404), .answer(200, "<html>"), .answer(200, #"{"issuer":"#),
        ScriptedReply(.close),
        .answer(200, #"{"issuer":"https://other/","jwks_uri":"https://other/keys"}"#),
        .answer(200, #"{"issuer":"\#(issuer)","jwks_uri":"http://plain.example/keys"}"#),
        ScriptedReply(.send("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n"), .flood(bytes: 1 << 30)),
    ])
    func `a signature without fetched keys is unverified`(reply: ScriptedReply) async throws {
        let token = Secret(try await token())
        try await SourceHarness.run { _ in
            reply
        } work: { harness in
            #expect(await keys(harness).signature(of: token).word == "unverified")
        }
    }
}
