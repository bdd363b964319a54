import Federation
import Foundation

/// Why a token source gave no token: what the directory and the host tell, what its words mean, what they leave open.
struct TokenSourceDiagnosis {
    let failure: Failure
    let source: TokenSourceKind
    /// What was seen.
    let evidence: String
    let examination: DiagnosisContext

    var cause: Cause {
        if let cause = hidden ?? unsettledAssignment ?? unsettledSetup ?? hostCause ?? clockCause {
            return cause
        }
        guard let known = KnownError.find(source, failure: failure) else { return unknown }
        let question = PossibleCauses(known: known, source: source, examination: examination).question
        return Cause(known.id, known.summary, evidence: evidence + proof(known), fix: fix(known))
            .leavingOpen(question)
    }

    private var unknown: Cause {
        let (id, summary) = Self.title(of: failure)
        return Cause(id, summary, evidence: evidence, fix: failure.fix)
    }

    private static func title(of failure: Failure) -> (id: String, summary: String) {
        guard failure.isOfOurs else {
            return ("source-refused", "The token source said no, for a reason that cambist does not know.")
        }
        let summary =
            switch failure.code {
            case "source-unavailable": "This host, or the configuration, lacks what the token source needs."
            case "not-a-token-endpoint":
                "Something answered that is not the token source: a proxy, or another server."
            case "unreachable": "Nothing answered at the token source's address."
            case "timed-out": "The token source gave no answer in time."
            case "cancelled": "Whoever asked for the token went away."
            default: "The token source could not be used."
            }
        return (failure.code, summary)
    }

    /// What the directory shows to be behind a refusal that App Service does not explain.
    private var hidden: Cause? {
        guard let facts = examination.evidence.assignment, failure.kind == .refused,
            KnownError.find(source, failure: failure)?.id == "token-fetch-failed"
        else { return nil }
        if !facts.resourceExists {
            return Cause(
                "audience-unknown",
                "No service principal of the tenant carries the audience.",
                evidence: evidence,
                fix: "Create it: az ad sp create --id APP_ID; or correct the audience in the configuration."
            )
        }
        if facts.isRequired, facts.assigned == nil {
            return Cause(
                "role-unassigned",
                "The application demands an app-role assignment, and the identity has none.",
                evidence: evidence,
                fix: examination.assignment
            )
        }
        return Cause(
            "token-fetch-failed",
            "App Service could not get the token, and the directory shows nothing against it.",
            evidence: evidence,
            fix: "Try again; if it stays, find the correlation id in Entra's managed identity sign-ins."
        )
    }

    /// The federated token is good by this host's clock, and Entra takes it for outside its time.
    private var clockCause: Cause? {
        guard KnownError.find(source, failure: failure)?.id == "assertion-expired",
            let expiry = examination.evidence.assertion?.expiry, expiry > examination.now
        else { return nil }
        return Cause(
            "clock-offset",
            "This host's clock is off: the federated token is good by it, and not by Entra's.",
            evidence:
                "\(evidence); the token in the file ends \(expiry.text), now is \(examination.now.text)",
            fix:
                "Correct it: timedatectl set-ntp true; `cambist doctor` shows Entra's clock against this host's."
        )
    }

    private func fix(_ known: KnownError) -> String {
        switch known.id {
        case "role-unassigned": return examination.assignment
        case "identity-not-found":
            guard let id = examination.evidence.identity?.resourceID else { return known.fix }
            return "\(known.fix) Its resource id is \(id)."
        case "federated-credential-mismatch":
            return examination.evidence.assertion.map { "\(known.fix)\n\(Self.credential(for: $0))" }
                ?? known.fix
        default: return known.fix
        }
    }

    /// What a federated token says, which Entra compares or whose time it looks at.
    private func proof(_ known: KnownError) -> String {
        guard let claims = examination.evidence.assertion else { return "" }
        switch known.id {
        case "federated-credential-mismatch":
            return
                "; the federated token has iss \(claims.issuer ?? "none"), sub \(claims.subject ?? "none"), "
                + "aud \(claims.audiences.joined(separator: ", "))"
        case "assertion-expired":
            return claims.expiry.map { "; the token in the file ended \($0.text)" } ?? ""
        default: return ""
        }
    }

    /// The command that has an identity trust a federated token.
    private static func credential(for claims: Claims) -> String {
        "az identity federated-credential create --name cambist --identity-name NAME --resource-group GROUP --issuer "
            + "\(ShellWord.posix(claims.issuer ?? "ISSUER")) --subject \(ShellWord.posix(claims.subject ?? "SUBJECT")) "
            + "--audiences \(ShellWord.posix(claims.audiences.first ?? "api://AzureADTokenExchange"))"
    }
}
