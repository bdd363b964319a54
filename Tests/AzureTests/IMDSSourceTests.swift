import Federation
import Foundation
import TestSupport
import Testing
import Transport

@testable import Azure

@Suite(.limited) struct IMDSSourceTests {
    @Test(arguments: [
        (ManagedIdentity(id: "i", clientID: "c", principalID: "p", resourceID: "r"), "&client_id=c"),
        (ManagedIdentity(id: "i", principalID: "p", resourceID: "/r/1"), "&msi_res_id=%2Fr%2F1"),
        (ManagedIdentity(id: "i", principalID: "p"), "&object_id=p"),
        (ManagedIdentity(id: "i", clientID: "c", isSystemAssigned: true), ""),
        (ManagedIdentity(id: "i"), ""),
    ])
    func `the request has at most one selector, under the name that IMDS uses`(
        identity: ManagedIdentity,
        selector: String
    ) async throws {
        try await SourceHarness.run { _ in
            Fixture.answer()
        } work: { harness in
            let request = TokenRequest(identity: identity, audience: "api://tenant/name x")
            _ = try await harness.sources().source(for: identity).token(for: request)
            let received = try #require(harness.server.requests.first)
            let query = "api-version=2018-02-01&resource=api%3A%2F%2Ftenant%2Fname%20x" + selector
            #expect(received.method == "GET")
            #expect(received.target == "/metadata/identity/oauth2/token?" + query)
            #expect(received.header("Metadata") == "true")
            #expect(received.header("X-Forwarded-For") == nil)
        }
    }

    @Test func `many identities on a host without the service wait for it only once`() async throws {
        let time = InstantTime()
        let transport = try HTTPTransport(time: time, logger: LogCapture().logger)
        let sources = TokenSources(
            transport: transport,
            endpoints: Endpoints(imds: URL(string: "http://127.0.0.1:1/")),
            environment: SourceEnvironment(variables: [:], arcKeyDirectory: "/nowhere") { _ in false },
            time: time,
            identities: []
        )
        var errors: Set<TokenSourceError> = []
        for number in 0..<200 {
            let identity = ManagedIdentity(id: "i\(number)", clientID: "c\(number)")
            let request = TokenRequest(identity: identity, audience: Fixture.audience)
            do throws(TokenSourceError) {
                _ = try await sources.source(for: identity).token(for: request)
            } catch {
                errors.insert(error)
            }
        }
        #expect(
            errors == [
                .unreachable(
                    source: .imds,
                    reason: "127.0.0.1:1 cannot be reached: it refused the connection."
                )
            ]
        )
        #expect(time.slept == [.seconds(1)], "one retry of the first request")
        await transport.shutDown()
    }

    @Test func `the token has its fingerprint, expiration, and clock offset`() async throws {
        try await SourceHarness.run { _ in
            .answer(
                200,
                #"{"access_token":"a.b.c","expires_on":"1800003600"}"#,
                headers: ["Date: Fri, 15 Jan 2027 08:00:00 GMT"]
            )
        } work: { harness in
            let token = try await harness.sources().source(for: Fixture.identity).token(for: Fixture.request)
            #expect(token.rawValue == Secret("a.b.c"))
            #expect(token.fingerprint == "845e30448809e2bc")
            #expect(token.expiry == Fixture.instant + 3600)
            #expect(token.received == Fixture.instant)
            #expect(token.source == .imds)
            #expect(token.clockOffset?.offset == .milliseconds(500))
        }
    }

    @Test func `the identity's timeout ends the retries of a busy service`() async throws {
        let time = InstantTime()
        try await SourceHarness.run(time: time) { _ in
            .answer(503, "")
        } work: { harness in
            var identity = Fixture.identity
            identity.settings.timeout = .seconds(5)
            let source = try harness.sources().source(for: identity)
            await #expect(throws: TokenSourceError.self) { _ = try await source.token(for: Fixture.request) }
            #expect(time.slept == [.seconds(1), .seconds(2)])
        }
    }

    @Test func `requests are retried while the service is updated`() async throws {
        let time = InstantTime()
        try await SourceHarness.run(time: time) { request in
            request.number <= 3 ? .answer(410) : Fixture.answer()
        } work: { harness in
            #expect(await harness.failure() == nil)
            #expect(time.slept == [.seconds(10), .seconds(10), .seconds(10)])
        }
    }

    @Test func `a refusal is final and has the service's message`() async throws {
        try await SourceHarness.run { _ in
            .answer(
                400,
                #"{"error":"invalid_request","error_description":"Identity not found"}"#,
                headers: ["Server: IMDS/150.870.65.1475", "x-ms-request-id: r1"]
            )
        } work: { harness in
            let refusal = SourceRefusal(
                source: .imds,
                status: 400,
                code: "invalid_request",
                message: "Identity not found",
                requestID: "r1"
            )
            #expect(await harness.failure() == .refused(refusal))
            #expect(harness.server.requests.count == 1)
        }
    }

    @Test func `throttling that outlasts the retries is reported as throttling`() async throws {
        try await SourceHarness.run { _ in
            .answer(429, "Too many requests", type: "text/plain", headers: ["Retry-After: 3"])
        } work: { harness in
            let error = await harness.failure()
            #expect(error?.kind == .tryAgain)
            #expect(error?.code == "429")
            #expect(error?.failure.retryAfter == .seconds(3))
            #expect(error?.failure.fix.contains("Wait 3s, as the server asked (Retry-After)") == true)
            #expect(harness.server.requests.count == 6)
        }
    }

    @Test(arguments: [
        ScriptedReply.answer(502, "<html>\u{1B}[31mBad gateway</html>", type: "text/html"),
        .answer(403, "connecting to 169.254.169.254:80: unreachable", type: "text/plain"),
        .answer(200, "<!DOCTYPE html><p>Sign in"),
        .answer(200, #"{"access_token":"half"#),
        .answer(200, #"{"token_type":"Bearer"}"#),
        .answer(200, ""),
        ScriptedReply(.send("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n"), .flood(bytes: 1 << 30)),
    ])
    func `a response of another service is a final error without control characters`(reply: ScriptedReply)
        async throws
    {
        try await SourceHarness.run { _ in
            reply
        } work: { harness in
            let error = try #require(await harness.failure())
            #expect(error.code == "not-a-token-endpoint")
            #expect(error.kind == .unreachable)
            #expect(!error.description.contains("\u{1B}"))
            #expect(harness.server.requests.count == 1)
        }
    }

    @Test func `the text of another server is quoted`() async throws {
        try await SourceHarness.run { _ in
            .answer(403, "connecting to 169.254.169.254:80: unreachable", type: "text/plain")
        } work: { harness in
            let error = try #require(await harness.failure())
            let text = "HTTP 403 with the text \"connecting to 169.254.169.254:80: unreachable\""
            #expect(error.description.contains(text), "\(error)")
        }
    }

    @Test func `a request to a silent server ends at the identity's timeout`() async throws {
        try await SourceHarness.run { _ in
            ScriptedReply(.stall)
        } work: { harness in
            let identity = Fixture.identity(.imds, TokenSourceSettings(timeout: .milliseconds(200)))
            let error = await harness.failure(of: identity)
            #expect(error == .timedOut(source: .imds, limit: .milliseconds(200)))
        }
    }

    @Test func `a broken connection is retried`() async throws {
        try await SourceHarness.run { request in
            request.number == 1 ? ScriptedReply(.close) : Fixture.answer()
        } work: { harness in
            #expect(await harness.failure() == nil)
        }
    }

    @Test func `tokens are never logged`() async throws {
        try await SourceHarness.run { _ in
            Fixture.answer()
        } work: { harness in
            let token = try await harness.sources().source(for: Fixture.identity).token(for: Fixture.request)
            #expect(!harness.log.lines.isEmpty)
            #expect(!harness.log.lines.joined().contains(token.rawValue.reveal()))
            #expect(!"\(token)".contains(token.rawValue.reveal()))
        }
    }
}
