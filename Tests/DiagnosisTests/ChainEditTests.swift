import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation
@testable import TrustPolicy

/// The changes of a trust policy that a fix describes for a hub's role.
@Suite(.limited) struct ChainEditTests {
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
            "Do not change Statement[0]: the changed document would also allow other roles. Instead, "
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
}
