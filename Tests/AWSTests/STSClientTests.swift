import Diagnosis
import Federation
import Foundation
import TestSupport
import Testing
import Transport

@testable import AWS

/// Replies of STS and of compatible services, over HTTP.
@Suite(.limited) struct STSClientTests {
    struct Outcome: Sendable {
        let result: Result<AWSAnswer<AssumedRole>, CloudError>
        let requests: [ScriptedRequest]
        let pauses: [Duration]
    }

    /// Exchanges a token with a server that sends these replies in turn and then the last one repeatedly.
    private func exchange(_ replies: [ScriptedReply], region: String = "eu-west-1") async throws -> Outcome {
        try await ScriptedServer.run { request in
            replies[min(request.number, replies.count) - 1]
        } work: { server in
            let time = InstantTime(start: Date(timeIntervalSince1970: 1_790_000_000))
            let transport = try HTTPTransport(time: time, logger: LogCapture().logger)
            let client = STSClient(
                transport: transport,
                endpoint: AWSEndpoint(url: server.url(), signingRegion: region),
                time: time
            )
            let request = AssumeRoleWithWebIdentityRequest(
                session: RoleSessionRequest(
                    roleARN: try #require(RoleARN("arn:aws:iam::111122223333:role/audit")),
                    name: "cambist-audit",
                    duration: .seconds(3600)
                ),
                token: Secret("e30.e30.c2ln")
            )
            let result: Result<AWSAnswer<AssumedRole>, CloudError>
            do throws(CloudError) {
                result = .success(try await client.assumeRoleWithWebIdentity(request))
            } catch {
                result = .failure(error)
            }
            await transport.shutDown()
            return Outcome(result: result, requests: server.requests, pauses: time.slept)
        }
    }

    private static func xml(_ status: Int, _ body: String) -> ScriptedReply {
        .answer(status, body, type: "text/xml", headers: ["x-amzn-RequestId: 4d2c"])
    }

    private static func refusal(_ status: Int, _ code: String, _ message: String = "") -> ScriptedReply {
        xml(
            status,
            """
            <ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>\
            <Code>\(code)</Code><Message>\(message)</Message></Error><RequestId>body</RequestId></ErrorResponse>
            """
        )
    }

    /// A reply of Ceph: no optional elements, another name for the role's ID, fractional seconds.
    static let bare = xml(200, bareBody)

    private static let bareBody = """
        <AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>\
        <AccessKeyId>ASIAEXAMPLE000000000</AccessKeyId><SecretAccessKey>secret/secret/secret</SecretAccessKey>\
        <SessionToken>token+token+token</SessionToken><Expiration>2096-09-21T15:06:40.125Z</Expiration></Credentials>\
        <AssumedRoleUser><Arn>arn:aws:sts::111122223333:assumed-role/audit/cambist-audit</Arn>\
        <AssumeRoleId>AROA:cambist-audit</AssumeRoleId></AssumedRoleUser>\
        </AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>
        """

    @Test func `a reply with only the required elements is accepted`() async throws {
        let outcome = try await exchange([Self.bare])
        let answer = try outcome.result.get()
        #expect(answer.value.credentials.accessKeyID == "ASIAEXAMPLE000000000" && answer.requestID == "4d2c")
        #expect(answer.value.credentials.expiration == Date(timeIntervalSince1970: 3_999_078_400.125))
        #expect(answer.value.provider == nil && answer.value.packedPolicySize == nil)
        let request = try #require(outcome.requests.first)
        #expect(request.method == "POST" && request.header("authorization") == nil)
        #expect(request.header("content-type") == "application/x-www-form-urlencoded; charset=utf-8")
    }

    @Test(arguments: [
        ("ASIAEXAMPLE000000000", "", "AccessKeyId"), ("ASIAEXAMPLE", "ASIA&#10;", "AccessKeyId"),
        ("secret/secret/secret", "", "SecretAccessKey"),
        ("secret/secret", "secr\u{E9}t/secret", "SecretAccessKey"),
        ("token+token+token", "", "SessionToken"), ("token+token", "t\u{E9}ken", "SessionToken"),
        ("2096-09-21T15:06:40.125Z", "2006-09-21T15:06:40Z", "Expiration"),
        ("arn:aws:sts::111122223333:assumed-role/audit/cambist-audit", "audit", "AssumedRoleUser.Arn"),
    ])
    func `the error for malformed credentials names the member`(
        _ text: String,
        _ replacement: String,
        _ member: String
    ) async throws {
        let outcome = try await exchange([Self.xml(200, Self.bareBody.replacing(text, with: replacement))])
        guard case .failure(let error) = outcome.result else {
            Issue.record("expected an error")
            return
        }
        #expect(error.failure.kind == .unreachable)
        #expect(error.failure.message.contains(member))
        #expect(!error.failure.message.contains("secret/"))
    }

    @Test func `transient errors are retried`() async throws {
        let outcome = try await exchange([
            .answer(503), Self.refusal(400, "IDPCommunicationError"), Self.bare,
        ])
        #expect((try? outcome.result.get()) != nil)
        #expect(outcome.requests.count == 3 && outcome.pauses.count == 2)
        #expect(outcome.pauses.allSatisfy { $0 <= .seconds(2) })
    }

    @Test func `a broken connection is retried`() async throws {
        let outcome = try await exchange([ScriptedReply(.close), Self.bare])
        #expect((try? outcome.result.get()) != nil && outcome.requests.count == 2)
    }

    @Test func `a throttled call ends after three attempts`() async throws {
        let outcome = try await exchange([Self.refusal(400, "Throttling", "Rate exceeded")])
        guard case .failure(.tryLater(let refusal)) = outcome.result else {
            Issue.record("\(outcome.result)")
            return
        }
        #expect(refusal.requestID == "4d2c" && outcome.requests.count == 3)
        #expect(CloudError.tryLater(refusal).failure.kind == .tryAgain)
    }

    @Test func `a 503 without a body counts as throttling`() async throws {
        let outcome = try await exchange([.answer(503, "", type: "text/plain")])
        guard case .failure(.tryLater(let refusal)) = outcome.result else {
            Issue.record("\(outcome.result)")
            return
        }
        #expect(refusal.code == "ServiceUnavailable" && outcome.requests.count == 3)
        #expect(CloudError.tryLater(refusal).failure.kind == .tryAgain)
    }

    @Test(arguments: ["AccessDenied", "ExpiredTokenException", "IDPRejectedClaim", "ValidationError"])
    func `a refusal is not retried`(_ code: String) async throws {
        let outcome = try await exchange([Self.refusal(403, code, "no")])
        guard case .failure(.refused(let refusal)) = outcome.result else {
            Issue.record("\(outcome.result)")
            return
        }
        #expect(refusal.code == code && outcome.requests.count == 1)
    }

    @Test func `a failure of STS to fetch the issuer's keys is retried`() async throws {
        let message = "Couldn't retrieve verification key from your identity provider, please reference"
        let outcome = try await exchange([Self.refusal(400, "InvalidIdentityToken", message), Self.bare])
        #expect((try? outcome.result.get()) != nil)
    }

    @Test(arguments: [
        (413, "", "an empty body"), (200, "<html><body>Sign in</body></html>", "unexpected XML"),
        (407, "<html>\n<body>proxy</body></html>", "<html>"), (404, "not found", "not found"),
    ])
    func `a response that is not from AWS is reported as such`(_ status: Int, _ body: String, _ seen: String)
        async throws
    {
        let outcome = try await exchange([.answer(status, body, type: "text/html")])
        guard case .failure(.unexpectedResponse(.sts, _, status, seen)) = outcome.result else {
            Issue.record("\(outcome.result)")
            return
        }
        #expect(outcome.requests.count == 1)
    }

    @Test func `a role of another partition is refused without a request`() async throws {
        let outcome = try await exchange([Self.bare], region: "cn-north-1")
        guard case .failure(.invalidRequest(parameter: "RoleArn", _)) = outcome.result else {
            Issue.record("\(outcome.result)")
            return
        }
        #expect(outcome.requests.isEmpty)
    }
}
