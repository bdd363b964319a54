import Foundation
import TestSupport
import Testing

@testable import Federation
@testable import TrustPolicy

/// Documents and values that are expensive to process or extreme.
@Suite(.computing) struct HostilePolicyTests {
    private static func nested(_ depth: Int, in open: String = "[", _ close: String = "]") -> String {
        String(repeating: open, count: depth) + String(repeating: close, count: depth)
    }

    private func detail(_ text: String) -> String? {
        #expect(throws: PolicyError.self) { try TrustPolicy(parsing: text, quota: nil) }?.detail
    }

    @Test(arguments: [65, 10_000, 30_000])
    func `nesting beyond the limit is refused with the limit`(depth: Int) {
        for text in [
            "{\"Id\": \(Self.nested(depth))}", "{\"Id\": \(Self.nested(depth, in: "{\"a\":", "}"))}",
            "{\"Statement\": [{\"Condition\": \(Self.nested(depth))}]}",
        ] where text.utf8.count <= 65_536 || depth > 20_000 {
            let detail = detail(text)
            #expect(
                detail == "JSON nested deeper than 64 levels"
                    || detail == "more than 65536 bytes of JSON",
                "\(depth): \(detail ?? "none")"
            )
        }
    }

    @Test func `brackets in strings do not count as nesting`() throws {
        let text = EntraFixture.policy().replacing(
            "\"Statement\"",
            with: "\"Id\": \"\(String(repeating: "[\\\"{", count: 200))\", \"Statement\""
        )
        _ = try TrustPolicy(parsing: text)
    }

    @Test func `a document over the size limit is refused with the limit`() {
        let text = EntraFixture.policy() + String(repeating: " ", count: 70_000)
        #expect(detail(text) == "more than 65536 bytes of JSON")
    }

    /// Measured in a debug build, which is several times slower than the release build.
    private func expectFast(_ seconds: Double = 3, _ work: () throws -> Void) rethrows {
        let took = try processorTime(work)
        #expect(took < .seconds(seconds))
    }

    @Test(arguments: ["${", "${a", "${${", "${}", "$", "${*}"])
    func `many variables are read in linear time`(_ piece: String) throws {
        let value = String(repeating: piece, count: 60_000 / piece.utf8.count)
        try expectFast {
            for text in [value, value + "}"] {
                let policy = try TrustPolicy(
                    parsing: EntraFixture.policy(condition: #"{"StringLike": {"k:v": "\#(text)"}}"#),
                    quota: nil
                )
                _ = policy.evaluate(EntraFixture.request()).decision
            }
        }
    }

    @Test func `many statements, conditions, and values are handled within the time limit`() throws {
        let values = (0..<4000).map { #""v\#($0)""# }.joined(separator: ",")
        let statement = #"{"Effect":"Allow","Principal":"*","Action":"sts:*"}"#
        let texts = [
            EntraFixture.policy(
                condition: #"{"ForAllValues:StringEquals": {"\#(EntraFixture.provider):amr": [\#(values)]}}"#
            ),
            #"{"Statement": [\#(Array(repeating: statement, count: 1000).joined(separator: ","))]}"#,
            EntraFixture.policy(
                condition:
                    #"{"StringEquals": {\#((0..<4000).map { #""k:\#($0)":"v""# }.joined(separator: ","))}}"#
            ),
        ]
        let claims = EntraFixture.token([
            "amr": .array((0..<2000).map { .string("V\($0)") })
        ])
        try expectFast(9) {
            for text in texts {
                let policy = try TrustPolicy(parsing: text, quota: nil)
                _ = policy.evaluate(EntraFixture.request(claims: claims)).decision
                _ = policy.lint()
                #expect(policy.isEquivalent(to: policy))
            }
        }
    }

    static let extremes = [
        "0", "-1", "9223372036854775807", "-9223372036854775808", "99999999999999999999", "1e308", "nan",
        "inf", "-inf",
        String(repeating: "9", count: 400), "-" + String(repeating: "9", count: 400),
        "0." + String(repeating: "0", count: 400),
        "", " ", "+", "-", ".", "::", "1::2::3", "0.0.0.0/0", "::/0", "255.255.255.255/32",
        "1.2.3.4/99999999999999999999",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", "0000-01-01", "9999-12-31T23:59:60Z", "99999-01-01",
        "2026-02-30", "2026-01-01T00:00:00+99:99",
        "2026-01-01T00:00:00.\(String(repeating: "9", count: 400))Z",
        "arn:::::", "${", "${*}", "\u{0}", "🦜",
    ]

    @Test func `every operator survives every pair of extreme values`() {
        for comparison in Comparison.allCases {
            guard let `operator` = ConditionOperator(comparison.rawValue) else { continue }
            for required in Self.extremes {
                let condition = Condition(
                    operator: `operator`,
                    key: "k:v",
                    values: [required],
                    version: .v2012
                )
                for found in Self.extremes {
                    var context = RequestContext()
                    context["k:v"] = .values([found])
                    _ = condition.evaluate(in: context)
                }
            }
        }
    }

    @Test(arguments: extremes)
    func `an instant outside the years 1 to 9999 is not parsed`(_ text: String) {
        guard let date = Date(policyText: text) else { return }
        #expect((-62_135_596_800...253_402_300_800).contains(date.timeIntervalSince1970))
    }

    @Test(arguments: [-Double.infinity, .infinity, .nan, 1e300, -1e300, 9.3e18, -9.3e18])
    func `a request at any time has a current time`(_ seconds: Double) {
        let context = RequestContext(claims: EntraFixture.token(), at: Date(timeIntervalSince1970: seconds))
        #expect(context["aws:EpochTime"] != .unknown && context["aws:CurrentTime"] != .unknown)
    }

    @Test(arguments: 1...300 as ClosedRange<UInt64>)
    func `random policies of extreme values are read or refused`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var block: [String: JSONValue] = [:]
        for _ in 0..<4 {
            let name = Comparison.allCases.randomElement(using: &generator)?.rawValue ?? "Null"
            let quantifier = ["", "ForAllValues:", "ForAnyValue:"].randomElement(using: &generator) ?? ""
            let values = (0..<3).compactMap { _ in Self.extremes.randomElement(using: &generator) }
            let numbers: [JSONValue] = [
                .integer(.max), .integer(.min), .number(1e300), .number(-1e-300), .bool(true),
            ]
            block[quantifier + name] = .object([
                "\(EntraFixture.provider):sub": .array(
                    values.map(JSONValue.string) + [numbers.randomElement(using: &generator) ?? .null]
                ),
                "aws:EpochTime": .array(values.map(JSONValue.string)),
            ])
        }
        let text = EntraFixture.policy(condition: JSONValue.object(block).compactText)
        guard let policy = try? TrustPolicy(parsing: text, quota: nil) else { return }
        _ = policy.evaluate(EntraFixture.request()).decision
        _ = policy.lint(provider: EntraFixture.providerARN)
        #expect(try TrustPolicy(parsing: policy.document.compactText, quota: nil).isEquivalent(to: policy))
    }
}

/// Values that an operator cannot parse never allow a request.
@Suite(.computing) struct UnreadableValueTests {
    @Test(arguments: [
        ("Bool", "yes"), ("Null", "no"), ("DateLessThan", "31/12/2030"), ("IpAddress", "10.0.0.0/99"),
    ])
    func `no value of a key matches a value that the operator cannot parse`(
        _ name: String,
        _ required: String
    ) throws {
        let condition = #"{"\#(name)": {"k:v": "\#(required)"}}"#
        #expect(try EntraFixture.decision(condition, [:], unknown: ["k:v"]) == .deny)
    }

    @Test(arguments: [
        ("NumericNotEquals", "seven", "7"), ("DateNotEquals", "tomorrow", "2026-01-01"),
        ("NotIpAddress", "10.0.0.0/99", "192.0.2.1"), ("ArnNotLike", "arn:aws", "arn:aws:iam::1:role/a"),
        ("ForAllValues:NotIpAddress", "10.0.0.0/99", "192.0.2.1"),
        ("NumericNotEqualsIfExists", "seven", "7"),
    ])
    func `a negated operator is undetermined`(_ name: String, _ required: String, _ found: String) throws {
        let condition = #"{"\#(name)": {"k:v": "\#(required)"}}"#
        #expect(try EntraFixture.decision(condition, ["k:v": [found]]) == .undetermined)
    }

    @Test func `another value that matches determines the decision`() throws {
        let condition = #"{"NotIpAddress": {"k:v": ["10.0.0.0/99", "192.0.2.0/24"]}}"#
        #expect(try EntraFixture.decision(condition, ["k:v": ["192.0.2.1"]]) == .deny)
    }

    @Test func `a plain operator denies`() throws {
        #expect(try EntraFixture.decision(#"{"NumericEquals": {"k:v": "seven"}}"#, ["k:v": ["7"]]) == .deny)
    }
}
