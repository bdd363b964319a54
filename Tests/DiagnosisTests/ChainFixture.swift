import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation

/// The evidence of a hop that a hub's credentials make.
enum ChainFixture {
    static let hub = "arn:aws:iam::111122223333:role/hub"
    static let role = "arn:aws:iam::444455556666:role/spoke"
    static let denial =
        "User: arn:aws:sts::111122223333:assumed-role/hub/cambist-hub is not authorized to perform: "
        + "sts:AssumeRole on resource: \(role)"

    /// Returns a mapping whose role a hub's credentials assume.
    static func mapping(_ session: ChainedSession = ChainedSession()) throws -> RoleMapping {
        let hub = RoleMapping(
            id: "hub",
            identity: "vm",
            audience: EntraFixture.audience,
            roleARN: try #require(RoleARN(Self.hub)),
            region: "eu-west-1",
            sessionName: "cambist-hub"
        )
        return RoleMapping(
            id: "spoke",
            identity: "vm",
            audience: EntraFixture.audience,
            roleARN: try #require(RoleARN(Self.role)),
            region: "eu-west-1",
            sessionName: "cambist-spoke",
            assumption: .hub(hub, session)
        )
    }

    /// Returns the evidence of a refused hop.
    ///
    /// - Parameters:
    ///   - statements: The trust policy's statements as JSON; `nil` if the policy is unknown.
    ///   - reason: The end of STS's message.
    ///   - session: The parameters of the hop.
    ///   - change: A change of the evidence.
    /// - Returns: The evidence, with unknown permissions of the hub.
    /// - Throws: An error for an ARN that is not a role's.
    static func evidence(
        _ statements: String?,
        reason: String = "",
        _ session: ChainedSession = ChainedSession(),
        _ change: (inout Evidence) -> Void = { _ in }
    ) throws -> Evidence {
        let mapping = try mapping(session)
        var evidence = Evidence(request: RequestFacts(mapping: mapping), now: EntraFixture.now)
        evidence.exchange = .refused(
            Failure(kind: .refused, code: "AccessDenied", message: denial + reason, fix: "")
        )
        if let statements {
            evidence.policy = PolicyEvidence(
                document: #"{"Version":"2012-10-17","Statement":[\#(statements)]}"#
            )
        }
        evidence.chain = ChainEvidence(mapping)
        change(&evidence)
        return evidence
    }

    /// Returns a statement that allows the hub's role under conditions.
    static func allowance(_ condition: String = "{}") -> String {
        #"{"Effect":"Allow","Principal":{"AWS":"\#(hub)"},"Action":"sts:AssumeRole","Condition":\#(condition)}"#
    }
}
