import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation

/// The advice of fixes with and without their commands, and the references between fixes.
@Suite(.computing) struct FixTextTests {
    private static let command: ShellCommand = "aws iam list-roles"

    static let fixes: [(fix: Fix, advice: String, alone: String)] = [
        (Fix("Enable it:", commands: [command]), "Enable it:", "Enable it."),
        (Fix("Enable it:"), "Enable it.", "Enable it."),
        (
            Fix("Compare the keys.", introduction: "The published keys:", commands: [command]),
            "Compare the keys. The published keys:", "Compare the keys."
        ),
        (
            Fix("Raise it with x.", introduction: "or with this command:", commands: [command]),
            "Raise it with x or with this command:", "Raise it with x."
        ),
        (
            Fix("Compare the keys.", introduction: "The published keys:"),
            "Compare the keys.", "Compare the keys."
        ),
        (Fix("", introduction: "The command does it:", commands: [command]), "The command does it:", ""),
    ]

    @Test(arguments: fixes)
    func `a clause that introduces commands is dropped with them`(fix: Fix, advice: String, alone: String) {
        #expect(fix.advice == advice)
        #expect(fix.adviceWithoutCommands == alone)
        let cause = Cause("x", "X.", evidence: "", fix: fix)
        #expect(cause.adviceWithoutCommands == alone)
        let reference = fix.commands.isEmpty ? "" : "`cambist explain MAPPING` has the command."
        let expected = [alone, reference].filter { !$0.isEmpty }.joined(separator: " ")
        #expect(cause.adviceNamingExplain == expected)
    }

    @Test(arguments: Pitfall.table)
    func `advice without its commands is a complete text`(pitfall: Pitfall) {
        guard let evidence = pitfall.evidence else { return }
        for cause in Explanation(evidence).causes where !cause.commands.isEmpty {
            let advice = cause.adviceWithoutCommands
            #expect(!advice.contains("ollowing command"), "\(advice)")
            #expect(!advice.contains("with this command"), "\(advice)")
            let isLabel = advice.contains(#/(?:^|\. )(?:To [^.,]*|Or [^.]*|The \w+(?: \w+)?)\.$/#)
            #expect(!isLabel && !advice.hasSuffix(":"), "\(advice)")
        }
    }

    @Test func `references name causes by their numbers`() {
        let other: ShellCommand = "aws iam list-users"
        let fixes = [
            Fix("A:", commands: [Self.command]), Fix("B:", commands: [other]),
            Fix("C:", commands: [Self.command, other]),
            Fix("D:", commands: [Self.command, "aws iam list-groups"]), Fix("E."), Fix("E."),
        ]
        var references = FixReferences(after: 1)
        let texts = fixes.map { fix in
            references.withoutRepetition(Cause("x", "X.", evidence: "", fix: fix)).advice
        }
        #expect(
            texts == [
                "A:", "B:", "C. The commands of causes 2 and 3 also apply to this cause.",
                "D. Run the `aws iam list-roles` command of cause 2 first, then:", "E.",
                "The fix of cause 6 also applies to this cause.",
            ]
        )
    }

    @Test func `no reference points to a fix that is itself a reference`() {
        let text = "The proposed trust policy also removes this cause."
        let fixes = [Fix("A:", commands: [Self.command]), Fix(text).asReference, Fix(text).asReference]
        var references = FixReferences(after: 0)
        let advice = fixes.map {
            references.withoutRepetition(Cause("x", "X.", evidence: "", fix: $0)).advice
        }
        #expect(advice == ["A:", text, text])
    }

    /// Evidence whose causes share commands or advice: the pitfalls, with and without the role and the providers.
    private static let explained: [Evidence] = Pitfall.table.compactMap(\.evidence).flatMap { evidence in
        var withoutRole = evidence
        withoutRole.request.roleARN = nil
        var withoutProviders = withoutRole
        withoutProviders.providers = nil
        return [evidence, withoutRole, withoutProviders]
    }

    @Test func `a reference names a cause that has the command or the fix`() throws {
        let reference = #/(?<noun>fix|commands?) of causes? (?<numbers>\d+(?:(?:, | and )\d+)*)/#
        var count = 0
        for evidence in Self.explained {
            let causes = Explanation(evidence).causes
            for cause in causes {
                guard let match = cause.advice.firstMatch(of: reference) else { continue }
                count += 1
                for number in match.numbers.split(whereSeparator: { !$0.isNumber }).compactMap({ Int($0) }) {
                    let other = try #require(causes.indices.contains(number - 1) ? causes[number - 1] : nil)
                    #expect(
                        match.noun == "fix" ? !other.advice.contains(reference) : !other.commands.isEmpty,
                        "\(cause.id): \(cause.advice) \(other.id): \(other.advice)"
                    )
                }
            }
        }
        #expect(count > 5)
    }

    @Test func `the failure of a hub is explained again for the mapping that uses it`() throws {
        let evidence = EvidenceFixture.refused("AccessDenied", EvidenceFixture.denied) {
            $0.request.mapping = "hub"
            $0.spoke = "spoke"
            $0.role = .missing
            $0.policy = .unknown
        }
        let advice = try #require(Explanation(evidence).causes.dropFirst().first).advice
        #expect(advice.contains("wait, then run `cambist explain spoke`."), "\(advice)")
        #expect(advice.contains("`cambist setup apply hub`"), "\(advice)")
    }

    @Test func `the session limit is raised by setup or by the command`() throws {
        let evidence = EvidenceFixture.evidence {
            $0.request.duration = .seconds(43_200)
            $0.request.mapping = "audit"
        }
        let cause = try #require(Explanation(evidence).causes.first)
        let text =
            "Lower the mapping's duration (`cambist config edit`), or raise the role's maximum with `cambist setup apply "
            + "audit`"
        #expect(cause.advice == "\(text) or with this command:")
        #expect(cause.adviceNamingExplain == "\(text). `cambist explain MAPPING` has the command.")
    }

    @Test func `the listing of federated credentials names an identity and a resource group`() throws {
        let assertion = EvidenceFixture.assertion()
        let evidence = EvidenceFixture.noToken(
            "AADSTS70021",
            "AADSTS70021: No matching federated identity record found",
            .workloadIdentity
        ) { $0.assertion = assertion }
        var known = evidence
        known.identity?.resourceID =
            "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/logging"
        for (evidence, options) in [
            (evidence, "--identity-name NAME --resource-group GROUP"),
            (known, "--identity-name logging --resource-group rg"),
        ] {
            let cause = try #require(Explanation(evidence).causes.first)
            let advice = cause.adviceWithoutCommands
            #expect(advice.contains("`az identity federated-credential list \(options)`"), "\(advice)")
            #expect(!advice.contains("To create"), "\(advice)")
        }
    }

    @Test(arguments: [
        ("sts:AssumeRole", nil, "does not allow sts:AssumeRoleWithWebIdentity"),
        (
            "sts:AssumeRoleWithWebIdentity",
            "arn:aws:iam::111122223333:oidc-provider/accounts.google.com",
            "does not trust the token's provider"
        ),
    ])
    func `the summary names the statement of the trust policy`(
        action: String,
        provider: String?,
        predicate: String
    ) throws {
        let evidence = EvidenceFixture.policy(
            EntraFixture.validCondition,
            principal: provider.map { #"{"Federated": "\#($0)"}"# },
            action: #""Action": "\#(action)""#
        )
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.summary == "Statement[0] of the trust policy \(predicate).")
    }
}
