import Foundation
import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation
@testable import TrustPolicy

/// Random trust policies with a mistake, restricted statements, and statements for others.
///
/// The expected result comes from IAM's evaluation of single calls, not from the comparison of policies.
@Suite(.computing) struct PolicyHarmPropertyTests {
    private static let issuer = EntraFixture.provider
    private static let others = [EvidenceFixture.other, "77777777-8888-7777-6666-555555555555"]
    private static let audiences = [
        EntraFixture.audience, EntraFixture.audience + "/", EntraFixture.audience.uppercased(), "api://old",
    ]

    /// A generated policy and what is known about it by construction.
    private struct Sample {
        var document: String
        /// Policies that allow exactly the calls that meet the further conditions of a restricted statement.
        var restrictions: [TrustPolicy]
    }

    /// Statements that are meant for the token, or for others, and do not allow the token.
    private static let mistakes: [String] =
        PolicyHarmTests.mistakes + PolicyHarmTests.open.map(\.statement)
        + PolicyHarmTests.narrow.map(\.statement)
        + PolicyHarmTests.variables.filter { $0.count == 1 }.flatMap(\.self)
        + [
            PolicyHarmTests.statement(
                #""StringEquals":{"\#(issuer):aud":"\#(EntraFixture.audience)","\#(issuer):sub":["*","\#(others[0])"]}"#
            )
        ]

    /// Statements that do not allow the token and are not about it.
    private static let unrelated: [String] = [
        PolicyHarmTests.statement(PolicyHarmTests.equals(others[0])),
        PolicyHarmTests.statement(PolicyHarmTests.equals(others[0], "api://old")),
        PolicyHarmTests.statement(PolicyHarmTests.equals(others[1], issuer: String(issuer.dropLast()))),
        PolicyHarmTests.statement(
            PolicyHarmTests.equals(others[1]),
            principal: #"{"Federated":"\#(PolicyHarmTests.account)"}"#
        ),
        PolicyHarmTests.statement(
            #"\#(PolicyHarmTests.equals(others[1])),"StringLike":{"sts:RoleSessionName":"${\#(issuer):sub}"}"#
        ),
        PolicyHarmTests.statement(
            #""StringLike":{"sts:RoleSessionName":"${aws:username}-*"}"#,
            principal: #"{"AWS":"111122223333"}"#,
            actions: #""sts:AssumeRole""#
        ),
        PolicyHarmTests.statement(
            #""StringNotLike":{"sts:RoleSessionName":["prod","${\#(issuer):sub}","cambist-*","x"]}"#,
            actions: #""sts:*""#,
            effect: "Deny"
        ),
        PolicyHarmTests.statement(
            #""StringEquals":{"\#(issuer):sub":"\#(others[0])"},"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}"#
        ),
    ]

    /// Returns a policy whose parts are chosen by the number, so that consecutive numbers reach all combinations.
    private static func sample(_ number: Int, using generator: inout SeededGenerator) throws -> Sample {
        var statements = [mistakes[number % mistakes.count]]
        var restrictions: [TrustPolicy] = []
        let siblings = PolicyHarmTests.addressees.flatMap { addressee in
            PolicyHarmTests.restrictions.dropLast().map { (addressee, $0) }
        }
        let count = number / mistakes.count % 3
        for _ in 0..<count {
            guard let (addressee, restriction) = siblings.randomElement(using: &generator) else { continue }
            statements.append(PolicyHarmTests.statement("\(addressee),\(restriction)"))
            let rule = PolicyHarmTests.statement(restriction, principal: "\"*\"", actions: #""sts:*""#)
            restrictions.append(
                try TrustPolicy(parsing: #"{"Version":"2012-10-17","Statement":\#(rule)}"#, quota: nil)
            )
        }
        for _ in 0..<Int.random(in: 0...1, using: &generator) {
            statements.append(unrelated.randomElement(using: &generator) ?? unrelated[0])
        }
        let hasVariable = statements[0].contains("${")
        let isOld =
            hasVariable ? !statements[0].contains("${aws:username}") : Bool.random(using: &generator)
        let version = isOld ? "2008-10-17" : "2012-10-17"
        let list = statements.shuffled(using: &generator).joined(separator: ",")
        return Sample(
            document: #"{"Version":"\#(version)","Statement":[\#(list)]}"#,
            restrictions: restrictions
        )
    }

    /// A call with a token, or with credentials of AWS.
    private struct Call {
        let claims: Claims?
        let request: TrustRequest
        var subject: String? { claims?.subject }
    }

    private static func call(using generator: inout SeededGenerator) -> Call {
        func pick(_ texts: [String]) -> String { texts.randomElement(using: &generator) ?? "" }
        let subject = pick([EntraFixture.subject] + others)
        let isTagged = Bool.random(using: &generator)
        let tags = JSONValue.object([
            "principal_tags": .object([
                "owner": .array([.string(subject)]), "team": .array([.string("red")]),
            ])
        ])
        let claims = EntraFixture.token([
            "sub": .string(subject), "oid": .string(subject), "aud": .string(pick(audiences)),
            "https://aws.amazon.com/tags": isTagged ? tags : nil,
            "https://aws.amazon.com/source_identity": isTagged ? .string(subject) : nil,
        ])
        let isDated = Bool.random(using: &generator)
        var context = RequestContext(
            claims: claims,
            federatedPrincipal: EntraFixture.providerARN,
            roleARN: RoleARN(EntraFixture.roleARN),
            sessionName: pick(["cambist-audit", "prod", subject, "x-\(subject)", "alice-1"]),
            sourceIP: pick(["198.51.100.7", "203.0.113.9"]),
            region: "eu-west-1",
            at: isDated ? Date(timeIntervalSince1970: 1_700_000_000) : EntraFixture.now
        )
        if Bool.random(using: &generator) { context["aws:MultiFactorAuthPresent"] = .values(["true"]) }
        guard Int.random(in: 0..<8, using: &generator) > 0 else {
            var user = RequestContext()
            user["aws:username"] = .values(["alice"])
            user["aws:PrincipalTag/owner"] = .values(["alice"])
            user["sts:RoleSessionName"] = .values(["alice-1"])
            let arn = ARN("arn:aws:iam::111122223333:user/alice")
            return Call(
                claims: nil,
                request: TrustRequest(
                    action: "sts:AssumeRole",
                    principal: arn.map(RequestPrincipal.user) ?? .federated(""),
                    context: user
                )
            )
        }
        return Call(
            claims: claims,
            request: TrustRequest(federatedPrincipal: EntraFixture.providerARN, context: context)
        )
    }

    /// Whether a policy allows every action that the call needs.
    private static func allows(_ policy: TrustPolicy, _ call: Call) -> Bool {
        let actions = [call.request.action] + (call.claims?.additionalActions ?? [])
        return actions.allSatisfy { action in
            var request = call.request
            request.action = action
            return policy.evaluate(request).decision == .allow
        }
    }

    private struct Reached {
        var proposals = 0
        var edits = 0
        var reasons: Set<String> = []
        var causes: Set<String> = []
    }

    private static func check(
        _ new: TrustPolicy,
        _ old: TrustPolicy,
        _ sample: Sample,
        _ calls: [Call],
        isEdit: Bool,
        _ seed: Int
    ) {
        for call in calls {
            let before = allows(old, call)
            let after = allows(new, call)
            let isOwn = call.subject == EntraFixture.subject
            if after, !before {
                let isToken = isOwn && (isEdit || call.claims?.audiences == [EntraFixture.audience])
                let meetsRestriction =
                    sample.restrictions.isEmpty || sample.restrictions.contains { allows($0, call) }
                #expect(
                    isToken && meetsRestriction,
                    "seed \(seed), edit \(isEdit): \(sample.document) allows \(call.request): \(new.document.compactText)"
                )
            }
            #expect(
                !before || after || isEdit && isOwn,
                "seed \(seed), edit \(isEdit): \(sample.document) no longer allows \(call.request)"
            )
        }
    }

    private static func run(_ seed: Int, _ reached: inout Reached) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let sample = try sample(seed, using: &generator)
        let old = try TrustPolicy(parsing: sample.document, quota: nil)
        let hasAddress = Bool.random(using: &generator)
        let session = ["cambist-audit", EntraFixture.subject].randomElement(using: &generator)
        let evidence = EvidenceFixture.evidence {
            $0.policy = .parsed(old)
            $0.request.sourceIP = hasAddress ? "198.51.100.7" : nil
            $0.request.sessionName = session
        }
        let calls = (0..<40).map { _ in call(using: &generator) }
        let context = DiagnosisContext(evidence)
        let explanation = Explanation(evidence)
        reached.causes.formUnion(explanation.causes.map(\.id))
        for text in explanation.causes.map(\.fix) {
            if text.contains("only under the") { reached.reasons.insert("restricted") }
            if text.contains("would also allow other identities") { reached.reasons.insert("others") }
            if text.contains("remove the access of callers") { reached.reasons.insert("removed") }
        }
        for command in explanation.causes.flatMap(\.commands) {
            guard let start = command.firstRange(of: "--policy-document '") else { continue }
            let new = try TrustPolicy(
                parsing: String(command[start.upperBound...].prefix { $0 != "'" }),
                quota: nil
            )
            reached.proposals += 1
            check(new, old, sample, calls, isEdit: false, seed)
        }
        guard let verdict = context.verdict, verdict.decision == .deny, let index = verdict.decidingStatement
        else { return }
        let edits = TrustDenial(policy: old, verdict: verdict, context: context).describedEdits
        reached.edits += edits.count
        // The words may change the restriction of the statement itself.
        let changesRestriction = verdict.statements[index].conditions.contains { outcome in
            outcome.outcome == .no
                && ["aws:", "sts:"].contains { outcome.condition.key.hasPrefix($0) }
        }
        var edited = sample
        if changesRestriction { edited.restrictions = [] }
        let each = edits.map { $0.applied(to: old, at: index) }
        for new in each + [PolicyEdit.applying(edits, to: old, at: index)] {
            check(new, old, edited, calls, isEdit: true, seed)
        }
    }

    /// Three policies per mistake: without, with one, and with two restricted statements.
    private static let cycle = mistakes.count * 3

    @Test func `a change allows no other caller, bypasses no restriction, and removes no caller`()
        async throws
    {
        let reasons = try await withThrowingTaskGroup(of: Set<String>.self) { group in
            for part in 0..<10 { group.addTask { try Self.checkPart(part) } }
            return try await group.reduce(into: Set()) { $0.formUnion($1) }
        }
        // Few seeds reach a refusal because of removed callers.
        #expect(reasons.contains("removed"), "\(reasons)")
    }

    /// Checks the policies of one part of the seeds; returns the reasons of the refusals.
    private static func checkPart(_ part: Int) throws -> Set<String> {
        var reached = Reached()
        for seed in (part * cycle)..<((part + 1) * cycle) { try run(seed, &reached) }
        #expect(reached.proposals > 10 && reached.edits > 5, "part \(part): \(reached)")
        #expect(reached.reasons.isSuperset(of: ["restricted", "others"]), "part \(part): \(reached)")
        let causes: Set = [
            "sub-is-client-id", "value-case", "value-blanks", "value-enclosed", "value-scope",
            "value-final-slash",
            "condition-key-slash", "condition-key-form", "principal-account", "action-mismatch",
            "aud-mismatch",
            "sub-mismatch", "variable-in-old-version", "session-name-mismatch", "wildcard-under-equals",
            "operator-type", "key-absent", "condition-key-prefix", "condition-key-claim",
            "variable-absent", "sub-is-other-claim", "aud-excluded", "key-present",
        ]
        #expect(reached.causes.isSuperset(of: causes), "part \(part): \(causes.subtracting(reached.causes))")
        return reached.reasons
    }
}
