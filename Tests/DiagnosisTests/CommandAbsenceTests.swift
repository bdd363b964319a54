import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation

/// The known errors whose fix names no command.
@Suite(.computing) struct CommandAbsenceTests {
    private static let rows: [KnownError.Row] =
        KnownError.stsErrors + KnownError.iamErrors + KnownError.graphErrors + KnownError.armErrors
        + KnownError.entraErrors + KnownError.imdsErrors + KnownError.imdsStatuses
        + KnownError.appServiceErrors + KnownError.azureArcErrors + KnownError.serviceFabricErrors
        + KnownError.azureCLIErrors + KnownError.tokenEndpointErrors

    /// The words by which the text of a fix states why there is no command.
    private static func words(_ absence: KnownError.Row.CommandAbsence) -> [String] {
        switch absence {
        case .noChange: ["No action", "No change", "Wait", "etry", "again", "less often", "Reuse"]
        case .otherOwner:
            ["administrator", "issuer", "policy", "policies", "permissions boundary", "endpoint"]
        case .otherProgram:
            ["proxy", "estart", "manifest", "program", "component", "pod's volume", "organization"]
        case .document: ["sts:", "arn:", "document"]
        case .portal: ["portal"]
        }
    }

    @Test func `a fix names a command, or states the reason that there is none`() {
        for row in Self.rows {
            let fix = row.error.fix
            guard let absence = row.commandAbsence else {
                #expect(fix.contains("`"), "\(row.error.id): \(fix)")
                continue
            }
            #expect(Self.words(absence).contains { fix.contains($0) }, "\(row.error.id): \(fix)")
        }
    }

    @Test func `a command in the words of a fix names the object that it changes`() {
        let change =
            /`(?:az|aws iam) [a-z -]*(?:add|assign|create|remove|reset|update)[a-z-]* ?[^`]*`/
        let object =
            #/ (?:--assignee|--ids?|--(?:[a-z-]+-)?name|--open-id-connect-provider-arn|--url) /#
        var count = 0
        for row in Self.rows {
            for command in row.error.fix.matches(of: change) {
                count += 1
                #expect(command.output.contains(object), "\(row.error.id): \(command.output)")
            }
        }
        #expect(count > 8)
    }

    @Test func `a fix that grants access in words states the decision, or is checked by setup`() {
        // Grants a permission, widens a policy, or adds a credential.
        let grants =
            /[Gg]rant |[Aa]llow (?:the action|sts:)|[Nn]arrow |role assignment create|Add the role's ARN/
        for row in Self.rows where row.error.fix.contains(grants) {
            let fix = row.error.fix
            let decisions = ["Decide ", "decide ", "dministrator", "is meant to", "may make the call"]
            let isDecided = decisions.contains { fix.contains($0) }
            #expect(isDecided || fix.contains("`cambist setup apply"), "\(row.error.id): \(fix)")
        }
    }

    /// The causes of checks whose fix names no command, with the reason.
    private static let checks: [KnownError.Row.CommandAbsence: Set<String>] = [
        .noChange: ["settling", "token-cached", "token-expired", "token-fetch-failed", "verification-key"],
        .otherOwner: [
            "algorithm-unsupported", "claim-missing", "issuer-keys-too-many", "issuer-not-url", "issuer-slow",
            "issuer-unreadable", "key-unknown", "role-not-in-token",
        ],
        // Another client, a pod's manifest, or the process that starts cambist.
        .otherProgram: [
            "credentials-shadowed", "federated-token", "federated-token-missing", "session-shorter",
            "token-format",
            "user-token",
        ],
        .document: ["partition-mismatch", "role-deleted", "role-path"],
        .portal: ["audience-guid"],
    ]

    /// The beginnings and parts of fixes that state why there is no command, or name another cause's command.
    private static let statements = [
        "cambist proposes no command", "Change nothing in the clouds yet", "also applies to this cause",
        "also apply to this cause", "If so, add the condition",
    ]

    @Test(arguments: Pitfall.table)
    func `a cause without a command has a reason`(pitfall: Pitfall) {
        guard let evidence = pitfall.evidence else { return }
        let absent = Self.checks.values.reduce(Set()) { $0.union($1) }
        let known = Set(Self.rows.filter { $0.commandAbsence != nil }.map(\.error.id))
        for cause in Explanation(evidence).causes {
            let fix = cause.fix
            // The fixtures' failures with cambist's own codes have the fix "Look."
            let hasReason = absent.contains(cause.id) || known.contains(cause.id) || fix == "Look."
            let isStated = Self.statements.contains { fix.contains($0) }
            let hasCommand = !cause.commands.isEmpty || fix.contains("`")
            #expect(hasCommand || hasReason || isStated, "\(cause.id): \(fix)")
        }
    }
}
