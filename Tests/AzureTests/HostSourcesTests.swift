import Federation
import Foundation
import TestSupport
import Testing

@testable import Azure

/// App Service, Azure ML and Cloud Shell: endpoints that variables name.
@Suite struct HostSourcesTests {
    private func variables(_ bench: SourceHarness) -> [String: String] {
        ["IDENTITY_ENDPOINT": bench.server.url("msi/token").absoluteString, "IDENTITY_HEADER": "hush-header"]
    }

    private func legacy(_ bench: SourceHarness) -> [String: String] {
        ["MSI_ENDPOINT": bench.server.url("msi/token").absoluteString, "MSI_SECRET": "hush-secret"]
    }

    @Test(arguments: [
        (ManagedIdentity(id: "i", clientID: "c", principalID: "p"), "&client_id=c"),
        (ManagedIdentity(id: "i", resourceID: "/r"), "&mi_res_id=%2Fr"),
        (ManagedIdentity(id: "i", principalID: "p"), "&principal_id=p"),
        (ManagedIdentity(id: "i", clientID: "c", isSystemAssigned: true), ""),
    ])
    func `App Service of today is asked in its own spelling`(
        identity: ManagedIdentity,
        selector: String
    ) async throws {
        try await SourceHarness.run { _ in
            Fixture.answer()
        } work: { bench in
            let token = try await bench.token(of: identity, variables(bench))
            let seen = try #require(bench.server.requests.first)
            #expect(token.source == .appService)
            #expect(
                seen.target == "/msi/token?resource=api%3A%2F%2Fsecurity-aws-logging&api-version=2019-08-01"
                    + selector
            )
            #expect(seen.header("X-IDENTITY-HEADER") == "hush-header")
            #expect(!bench.log.lines.joined().contains("hush"))
        }
    }

    @Test func `App Service of 2017 is asked where only its variables are set`() async throws {
        try await SourceHarness.run { _ in
            .answer(200, #"{"access_token":"a.b.c","expires_on":"1/15/2027 9:00:00 AM +00:00"}"#)
        } work: { bench in
            let token = try await bench.token(of: Fixture.identity(.appService), legacy(bench))
            let seen = try #require(bench.server.requests.first)
            let query = "api-version=2017-09-01&resource=api%3A%2F%2Fsecurity-aws-logging&clientid="
            #expect(seen.target == "/msi/token?" + query + Fixture.clientID)
            #expect(seen.header("secret") == "hush-secret")
            #expect(token.source == .appService)
            #expect(token.expiry == Fixture.instant + 3600)
        }
    }

    @Test func `Azure ML falls back to the client id of its own variable`() async throws {
        try await SourceHarness.run { _ in
            Fixture.answer()
        } work: { bench in
            let variables = legacy(bench).merging(["DEFAULT_IDENTITY_CLIENT_ID": "d"]) { $1 }
            let token = try await bench.token(of: ManagedIdentity(id: "i"), variables)
            #expect(token.source == .azureML)
            #expect(bench.server.requests.first?.target.hasSuffix("&clientid=d") == true)
        }
    }

    @Test func `the protocol of 2017 selects by client id alone`() async throws {
        try await SourceHarness.run { _ in
            Fixture.answer()
        } work: { bench in
            let error = await bench.failure(of: ManagedIdentity(id: "i", resourceID: "/r"), legacy(bench))
            #expect(error == .unavailable(source: .azureML, missing: "client_id, by which alone it selects"))
        }
    }

    @Test func `Cloud Shell gets a form`() async throws {
        try await SourceHarness.run { _ in
            Fixture.answer()
        } work: { bench in
            let variables = ["MSI_ENDPOINT": bench.server.url("token").absoluteString]
            let token = try await bench.token(of: Fixture.identity, variables)
            let seen = try #require(bench.server.requests.first)
            #expect(token.source == .cloudShell)
            #expect((seen.method, seen.body) == ("POST", "resource=api%3A%2F%2Fsecurity-aws-logging"))
            #expect(seen.header("Metadata") == "true")
            #expect(seen.header("Content-Type") == "application/x-www-form-urlencoded")
        }
    }

    @Test func `App Service's catch-all error is asked for four times and told with its correlation id`()
        async throws
    {
        try await SourceHarness.run { _ in
            .answer(
                500,
                #"{"statusCode":500,"message":"An unexpected error occured while fetching the AAD Token.","#
                    + #""correlationId":"c0"}"#,
                headers: ["Server: Kestrel", "X-CORRELATION-ID: c0"]
            )
        } work: { bench in
            let error = await bench.failure(of: Fixture.identity, variables(bench))
            let refusal = SourceRefusal(
                source: .appService,
                status: 500,
                code: "500",
                message: "An unexpected error occured while fetching the AAD Token.",
                requestID: "c0"
            )
            #expect(error == .refused(refusal))
            #expect(error?.failure.fix.contains("app role") == true)
            #expect(bench.server.requests.count == 4)
        }
    }

    @Test func `a nested error is read`() async throws {
        try await SourceHarness.run { _ in
            .answer(400, #"{"error":{"code":"AudienceNotSupported","message":"Audience not supported"}}"#)
        } work: { bench in
            let variables = ["MSI_ENDPOINT": bench.server.url("token").absoluteString]
            let error = await bench.failure(of: Fixture.identity, variables)
            #expect(error?.code == "AudienceNotSupported")
        }
    }

    @Test(
        arguments: [
            (TokenSourceKind.appService, [:], "IDENTITY_ENDPOINT"),
            (.appService, ["IDENTITY_ENDPOINT": "http://127.0.0.1:9/"], "IDENTITY_HEADER"),
            (
                .appService, ["IDENTITY_ENDPOINT": "nonsense", "IDENTITY_HEADER": "x"],
                "an address in IDENTITY_ENDPOINT"
            ),
            (.azureML, ["MSI_ENDPOINT": "http://127.0.0.1:9/"], "MSI_SECRET"),
            (.cloudShell, [:], "MSI_ENDPOINT"),
        ] as [(TokenSourceKind, [String: String], String)]
    )
    func `what the host lacks is named`(
        kind: TokenSourceKind,
        variables: [String: String],
        missing: String
    ) async throws {
        try await SourceHarness.run { _ in
            Fixture.answer()
        } work: { bench in
            let error = await bench.failure(of: Fixture.identity(kind), variables)
            #expect(error == .unavailable(source: kind, missing: missing))
        }
    }
}
