import TestSupport
import Testing

@testable import Federation
@testable import TrustPolicy

/// Values before and after a request's values are substituted.
@Suite(.computing) struct FilledConditionTests {
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
        // The endpoints of STS accept only HTTPS.
        (#"{"Bool": {"aws:SecureTransport": "true"}}"#, .allow),
        (#"{"Bool": {"aws:SecureTransport": "false"}}"#, .deny),
        (#"{"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}}"#, .undetermined),
        (#"{"StringEquals": {"aws:PrincipalType": "User"}}"#, .undetermined),
        (#"{"StringEquals": {"aws:PrincipalOrgID": "o-1"}}"#, .deny),
        // A request with a token is not signed.
        (#"{"StringLike": {"aws:userid": "*"}}"#, .deny),
        (#"{"StringLike": {"aws:username": "*"}}"#, .deny),
        (#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}"#, .deny),
        (#"{"Bool": {"aws:PrincipalIsAWSService": "false"}}"#, .deny),
        (#"{"Null": {"aws:MultiFactorAuthPresent": "false"}}"#, .deny),
        (#"{"Null": {"aws:TokenIssueTime": "true"}}"#, .allow),
    ])
    func `keys that AWS always sets do not count as absent`(
        _ condition: String,
        _ expected: TrustVerdict.Decision
    ) throws {
        let policy = try TrustPolicy(parsing: EntraFixture.policy(condition: condition))
        #expect(policy.evaluate(EntraFixture.request()).decision == expected)
    }

    /// A variable without a value matches no text, whatever the unknown value is.
    @Test(arguments: [
        ("StringEquals", #""${aws:username}""#, TrustVerdict.Decision.deny),
        ("StringLike", #""*${aws:PrincipalTag/team}*""#, .deny),
        ("ForAnyValue:StringLike", #""${aws:userid}""#, .deny),
        ("ArnLike", #""arn:aws:iam::${aws:username}:*""#, .deny),
        ("StringNotEquals", #""${aws:username}""#, .allow),
        ("StringNotEqualsIfExists", #""${aws:username}""#, .allow),
        ("ForAllValues:StringNotLike", #""${aws:username}""#, .allow),
        // The key may be absent, a value has a default, another value matches, or the variable's value is unknown.
        ("StringEqualsIfExists", #""${aws:username}""#, .undetermined),
        ("ForAllValues:StringEquals", #""${aws:username}""#, .undetermined),
        ("StringEquals", #""${aws:username, 'x'}""#, .undetermined),
        ("StringEquals", #"["${aws:username}", "x"]"#, .undetermined),
        ("StringEquals", #""${aws:PrincipalAccount}""#, .undetermined),
        ("ArnNotLike", #""arn:aws:iam::${aws:username}:*""#, .undetermined),
    ])
    func `a variable without a value decides a condition on an unknown value`(
        _ name: String,
        _ value: String,
        _ expected: TrustVerdict.Decision
    ) throws {
        let condition = #"{"\#(name)": {"aws:UserAgent": \#(value)}}"#
        let verdict = try TrustPolicy(parsing: EntraFixture.policy(condition: condition)).evaluate(
            EntraFixture.request()
        )
        #expect(verdict.decision == expected)
        #expect(verdict.statements[0].conditions[0].isUnknown)
    }

    @Test(
        arguments: [
            (["Team": "red"], TrustVerdict.Decision.allow), (["team": "red"], .allow),
            (["Team": "blue"], .deny),
            ([:], .deny), (nil, .undetermined),
        ] as [([String: String]?, TrustVerdict.Decision)]
    )
    func `the tags of the role decide, if they are known`(
        _ tags: [String: String]?,
        _ expected: TrustVerdict.Decision
    ) throws {
        for key in ["aws:ResourceTag/Team", "iam:ResourceTag/Team"] {
            var request = EntraFixture.request()
            if let tags { request.context.setRoleTags(tags) }
            let policy = try TrustPolicy(
                parsing: EntraFixture.policy(condition: #"{"StringEquals": {"\#(key)": "red"}}"#)
            )
            #expect(policy.evaluate(request).decision == expected, "\(key)")
        }
    }
}
