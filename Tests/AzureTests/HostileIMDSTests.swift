import Federation
import Foundation
import TestSupport
import Testing

@testable import Azure

/// Hostile responses of instance metadata over HTTP: each ends in bounded time with a typed error, or with a token
/// whose claims decode or are refused.
@Suite(.limited) struct HostileIMDSTests {
    enum Expectation: Sendable, Equatable {
        /// A token whose claims decode.
        case token
        /// A token whose claims are refused.
        case invalidToken
        /// A failure with this code.
        case failure(String)
    }

    typealias Case = ReplyCase<Expectation>

    private static func jwt(_ payload: String, header: String = #"{"alg":"RS256","kid":"k"}"#) -> String {
        "\(Data(header.utf8).base64URL).\(Data(payload.utf8).base64URL).c2ln"
    }

    private static func answer(_ token: String, _ members: String = "") -> ScriptedReply {
        .answer(200, #"{"access_token":"\#(token)"\#(members),"token_type":"Bearer"}"#)
    }

    /// A response whose token has valid claims and one more member.
    private static func extra(_ member: String) -> ScriptedReply {
        answer(jwt(String(JSONValue.object(Fixture.payload()).compactText.dropLast()) + #","x":\#(member)}"#))
    }

    private static func nested(_ depth: Int) -> String {
        String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }

    private static func raw(_ status: String, _ rest: String) -> ScriptedReply {
        ScriptedReply(.send("HTTP/1.1 \(status)\r\n\(rest)"), .close)
    }

    private static let good = Fixture.token()

    static let times: [Case] = [
        Case("expires_on nan", answer(good, #","expires_on":"nan""#), .token),
        Case("expires_on 1e300", answer(good, #","expires_on":1e300"#), .token),
        Case("expires_in -1e300", answer(good, #","expires_in":-1e300"#), .token),
        Case("expires_in 20 digits", answer(good, #","expires_in":"99999999999999999999""#), .token),
        Case("expires_on object", answer(good, #","expires_on":{"a":1}"#), .token),
        Case("exp maximum", answer(Fixture.token(["exp": .integer(.max)])), .token),
        Case("exp minimum", answer(Fixture.token(["exp": .integer(.min)])), .token),
        Case(
            "iat and nbf minimum",
            answer(Fixture.token(["iat": .integer(.min), "nbf": .integer(.min)])),
            .token
        ),
        Case("exp 1e15", answer(Fixture.token(["exp": .integer(1_000_000_000_000_000)])), .token),
        Case("exp 1e30", answer(Fixture.token(["exp": .number(1e30)])), .token),
        Case("exp text", answer(Fixture.token(["exp": .string("99999999999")])), .token),
        Case(
            "year 9999",
            .answer(200, #"{"access_token":"\#(good)"}"#, headers: ["Date: Fri, 31 Dec 9999 23:59:59 GMT"]),
            .token
        ),
        Case(
            "year 1",
            .answer(200, #"{"access_token":"\#(good)"}"#, headers: ["Date: Mon, 01 Jan 0001 00:00:00 GMT"]),
            .token
        ),
        Case(
            "Retry-After maximum",
            .answer(
                429,
                #"{"error":"x","error_description":"slow"}"#,
                headers: ["Retry-After: 9223372036854775807"]
            ),
            .failure("x")
        ),
    ]

    static let tokens: [Case] = [
        Case("encrypted", answer("a.b.c.d.e"), .invalidToken),
        Case("many parts", answer(Array(repeating: "a", count: 9000).joined(separator: ".")), .invalidToken),
        Case("nested claims", answer(jwt(String(repeating: #"{"a":"#, count: 5000) + "1")), .invalidToken),
        Case("array 63 deep", extra(nested(63)), .token),
        Case("array 64 deep", extra(nested(64)), .invalidToken),
        Case("array 400 deep", extra(nested(400)), .invalidToken),
        Case(
            "many nested arrays",
            extra("[" + Array(repeating: nested(400), count: 40).joined(separator: ",") + "]"),
            .invalidToken
        ),
        Case("no UTF-8", answer("e30.\(Data([0x7B, 0x22, 0xFF, 0xFE, 0x22]).base64URL).c2ln"), .invalidToken),
        Case("text", answer("hush"), .invalidToken),
    ]

    static let bodies: [Case] = [
        Case(
            "nested JSON",
            .answer(200, String(repeating: "[", count: 30_000)),
            .failure("not-a-token-endpoint")
        ),
        Case("large", .answer(200, String(repeating: "x", count: 70_000)), .failure("not-a-token-endpoint")),
        Case("empty", .answer(200, ""), .failure("not-a-token-endpoint")),
        Case("HTML", .answer(200, "<html>login</html>", type: "text/html"), .failure("not-a-token-endpoint")),
        Case("array", .answer(200, "[1,2]"), .failure("not-a-token-endpoint")),
        Case("number as the token", .answer(200, #"{"access_token":7}"#), .failure("not-a-token-endpoint")),
        Case(
            "escapes in the code",
            .answer(400, #"{"error":"inv\u001b[31m\u009b\u202e","error_description":"d\u001b"}"#),
            .failure("inv<U+001B>[31m<U+009B><U+202E>")
        ),
        Case(
            "escapes in HTML",
            .answer(403, "<html>\u{1B}[31m\u{9B}\u{202E}", type: "text/html"),
            .failure("not-a-token-endpoint")
        ),
        Case(
            "escapes in the request ID",
            .answer(
                400,
                #"{"error":"e","error_description":"y"}"#,
                headers: ["x-ms-request-id: r\u{9B}31m\u{202E}"]
            ),
            .failure("e")
        ),
    ]

    static let http: [Case] = [
        Case("status 000", raw("000 X", "Content-Length: 0\r\n\r\n"), .failure("not-a-token-endpoint")),
        Case("status 099", raw("099 X", "Content-Length: 2\r\n\r\n{}"), .failure("not-a-token-endpoint")),
        Case("status 999", .answer(999, "{}"), .failure("not-a-token-endpoint")),
        Case("switch of protocols", raw("101 X", "Upgrade: h2c\r\n\r\n"), .failure("not-a-token-endpoint")),
        Case(
            "many informational responses",
            ScriptedReply(
                .send(String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 2000)),
                .send(
                    "HTTP/1.1 200 OK\r\nContent-Length: \(good.utf8.count + 19)\r\n\r\n{\"access_token\":\"\(good)\"}"
                )
            ),
            .token
        ),
        Case("redirect", .answer(302, headers: ["Location: http://127.0.0.1:1/"]), .failure("302")),
        Case("HTTP/0.9", ScriptedReply(.send("hello\n"), .close), .failure("not-a-token-endpoint")),
        Case(
            "negative length",
            raw("200 OK", "Content-Length: -5\r\n\r\n{}"),
            .failure("not-a-token-endpoint")
        ),
        Case(
            "two lengths",
            raw("200 OK", "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
            .failure("not-a-token-endpoint")
        ),
        Case(
            "cut chunk",
            raw("200 OK", "Transfer-Encoding: chunked\r\n\r\nffff\r\nabc"),
            .failure("unreachable")
        ),
        Case(
            "bad chunk",
            raw("200 OK", "Transfer-Encoding: chunked\r\n\r\nzz\r\nabc"),
            .failure("not-a-token-endpoint")
        ),
        Case(
            "10,000 headers",
            raw("200 OK", (0..<10_000).map { "x-\($0): y\r\n" }.joined() + "Content-Length: 2\r\n\r\n{}"),
            .failure("not-a-token-endpoint")
        ),
        Case(
            "ten gigabytes",
            ScriptedReply(
                .send("HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n"),
                .flood(bytes: 1 << 30)
            ),
            .failure("not-a-token-endpoint")
        ),
        Case(
            "garbage",
            ScriptedReply(.sendBytes((0..<2000).map { UInt8($0 * 31 & 0xFF) }), .close),
            .failure("not-a-token-endpoint")
        ),
        Case("closed", ScriptedReply(.close), .failure("unreachable")),
        Case("silent", ScriptedReply(.stall), .failure("timed-out")),
        Case(
            "slow",
            ScriptedReply(
                .send("HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n"),
                .drip(Array(repeating: UInt8(ascii: "a"), count: 1000), every: .milliseconds(50))
            ),
            .failure("timed-out")
        ),
    ]

    @Test(arguments: times + tokens + bodies + http)
    func `a hostile response ends with a typed error or a token`(_ example: Case) async throws {
        let begin = ContinuousClock.now
        let identity = Fixture.identity(.imds, TokenSourceSettings(timeout: .seconds(2)))
        try await SourceHarness.run { _ in
            example.reply
        } work: { harness in
            do throws(TokenSourceError) {
                let token = try await harness.sources().source(for: identity).token(for: Fixture.request)
                #expect((token.clockOffset?.offset ?? .zero) <= .seconds(3600))
                if let expiry = token.expiry { #expect(Instant(expiry) != nil) }
                let claims = try? Claims(decoding: token.rawValue)
                #expect(example.expectation == (claims == nil ? .invalidToken : .token))
                if let expiry = claims?.expiry { #expect(Instant(expiry) != nil) }
                // The cache compares both expirations with the clock.
                let cache = TokenCache(sources: harness.sources(), time: harness.time)
                let request = TokenRequest(identity: identity, audience: Fixture.audience)
                _ = try await cache.token(for: request)
                _ = try await cache.token(for: request)
            } catch {
                let failure = error.failure
                #expect(example.expectation == .failure(failure.code), "\(failure.message)")
                let shown = [failure.code, failure.message, failure.fix, failure.requestID ?? ""].joined()
                #expect(!shown.unicodeScalars.contains(where: VisibleText.isInvisible))
            }
        }
        #expect(begin.duration(to: .now) < .seconds(25))
    }
}
