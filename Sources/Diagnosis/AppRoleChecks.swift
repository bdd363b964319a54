import Federation
import Foundation

extension Check {
    /// Whether the app role is in the token, and whose cache it may be that keeps it out.
    ///
    /// AWS never reads `roles`, so nothing here stands in the way.
    static let appRole = Check(.token) { examination in
        guard let claims = examination.claims, let role = examination.request.appRole else { return [] }
        let facts = examination.evidence.assignment
        var findings: [Finding] = []
        if claims.roles.contains(role) {
            if let facts, facts.assigned == nil {
                findings.append(.notable(.roleStillCached(role, claims: claims)))
            }
        } else {
            findings.append(examination.missingRole(role, claims: claims))
        }
        if facts?.isRequired == false {
            findings.append(
                .notable(
                    Cause(
                        "assignment-not-required",
                        "Any identity of the tenant can get a token for the audience, without the app role.",
                        evidence: "appRoleAssignmentRequired is false",
                        fix: "Set it before the first token is asked for: az ad sp update --id "
                            + "$(az ad sp show --id \(ShellWord.posix(examination.request.audience ?? "AUDIENCE")) --query id "
                            + "-o tsv) --set appRoleAssignmentRequired=true"
                    )
                )
            )
        }
        return findings
    }
}

extension Check {
    /// Why the directory does not tell of the app role.
    static let directory = Check(.source) { examination in
        guard let problem = examination.evidence.directoryProblem else { return [] }
        let known = KnownError.find(.graph, code: problem.code, message: problem.message)
        return [
            .notable(
                Cause(
                    known?.id ?? "directory-unread",
                    known?.summary
                        ?? "The directory was not read, so what it has of the app role is not known.",
                    evidence: "\(problem.code): \(problem.message)",
                    fix: known?.fix ?? problem.fix
                )
            )
        ]
    }
}

extension DiagnosisContext {
    /// Entra dates `iat` five minutes before the token is made.
    private static let backdating = Duration.seconds(300)
    /// How long the directory needs until new tokens show a change.
    private static let replication = Duration.seconds(300)

    fileprivate func missingRole(_ role: String, claims: Claims) -> Finding {
        let seen = claims.payload["roles"].map { "roles is \($0.compactText)" } ?? "the token has no roles"
        guard let facts = evidence.assignment else { return unsettledRole(role, claims: claims, seen: seen) }
        guard let assigned = facts.assigned else {
            return .notable(
                Cause(
                    "role-unassigned",
                    "The identity is not assigned to the app role \(role).",
                    evidence: "\(seen), and the directory has no assignment",
                    fix: assignment
                )
            )
        }
        if let issued = claims.issuedAt,
            (issued + Self.backdating.seconds) < assigned + Self.replication.seconds
        {
            return .notable(
                Cause(
                    "token-cached",
                    "The host serves a token from before the assignment, and nobody can force a new one.",
                    evidence:
                        "\(seen); made \((issued + Self.backdating.seconds).text), assigned \(assigned.text)",
                    fix:
                        "Wait: a new token comes at the latest \(claims.expiry?.text ?? "when this one ends")."
                )
            )
        }
        return missingInNewToken(role, claims: claims, evidence: "\(seen); assigned \(assigned.text)")
    }

    private func missingInNewToken(_ role: String, claims: Claims, evidence: String) -> Finding {
        .notable(
            Cause(
                "role-not-in-new-token",
                "The token is newer than the assignment and still lacks the app role \(role).",
                evidence: evidence,
                fix: assignment
            )
            .leavingOpen(
                OpenQuestion(
                    causes: [
                        "the assignment is to another service principal", "it is to a group",
                        "it is the default role without a value",
                    ],
                    tell: "List appRoleAssignedTo of the audience's service principal: principalId must be "
                        + "\(claims.objectID ?? "the identity's object id"), and appRoleId the role's."
                )
            )
        )
    }

    private func unsettledRole(_ role: String, claims: Claims, seen: String) -> Finding {
        let isRepeated = if case .claims(_, seenBefore: true) = evidence.token { true } else { false }
        let issued = claims.issuedAt.map { "; issued \($0.text)" } ?? ""
        return .notable(
            Cause(
                "app-role-missing",
                "The token lacks the app role \(role); AWS does not ask for it, and Entra's gate is open.",
                evidence: seen + issued + (isRepeated ? ", and the same token as before" : ""),
                fix: "If the identity was assigned after that, wait: a new token comes at the latest "
                    + "\(claims.expiry?.text ?? "in 24 hours"). Else: \(assignment)"
            )
            .leavingOpen(
                OpenQuestion(
                    causes: [
                        "the token was cached before the assignment",
                        "the assignment is missing or to another principal",
                        "it is to a group", "it is the default role without a value",
                    ],
                    tell:
                        "Compare the assignment's createdDateTime in Graph with the token's iat plus five minutes."
                )
            )
        )
    }
}

extension Cause {
    fileprivate static func roleStillCached(_ role: String, claims: Claims) -> Cause {
        Cause(
            "role-still-cached",
            "The app role \(role) was taken away, and the token still shows it.",
            evidence: "roles has \(role), and the directory has no assignment",
            fix:
                "To shut the identity out at once, take its sub out of the trust policy and revoke the role's sessions "
                + "(in the console: IAM, Roles, the role, Revoke sessions); the token lasts until \(claims.expiry?.text ?? "its end")."
        )
    }
}
