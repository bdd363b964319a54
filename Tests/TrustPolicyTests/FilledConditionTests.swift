import TestSupport
import Testing

@testable import Federation
@testable import TrustPolicy

/// Values before and after a request's values are substituted.
@Suite(.limited) struct FilledConditionTests {
    private static let request = [
        "k:account": ["111122223333"], "aws:FederatedProvider": [EntraFixture.providerARN],
    ]

    @Test(arguments: [
        ("ArnEquals", "${aws:FederatedProvider}", TrustVerdict.Decision.allow),
        ("ArnNotEquals", "${aws:FederatedProvider}", .deny),
        ("ArnLike", "arn:aws:iam::${k:account}:*", .allow),
        ("ArnLike", "arn:aws:iam::${k:other}:*", .deny),
    ])
    func `an ARN is split into fields after its variables are substituted`(
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
    func `Bool compares only true and false`(
        _ required: String,
        _ found: String,
        _ expected: TrustVerdict.Decision
    ) throws {
        #expect(
            try EntraFixture.decision(#"{"Bool": {"k:v": "\#(required)"}}"#, ["k:v": [found]]) == expected
        )
    }

    /// Source: AWS global condition context keys; the first is false for direct calls.
    @Test(arguments: [
        (#"{"Bool": {"aws:ViaAWSService": "false"}}"#, TrustVerdict.Decision.allow),
        (#"{"Bool": {"aws:SecureTransport": "true"}}"#, .undetermined),
        (#"{"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}}"#, .undetermined),
        (#"{"StringEquals": {"aws:PrincipalType": "User"}}"#, .undetermined),
        (#"{"StringEquals": {"aws:PrincipalOrgID": "o-1"}}"#, .deny),
    ])
    func `keys that AWS always sets do not count as absent`(
        _ condition: String,
        _ expected: TrustVerdict.Decision
    ) throws {
        let policy = try TrustPolicy(parsing: EntraFixture.policy(condition: condition))
        #expect(policy.evaluate(EntraFixture.request()).decision == expected)
    }
}
