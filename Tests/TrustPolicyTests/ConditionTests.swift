import TestSupport
import Testing

@testable import Federation
@testable import TrustPolicy

/// A row of a truth table: an operator, the policy's values, the request's values, and whether they match.
struct ConditionCase: CustomTestStringConvertible {
    let `operator`: String
    let required: String
    let found: [String]
    let passes: Bool

    init(_ operator: String, _ required: String, _ found: [String], _ passes: Bool) {
        self.operator = `operator`
        self.required = required
        self.found = found
        self.passes = passes
    }

    var testDescription: String { "\(`operator`) \(required) ? \(found) = \(passes)" }
}

@Suite(.computing) struct ConditionTests {
    private func check(_ example: ConditionCase, key: String = "k:v") throws {
        let condition = #"{"\#(example.operator)": {"\#(key)": \#(example.required)}}"#
        let entries = example.found.isEmpty ? [:] : ["k:v": example.found]
        let decision = try EntraFixture.decision(condition, entries)
        #expect(decision == (example.passes ? .allow : .deny))
    }

    static let strings: [ConditionCase] = [
        .init("StringEquals", #""a""#, ["a"], true),
        .init("StringEquals", #""a""#, ["A"], false),
        .init("StringEquals", #"["x", "a"]"#, ["a"], true),
        .init("StringEquals", #""a*""#, ["abc"], false),
        .init("StringEquals", #""a*""#, ["a*"], true),
        .init("StringEquals", #""é""#, ["e\u{301}"], false),
        .init("StringNotEquals", #""a""#, ["b"], true),
        .init("StringNotEquals", #"["a", "b"]"#, ["b"], false),
        .init("StringEqualsIgnoreCase", #""aB""#, ["Ab"], true),
        .init("StringEqualsIgnoreCase", #""aB""#, ["Abc"], false),
        .init("StringNotEqualsIgnoreCase", #""aB""#, ["Ab"], false),
        .init("StringLike", #""a*c""#, ["ac"], true),
        .init("StringLike", #""a*c""#, ["a/x:y/c"], true),
        .init("StringLike", #""a*c""#, ["a/x:y/cd"], false),
        .init("StringLike", #""a?c""#, ["aéc"], true),
        .init("StringLike", #""a?c""#, ["ac"], false),
        .init("StringLike", #""A*""#, ["abc"], false),
        .init("StringLike", #""*b*b""#, ["abcbb"], true),
        .init("StringLike", #""*a*a*a*a*b""#, [String(repeating: "a", count: 400)], false),
        .init("StringLike", #""""#, [""], true),
        .init("StringNotLike", #""a*""#, ["b"], true),
        .init("StringNotLike", #""a*""#, ["ab"], false),
    ]
    static let numbers: [ConditionCase] = [
        .init("NumericEquals", "7", ["7.0"], true),
        .init("NumericGreaterThan", "0.00001", ["1"], true),
        .init("NumericLessThan", "0.00001", ["1"], false),
        .init("NumericEquals", #""9007199254740993""#, ["9007199254740992"], false),
        .init("NumericEquals", #""7""#, ["x"], false),
        .init("NumericEquals", #""7""#, ["0x7"], false),
        .init("NumericNotEquals", "7", ["8"], true),
        .init("NumericNotEquals", "7", ["7"], false),
        .init("NumericNotEquals", "7", ["x"], false),
        .init("NumericLessThan", "7", ["6.9"], true),
        .init("NumericLessThan", "7", ["7"], false),
        .init("NumericLessThanEquals", "7", ["7"], true),
        .init("NumericGreaterThan", "-1", ["0"], true),
        .init("NumericGreaterThan", "7", ["7"], false),
        .init("NumericGreaterThanEquals", "7", ["7"], true),
        .init("NumericGreaterThanEquals", "[9, 7]", ["8"], true),
    ]
    static let dates: [ConditionCase] = [
        .init("DateEquals", #""2026-01-01T00:00:00Z""#, ["1767225600"], true),
        .init("DateEquals", #""2026-01-01T01:00:00+01:00""#, ["2026-01-01T00:00:00Z"], true),
        .init("DateEquals", #""2026""#, ["2026-01-01"], true),
        .init("DateEquals", #""2024-02-29""#, ["1709164800"], true),
        .init("DateEquals", #""2023-02-29""#, ["1677628800"], false),
        .init("DateEquals", #""2000-02-29""#, ["951782400"], true),
        .init("DateLessThan", #""2100-02-29""#, ["951782400"], false),
        .init("DateEquals", #""1969-12-31T23:59:59Z""#, ["-1"], true),
        .init("DateNotEquals", #""2026-01-01""#, ["2026-01-02"], true),
        .init("DateLessThan", #""2026-01-01T00:00:00Z""#, ["2025-12-31T23:59:59.5Z"], true),
        .init("DateLessThan", #""2026-01-01T00:00:00Z""#, ["2026-01-01T00:00:00Z"], false),
        .init("DateLessThanEquals", #""2026-01-01T00:00:00Z""#, ["2026-01-01T00:00:00Z"], true),
        .init("DateGreaterThan", "1767225600", ["2026-01-01T00:00:01Z"], true),
        .init("DateGreaterThanEquals", "1767225601", ["2026-01-01T00:00:00Z"], false),
        .init("DateGreaterThan", #""yesterday""#, ["2026-01-01T00:00:00Z"], false),
    ]
    static let others: [ConditionCase] = [
        .init("Bool", "true", ["true"], true),
        .init("Bool", #""true""#, ["false"], false),
        .init("Bool", "false", ["False"], true),
        .init("BinaryEquals", #""YQ==""#, ["YQ=="], true),
        .init("BinaryEquals", #""YQ==""#, ["Yg=="], false),
        .init("BinaryEquals", #""?""#, ["?"], false),
        .init("IpAddress", #""203.0.113.0/24""#, ["203.0.113.9"], true),
        .init("IpAddress", #""203.0.113.0/24""#, ["203.0.114.9"], false),
        .init("IpAddress", #""203.0.113.9""#, ["203.0.113.9"], true),
        .init("IpAddress", #""0.0.0.0/0""#, ["8.8.8.8"], true),
        .init("IpAddress", #""0.0.0.0/0""#, ["2001:db8::1"], false),
        .init("IpAddress", #""2001:db8::/32""#, ["2001:db8:0:1::7"], true),
        .init("IpAddress", #""::/0""#, ["2001:db8::1"], true),
        .init("IpAddress", #""2001:db8::1""#, ["2001:0db8:0000:0000:0000:0000:0000:0001"], true),
        .init("IpAddress", #""::ffff:1.2.3.4""#, ["::ffff:102:304"], true),
        .init("IpAddress", #""203.0.113.0/24""#, ["203.0.113.0/16"], false),
        .init("IpAddress", #""203.0.113.0/33""#, ["203.0.113.0"], false),
        .init("NotIpAddress", #""203.0.113.0/24""#, ["198.51.100.1"], true),
        .init("NotIpAddress", #"["198.51.100.0/24", "203.0.113.0/24"]"#, ["198.51.100.1"], false),
        .init("ArnEquals", #""arn:aws:iam::*:role/a*""#, ["arn:aws:iam::111122223333:role/ab"], true),
        .init("ArnLike", #""arn:aws:iam::*""#, ["arn:aws:iam::111122223333:role/ab"], false),
        .init("ArnLike", #""arn:*:role/ab""#, ["arn:aws:iam::111122223333:role/ab"], false),
        .init("ArnLike", #""arn:aws:sns:*:*:a:b""#, ["arn:aws:sns:eu-west-1:1:a:b"], true),
        .init("ArnNotEquals", #""arn:aws:iam::*:role/a*""#, ["arn:aws:iam::111122223333:role/b"], true),
        .init("ArnNotLike", #""arn:aws:iam::*:role/a*""#, ["arn:aws:iam::111122223333:role/ab"], false),
    ]
    static let missing: [ConditionCase] = [
        .init("StringEquals", #""a""#, [], false),
        .init("StringLike", #""*""#, [], false),
        .init("StringNotEquals", #""a""#, [], true),
        .init("StringNotLike", #""*""#, [], true),
        .init("NumericNotEquals", "1", [], true),
        .init("NotIpAddress", #""0.0.0.0/0""#, [], true),
        .init("ArnNotLike", #""arn:aws:iam::1:*""#, [], true),
        .init("Bool", "true", [], false),
        .init("StringEqualsIfExists", #""a""#, [], true),
        .init("StringEqualsIfExists", #""a""#, ["b"], false),
        .init("BoolIfExists", "true", [], true),
        .init("Null", #""true""#, [], true),
        .init("Null", "true", ["x"], false),
        .init("Null", #""false""#, [], false),
        .init("Null", "false", ["x"], true),
        .init("ForAllValues:StringEquals", #""a""#, [], true),
        .init("ForAllValues:StringNotEquals", #""a""#, [], true),
        .init("ForAnyValue:StringEquals", #""a""#, [], false),
        .init("ForAnyValue:StringNotEquals", #""a""#, [], false),
        .init("ForAnyValue:StringLikeIfExists", #""a""#, [], true),
    ]
    static let sets: [ConditionCase] = [
        .init("ForAllValues:StringEquals", #"["a", "b"]"#, ["b", "a"], true),
        .init("ForAllValues:StringEquals", #"["a", "b"]"#, ["a", "c"], false),
        .init("ForAllValues:StringNotEquals", #"["a", "b"]"#, ["c", "d"], true),
        .init("ForAllValues:StringNotEquals", #"["a", "b"]"#, ["c", "a"], false),
        .init("ForAnyValue:StringEquals", #"["a", "b"]"#, ["c", "a"], true),
        .init("ForAnyValue:StringEquals", #"["a", "b"]"#, ["c", "d"], false),
        .init("ForAnyValue:StringNotEquals", #"["a", "b"]"#, ["a", "c"], true),
        .init("ForAnyValue:StringNotEquals", #"["a", "b"]"#, ["a", "b"], false),
        .init("ForAnyValue:StringEquals", #""a""#, ["a"], true),
        .init("StringEquals", #"["a", "b"]"#, ["a", "b"], false),
        .init("StringNotEquals", #"["c"]"#, ["a", "b"], false),
    ]

    /// An empty string is an empty set to set operators and `Null`, and a string to all other operators.
    static let empty: [ConditionCase] = [
        .init("ForAllValues:StringEquals", #""a""#, [""], true),
        .init("ForAllValues:StringNotLike", #""*""#, [""], true),
        .init("ForAllValues:StringEquals", #""a""#, ["", "b"], false),
        .init("ForAnyValue:StringEquals", #""""#, [""], false),
        .init("ForAnyValue:StringNotEquals", #""a""#, [""], false),
        .init("ForAnyValue:StringEqualsIfExists", #""a""#, [""], false),
        .init("Null", "true", [""], true),
        .init("Null", "false", [""], false),
        .init("StringEquals", #""""#, [""], true),
        .init("StringEqualsIfExists", #""a""#, [""], false),
        .init("StringLike", #""*""#, [""], true),
    ]

    @Test(arguments: strings + numbers + dates + others)
    func `an operator compares as IAM does`(_ example: ConditionCase) throws {
        try check(example)
    }

    @Test(arguments: missing)
    func `an absent key passes as in IAM`(_ example: ConditionCase) throws {
        try check(example)
    }

    @Test(arguments: sets)
    func `a set operator combines several values`(_ example: ConditionCase) throws {
        try check(example)
    }

    @Test(arguments: empty)
    func `an empty string is not a value for set operators and Null`(_ example: ConditionCase) throws {
        try check(example)
    }

    @Test func `key names ignore letter case`() throws {
        try check(.init("StringEquals", #""a""#, ["a"], true), key: "K:V")
    }

    @Test func `an empty set of values counts as absent`() throws {
        let condition = #"{"ForAllValues:StringEquals": {"k:v": "a"}, "Null": {"k:v": "true"}}"#
        #expect(try EntraFixture.decision(condition, ["k:v": []]) == .allow)
    }

    @Test func `all operators and all keys must pass`() throws {
        let condition = #"{"StringEquals": {"k:a": "1", "k:b": "2"}, "StringLike": {"k:a": "*"}}"#
        #expect(try EntraFixture.decision(condition, ["k:a": ["1"], "k:b": ["2"]]) == .allow)
        #expect(try EntraFixture.decision(condition, ["k:a": ["1"], "k:b": ["3"]]) == .deny)
    }

    @Test(arguments: Comparison.allCases)
    func `an operator's name survives parsing and formatting`(_ comparison: Comparison) {
        var names = [comparison.rawValue, "ForAllValues:\(comparison.rawValue)"]
        if comparison != .null { names.append("ForAnyValue:\(comparison.rawValue)IfExists") }
        for name in names { #expect(ConditionOperator(name)?.description == name) }
    }
}

@Suite(.computing) struct PolicyVariableTests {
    static let examples: [(required: String, entries: [String: [String]], passes: Bool)] = [
        ("${k:name}", ["k:name": ["x"]], true),
        ("pre-${K:Name}", ["k:name": ["x"]], false),
        ("${k:other, 'x'}", [:], true),
        ("${k:other,'y'}", [:], false),
        ("${k:other}", [:], false),
        ("${k:name}", ["k:name": ["x", "y"]], false),
        ("${", [:], false),
    ]

    @Test(arguments: examples)
    func `a variable is replaced by the request's value`(
        required: String,
        entries: [String: [String]],
        passes: Bool
    ) throws {
        let entries = entries.merging(["k:v": ["x"]]) { $1 }
        let decision = try EntraFixture.decision(#"{"StringEquals": {"k:v": "\#(required)"}}"#, entries)
        #expect(decision == (passes ? .allow : .deny))
    }

    @Test func `escapes are replaced by the plain characters`() throws {
        let condition = #"{"StringLike": {"k:v": "${*}${?}${$}*"}}"#
        #expect(try EntraFixture.decision(condition, ["k:v": ["*?$abc"]]) == .allow)
        #expect(try EntraFixture.decision(condition, ["k:v": ["xyzabc"]]) == .deny)
    }

    @Test func `wildcards in a variable's value are plain characters`() throws {
        let condition = #"{"StringLike": {"k:v": "${k:name}"}}"#
        #expect(try EntraFixture.decision(condition, ["k:v": ["abc"], "k:name": ["a*"]]) == .deny)
    }

    @Test func `a variable is plain text in version 2008-10-17`() throws {
        let condition = #"{"StringEquals": {"k:v": "${k:name}"}}"#
        let entries = ["k:v": ["x"], "k:name": ["x"]]
        #expect(try EntraFixture.decision(condition, entries, version: "2008-10-17") == .deny)
        #expect(try EntraFixture.decision(condition, ["k:v": ["${k:name}"]], version: "2008-10-17") == .allow)
    }

    // Source: IAM user guide, `aws:SourceIp`: only a request through a VPC endpoint lacks the key. A condition on another
    // key of the policy shows nothing about the request.
    @Test(
        arguments: [
            ("203.0.113.5", .undetermined), ("198.51.100.1", .deny), (nil, .undetermined),
        ] as [(String?, TrustVerdict.Decision)]
    )
    func `a condition on aws:VpcSourceIp does not make aws:SourceIp absent`(
        address: String?,
        decision: TrustVerdict.Decision
    ) throws {
        let condition =
            #"{"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}, "IpAddressIfExists": {"aws:VpcSourceIp": "10.0.0.0/8"}}"#
        let unknown = ["aws:VpcSourceIp"] + (address == nil ? ["aws:SourceIp"] : [])
        let entries = address.map { ["aws:SourceIp": [$0]] } ?? [:]
        #expect(try EntraFixture.decision(condition, entries, unknown: unknown) == decision)
    }

    @Test func `a negated operator passes on a variable without a value`() throws {
        #expect(
            try EntraFixture.decision(#"{"StringNotEquals": {"k:v": "${k:none}"}}"#, ["k:v": ["x"]]) == .allow
        )
    }

    @Test func `a variable in an ARN stays within its field`() throws {
        let condition = #"{"ArnLike": {"k:v": "arn:aws:iam::${k:account}:role/*"}}"#
        let found = ["arn:aws:iam::111122223333:role/a"]
        #expect(
            try EntraFixture.decision(condition, ["k:v": found, "k:account": ["111122223333"]]) == .allow
        )
        #expect(try EntraFixture.decision(condition, ["k:v": found, "k:account": ["*"]]) == .deny)
    }

    @Test func `an unknown variable leaves the decision undetermined`() throws {
        let condition = #"{"StringEquals": {"k:v": "${k:name}"}}"#
        #expect(try EntraFixture.decision(condition, ["k:v": ["x"]], unknown: ["k:name"]) == .undetermined)
    }
}
