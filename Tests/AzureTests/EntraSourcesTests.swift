import Federation
import Foundation
import TestSupport
import Testing

@testable import Azure

/// The sources that send requests to Entra, except the one with a certificate.
@Suite(.limited) struct EntraSourcesTests {
    private static let fields = [
        "grant_type=client_credentials", "client_id=\(Fixture.clientID)",
        "scope=api%3A%2F%2Fsecurity-aws-logging%2F.default",
    ]
    private static let assertionType =
        "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"

    /// A response with numbers where IMDS has strings.
    private static let answer = ScriptedReply.answer(
        200,
        #"{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":"\#(Fixture.token())"}"#
    )

    @Test func `a pod's token file is read for each request`() async throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("token", "first.hush.sig\n")
        let variables = [
            "AZURE_CLIENT_ID": Fixture.clientID, "AZURE_TENANT_ID": Fixture.tenantID,
            "AZURE_FEDERATED_TOKEN_FILE": file,
        ]
        try await SourceHarness.run { _ in
            Self.answer
        } work: { harness in
            let token = try await harness.token(of: ManagedIdentity(id: "pod"), variables)
            _ = try directory.write("token", "second.hush.sig")
            _ = try await harness.token(of: ManagedIdentity(id: "pod"), variables)
            let received = harness.server.requests
            #expect(token.source == .workloadIdentity)
            #expect(token.expiry == Fixture.instant + 3599)
            #expect(received[0].target == "/\(Fixture.tenantID)/oauth2/v2.0/token")
            #expect(received[0].header("Content-Type") == "application/x-www-form-urlencoded")
            let form = Self.fields + [Self.assertionType, "client_assertion=first.hush.sig"]
            #expect(received[0].body == form.joined(separator: "&"))
            #expect(received[1].body.hasSuffix("client_assertion=second.hush.sig"))
            #expect(!harness.log.lines.joined().contains("hush"))
        }
    }

    @Test func `the configuration has precedence over the pod's variables`() async throws {
        let directory = try TemporaryDirectory()
        let settings = TokenSourceSettings(tokenFile: try directory.write("token", "a.b.c"))
        let variables = [
            "AZURE_CLIENT_ID": "x", "AZURE_TENANT_ID": "y", "AZURE_FEDERATED_TOKEN_FILE": "/nowhere",
        ]
        try await SourceHarness.run { _ in
            Self.answer
        } work: { harness in
            _ = try await harness.token(of: Fixture.identity(.workloadIdentity, settings), variables)
            let received = try #require(harness.server.requests.first)
            #expect(received.target.hasPrefix("/\(Fixture.tenantID)/"))
            #expect(received.body.contains(Self.fields[1]))
        }
    }

    @Test func `the token of a federated identity is the assertion`() async throws {
        let host = ManagedIdentity(id: "host", clientID: "h")
        let settings = TokenSourceSettings(federatedIdentity: "host")
        let app = Fixture.identity(.workloadIdentity, settings)
        try await SourceHarness.run { request in
            request.method == "GET" ? .answer(200, #"{"access_token":"host.token.sig"}"#) : Self.answer
        } work: { harness in
            let sources = harness.sources(identities: [host, app])
            _ = try await sources.source(for: app).token(
                for: TokenRequest(identity: app, audience: Fixture.audience)
            )
            let received = harness.server.requests
            #expect(received[0].target.contains("resource=api%3A%2F%2FAzureADTokenExchange&client_id=h"))
            #expect(received[1].body.hasSuffix("client_assertion=host.token.sig"))
        }
    }

    @Test func `a loop of federated identities is refused`() async throws {
        let one = Fixture.identity(.workloadIdentity, TokenSourceSettings(federatedIdentity: "logging"))
        try await SourceHarness.run { _ in
            Self.answer
        } work: { harness in
            _ = #expect(throws: TokenSourceError.self) {
                try harness.sources(identities: [one]).source(for: one)
            }
        }
    }

    @Test(arguments: [
        ("login.microsoftonline.com", "api://AzureADTokenExchange"),
        ("login.microsoftonline.us", "api://AzureADTokenExchangeUSGov"),
        ("login.partner.microsoftonline.cn", "api://AzureADTokenExchangeChina"),
        ("login.chinacloudapi.cn", "api://AzureADTokenExchangeChina"),
    ])
    func `each cloud has its own audience for assertions`(authority: String, audience: String) {
        #expect(WorkloadIdentitySource.exchangeAudience(authority: authority) == audience)
    }

    @Test func `a secret comes from a variable or from a file`() async throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("secret", "hush&from=file\n")
        let settings = [
            TokenSourceSettings(secretVariable: "APP_SECRET"), TokenSourceSettings(secretFile: file),
        ]
        try await SourceHarness.run { _ in
            Self.answer
        } work: { harness in
            for settings in settings {
                _ = try await harness.token(
                    of: Fixture.identity(.clientSecret, settings),
                    ["APP_SECRET": "hush+"]
                )
            }
            let bodies = harness.server.requests.map(\.body)
            #expect(bodies[0] == (Self.fields + ["client_secret=hush%2B"]).joined(separator: "&"))
            #expect(bodies[1] == (Self.fields + ["client_secret=hush%26from%3Dfile"]).joined(separator: "&"))
            #expect(!harness.log.lines.joined().contains("hush"))
        }
    }

    @Test func `the identity's own authority has precedence`() async throws {
        try await SourceHarness.run { _ in
            Self.answer
        } work: { harness in
            let settings = TokenSourceSettings(secretVariable: "S", authority: harness.server.url("own"))
            _ = try await harness.token(of: Fixture.identity(.clientSecret, settings), ["S": "x"])
            #expect(harness.server.requests.first?.target == "/own/\(Fixture.tenantID)/oauth2/v2.0/token")
        }
    }

    @Test func `a refusal of Entra has its AADSTS number and the correlation ID`() async throws {
        let text =
            #"AADSTS7000215: Invalid client secret provided.\r\nTrace ID: t\r\nCorrelation ID: c\r\nTimestamp: x"#
        try await SourceHarness.run { _ in
            .answer(
                401,
                #"{"error":"invalid_client","error_description":"\#(text)","error_codes":[7000215],"#
                    + #""correlation_id":"c1"}"#
            )
        } work: { harness in
            let settings = TokenSourceSettings(secretVariable: "S")
            let failure = try #require(
                await harness.failure(of: Fixture.identity(.clientSecret, settings), ["S": "x"])
            )
            .failure
            #expect(failure.kind == .refused)
            #expect(failure.code == "AADSTS7000215")
            #expect(failure.requestID == "c1")
            #expect(!failure.message.contains("\r"))
            #expect(harness.server.requests.count == 1)
        }
    }

    @Test func `a throttled request to Entra is retried once, after Retry-After`() async throws {
        let time = InstantTime()
        try await SourceHarness.run(time: time) { _ in
            .answer(429, headers: ["Retry-After: 17"])
        } work: { harness in
            let settings = TokenSourceSettings(secretVariable: "S")
            let error = await harness.failure(of: Fixture.identity(.clientSecret, settings), ["S": "x"])
            #expect(error?.kind == .tryAgain)
            #expect(time.slept == [.seconds(17)])
        }
    }

    @Test(arguments: [
        (ManagedIdentity(id: "i", source: .clientSecret), "tenant_id"),
        (ManagedIdentity(id: "i", tenantID: "t", source: .clientSecret), "client_id"),
        (Fixture.identity(.clientSecret), "secret_env or secret_file"),
        (Fixture.identity(.clientSecret, TokenSourceSettings(secretVariable: "NO")), "NO"),
        (ManagedIdentity(id: "i", source: .workloadIdentity), "AZURE_FEDERATED_TOKEN_FILE or token_file"),
        (
            ManagedIdentity(
                id: "i",
                source: .workloadIdentity,
                settings: TokenSourceSettings(tokenFile: "f")
            ),
            "tenant_id or AZURE_TENANT_ID"
        ),
        (Fixture.identity(.clientCertificate), "certificate_file"),
    ])
    func `the error names the missing setting`(identity: ManagedIdentity, missing: String) async throws {
        try await SourceHarness.run { _ in
            Self.answer
        } work: { harness in
            let error = await harness.failure(of: identity)
            #expect(error == .unavailable(source: identity.source, missing: missing))
            #expect(harness.server.requests.isEmpty)
        }
    }

    @Test func `the error for a missing file of the client secret names it`() async throws {
        let settings = TokenSourceSettings(secretFile: "/nowhere/secret")
        try await SourceHarness.run { _ in
            Self.answer
        } work: { harness in
            let error = await harness.failure(of: Fixture.identity(.clientSecret, settings))
            #expect(error == .unavailable(source: .clientSecret, reason: "/nowhere/secret does not exist"))
        }
    }

    @Test func `the error for a missing token file of a pod names it`() async throws {
        let settings = TokenSourceSettings(tokenFile: "/nowhere/token")
        try await SourceHarness.run { _ in
            Self.answer
        } work: { harness in
            let error = await harness.failure(of: Fixture.identity(.workloadIdentity, settings))
            let reason = "/nowhere/token does not exist"
            #expect(error == .unavailable(source: .workloadIdentity, reason: reason))
        }
    }
}
