import Federation
import Foundation
import TestSupport
import Testing

@testable import Azure

/// App Service, Azure ML, and Cloud Shell, whose endpoints are in environment variables.
@Suite(.limited) struct HostSourcesTests {
    private func variables(_ harness: SourceHarness) -> [String: String] {
        [
            "IDENTITY_ENDPOINT": harness.server.url("msi/token").absoluteString,
            "IDENTITY_HEADER": "hush-header",
        ]
    }

    private func legacy(_ harness: SourceHarness) -> [String: String] {
        ["MSI_ENDPOINT": harness.server.url("msi/token").absoluteString, "MSI_SECRET": "hush-secret"]
    }

    @Test(arguments: [
        (ManagedIdentity(id: "i", clientID: "c", principalID: "p"), "&client_id=c"),
        (ManagedIdentity(id: "i", resourceID: "/r"), "&mi_res_id=%2Fr"),
        (ManagedIdentity(id: "i", principalID: "p"), "&principal_id=p"),
        (ManagedIdentity(id: "i", clientID: "c", isSystemAssigned: true), ""),
    ])
    func `the request to App Service has that service's names of selectors`(
        identity: ManagedIdentity,
        selector: String
    ) async throws {
        try await SourceHarness.run { _ in
            Fixture.answer()
        } work: { harness in
            let token = try await harness.token(of: identity, variables(harness))
            let received = try #require(harness.server.requests.first)
            #expect(token.source == .appService)
            #expect(
                received.target
                    == "/msi/token?resource=api%3A%2F%2Fsecurity-aws-logging&api-version=2019-08-01"
                    + selector
            )
            #expect(received.header("X-IDENTITY-HEADER") == "hush-header")
            #expect(!harness.log.lines.joined().contains("hush"))
        }
    }

    @Test func `the 2017 version of the protocol is used if only its variables are set`() async throws {
        try await SourceHarness.run { _ in
            .answer(200, #"{"access_token":"a.b.c","expires_on":"1/15/2027 9:00:00 AM +00:00"}"#)
        } work: { harness in
            let token = try await harness.token(of: Fixture.identity(.appService), legacy(harness))
            let received = try #require(harness.server.requests.first)
            let query = "api-version=2017-09-01&resource=api%3A%2F%2Fsecurity-aws-logging&clientid="
            #expect(received.target == "/msi/token?" + query + Fixture.clientID)
            #expect(received.header("secret") == "hush-secret")
            #expect(token.source == .appService)
            #expect(token.expiry == Fixture.instant + 3600)
        }
    }

    @Test func `Azure ML uses the client ID in its separate variable by default`() async throws {
        try await SourceHarness.run { _ in
            Fixture.answer()
        } work: { harness in
            let variables = legacy(harness).merging(["DEFAULT_IDENTITY_CLIENT_ID": "d"]) { $1 }
            let token = try await harness.token(of: ManagedIdentity(id: "i"), variables)
            #expect(token.source == .azureML)
            #expect(harness.server.requests.first?.target.hasSuffix("&clientid=d") == true)
        }
    }

    @Test func `the protocol of 2017 selects by client ID alone`() async throws {
        try await SourceHarness.run { _ in
            Fixture.answer()
        } work: { harness in
            let error = await harness.failure(of: ManagedIdentity(id: "i", resourceID: "/r"), legacy(harness))
            #expect(
                error
                    == .unavailable(source: .azureML, missing: "client_id")
            )
        }
    }

    @Test func `the request to Cloud Shell is a form`() async throws {
        try await SourceHarness.run { _ in
            Fixture.answer()
        } work: { harness in
            let variables = ["MSI_ENDPOINT": harness.server.url("token").absoluteString]
            let token = try await harness.token(of: Fixture.identity, variables)
            let received = try #require(harness.server.requests.first)
            #expect(token.source == .cloudShell)
            #expect((received.method, received.body) == ("POST", "resource=api%3A%2F%2Fsecurity-aws-logging"))
            #expect(received.header("Metadata") == "true")
            #expect(received.header("Content-Type") == "application/x-www-form-urlencoded")
        }
    }

    @Test func `App Service's general error is retried three times and reported with its correlation ID`()
        async throws
    {
        try await SourceHarness.run { _ in
            .answer(
                500,
                #"{"statusCode":500,"message":"An unexpected error occured while fetching the AAD Token.","#
                    + #""correlationId":"c0"}"#,
                headers: ["Server: Kestrel", "X-CORRELATION-ID: c0"]
            )
        } work: { harness in
            let error = await harness.failure(of: Fixture.identity, variables(harness))
            let refusal = SourceRefusal(
                source: .appService,
                status: 500,
                code: "500",
                message: "An unexpected error occured while fetching the AAD Token.",
                requestID: "c0"
            )
            #expect(error == .refused(refusal))
            #expect(error?.failure.fix.contains("app role") == true)
            #expect(harness.server.requests.count == 4)
        }
    }

    @Test func `a nested error is parsed`() async throws {
        try await SourceHarness.run { _ in
            .answer(400, #"{"error":{"code":"AudienceNotSupported","message":"Audience not supported"}}"#)
        } work: { harness in
            let variables = ["MSI_ENDPOINT": harness.server.url("token").absoluteString]
            let error = await harness.failure(of: Fixture.identity, variables)
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
    func `the error names the host's missing variable`(
        kind: TokenSourceKind,
        variables: [String: String],
        missing: String
    ) async throws {
        try await SourceHarness.run { _ in
            Fixture.answer()
        } work: { harness in
            let error = await harness.failure(of: Fixture.identity(kind), variables)
            #expect(error == .unavailable(source: kind, missing: missing))
        }
    }
}
