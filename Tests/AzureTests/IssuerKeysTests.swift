import CryptoExtras
import Federation
import Foundation
import JWTKit
import NIOCore
import NIOSSL
import TestSupport
import Testing

@testable import Azure
@testable import Transport

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

    /// Responds as the authority does: with the discovery document, then with the key set.
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

    /// Returns a signer of the algorithm and its public key in JWK form, under `k1`.
    private static func signer(_ algorithm: String) async throws -> (keys: JWTKeyCollection, jwk: String) {
        let keys = JWTKeyCollection()
        let rsa = try JWTKit.Insecure.RSA.PrivateKey(backing: try TestCertificate.shared.get().key)
        let digest: DigestAlgorithm =
            algorithm.hasSuffix("512") ? .sha512 : algorithm.hasSuffix("384") ? .sha384 : .sha256
        switch algorithm {
        case "ES256":
            let key = ES256PrivateKey()
            return (await keys.add(ecdsa: key), ellipticKey("P-256", key.parameters))
        case "ES384":
            let key = ES384PrivateKey()
            return (await keys.add(ecdsa: key), ellipticKey("P-384", key.parameters))
        default:
            let key = try JWTKit.Insecure.RSA.PublicKey(
                backing: try TestCertificate.shared.get().key.publicKey
            )
            let (modulus, exponent) = try key.getKeyPrimitives()
            let jwk =
                #"{"kty":"RSA","kid":"k1","n":"\#(modulus.base64URL)","e":"\#(exponent.base64URL)"}"#
            let signer =
                algorithm.hasPrefix("PS")
                ? await keys.add(pss: rsa, digestAlgorithm: digest)
                : await keys.add(rsa: rsa, digestAlgorithm: digest)
            return (signer, jwk)
        }
    }

    private static func ellipticKey(_ curve: String, _ parameters: ECDSAParameters?) -> String {
        let coordinates = [parameters?.x, parameters?.y].map { text in
            text.flatMap { Data(base64Encoded: $0) }?.base64URL ?? ""
        }
        return
            #"{"kty":"EC","crv":"\#(curve)","kid":"k1","x":"\#(coordinates[0])","y":"\#(coordinates[1])"}"#
    }

    @Test(arguments: ["RS256", "RS384", "RS512", "PS256", "PS384", "ES256", "ES384"])
    func `a signature of each algorithm is verified, and an altered token is invalid`(
        algorithm: String
    ) async throws {
        let (signer, jwk) = try await Self.signer(algorithm)
        var header = JWTHeader()
        header.kid = "k1"
        let text = try await signer.sign(Payload(iss: Self.issuer), header: header)
        #expect(try Claims(decoding: Secret(text)).algorithm == algorithm)
        let parts = text.split(separator: ".")
        let payload = Data(#"{"iss":"\#(Self.issuer)","sub":"t"}"#.utf8).base64URL
        let altered = [String(parts[0]), payload, String(parts[2])].joined(separator: ".")
        let script: ScriptedServer.Script = { request in
            if request.target == "/keys" { return .answer(200, #"{"keys":[\#(jwk)]}"#) }
            let host = request.header("Host") ?? ""
            return .answer(200, #"{"issuer":"\#(Self.issuer)","jwks_uri":"http://\#(host)/keys"}"#)
        }
        try await SourceHarness.run(script) { _ in
        } work: { harness in
            let keys = keys(harness)
            #expect(await keys.signature(of: Secret(text)) == .verified)
            #expect(await keys.signature(of: Secret(altered)).word == "invalid")
        }
    }

    @Test func `a signature with an unsupported algorithm is unverified`() async throws {
        let header = Data(#"{"alg":"HS256","kid":"k1"}"#.utf8).base64URL
        let payload = Data(#"{"iss":"\#(Self.issuer)"}"#.utf8).base64URL
        try await SourceHarness.run(Self.script()) { _ in
        } work: { harness in
            let signature = await keys(harness).signature(of: Secret("\(header).\(payload).c2ln"))
            #expect(
                signature == .unverified(reason: "The token's algorithm is HS256, which is not supported.")
            )
            #expect(harness.server.requests.isEmpty)
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

    @Test func `rotated keys are fetched again, at most once per minute`() async throws {
        let token = Secret(try await token())
        let time = ManualTime()
        let script = Self.script { $0.number < 6 ? "old" : "k1" }
        try await SourceHarness.run(time: time, script) { _ in
        } work: { harness in
            let keys = keys(harness)
            #expect(await keys.signature(of: token).word == "unverified")
            #expect(await keys.signature(of: token).word == "unverified")
            #expect(harness.server.requests.count == 2)
            time.advance(by: .seconds(60))
            #expect(await keys.signature(of: token).word == "unverified")
            time.advance(by: .seconds(60))
            #expect(await keys.signature(of: token) == .verified)
            #expect(harness.server.requests.count == 6)
        }
    }

    @Test(arguments: [
        "https://user@evil.example/", "https://evil.example/?q", "https://sts.windows.net/../",
        "http://sts.windows.net/\(Fixture.tenantID)/",
        "https://sts.windows.net/\(Fixture.tenantID)/other", "nonsense", "",
    ])
    func `no request is sent for an issuer whose URL is not in an accepted form`(issuer: String) async throws
    {
        let token = Secret(try await token(issuer: issuer))
        try await SourceHarness.run(Self.script()) { _ in
        } work: { harness in
            #expect(await keys(harness).signature(of: token).word == "unverified")
            #expect(harness.server.requests.isEmpty)
        }
    }

    /// Answers as an issuer other than Entra at the server's own address.
    private static func ownScript(keysScheme: String) -> ScriptedServer.Script {
        { request in
            let host = request.header("Host") ?? ""
            switch request.target {
            case "/realms/ci/.well-known/openid-configuration":
                return .answer(
                    200,
                    #"{"issuer":"https://\#(host)/realms/ci","jwks_uri":"\#(keysScheme)://\#(host)/keys"}"#
                )
            case "/keys": return .answer(200, (try? keySet(kid: "k1")) ?? "")
            default: return .answer(404)
            }
        }
    }

    @Test(arguments: [
        ("realms/ci", "https", TokenSignature.verified),
        ("realms/ci", "http", nil), ("realms/ci/", "https", nil), ("realms/other", "https", nil),
    ])
    func `a token of another issuer is verified with the keys that its discovery document names`(
        path: String,
        keysScheme: String,
        expected: TokenSignature?
    ) async throws {
        let pem = Array(try TestCertificate.shared.get().pem.utf8)
        let certificates = try NIOSSLCertificate.fromPEMBytes(pem)
        let context = try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: certificates.map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(bytes: pem, format: .pem))
            )
        )
        try await SourceHarness.run(Self.ownScript(keysScheme: keysScheme)) { channel in
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
        } work: { harness in
            let transport = HTTPTransport(trusting: certificates[0], like: harness.transport)
            let keys = IssuerKeys(transport: transport, authority: nil, time: harness.time)
            let issuer = harness.server.url(path, scheme: "https").absoluteString
            let signature = await keys.signature(of: Secret(try await token(issuer: issuer)))
            #expect(signature == expected ?? signature)
            #expect(signature.word == (expected == nil ? "unverified" : "verified"))
            await transport.shutDown()
        }
    }

    @Test func `a token without a key ID and text that is not a token are unverified`() async throws {
        let nameless = Secret(try await token(kid: nil))
        try await SourceHarness.run(Self.script()) { _ in
        } work: { harness in
            let keys = keys(harness)
            #expect(await keys.signature(of: nameless).word == "unverified")
            #expect(await keys.signature(of: Secret("a.b.c.d.e")).word == "unverified")
            #expect(await keys.signature(of: Secret(Fixture.token())).word == "unverified")
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
