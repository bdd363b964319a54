import Diagnosis
import Federation
import Foundation
import TestSupport
import Testing

@testable import Azure

/// The same faults for each source with an HTTP endpoint.
@Suite(.limited) struct FaultTests {
    /// Service Fabric requires TLS with a pinned certificate, and a client certificate requires a file.
    private static let kinds = TokenSourceKind.allCases.filter { kind in
        kind.origin != nil && kind.origin != .local && ![.serviceFabric, .clientCertificate].contains(kind)
    }

    /// Returns the variables of a host, with recognizable secrets.
    private static func host(_ harness: SourceHarness, _ directory: TemporaryDirectory) throws -> [String:
        String]
    {
        let address = harness.server.url("token").absoluteString
        return [
            "IDENTITY_ENDPOINT": address, "IDENTITY_HEADER": "hush-header", "MSI_ENDPOINT": address,
            "MSI_SECRET": "hush-secret", "SECRET": "hush-client-secret",
            "AZURE_FEDERATED_TOKEN_FILE": try directory.write("federated", "hush.federated.token"),
        ]
    }

    /// Returns the error of a source whose endpoint sends `reply`, after the challenge of an Arc agent.
    ///
    /// Checks that no secret is in the log.
    private func failure(
        of kind: TokenSourceKind,
        _ reply: ScriptedReply,
        limit: Duration? = nil
    ) async throws -> TokenSourceError? {
        let directory = try TemporaryDirectory()
        let key = try directory.write("a.key", "hush-key")
        let settings = TokenSourceSettings(secretVariable: "SECRET", timeout: limit)
        let identity = Fixture.identity(kind, settings, isSystemAssigned: kind == .azureArc)
        return try await SourceHarness.run { request in
            guard kind == .azureArc, request.header("Authorization") == nil else { return reply }
            return .answer(401, headers: ["WWW-Authenticate: Basic realm=\(key)"])
        } work: { harness in
            let error = await harness.failure(
                of: identity,
                try Self.host(harness, directory),
                arcKeys: directory.path
            )
            #expect(!harness.server.requests.isEmpty)
            #expect(!harness.log.lines.joined().contains("hush"))
            #expect(error?.description.contains("hush") != true)
            return error
        }
    }

    @Test(arguments: kinds)
    func `a proxy's HTML page is not accepted as a response`(kind: TokenSourceKind) async throws {
        let page = ScriptedReply.answer(502, "<html><body>Bad gateway</body></html>", type: "text/html")
        let error = try await failure(of: kind, page)
        #expect(error?.code == "not-a-token-endpoint")
        #expect(error?.failure.fix.isEmpty == false)
    }

    @Test(arguments: kinds)
    func `truncated JSON is not a token`(kind: TokenSourceKind) async throws {
        let error = try await failure(of: kind, .answer(200, #"{"access_token":"hush-token"#))
        #expect(error?.code == "not-a-token-endpoint")
    }

    @Test(arguments: kinds)
    func `a connection that breaks during the response is an error`(kind: TokenSourceKind) async throws {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"
        let error = try await failure(
            of: kind,
            ScriptedReply(.send(head + #"{"access_token":"hush-token""#), .close)
        )
        #expect(error?.kind == .unreachable)
    }

    @Test(arguments: kinds)
    func `a response of 1 GiB is refused`(kind: TokenSourceKind) async throws {
        let flood = ScriptedReply(
            .send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"),
            .flood(bytes: 1 << 30)
        )
        #expect(try await failure(of: kind, flood)?.code == "not-a-token-endpoint")
    }

    @Test(arguments: kinds.filter { $0 != .azureArc })
    func `a request to a silent endpoint ends at the identity's timeout`(kind: TokenSourceKind) async throws {
        let error = try await failure(of: kind, ScriptedReply(.stall), limit: .milliseconds(200))
        #expect(error == .timedOut(source: kind, limit: .milliseconds(200)))
    }

    @Test(arguments: kinds)
    func `a redirect is not followed`(kind: TokenSourceKind) async throws {
        let error = try await failure(of: kind, .answer(302, headers: ["Location: http://127.0.0.1:1/"]))
        #expect(error?.code == "302")
    }

    @Test(arguments: kinds)
    func `a refusal for a missing header has its status and code`(kind: TokenSourceKind) async throws {
        let refusal = ScriptedReply.answer(
            400,
            #"{"error":"bad_request_102","error_description":"Required metadata header not specified"}"#
        )
        guard case .refused(let refused) = try await failure(of: kind, refusal) else {
            Issue.record("expected a refusal")
            return
        }
        #expect((refused.status, refused.code) == (400, "bad_request_102"))
        #expect(refused.message == "Required metadata header not specified")
    }

    /// Reference: the retry rules of the Microsoft documentation for IMDS and of MSAL.NET for the other sources.
    @Test(arguments: kinds)
    func `a server error is temporary, except the general error of App Service`(kind: TokenSourceKind)
        async throws
    {
        let body = #"{"error":"unknown","error_description":"Failed to retrieve token"}"#
        for status in [500, 503, 504] {
            let error = try await failure(of: kind, .answer(status, body))
            let isTemporary = kind != .appService || status != 500
            #expect(error?.kind == (isTemporary ? .tryAgain : .refused), "\(status)")
            #expect(error?.failure.message.contains("failed at every attempt") == isTemporary, "\(status)")
        }
    }

    @Test func `an update of the metadata service is not throttling`() async throws {
        let error = try await failure(of: .imds, .answer(410, #"{"error":"gone"}"#))
        #expect(error?.failure.message == "imds was not available at any attempt (HTTP 410): gone")
    }

    /// A source does not check its tokens; the decoder does.
    @Test func `an encrypted token is not a signed JWT`() throws {
        let error = #expect(throws: TokenFormatError.self) { try Claims(decoding: Secret("a.b.c.d.e")) }
        #expect(error.map { TokenFinding($0).outcome } == .failed)
    }
}
