import Foundation
import TestSupport
import Testing
import TrustPolicy

@testable import Diagnosis
@testable import Federation

/// Explanations of a hop that a hub's credentials make.
@Suite(.computing) struct ChainExplanationTests {
    private static let hub = ChainFixture.hub
    private static let role = ChainFixture.role

    private func mapping(_ session: ChainedSession = ChainedSession()) throws -> RoleMapping {
        try ChainFixture.mapping(session)
    }

    private static let denial = Failure(
        kind: .refused,
        code: "AccessDenied",
        message: ChainFixture.denial,
        fix: ""
    )

    @Test func `a wrong clock is a cause for chained mappings as well`() throws {
        let mapping = try mapping()
        var evidence = Evidence(request: RequestFacts(mapping: mapping), now: EntraFixture.now)
        evidence.exchange = .succeeded(ExchangeAnswer())
        evidence.chain = ChainEvidence(mapping, permission: .allowed)
        evidence.clockOffset = ClockOffset(offset: .seconds(600), uncertainty: .milliseconds(600))
        evidence.azureClock = ClockOffset(offset: .zero, uncertainty: .milliseconds(600))
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "clock-offset")
        #expect(cause.summary.hasPrefix("The clock at AWS is 10m fast"))
    }

    private func explanation(
        trusting principal: String? = hub,
        condition: String = "{}",
        permission: HubPermission = .allowed,
        _ session: ChainedSession = ChainedSession()
    ) throws -> Explanation {
        let mapping = try mapping(session)
        var evidence = Evidence(request: RequestFacts(mapping: mapping), now: EntraFixture.now)
        evidence.exchange = .refused(Self.denial)
        evidence.role = .found(RoleFacts(maximumSession: .seconds(3600)))
        if let principal {
            evidence.policy = PolicyEvidence(
                document: """
                    {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"\(principal)"},\
                    "Action":"sts:AssumeRole","Condition":\(condition)}]}
                    """
            )
        }
        evidence.chain = ChainEvidence(mapping, permission: permission)
        return Explanation(evidence)
    }

    @Test func `a hub without the permission is the cause when the trust policy allows it`() throws {
        let explanation = try explanation(
            permission: .missing(action: "sts:AssumeRole", policies: ["logs"])
        )
        let cause = try #require(explanation.causes.first)
        #expect(explanation.decision == .allow)
        #expect(cause.id == "hub-not-permitted" && cause.evidence.contains("the hub's policies are logs"))
        let command = try #require(cause.commands.first)
        #expect(command.hasPrefix("test \"$(aws sts get-caller-identity"))
        #expect(command.contains("= 111122223333 && "))
        #expect(command.contains("put-role-policy --role-name hub") && command.contains(Self.role))
    }

    @Test func `a role that trusts the identity's own token may need no hub`() throws {
        let explanation = Explanation(
            try ChainFixture.evidence(
                #"{"Effect":"Allow","Principal":{"Federated":"\#(EntraFixture.providerARN)"},"#
                    + #""Action":"sts:AssumeRoleWithWebIdentity","Condition":\#(EntraFixture.validCondition)}"#
            )
        )
        let cause = try #require(explanation.causes.first)
        #expect(cause.id == "hub-untrusted")
        #expect(cause.advice.contains("remove `via` of `spoke`"), "\(cause.advice)")
    }

    @Test func `an inline policy of the hub is not overwritten`() throws {
        let explanation = try explanation(
            permission: .missing(
                action: "sts:AssumeRole",
                policies: ["cambist-assume-spoke", "Cambist-assume-spoke-2"]
            )
        )
        let command = try #require(explanation.causes.first?.commands.first)
        #expect(command.contains(" --policy-name cambist-assume-spoke-3 "), "\(command)")
    }

    @Test func `a trust policy without the hub gets a statement for the hub's role alone`() throws {
        let explanation = try explanation(
            trusting: "arn:aws:iam::111122223333:role/other",
            ChainedSession(externalID: "id-1")
        )
        let cause = try #require(explanation.causes.first)
        #expect(explanation.decision == .deny && cause.id == "hub-untrusted")
        let command = try #require(cause.commands.first)
        #expect(command.contains(Self.hub) && command.contains("sts:ExternalId"))
    }

    @Test(arguments: [(nil, "external-id-missing"), ("id-2", "external-id-mismatch")])
    func `an external ID that differs is the cause`(own: String?, id: String) throws {
        let explanation = try explanation(
            condition: #"{"StringEquals":{"sts:ExternalId":"id-1"}}"#,
            ChainedSession(externalID: own)
        )
        let cause = try #require(explanation.causes.first)
        #expect(cause.id == id && cause.fix.contains("id-1"))
        #expect(explanation.condition?.key == "sts:ExternalId")
    }

    @Test(arguments: [
        #"{"StringEquals":{"sts:ExternalId":"id-1"}}"#, #"{"StringLike":{"sts:ExternalId":"prod-*"}}"#,
        #"{"StringEquals":{"sts:RoleSessionName":"bob"}}"#,
        #"{"StringEquals":{"aws:RequestTag/team":"prod"}}"#,
        #"{"StringEquals":{"sts:SourceIdentity":"bob"}}"#,
        #"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/other"}}"#,
    ])
    func `a failed condition of the nearest statement leads to no change of the policy`(condition: String)
        throws
    {
        for principal in [
            Self.hub, "arn:aws:iam::111122223333:root", "arn:aws:iam::999999999999:role/hub",
            "arn:aws:iam::111122223333:role/other",
        ] {
            let explanation = try explanation(trusting: principal, condition: condition)
            #expect(explanation.decision == .deny)
            #expect(!explanation.causes.isEmpty)
            #expect(explanation.causes.flatMap(\.commands).isEmpty)
        }
    }

    private func explanation(of statements: String, _ session: ChainedSession) throws -> Explanation {
        Explanation(
            try ChainFixture.evidence(statements, session) {
                $0.role = .found(RoleFacts(maximumSession: .seconds(3600)))
            }
        )
    }

    @Test(arguments: [nil, "id-1"])
    func `the conditions of a statement for another role are kept, or the setting is named`(id: String?)
        throws
    {
        let statements = """
            {"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"},
            {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"sts:AssumeRole"},
            {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/other"},
             "Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"id-1"}}}
            """
        let explanation = try explanation(of: statements, ChainedSession(externalID: id))
        let cause = try #require(explanation.causes.first)
        #expect(cause.id == "hub-untrusted")
        if id == nil {
            #expect(explanation.causes.flatMap(\.commands).isEmpty)
            #expect(cause.fix.contains("Set external_id of `spoke` to id-1"))
        } else {
            #expect(cause.commands.first?.contains(Self.hub) == true)
        }
    }

    @Test func `an action is not added for another role in the statement`() throws {
        let statement = """
            {"Effect":"Allow","Principal":{"AWS":["\(Self.hub)","arn:aws:iam::111122223333:role/other"]},
             "Action":"sts:AssumeRole"}
            """
        let explanation = try explanation(of: statement, ChainedSession(tags: ["team": "red"]))
        let command = try #require(explanation.causes.first?.commands.first)
        #expect(command.contains(#""Action":"sts:AssumeRole""#))
        #expect(command.contains(#""Action":["sts:AssumeRole","sts:TagSession"]"#))
    }

    @Test(arguments: [
        ("sts:TagSession", "aws:RequestTag/team", "security", ChainedSession(tags: ["team": "logging"])),
        ("sts:SetSourceIdentity", "sts:SourceIdentity", "admin", ChainedSession(sourceIdentity: "rahel")),
    ])
    func `a condition on a further action is not bypassed by another statement`(
        action: String,
        key: String,
        required: String,
        session: ChainedSession
    ) throws {
        let statements = """
            {"Effect":"Allow","Principal":{"AWS":"\(Self.hub)"},"Action":"sts:AssumeRole"},
            {"Effect":"Allow","Principal":{"AWS":"\(Self.hub)"},"Action":"\(action)",
             "Condition":{"StringEquals":{"\(key)":"\(required)"}}}
            """
        let cause = try #require(explanation(of: statements, session).causes.first)
        #expect(cause.commands == [])
        #expect(cause.evidence.contains("Statement[1] allows \(action) only if"), "\(cause.evidence)")
        #expect(cause.fix.contains("to \(required) (`cambist config edit`)"), "\(cause.fix)")
        #expect(!cause.fix.contains("Add \"\(action)\""), "\(cause.fix)")
    }

    @Test func `tags need a further action`() throws {
        let explanation = try explanation(ChainedSession(tags: ["team": "red"]))
        let cause = try #require(explanation.causes.first)
        #expect(cause.id == "tag-session-missing")
        #expect(cause.commands.first?.contains("sts:TagSession") == true)
    }

    @Test func `with an unknown policy and permission, the possible causes are named`() throws {
        let explanation = try explanation(trusting: nil, permission: .unknown(nil))
        let cause = try #require(explanation.causes.first)
        #expect(cause.commands.allSatisfy { !$0.contains("put-") }, "nothing is granted by a guess")
        #expect(cause.commands.contains { $0.contains("aws iam get-role") })
        #expect(cause.id == "chain-denied")
        #expect(try #require(cause.possibleCauses).causes.count >= 4)
    }

    /// The known policies, and the reads that the fix asks for: of the trust policy, and of the hub's policies.
    private static let reads:
        [(trust: Bool, file: Bool, permission: HubPermission, asksTrust: Bool, asksHub: Bool)] = [
            (false, false, .unknown(nil), true, true), (true, false, .unknown(nil), false, true),
            (false, false, .allowed, true, false), (true, false, .allowed, false, false),
            (false, false, .conditional, true, false), (true, false, .conditional, false, false),
            (true, false, .missing(action: "sts:AssumeRole", policies: []), false, false),
            // A file may be out of date.
            (true, true, .unknown(nil), true, true), (true, true, .allowed, true, false),
        ]

    @Test(arguments: reads)
    func `a denial of an allowed call asks only for the policies that were not read`(
        row: (trust: Bool, file: Bool, permission: HubPermission, asksTrust: Bool, asksHub: Bool)
    ) throws {
        // In the same account, a policy that names the hub's role needs no permission of the hub.
        let isDirect = if case .missing = row.permission { true } else { false }
        var mapping = try mapping()
        if isDirect { mapping.roleARN = try #require(RoleARN("arn:aws:iam::111122223333:role/spoke")) }
        var evidence = try ChainFixture.evidence(row.trust ? ChainFixture.allowance() : nil)
        evidence.chain = ChainEvidence(mapping, permission: row.permission)
        evidence.policyFile = row.file ? "trust.json" : nil
        let cause = try #require(Explanation(evidence).causes.first { $0.id == "chain-denied" })
        #expect(cause.fix.contains("iam:GetRole") == row.asksTrust, "\(cause.fix)")
        #expect(cause.commands.contains { $0.contains("aws iam get-role") } == row.asksTrust)
        #expect(cause.fix.contains("can read the policies of the hub's role") == row.asksHub, "\(cause.fix)")
        #expect(cause.commands.contains { $0.contains("simulate-principal-policy") } == row.asksHub)
        let causes = try #require(cause.possibleCauses).causes
        #expect(causes.contains { $0.hasPrefix("no policy of the hub's role allows") } == row.asksHub)
    }

    /// Returns a policy whose only statement covers `sts:AssumeRole` and has this effect.
    private static func policy(_ effect: String, resource: String = role, condition: String = "") -> String {
        #"{"Statement":{"Effect":"\#(effect)","Action":"sts:AssumeRole","Resource":"\#(resource)"\#(condition)}}"#
    }

    private static let boundary = "arn:aws:iam::111122223333:policy/limits"

    private static let unreadable = HubPermission.Policy(
        name: "shared",
        unreadable: "IAM denied iam:GetPolicy."
    )

    @Test(arguments: [
        (
            [policy("Allow")],
            HubPermission.unknown("the policy shared could not be read: IAM denied iam:GetPolicy")
        ),
        ([], .unknown("the policy shared could not be read: IAM denied iam:GetPolicy")),
        (
            [policy("Allow", condition: #","Condition":{"Bool":{"aws:SecureTransport":"true"}}"#)],
            .unknown("the policy shared could not be read: IAM denied iam:GetPolicy")
        ),
        (["{}"], .unknown("the document of the policy 0 is invalid")),
        ([policy("Allow"), policy("Deny")], .denied(action: "sts:AssumeRole")),
    ])
    func `an unreadable policy of the hub may deny, so only a known denial is certain`(
        documents: [String],
        permission: HubPermission
    ) throws {
        let policies = documents.enumerated().map { HubPermission.Policy(name: "\($0)", document: $1) }
        let found = HubPermission(
            of: policies + [Self.unreadable],
            actions: ["sts:AssumeRole"],
            role: try #require(RoleARN(Self.role))
        )
        #expect(found == permission)
    }

    @Test(arguments: [
        ([policy("Allow")], ["sts:AssumeRole"], HubPermission.allowed),
        ([policy("Allow", resource: "*")], ["sts:AssumeRole"], .allowed),
        (
            [policy("Allow", condition: #","Condition":{"Bool":{"aws:SecureTransport":"true"}}"#)],
            ["sts:AssumeRole"], .conditional
        ),
        (
            [policy("Allow")], ["sts:AssumeRole", "sts:TagSession"],
            .missing(action: "sts:TagSession", policies: ["0"])
        ),
        ([], ["sts:AssumeRole"], .missing(action: "sts:AssumeRole", policies: [])),
        (
            [policy("Allow"), policy("Deny", resource: "*")], ["sts:TagSession", "sts:AssumeRole"],
            .denied(action: "sts:AssumeRole")
        ),
    ])
    func `the policies of a hub decide on each action`(
        documents: [String],
        actions: [String],
        permission: HubPermission
    ) throws {
        let policies = documents.enumerated().map { HubPermission.Policy(name: "\($0)", document: $1) }
        let role = try #require(RoleARN(Self.role))
        #expect(HubPermission(of: policies, actions: actions, role: role) == permission)
    }

    /// Source: IAM, "Permissions boundaries for IAM entities": the effective permissions are the intersection of both.
    @Test(arguments: [
        (
            [policy("Allow")],
            HubPermission.unknown("the permissions boundary \(boundary) applies, which cambist does not read")
        ),
        ([], .missing(action: "sts:AssumeRole", policies: [])),
        ([policy("Allow"), policy("Deny")], .denied(action: "sts:AssumeRole")),
    ])
    func `a permissions boundary may exclude what the policies of a hub allow`(
        documents: [String],
        permission: HubPermission
    ) throws {
        let found = HubPermission(
            of: documents.enumerated().map { HubPermission.Policy(name: "\($0)", document: $1) },
            boundary: Self.boundary,
            actions: ["sts:AssumeRole"],
            role: try #require(RoleARN(Self.role))
        )
        #expect(found == permission)
    }

    @Test func `the reason for an unknown permission is shown`() throws {
        let explanation = try explanation(trusting: nil, permission: .unknown("no credentials of account 1"))
        let causes = try #require(explanation.causes.first?.possibleCauses).causes
        #expect(causes.contains { $0.hasSuffix("; the permission is unknown: no credentials of account 1") })
    }

    @Test(arguments: [
        (ExchangeStep.token, "hub"), (.exchange, "hub"), (.assume, "spoke"), (.caller, "spoke"),
    ])
    func `the failed step decides which hop is explained`(step: ExchangeStep, hop: String) throws {
        let mapping = try mapping()
        let record = ExchangeRecord(
            id: 1,
            at: EntraFixture.now,
            mapping: "spoke",
            identity: "vm",
            roleARN: mapping.roleARN,
            steps: [
                StepRecord(step: step, outcome: .failed, duration: .zero, failure: Self.denial)
            ]
        )
        let evidence = Evidence(of: record, mapping: mapping, identity: nil, now: EntraFixture.now)
        #expect(evidence.request.mapping == hop)
        #expect(evidence.spoke == (hop == "hub" ? "spoke" : nil))
        #expect((Explanation(evidence).causes.first?.id == "hub-failed") == (hop == "hub"))
    }

    /// Returns the evidence of a denied hop before which the trust step warned with this message.
    private func predicted(_ message: String) throws -> Evidence {
        let mapping = try mapping()
        let warning = Failure(kind: .refused, code: "trust-deny", message: message, fix: "Compare them.")
        let record = ExchangeRecord(
            id: 1,
            at: EntraFixture.now,
            mapping: "spoke",
            identity: "vm",
            roleARN: mapping.roleARN,
            steps: [
                StepRecord(step: .trust, outcome: .warn, duration: .zero, failure: warning),
                StepRecord(step: .assume, outcome: .failed, duration: .zero, failure: Self.denial),
            ]
        )
        return Evidence(of: record, mapping: mapping, identity: nil, now: EntraFixture.now)
    }

    @Test func `the denial that the trust step predicted is the cause until the policy is known`() throws {
        var evidence = try predicted("The trust policy does not allow the role of hub (policy from t.json).")
        let causes = Explanation(evidence).causes
        #expect(causes.first?.id == "trust-deny")
        #expect(causes.first?.possibleCauses == nil)
        #expect(!causes.contains { $0.id == "chain-denied" })
        evidence.policy = PolicyEvidence(
            document: """
                {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"\(Self.hub)"},\
                "Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"id-1"}}}]}
                """
        )
        #expect(Explanation(evidence).causes.first?.id == "external-id-missing")
    }

    @Test func `a warning about the policy of a hub that works does not explain the denial of its spoke`()
        throws
    {
        let evidence = try predicted("hub: The trust policy does not allow this token (policy from t.json).")
        #expect(Explanation(evidence).causes.first?.id == "chain-denied")
    }

    @Test(arguments: [
        ("sts:TagSession", "tag-session-missing"), ("sts:SetSourceIdentity", "set-source-identity-missing"),
        ("sts:AssumeRole", "chain-denied"),
    ])
    func `each denial of AssumeRole is known by its action`(action: String, id: String) {
        let message = "User: x is not authorized to perform: \(action) on resource: y"
        #expect(KnownError.find(.sts, code: "AccessDenied", message: message)?.id == id)
    }

    // Source: reference on AWS, condition keys: the keys of the provider are also available in the session afterwards.
    @Test(arguments: ["sub", "aud", "email"])
    func `a provider's key in a spoke's trust policy is unknown, not absent`(claim: String) throws {
        let explanation = try explanation(
            condition: #"{"StringEquals": {"\#(EntraFixture.provider):\#(claim)": "x"}}"#
        )
        #expect(!explanation.causes.contains { $0.evidence.contains("the request has no value") })
        #expect(explanation.verdict?.decision == .undetermined)
    }
}
