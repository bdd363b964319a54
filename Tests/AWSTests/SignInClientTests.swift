import Federation
import Foundation
import Logging
import TestSupport
import Testing
import Transport

@testable import AWS

@Suite(.limited) struct SignInClientTests {
    private let credentials: SessionCredentials

    init() throws {
        credentials = try .sample(secretAccessKey: "hush/key/hush/key+", sessionToken: "hush&token&token=")
    }

    /// The result, and the requests that the server received.
    private struct Outcome: Sendable {
        let result: Result<Secret, SignInError>
        let requests: [ScriptedRequest]
    }

    private func signIn(
        duration: Duration = .seconds(3600),
        _ script: @escaping ScriptedServer.Script
    ) async throws -> Outcome {
        try await ScriptedServer.run(script) { server in
            let transport = try HTTPTransport(
                time: ManualTime(),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            let endpoint = try SignInEndpoint(region: "eu-west-1", override: server.url())
            let client = SignInClient(transport: transport, endpoint: endpoint)
            let result: Result<Secret, SignInError>
            do throws(SignInError) {
                result = .success(try await client.url(for: credentials, duration: duration))
            } catch {
                result = .failure(error)
            }
            await transport.shutDown()
            return Outcome(result: result, requests: server.requests)
        }
    }

    private static let token = ScriptedReply.answer(200, #"{"SigninToken":"a+b/c="}"#)

    @Test func `the session is sent in the body and not in the URL`() async throws {
        let outcome = try await signIn { _ in Self.token }
        let request = try #require(outcome.requests.first)
        #expect(request.method == "POST")
        #expect(request.target == "/federation")
        #expect(
            request.body
                == "Action=getSigninToken&SessionDuration=3600&Session=%7B%22sessionId%22%3A%22ASIAEXAMPLE000000000%22%2C"
                + "%22sessionKey%22%3A%22hush%2Fkey%2Fhush%2Fkey%2B%22%2C%22sessionToken%22%3A%22hush%26token%26token%3D%22%7D"
        )
    }

    @Test func `the URL contains the token and the region's console`() async throws {
        let outcome = try await signIn { _ in Self.token }
        let url = try #require(URLComponents(string: try outcome.result.get().reveal()))
        #expect(url.path == "/federation")
        let items = Dictionary(
            uniqueKeysWithValues: (url.queryItems ?? []).map { ($0.name, $0.value ?? "") }
        )
        #expect(items["Action"] == "login")
        #expect(items["SigninToken"] == "a+b/c=")
        #expect(
            items["Destination"]
                == "https://eu-west-1.console.aws.amazon.com/console/home?region=eu-west-1"
        )
    }

    @Test func `a refused duration is omitted from a second request`() async throws {
        let outcome = try await signIn { request in
            request.body.contains("SessionDuration") ? .answer(400) : Self.token
        }
        #expect(outcome.requests.count == 2)
        #expect(try outcome.result.get().reveal().contains("SigninToken=a%2Bb%2Fc%3D"))
    }

    @Test(arguments: [(60, "900"), (900, "900"), (43200, "43200"), (90000, "43200")])
    func `a duration is limited to the accepted range`(_ seconds: Int, _ sent: String) async throws {
        let outcome = try await signIn(duration: .seconds(seconds)) { _ in Self.token }
        #expect(outcome.requests.first?.body.contains("SessionDuration=\(sent)&") == true)
    }

    @Test(
        arguments: [
            (400, "", "sign-in-refused", Failure.Kind.refused), (503, "", "sign-in-refused", .tryAgain),
            (429, "", "sign-in-refused", .tryAgain),
            (200, "<html>", "not-aws", .unreachable), (200, #"{"SigninToken":""}"#, "not-aws", .unreachable),
        ]
    )
    func `the error for a response without a token has a fix`(
        _ status: Int,
        _ body: String,
        _ code: String,
        _ kind: Failure.Kind
    ) async throws {
        let outcome = try await signIn { _ in .answer(status, body) }
        guard case .failure(let error) = outcome.result else {
            Issue.record("expected an error")
            return
        }
        #expect(error.failure.code == code)
        #expect(error.failure.kind == kind)
        #expect(!error.failure.fix.isEmpty)
        #expect(error.failure.fix.contains("Wait a few minutes") == (kind == .tryAgain))
    }

    /// Cached credentials are used until they expire, so revoked credentials must be dropped.
    ///
    /// A status that is not
    /// about the session, such as 407, comes from a proxy or another server.
    @Test(arguments: [
        (400, "drop them"), (403, "drop them"), (404, "endpoints.signin"), (407, "HTTPS_PROXY"),
    ])
    func `the fix of a refusal fits its status`(_ status: Int, _ words: String) async throws {
        let outcome = try await signIn { _ in .answer(status) }
        guard case .failure(let error) = outcome.result else {
            Issue.record("expected an error")
            return
        }
        #expect(error.failure.fix.contains(words), "\(error.failure.fix)")
    }

    @Test(
        arguments: [
            ("eu-west-1", "https://eu-west-1.signin.aws.amazon.com/federation"),
            ("aws-global", "https://us-east-1.signin.aws.amazon.com/federation"),
            ("cn-north-1", "https://signin.amazonaws.cn/federation"),
            ("us-gov-west-1", "https://signin.amazonaws-us-gov.com/federation"),
        ]
    )
    func `each partition has its own federation endpoint`(_ region: String, _ url: String) throws {
        #expect(try SignInEndpoint(region: region).federation.absoluteString == url)
    }

    @Test(arguments: ["moon-1", "us-iso-east-1"])
    func `a region without a known console is an error`(_ region: String) {
        #expect(throws: SignInError.unknownRegion(region)) { try SignInEndpoint(region: region) }
    }
}
