extension Check {
    /// Why the source gave no token.
    static let tokenSource = Check(.source) { examination in
        guard case .failed(let failure, let source) = examination.evidence.token else { return [] }
        let evidence = "\(source.rawValue): \(failure.code): \(failure.message)"
        let isText = source == .file || source == .command
        if failure.code == "token-format" || isText && failure.code == "not-a-token-endpoint" {
            return [.tokenForm(evidence)]
        }
        if let cause = examination.causeBehind(failure, source: source, evidence: evidence) {
            return [.blocking(cause)]
        }
        guard
            let known = source.side.flatMap({
                KnownError.find($0, code: failure.code, message: failure.message)
            })
        else {
            let cause = Cause(
                failure.isOfOurs ? failure.code : "source-refused",
                failure.kind.summary,
                evidence: evidence,
                fix: failure.fix
            )
            return [.blocking(cause)]
        }
        let fix = examination.command(for: known) ?? known.fix
        let cause = Cause(known.id, known.summary, evidence: evidence, fix: fix)
        return [.blocking(cause, question: OpenQuestion(about: known))]
    }

    /// A token that is no signed JWT.
    static let tokenForm = Check(.token) { examination in
        if case .malformed(let error) = examination.evidence.token { return [.tokenForm(error)] }
        let supported = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"]
        guard let algorithm = examination.claims?.algorithm, !["none", "RS256"].contains(algorithm) else {
            return []
        }
        if supported.contains(algorithm) {
            let cause = Cause(
                "algorithm-unusual",
                "Entra signs with RS256, and this token is signed otherwise.",
                evidence: "alg is \(algorithm)",
                fix: "Check that the source gives an Entra access token."
            )
            return [.notable(cause)]
        }
        return [
            .blocking(
                Cause(
                    "algorithm-unsupported",
                    "STS verifies no signatures of this algorithm.",
                    evidence: "alg is \(algorithm)",
                    fix: "Have the issuer sign with RS256, as Entra does."
                )
            )
        ]
    }
}

extension Examination {
    /// What the directory shows to be behind a refusal that the source does not explain.
    fileprivate func causeBehind(_ failure: Failure, source: TokenSourceKind, evidence: String) -> Cause? {
        guard let facts = self.evidence.assignment, source == .appService, failure.kind == .refused else {
            return nil
        }
        if !facts.resourceExists {
            return Cause(
                "audience-unknown",
                "No service principal of the tenant carries the audience.",
                evidence: evidence,
                fix: "Create it: az ad sp create --id APP_ID; or correct the audience in the configuration."
            )
        }
        guard facts.isRequired, facts.assigned == nil else { return nil }
        return Cause(
            "role-unassigned",
            "The application demands an app-role assignment, and the identity has none.",
            evidence: evidence,
            fix: assignment
        )
    }

    /// The command that puts a known error right, where the facts for it are at hand.
    fileprivate func command(for known: KnownError) -> String? {
        switch known.id {
        case "role-unassigned": assignment
        case "identity-not-found":
            evidence.identity?.resourceID.map {
                "\(known.fix) Its resource id is \($0)."
            }
        default: nil
        }
    }

    /// How to assign the app role to the identity.
    var assignment: String {
        let audience = ShellWord.posix(request.audience ?? "AUDIENCE")
        let principal = claims?.objectID ?? evidence.identity?.principalID ?? "PRINCIPAL_ID"
        let role = request.appRole ?? "APP_ROLE"
        return """
            Assign the app role to the identity's service principal itself:
            SP=$(az ad sp show --id \(audience) --query id -o tsv)
            ROLE=$(az ad sp show --id \(audience) --query "appRoles[?value=='\(role)'].id" -o tsv)
            az rest -m POST -u "https://graph.microsoft.com/v1.0/servicePrincipals/$SP/appRoleAssignedTo" \
            -b "{\\"principalId\\":\\"\(principal)\\",\\"resourceId\\":\\"$SP\\",\\"appRoleId\\":\\"$ROLE\\"}"
            """
    }
}

extension Finding {
    /// What is no signed JWT.
    static func tokenForm(_ error: TokenFormatError) -> Finding {
        tokenForm(error.description)
    }

    fileprivate static func tokenForm(_ evidence: String) -> Finding {
        .blocking(
            Cause(
                "token-format",
                "What the source gave is no signed JWT.",
                evidence: evidence,
                fix: "Send the compact JWS as it came: three parts, no quotes, no line break."
            )
        )
        .stopping
    }
}

extension OpenQuestion {
    /// What an error that hides its reason may stand for.
    fileprivate init?(about known: KnownError) {
        switch known.id {
        case "token-fetch-failed":
            self.init(
                causes: [
                    "no service principal carries the audience",
                    "the identity is not assigned to the app role",
                    "a passing fault",
                ],
                tell:
                    "Read the audience's service principal and its appRoleAssignedTo in Graph; else find the "
                    + "correlation id in Entra's managed identity sign-ins."
            )
        case "identity-not-found":
            self.init(
                causes: [
                    "the identity is not attached here", "it was attached a moment ago",
                    "the selector is wrong",
                ],
                tell: "Ask without a selector, and list the host's identities in Azure Resource Manager."
            )
        case "metadata-updating":
            self.init(
                causes: ["the metadata service is being updated", "the identity does not exist"],
                tell: "Ask again after 70 seconds: only an update ends by itself."
            )
        default:
            return nil
        }
    }
}

extension Failure {
    /// Whether the code is a word of ours and not the other side's.
    var isOfOurs: Bool {
        !code.isEmpty && code.allSatisfy { $0.isLowercase || $0 == "-" }
    }
}

extension Failure.Kind {
    fileprivate var summary: String {
        switch self {
        case .refused: "The token source said no, for a reason that cambist does not know."
        case .unreachable: "No token source answered here."
        case .tryAgain: "The token source was too busy or too slow."
        }
    }
}
