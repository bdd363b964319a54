import Federation
import Foundation
import TestSupport
import Testing
import Transport

@testable import AWS

/// Hostile responses of STS over HTTP: each ends in bounded time with a typed error or valid credentials.
@Suite(.limited) struct HostileSTSTests {
    /// The required result of a response.
    enum Expectation: Sendable, Equatable {
        case credentials
        /// A failure with this code.
        case failure(String)
        /// A failure with this code and a message that contains this text.
        case message(String, String)
    }

    typealias Case = ReplyCase<Expectation>

    private static let start = Date(timeIntervalSince1970: 1_790_000_000)
    private static let key = "ASIAEXAMPLEEXAMPLE01"
    private static let secret = "wJalrXUtnFEMIexamplekey"
    private static let session = "IQoJb3JpZ2luX2VjEXAMPLE"
    private static let arn = "arn:aws:sts::111122223333:assumed-role/audit/cambist-audit"

    private static func xml(_ body: String, _ status: Int = 200, headers: [String] = []) -> ScriptedReply {
        .answer(status, body, type: "text/xml", headers: headers)
    }

    private static func assumed(
        key: String = key,
        secret: String = secret,
        session: String = session,
        expiration: String = "2026-09-21T15:06:40Z",
        arn: String = arn,
        extra: String = "",
        before: String = ""
    ) -> String {
        """
        \(before)<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">\
        <AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>\(key)</AccessKeyId>\
        <SecretAccessKey>\(secret)</SecretAccessKey><SessionToken>\(session)</SessionToken>\
        <Expiration>\(expiration)</Expiration></Credentials><AssumedRoleUser><Arn>\(arn)</Arn>\
        <AssumedRoleId>AROAEXAMPLE:cambist-audit</AssumedRoleId></AssumedRoleUser>\(extra)\
        </AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>
        """
    }

    private static func malformed(_ name: String, _ body: String, _ member: String) -> Case {
        Case(name, xml(body), .message("unusable-credentials", member))
    }

    private static func unreadable(_ name: String, _ body: String, _ reason: String) -> Case {
        Case(name, xml(body), .message("not-aws", reason))
    }

    static let credentials: [Case] = [
        malformed("empty key", assumed(key: ""), "AccessKeyId"),
        malformed("blank key", assumed(key: "                    "), "AccessKeyId"),
        malformed("short key in CDATA", assumed(key: "<![CDATA[A]]>"), "AccessKeyId"),
        malformed("newline in the key", assumed(key: "ASIA&#13;&#10;X-Injected: yes"), "AccessKeyId"),
        malformed("escape in the key", assumed(key: "ASIAEXAMPLE&#x9b;31mEXAMPLE"), "AccessKeyId"),
        malformed("bidi in the key", assumed(key: "ASIAEXAMPLE&#x202e;EXAMPLE"), "AccessKeyId"),
        malformed("empty secret", assumed(secret: ""), "SecretAccessKey"),
        malformed(
            "another profile in the secret",
            assumed(secret: "abc&#10;credential_process = /bin/false&#10;[default]"),
            "SecretAccessKey"
        ),
        malformed("newline after the secret", assumed(secret: secret + "&#10;"), "SecretAccessKey"),
        malformed("tab in the secret", assumed(secret: secret + "&#9;x"), "SecretAccessKey"),
        malformed("empty token", assumed(session: ""), "SessionToken"),
        malformed("token with a space", assumed(session: session + " x"), "SessionToken"),
        malformed("long token", assumed(session: String(repeating: "A", count: 100_000)), "SessionToken"),
        malformed("expired", assumed(expiration: "2026-09-21T13:00:00Z"), "Expiration"),
        malformed("expires now", assumed(expiration: "2026-09-21T14:13:20Z"), "Expiration"),
        malformed("year 99999", assumed(expiration: "99999-12-31T23:59:59Z"), "Expiration"),
        malformed("year 0", assumed(expiration: "0000-00-00T00:00:00Z"), "Expiration"),
        malformed("blank expiration", assumed(expiration: " "), "Expiration"),
        malformed("expiration that is not a date", assumed(expiration: "tomorrow"), "Expiration"),
        malformed("empty ARN", assumed(arn: ""), "Arn"),
        malformed("ARN with escapes", assumed(arn: "arn:aws:sts::1:assumed-role/&#x9b;x/y"), "Arn"),
        unreadable("no secret", assumed().replacing("SecretAccessKey", with: "Other"), "SecretAccessKey"),
        unreadable(
            "credentials twice",
            assumed(extra: "<Credentials><AccessKeyId>EVIL</AccessKeyId></Credentials>"),
            "more than one Credentials"
        ),
        unreadable(
            "very long token",
            assumed(session: String(repeating: "A", count: 900_000)),
            "131072 bytes"
        ),
    ]

    static let documents: [Case] = [
        unreadable(
            "external entity",
            assumed(key: "x&a;", before: #"<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]>"#),
            "document type"
        ),
        unreadable(
            "entities",
            assumed(
                key: String(repeating: "&a;", count: 10_000),
                before: "<!DOCTYPE l [<!ENTITY a \"\(String(repeating: "A", count: 100_000))\">]>"
            ),
            "document type"
        ),
        unreadable(
            "nested, closed",
            String(repeating: "<a>", count: 60_000) + String(repeating: "</a>", count: 60_000),
            "16 levels"
        ),
        unreadable("nested, open", String(repeating: "<a>", count: 300_000), "16 levels"),
        Case(
            "nested refusal",
            xml(String(repeating: "<a>", count: 60_000), 400),
            .message("not-aws", "16 levels")
        ),
        unreadable("wide", "<r>" + String(repeating: "<a/>", count: 200_000) + "</r>", "20000 elements"),
        unreadable("spaces", "<r>" + String(repeating: " ", count: 1_000_000) + "</r>", "131072 bytes"),
        unreadable(
            "attributes",
            "<r " + (0..<60_000).map { "a\($0)=\"1\"" }.joined(separator: " ") + "/>",
            "unexpected XML"
        ),
        Case("XML instructions", xml(String(repeating: "<?x y?>", count: 50_000) + assumed()), .credentials),
        Case(
            "another namespace",
            xml(assumed().replacing("https://sts.amazonaws.com/doc/2011-06-15/", with: "urn:x")),
            .credentials
        ),
        Case(
            "huge number",
            xml(assumed(extra: "<PackedPolicySize>99999999999999999999</PackedPolicySize>")),
            .credentials
        ),
        Case("too large", xml(String(repeating: "x", count: 2_000_000)), .failure("answer-too-large")),
        unreadable("JSON", #"{"AssumeRoleWithWebIdentityResponse": {}}"#, "unexpected XML"),
        unreadable("refusal with status 200", "<ErrorResponse><Error/></ErrorResponse>", "unexpected XML"),
        unreadable("nothing", "", "unexpected XML"),
    ]

    static let http: [Case] = [
        Case("year 9999", xml(assumed(), headers: ["Date: Fri, 31 Dec 9999 23:59:59 GMT"]), .credentials),
        Case("year 1", xml(assumed(), headers: ["Date: Mon, 01 Jan 0001 00:00:00 GMT"]), .credentials),
        Case("year 1970", xml(assumed(), headers: ["Date: Thu, 01 Jan 1970 00:00:00 GMT"]), .credentials),
        Case(
            "escapes in a code",
            xml(
                "<ErrorResponse><Error><Code>Bad&#x9b;31m&#x202e;Code</Code><Message>m&#x85;</Message></Error>"
                    + "</ErrorResponse>",
                400
            ),
            .failure("Bad<U+009B>31m<U+202E>Code")
        ),
        Case(
            "escapes in JSON",
            .answer(400, #"{"Error":{"Code":"Bad\u001b[31m","Message":"m\u202e"}}"#),
            .failure("Bad<U+001B>[31m")
        ),
        Case(
            "escapes in a request ID",
            ScriptedReply(
                .send("HTTP/1.1 403 X\r\nx-amzn-requestid: r\u{9B}31m\u{202E}\r\nContent-Length: 71\r\n\r\n"),
                .send("<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>")
            ),
            .failure("AccessDenied")
        ),
        Case("escapes as text", .answer(400, "\u{1B}[31m\u{9B}", type: "text/plain"), .failure("not-aws")),
        Case(
            "status 000",
            ScriptedReply(.send("HTTP/1.1 000 X\r\nContent-Length: 0\r\n\r\n")),
            .failure("not-aws")
        ),
        Case("status 600", ScriptedReply(.send("HTTP/1.1 600 X\r\n\r\n"), .close), .failure("not-aws")),
        Case("redirect", .answer(307, headers: ["Location: http://127.0.0.1:1/"]), .failure("not-aws")),
        Case("closed", ScriptedReply(.close), .failure("unreachable")),
        Case(
            "short",
            ScriptedReply(.send("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<r/>"), .close),
            .failure("unreachable")
        ),
        Case(
            "negative length",
            ScriptedReply(.send("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n<r/>"), .close),
            .failure("not-http")
        ),
        Case(
            "garbage",
            ScriptedReply(.sendBytes((0..<2000).map { UInt8($0 * 31 & 0xFF) }), .close),
            .failure("not-http")
        ),
        Case(
            "compressed",
            ScriptedReply(
                .send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n"),
                .sendBytes([0x1F, 0x8B, 0x08, 0x00])
            ),
            .failure("not-aws")
        ),
    ]

    @Test(arguments: credentials + documents + http)
    func `a hostile response ends with a typed error or valid credentials`(_ example: Case) async throws {
        let begin = ContinuousClock.now
        try await withClient(example.reply) { client in
            let request = AssumeRoleWithWebIdentityRequest(
                session: RoleSessionRequest(
                    roleARN: try #require(RoleARN("arn:aws:iam::111122223333:role/audit")),
                    name: "cambist-audit",
                    duration: .seconds(3600)
                ),
                token: Secret("e30.e30.c2ln")
            )
            do throws(CloudError) {
                let answer = try await client.assumeRoleWithWebIdentity(request)
                #expect(example.expectation == .credentials)
                #expect(answer.value.credentials.accessKeyID == Self.key)
                #expect((answer.clockOffset?.offset ?? .zero) <= .seconds(3600))
            } catch {
                check(error.failure, example.expectation)
            }
        }
        #expect(begin.duration(to: .now) < .seconds(25))
    }

    @Test(arguments: [
        "<GetCallerIdentityResponse><GetCallerIdentityResult/></GetCallerIdentityResponse>",
        String(repeating: "<a>", count: 60_000), "", "x",
    ])
    func `a hostile GetCallerIdentity response ends with a typed error`(_ body: String) async throws {
        try await withClient(Self.xml(body)) { client in
            let keys = SigningCredentials(accessKeyID: Self.key, secretAccessKey: Secret(Self.secret))
            await #expect(throws: CloudError.self) { try await client.callerIdentity(keys) }
        }
    }

    private func withClient(
        _ reply: ScriptedReply,
        _ work: @Sendable (STSClient) async throws -> Void
    ) async throws {
        try await ScriptedServer.run { _ in
            reply
        } work: { server in
            let time = InstantTime(start: Self.start)
            let transport = try HTTPTransport(time: time, logger: LogCapture().logger)
            let endpoint = AWSEndpoint(url: server.url(), signingRegion: "eu-west-1")
            let result: Result<Void, any Error>
            do {
                try await work(STSClient(transport: transport, endpoint: endpoint, time: time))
                result = .success(())
            } catch {
                result = .failure(error)
            }
            await transport.shutDown()
            try result.get()
        }
    }

    private func check(_ failure: Failure, _ expectation: Expectation) {
        switch expectation {
        case .credentials: Issue.record("\(failure)")
        case .failure(let code): #expect(failure.code == code, "\(failure.message)")
        case .message(let code, let text):
            #expect(failure.code == code && failure.message.contains(text), "\(failure.message)")
        }
        let shown = [failure.code, failure.message, failure.fix, failure.requestID ?? ""].joined()
        #expect(!shown.unicodeScalars.contains(where: VisibleText.isInvisible))
        #expect(!shown.contains(Self.secret) && !shown.contains(Self.session))
    }
}
