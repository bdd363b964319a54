import Federation
import Foundation
import Operations
import Propagation
import TestSupport
import Testing

@testable import cambist

@Suite(.limited) struct HistoryFormatTests {
    private static let start = Date(timeIntervalSince1970: 1_800_000_000)

    private static func record(failure: Failure? = nil) throws -> ExchangeRecord {
        ExchangeRecord(
            id: 7,
            at: start,
            mapping: "audit",
            identity: "logging",
            roleARN: try #require(RoleARN("arn:aws:iam::111122223333:role/audit")),
            steps: [
                StepRecord(step: .token, outcome: .ok, duration: .milliseconds(12)),
                StepRecord(
                    step: .exchange,
                    outcome: failure == nil ? .ok : .failed,
                    duration: .milliseconds(80),
                    failure: failure,
                    requestID: "9f2c"
                ),
            ],
            token: TokenFacts(
                fingerprint: "0123456789abcdef",
                claims: Claims(
                    header: [:],
                    payload: ["uti": .string("abc"), "exp": .integer(1_800_086_400)]
                ),
                source: .imds,
                received: start,
                seenBefore: false
            ),
            credentialExpiry: failure == nil ? start + 3600 : nil,
            accessKeyID: failure == nil ? "ASIAIOSFODNN7EXAMPLE" : nil,
            clockOffset: ClockOffset(offset: .milliseconds(-1500), uncertainty: .milliseconds(520))
        )
    }

    private static let hostile = Failure(
        kind: .refused,
        code: "AccessDenied",
        message: "said \"no\",\r\nthen \u{1B}[31m",
        fix: ""
    )

    private static func printed(_ format: some HistoryFormat, _ records: [ExchangeRecord]) -> String {
        var format = format
        let head = format.head()
        return head + records.map { format.line($0) }.joined() + format.tail(nil)
    }

    private static func watch(_ event: Watch.Event = .stopped(start + 90)) -> Watch {
        var watch = Watch(of: "audit", at: start, timing: PropagationTiming())
        _ = watch.event(event)
        return watch
    }

    @Test func `JSON has the member waits, even without waits`() throws {
        var format = HistoryJSON()
        var text = format.head() + format.line(try Self.record())
        text +=
            format.line(Self.watch()) + format.line(Self.watch(.removed(Self.start + 60))) + format.tail(nil)
        let object = try JSONValue(parsing: Data(text.utf8))
        guard case .array(let waits) = object["waits"] else {
            Issue.record("no waits")
            return
        }
        #expect(
            waits.first
                == .object([
                    "at": .string("2027-01-15T08:01:30Z"), "mapping": .string("audit"),
                    "began": .string("2027-01-15T08:00:00Z"), "verdict": .string("stopped"),
                    "attempts": .integer(0), "relapses": .integer(0), "waitingFor": .null,
                    "code": .string("stopped"), "message": .string("The watch was stopped."),
                ])
        )
        #expect(waits.count == 2)
        let empty = Self.printed(HistoryJSON(), [])
        #expect(try JSONValue(parsing: Data(empty.utf8))["waits"] == .array([]))
    }

    @Test func `a wait is one line with its result`() {
        #expect(
            HistoryTable().line(Self.watch(.removed(Self.start + 90)))
                == "2027-01-15T08:01:30Z  watch   audit  1m30s  0 attempts  stopped: removed: The watch ended "
                + "because audit was removed from the configuration.\n"
        )
        #expect(!HistoryCSV().hasWaits)
    }

    @Test func `JSON has every documented member`() throws {
        let text = Self.printed(HistoryJSON(), [try Self.record(), try Self.record(failure: Self.hostile)])
        let object = try JSONValue(parsing: Data(text.utf8))
        #expect(object["version"] == .integer(1))
        guard case .array(let exchanges) = object["exchanges"] else {
            Issue.record("no exchanges")
            return
        }
        #expect(
            exchanges.first
                == .object([
                    "at": .string("2027-01-15T08:00:00Z"), "mapping": .string("audit"),
                    "identity": .string("logging"),
                    "roleArn": .string("arn:aws:iam::111122223333:role/audit"), "outcome": .string("ok"),
                    "steps": .array([
                        .object([
                            "step": .string("token"), "outcome": .string("ok"), "ms": .integer(12),
                            "code": .null,
                            "message": .null, "requestId": .null,
                        ]),
                        .object([
                            "step": .string("exchange"), "outcome": .string("ok"), "ms": .integer(80),
                            "code": .null,
                            "message": .null, "requestId": .string("9f2c"),
                        ]),
                    ]),
                    "tokenFingerprint": .string("0123456789abcdef"), "uti": .string("abc"),
                    "tokenExpiry": .string("2027-01-16T08:00:00Z"),
                    "credentialExpiry": .string("2027-01-15T09:00:00Z"),
                    "accessKeyId": .string("ASIAIOSFODNN7EXAMPLE"), "clockOffsetMs": .integer(-1500),
                ])
        )
        #expect(exchanges.last?["credentialExpiry"] == .null)
    }

    @Test func `an empty history is printed as a JSON object`() throws {
        let object = try JSONValue(parsing: Data(Self.printed(HistoryJSON(), []).utf8))
        #expect(object == .object(["version": .integer(1), "exchanges": .array([]), "waits": .array([])]))
    }

    @Test func `JSON that ends early has the error in the same object`() throws {
        var format = HistoryJSON()
        let error = ErrorReport(code: "history", message: "m", fix: "")
        let text = format.head() + format.line(try Self.record()) + format.tail(error)
        let object = try JSONValue(parsing: Data(text.utf8))
        #expect(object["error"]?["code"] == .string("history"))
    }

    @Test func `CSV quotes commas and quotation marks, and a message is one visible line`() throws {
        let text = Self.printed(HistoryCSV(), [try Self.record(), try Self.record(failure: Self.hostile)])
        #expect(
            text == """
                at,mapping,identity,roleArn,outcome,token,tokenMs,claims,claimsMs,trust,trustMs,exchange,exchangeMs,\
                assume,assumeMs,caller,callerMs,probe,probeMs,code,message,requestId,tokenFingerprint,uti,tokenExpiry,\
                credentialExpiry,accessKeyId,clockOffsetMs
                2027-01-15T08:00:00Z,audit,logging,arn:aws:iam::111122223333:role/audit,ok,ok,12,,,,,ok,80,,,,,,,,,\
                9f2c,0123456789abcdef,abc,2027-01-16T08:00:00Z,2027-01-15T09:00:00Z,ASIAIOSFODNN7EXAMPLE,-1500
                2027-01-15T08:00:00Z,audit,logging,arn:aws:iam::111122223333:role/audit,failed,ok,12,,,,,failed,80,,,,,,,\
                AccessDenied,"said ""no"",  then <U+001B>[31m",9f2c,0123456789abcdef,abc,2027-01-16T08:00:00Z,,,-1500

                """
        )
    }

    @Test func `the table has one line per exchange, without control characters`() throws {
        let text = Self.printed(HistoryTable(), [try Self.record(), try Self.record(failure: Self.hostile)])
        #expect(
            text == """
                2027-01-15T08:00:00Z  ok      audit  92 ms  credentials until 2027-01-15T09:00:00Z
                2027-01-15T08:00:00Z  failed  audit  92 ms  AccessDenied: said "no", then <U+001B>[31m

                """
        )
    }

    @Test(arguments: [
        ("2026-01-31", InstantOption.instant(Date(timeIntervalSince1970: 1_769_817_600))),
        ("2026-01-31T12:00:00Z", .instant(Date(timeIntervalSince1970: 1_769_860_800))),
        ("2026-01-31T13:00:00+01:00", .instant(Date(timeIntervalSince1970: 1_769_860_800))),
        ("2026-01-31T12:00:00.500Z", .instant(Date(timeIntervalSince1970: 1_769_860_800.5))),
        ("90m", .ago(.seconds(5400))),
        ("7d", .ago(.seconds(604_800))),
        ("yesterday", nil),
        ("2026-13-01", nil),
        ("7", nil),
        ("", nil),
    ])
    func `an instant is parsed from a date, a time, or an age`(_ text: String, _ moment: InstantOption?) {
        #expect((try? InstantOption(option: text)) == moment)
    }
}
