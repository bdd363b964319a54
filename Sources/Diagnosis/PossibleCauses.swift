import Federation

/// What an error of a token source leaves open, with what would tell.
struct PossibleCauses {
    let known: KnownError
    let source: TokenSourceKind
    let examination: DiagnosisContext

    var question: OpenQuestion? {
        switch known.id {
        case "metadata-unreachable": .machine
        case "identity-not-found": identity
        case "metadata-updating":
            OpenQuestion(
                causes: ["the metadata service is being updated", "the identity does not exist"],
                tell: "Ask again after 70 seconds: only an update ends by itself."
            )
        case "token-fetch-failed": .hidden
        case "entra-unavailable" where source == .imds:
            OpenQuestion(
                causes: ["a passing fault", "a refusal of Entra's that the metadata service hides"],
                tell: "Try again; if it stays, look in Entra's managed identity sign-ins."
            )
        case "audience-unknown": audience
        case "role-unassigned": assignment
        case "federated-credential-mismatch": .credential
        case "assertion-expired": examination.evidence.assertion == nil ? .proof : nil
        default: nil
        }
    }

    private var identity: OpenQuestion {
        if source == .appService {
            return OpenQuestion(
                causes: [
                    "the identity is not attached to the app",
                    "the app has no identity of its own, and none was named",
                    "the selector is wrong", "the app was not restarted since",
                ],
                tell:
                    "az webapp identity show lists the app's identities; compare with client_id in the configuration."
            )
        }
        return OpenQuestion(
            causes: [
                "the identity is not attached here", "it was attached a moment ago", "the selector is wrong",
            ],
            tell: "Ask without a selector, and list the host's identities in Azure Resource Manager."
        )
    }

    /// Nothing is open where the directory has no assignment at all.
    private var assignment: OpenQuestion? {
        let facts = examination.evidence.assignment
        if let facts, facts.assigned == nil { return nil }
        let elsewhere = [
            "the assignment is on another service principal", "it is to a group that the identity is in",
        ]
        return OpenQuestion(
            causes: facts == nil
                ? ["the identity has no assignment"] + elsewhere + ["it was made a moment ago"] : elsewhere,
            tell:
                "List appRoleAssignedTo of the audience's service principal and look for the identity's object id."
        )
    }

    private var audience: OpenQuestion? {
        guard examination.evidence.assignment?.resourceExists != false else { return nil }
        let audience = examination.request.audience ?? "AUDIENCE"
        return OpenQuestion(
            causes: [
                "the application has no service principal",
                "its identifier URI is written otherwise, or ends in a slash",
                "it is in another tenant",
            ],
            tell: "az ad sp list --filter "
                + ShellWord.posix("servicePrincipalNames/any(n:n eq '\(audience)')")
                + " --query '[].appDisplayName'"
        )
    }
}

extension OpenQuestion {
    fileprivate static let machine = OpenQuestion(
        causes: [
            "this is no machine in Azure", "something blocks 169.254.169.254",
            "the metadata service is too slow",
        ],
        tell:
            "On an Azure machine `curl --noproxy '*' http://169.254.169.254/metadata/identity/oauth2/token` gets "
            + "HTTP 400; `cambist doctor` lists the sources that this host has."
    )

    fileprivate static let hidden = OpenQuestion(
        causes: [
            "no service principal carries the audience", "the identity is not assigned to the app role",
            "a passing fault",
        ],
        tell:
            "Read the audience's service principal and its appRoleAssignedTo in Graph (setup.graph_identity lets "
            + "cambist do so); else find the correlation id in Entra's managed identity sign-ins."
    )

    fileprivate static let credential = OpenQuestion(
        causes: ["the federated credential is for something else", "it was made some minutes ago"],
        tell:
            "az identity federated-credential list: issuer, subject and audience must be the token's, letter by letter; "
            + "if they are, wait five minutes."
    )

    fileprivate static let proof = OpenQuestion(
        causes: ["the federated token is an old one", "this host's clock is off"],
        tell:
            "Compare the exp of the federated token with the time; `cambist doctor` shows Entra's clock against this "
            + "host's."
    )
}
