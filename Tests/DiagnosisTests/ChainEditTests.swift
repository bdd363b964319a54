import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation
@testable import TrustPolicy

/// The changes of a trust policy that a fix describes for a hub's role.
@Suite(.computing) struct ChainEditTests {
    private static let hub = ChainFixture.hub
    private static let other = "arn:aws:iam::111122223333:role/other"
    private static let account = "arn:aws:iam::111122223333:root"

    private static func statement(
        _ principals: [String],
        action: String = "sts:AssumeRole",
        _ condition: String = "{}"
    ) -> String {
        let list = principals.map { "\"\($0)\"" }.joined(separator: ",")
        return
            #"{"Effect":"Allow","Principal":{"AWS":[\#(list)]},"Action":"\#(action)","Condition":\#(condition)}"#
    }

    private static func cause(_ statements: String) throws -> Cause {
        try #require(Explanation(ChainFixture.evidence(statements)).causes.first)
    }

    @Test(arguments: [
        [other], [other, "arn:aws:iam::999999999999:role/hub"], ["AROAEXAMPLEEXAMPLE123"],
        ["AROAEXAMPLEEXAMPLE123", other],
    ])
    func `the hub's role is added to the principals and replaces no other principal`(principals: [String])
        throws
    {
        let fix = try Self.cause(Self.statement(principals)).fix
        let isAlone = principals == ["AROAEXAMPLEEXAMPLE123"]
        #expect(fix.contains("Add \(Self.hub) to Principal.AWS if"), "\(fix)")
        #expect(fix.contains("; keep the other principals.") == !isAlone, "\(fix)")
        #expect(
            fix.contains("Remove AROAEXAMPLEEXAMPLE123, because IAM refuses")
                == principals.contains("AROAEXAMPLEEXAMPLE123"),
            "\(fix)"
        )
        #expect(!fix.contains("Set Principal"))
    }

    @Test(arguments: [([hub], true), ([hub, other], false), ([hub, account], false)])
    func `an action is added only to a statement for the hub alone`(principals: [String], isAlone: Bool)
        throws
    {
        let cause = try Self.cause(Self.statement(principals, action: "sts:TagSession"))
        #expect(cause.id == "action-mismatch")
        #expect(cause.fix.hasPrefix("Add sts:AssumeRole to the actions") == isAlone, "\(cause.fix)")
        let refusal =
            "Do not change Statement[0]: the change would also allow other roles. Instead, "
        #expect(cause.fix.hasPrefix(refusal) == !isAlone, "\(cause.fix)")
    }

    @Test(arguments: [([hub], true), ([hub, other], false), ([account], false), (["*"], false)])
    func `a condition is corrected only in a statement for the hub alone`(
        principals: [String],
        isAlone: Bool
    ) throws {
        let condition = #"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/x"}}"#
        let cause = try Self.cause(Self.statement(principals, condition))
        #expect(cause.id == "condition-mismatch")
        #expect(cause.fix.hasPrefix("Correct the condition") == isAlone, "\(cause.fix)")
        #expect(cause.fix.hasPrefix("Do not change Statement[0]: ") == !isAlone, "\(cause.fix)")
        #expect(cause.fix.contains("Decide which roles may assume the role") == !isAlone, "\(cause.fix)")
    }

    @Test(arguments: [true, false])
    func `a Deny statement is changed only if no other role gains access`(isAlone: Bool) throws {
        let allowance = Self.statement(isAlone ? [Self.hub] : [Self.hub, Self.other])
        let denial =
            #"{"Effect":"Deny","Principal":"*","Action":"sts:*","Condition":{"StringNotEquals":{"aws:PrincipalAccount":"1"}}}"#
        let cause = try Self.cause("\(allowance),\(denial)")
        #expect(cause.id == "denied-explicitly")
        #expect(cause.fix.contains("To exempt this request, add") == isAlone, "\(cause.fix)")
        #expect(cause.fix.contains("would also allow other roles") == !isAlone, "\(cause.fix)")
        #expect(isAlone || cause.fix.contains("ArnNotEquals on aws:PrincipalArn with \(Self.hub)"))
    }

    @Test(arguments: [true, false])
    func `an unreadable value is corrected only if no other identity gains access`(isAlone: Bool) throws {
        let subject = #","StringEquals":{"\#(EntraFixture.provider):sub":"\#(EntraFixture.subject)"}"#
        let evidence = EvidenceFixture.policy(
            #"{"DateNotEquals":{"aws:CurrentTime":"soon"}\#(isAlone ? subject : "")}"#
        )
        let cause = try #require(Explanation(evidence).causes.first { $0.id == "value-unreadable" })
        #expect(cause.fix.contains("Correct the value.") == isAlone, "\(cause.fix)")
        #expect(
            cause.fix.contains("Decide which callers Statement[0] must allow") == !isAlone,
            "\(cause.fix)"
        )
    }

    /// Conditions of a Deny statement that matches the hub's call, and the words of the change that exempts only the hub.
    static let denials: [(condition: String, change: String)] = [
        (#"{"StringNotEquals":{"aws:PrincipalAccount":"1"}}"#, "add the condition ArnNotEquals"),
        (#"{"StringLike":{"aws:PrincipalArn":"*"}}"#, "add the condition ArnNotEquals"),
        (
            #"{"ArnNotLike":{"aws:PrincipalArn":"\#(other)*"}}"#,
            "add \(hub) to the values of aws:PrincipalArn"
        ),
        (
            #"{"ArnNotEquals":{"aws:PrincipalArn":"\#(other)"}}"#,
            "add \(hub) to the values of aws:PrincipalArn"
        ),
        ("{}", "add the condition ArnNotEquals"),
    ]

    @Test(arguments: denials)
    func `the exemption of the hub's role allows no other role`(condition: String, change: String) throws {
        let allowance = Self.statement([Self.hub, Self.other, Self.account])
        let denial = #"{"Effect":"Deny","Principal":"*","Action":"sts:*","Condition":\#(condition)}"#
        let evidence = try ChainFixture.evidence("\(allowance),\(denial)")
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "denied-explicitly")
        #expect(cause.advice.contains(change), "\(cause.advice)")
        // The change as described passes the check of all changes.
        let context = DiagnosisContext(evidence)
        let old = try #require(context.policy)
        let former = try #require(old.statements.last)
        let listed = change.contains("values") ? former.conditions.first : nil
        let equals = try #require(ConditionOperator("ArnNotEquals"))
        let added = Condition(operator: equals, key: "aws:PrincipalArn", values: [], version: .v2012)
        let exemption = (listed ?? added).changing(values: (listed?.values ?? []) + [Self.hub])
        let kept = former.conditions.filter { $0 != listed }
        let new = old.replacing(1, with: former.replacingConditions(by: kept + [exemption]))
        #expect(context.chainVerdict(of: new)?.decision == .allow)
        #expect(ChainComparison(of: new, with: old, in: context)?.allowsNoOthers == true)
        // A wider exemption does not.
        let wide = exemption.changing(values: ["arn:aws:iam::*:role/*"])
        let open = old.replacing(1, with: former.replacingConditions(by: kept + [wide]))
        #expect(ChainComparison(of: open, with: old, in: context)?.allowsNoOthers == false)
    }
}
