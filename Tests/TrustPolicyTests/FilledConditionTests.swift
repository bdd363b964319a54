import TestSupport
import Testing

@testable import Federation
@testable import TrustPolicy

/// What a value is before a request's values are filled in, and after.
@Suite struct FilledConditionTests {
    private static let request = [
        "k:account": ["111122223333"], "aws:FederatedProvider": [EntraFixture.providerARN],
    ]

    @Test(arguments: [
        ("ArnEquals", "${aws:FederatedProvider}", TrustVerdict.Decision.allow),
        ("ArnNotEquals", "${aws:FederatedProvider}", .deny),
        ("ArnLike", "arn:aws:iam::${k:account}:*", .allow),
        ("ArnLike", "arn:aws:iam::${k:other}:*", .deny),
    ])
    func `an ARN is parted into fields when its variables are filled in`(
        _ name: String,
        _ value: String,
        _ expected: TrustVerdict.Decision
    ) throws {
        let condition = #"{"\#(name)": {"aws:FederatedProvider": "\#(value)"}}"#
        #expect(try EntraFixture.decision(condition, Self.request) == expected)
    }

    @Test(arguments: [
        ("true", "true", TrustVerdict.Decision.allow), ("yes", "yes", .deny), ("True", "true", .allow),
    ])
    func `Bool compares truth values and nothing else`(
        _ required: String,
        _ found: String,
        _ expected: TrustVerdict.Decision
    ) throws {
        #expect(
            try EntraFixture.decision(#"{"Bool": {"k:v": "\#(required)"}}"#, ["k:v": [found]]) == expected
        )
    }

    /// Source: AWS global condition context keys; the first is false for who calls directly.
    @Test(arguments: [
        (#"{"Bool": {"aws:ViaAWSService": "false"}}"#, TrustVerdict.Decision.allow),
        (#"{"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}}"#, .undetermined),
        (#"{"StringEquals": {"aws:PrincipalType": "User"}}"#, .undetermined),
        (#"{"StringEquals": {"aws:PrincipalOrgID": "o-1"}}"#, .deny),
    ])
    func `keys that AWS always fills in are not taken for missing`(
        _ condition: String,
        _ expected: TrustVerdict.Decision
    ) throws {
        let policy = try TrustPolicy(parsing: EntraFixture.policy(condition: condition))
        #expect(policy.evaluate(EntraFixture.request()).decision == expected)
    }
}
