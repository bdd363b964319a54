import Federation
import Foundation
import TestSupport
import Testing
import Transport

@testable import AWS

/// Signatures and expirations use AWS's clock, which the `Date` header reports.
@Suite(.limited) struct ServerClockTests {
    private static let start = Date(timeIntervalSince1970: 1_790_000_000)
    private static let keys = SigningCredentials(
        accessKeyID: "AKIDEXAMPLE",
        secretAccessKey: Secret("secret")
    )

    private static func httpDate(_ date: Date) -> String {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(secondsFromGMT: 0)
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return format.string(from: date)
    }

    /// Refuses a request signed more than 15 minutes from the server's time, as STS does.
    private static func reply(to request: ScriptedRequest, offset: Int) -> ScriptedReply {
        let now = start + TimeInterval(offset)
        let signed = request.header("x-amz-date").flatMap(date) ?? .distantPast
        let isSkewed = abs(signed.timeIntervalSince(now)) > 900
        let body =
            isSkewed
            ? "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>Signature "
                + "expired</Message></Error>"
                + "</ErrorResponse>"
            : "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/a</Arn>"
                + "<UserId>AIDA</UserId><Account>111122223333</Account></GetCallerIdentityResult>"
                + "</GetCallerIdentityResponse>"
        return .answer(isSkewed ? 403 : 200, body, type: "text/xml", headers: ["Date: \(httpDate(now))"])
    }

    private static func date(_ text: String) -> Date? {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(secondsFromGMT: 0)
        format.dateFormat = "yyyyMMdd'T'HHmmss'Z'"
        return format.date(from: text)
    }

    private static func withClient(
        offset: Int,
        _ work: @Sendable (STSClient, ScriptedServer) async throws -> Void
    ) async throws {
        try await ScriptedServer.run {
            reply(to: $0, offset: offset)
        } work: { server in
            let time = InstantTime(start: start)
            let transport = try HTTPTransport(time: time, logger: LogCapture().logger)
            let client = STSClient(
                transport: transport,
                endpoint: AWSEndpoint(url: server.url(), signingRegion: "eu-west-1"),
                time: time
            )
            do {
                try await work(client, server)
            } catch {
                Issue.record(error)
            }
            await transport.shutDown()
        }
    }

    @Test(arguments: [1200, -1200, 180_000, -180_000])
    func `a request refused for clock skew is repeated once with the server's time`(offset: Int) async throws
    {
        try await Self.withClient(offset: offset) { client, server in
            let first = try await client.callerIdentity(Self.keys)
            #expect(first.value.account == "111122223333")
            #expect(server.requests.count == 2)
            // The clock is known from now on.
            _ = try await client.callerIdentity(Self.keys)
            #expect(server.requests.count == 3)
        }
    }

    @Test func `an offset within AWS's tolerance is applied without repeating a request`() async throws {
        try await Self.withClient(offset: 600) { client, server in
            _ = try await client.callerIdentity(Self.keys)
            _ = try await client.callerIdentity(Self.keys)
            #expect(server.requests.count == 2)
            let signed = server.requests.last?.header("x-amz-date").flatMap(Self.date)
            #expect(abs((signed ?? .distantPast).timeIntervalSince(Self.start + 600)) < 5)
        }
    }

    @Test func `a request refused without clock skew is not repeated`() async throws {
        try await ScriptedServer.run { _ in
            .answer(
                403,
                "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>x</Message></Error></ErrorResponse>",
                type: "text/xml",
                headers: ["Date: \(Self.httpDate(Self.start))"]
            )
        } work: { server in
            let time = InstantTime(start: Self.start)
            let transport = try HTTPTransport(time: time, logger: LogCapture().logger)
            let client = STSClient(
                transport: transport,
                endpoint: AWSEndpoint(url: server.url(), signingRegion: "eu-west-1"),
                time: time
            )
            await #expect(throws: CloudError.self) { try await client.callerIdentity(Self.keys) }
            #expect(server.requests.count == 1)
            await transport.shutDown()
        }
    }
}
