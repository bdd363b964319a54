import Federation
import FoundationEssentials
import TrustPolicy

extension Check {
    /// Explains why the token source did not return a token.
    static let tokenSource = Check(
        .source,
        firstOf: [
            CheckRow(.stops) { context in
                guard let (failure, source) = context.sourceFailure else { return [] }
                let readsText = source == .file || source == .command
                let isFormat =
                    failure.code == "token-format" || readsText && failure.code == "not-a-token-endpoint"
                guard isFormat else { return [] }
                let (summary, evidence) = context.formatDefect
                return [Cause("token-format", summary, evidence: evidence, fix: Fix(failure.fix))]
            },
            CheckRow(
                CertificateDate.failureCode,
                .blocks(if: { !$0.isCertificateValidElsewhere }),
                cause: "According to this host's clock, the certificate of the token source is not valid.",
                evidence: { context in
                    context.tokenFailure?.code == CertificateDate.failureCode
                        ? context.sourceEvidence : nil
                },
                fix: { .certificate(in: $0) },
                possibleCauses: { .certificate(in: $0) }
            ),
            CheckRow(
                "audience-scope",
                cause: "The audience is a scope: a scope name follows the application's identifier URI.",
                evidence: { context in
                    guard context.isAudienceUnknown, let scope = context.audienceScope else { return nil }
                    return "\(context.sourceClause); \(scope.name) follows \(scope.uri)"
                },
                fix: { context in
                    let scope = context.audienceScope
                    return Fix(
                        "Remove \(scope?.name ?? "it"): set the mapping's audience to "
                            + "\(scope?.uri ?? "the URI") (`cambist config edit`). Tokens are requested for "
                            + "the URI, which becomes their aud."
                    )
                }
            ),
            CheckRow(
                "service-principal-missing",
                cause: "The tenant has the audience's application, but no service principal for it.",
                evidence: { context in
                    context.unknownAudience?.applicationID.map {
                        "\(context.sourceClause); the application is \($0)"
                    }
                },
                fix: { context in
                    Fix(
                        context.offeringSetup(or: "Create the service principal:"),
                        commands: context.unknownAudience?.applicationID
                            .map { ["az ad sp create --id \($0)" as ShellCommand] } ?? []
                    )
                }
            ),
            CheckRow { context in
                guard let similar = context.unknownAudience?.similarAudience else { return [] }
                let requested = context.request.audience ?? ""
                let difference = NearMiss(betweenRequired: requested, found: similar)
                let (id, summary) =
                    switch difference {
                    case .trailingSlash:
                        (
                            "audience-slash",
                            "The audience differs from the application's URI only in the trailing slash."
                        )
                    case .letterCase:
                        (
                            "audience-case",
                            "The audience differs from the application's URI only in letter case."
                        )
                    default:
                        (
                            "audience-misspelled",
                            "No application has the audience as its URI, but an application has a similar URI."
                        )
                    }
                return [
                    Cause(
                        id,
                        summary,
                        evidence:
                            "\(context.sourceClause); the mapping requests \(requested), the tenant has \(similar)",
                        fix: Fix(
                            "Did you mean \(similar)? Set the mapping's audience to this URI with `cambist config edit`."
                                + (id == "audience-misspelled" ? context.applicationCreation : "")
                        )
                    )
                ]
            },
            CheckRow(
                "audience-unknown",
                cause: "The tenant has no service principal for the audience.",
                evidence: { context in
                    guard context.hiddenRefusal?.resourceExists == false,
                        context.unsettledDirectoryChange == nil
                    else { return nil }
                    return context.sourceEvidence
                },
                fix: { $0.missingPrincipal }
            ),
            CheckRow(
                "member-type-user",
                cause: "The app role is for users only, so it cannot be assigned to the identity.",
                evidence: { context in
                    guard let role = context.evidence.assignment?.appRole, !role.memberTypes.isEmpty,
                        !role.memberTypes.contains("Application"), context.isRefusedForAssignment
                    else { return nil }
                    return
                        "\(context.sourceClause); allowedMemberTypes is \(role.memberTypes.joined(separator: ", "))"
                },
                fix: { .memberType(in: $0) }
            ),
            CheckRow(
                "role-unassigned",
                cause: "The application requires an app role assignment, and the identity has none.",
                evidence: { context in
                    guard let facts = context.hiddenRefusal, facts.isRequired, facts.assigned == nil else {
                        return nil
                    }
                    return context.sourceEvidence
                },
                fix: { $0.assignment }
            ),
            CheckRow(
                "token-fetch-failed",
                cause: "App Service could not get the token, and the directory shows no reason.",
                evidence: { $0.hiddenRefusal == nil ? nil : $0.sourceEvidence },
                fix: { _ in
                    "Retry; if the error persists, find the correlation ID in Entra's managed identity sign-ins."
                }
            ),
            CheckRow(
                "assignment-settling",
                cause:
                    "The identity is assigned to the app role, but the assignment has not replicated in Entra yet.",
                evidence: { context in
                    guard context.knownSourceError?.error.id == "role-unassigned",
                        let assigned = context.evidence.assignment?.assigned,
                        context.now.since(assigned) < context.bound(.directory)
                    else { return nil }
                    return
                        "\(context.sourceClause); assigned at \(assigned.text), according to the directory"
                },
                fix: { $0.directoryWait(after: $0.evidence.assignment?.assigned ?? $0.now) }
            ),
            CheckRow(
                "settling",
                cause: "The setup was changed recently, and not all changes have replicated in Entra yet.",
                evidence: { context in
                    guard let change = context.unsettledDirectoryChange else { return nil }
                    return "\(context.sourceClause); \(change.text)"
                },
                fix: { $0.directoryWait(after: $0.evidence.lastChange?.at ?? $0.now) },
                possibleCauses: { context in context.knownSourceError?.possibleCauses(context) }
            ),
            CheckRow(
                "identity-endpoint-disabled",
                cause: "WEBSITE_DISABLE_MSI disables the app's token endpoint.",
                evidence: { context in
                    guard context.lacksIdentityEndpoint, context.evidence.host?.disablesIdentity == true
                    else {
                        return nil
                    }
                    return "\(context.sourceClause); WEBSITE_DISABLE_MSI is set"
                },
                fix: { _ in
                    "The setting WEBSITE_DISABLE_MSI prevents the app from requesting tokens. Decide whether the app may request tokens. If so, remove the setting (`az webapp config appsettings delete --name APP --resource-group GROUP --setting-names WEBSITE_DISABLE_MSI`), then restart the app."
                }
            ),
            CheckRow(
                "identity-endpoint-missing",
                cause: "IDENTITY_ENDPOINT is not set; App Service sets it in every app that has an identity.",
                evidence: { context in
                    context.lacksIdentityEndpoint
                        ? "\(context.sourceClause); IDENTITY_ENDPOINT is not set" : nil
                },
                fix: { context in
                    if context.evidence.host?.appName != nil, let attachment = context.attachmentToApp {
                        return attachment
                    }
                    return context.evidence.host?.place == .containerApp
                        ? Fix(
                            "Assign the identity (`az containerapp identity assign`), then restart the revision (`az "
                                + "containerapp revision restart`)."
                        )
                        : Fix(
                            "Assign the identity (`az webapp identity assign`), then restart the app (`az webapp "
                                + "restart`)."
                        )
                },
                possibleCauses: { context in
                    let isContainer = context.evidence.host?.place == .containerApp
                    let name = context.evidence.host?.appName
                    return PossibleCauses(
                        [
                            "the app has no identity", "the identity was added after the app started",
                            isContainer
                                ? "the identity's lifecycle is None or Init"
                                : "the process does not inherit the variables",
                        ],
                        toFindOut: isContainer
                            ? "Run `az containerapp "
                                + (name.map { "list --query \"[?name=='\($0)']." } ?? "show --query \"")
                                + "[identity, properties.configuration.identitySettings]\"`."
                            : (name.map { "`az webapp list --query \"[?name=='\($0)'].identity\"`" }
                                ?? "`az webapp identity show`")
                                + " lists the app's identities; compare the time of the assignment with the start of the app."
                    )
                }
            ),
            CheckRow(
                "federated-token-missing",
                cause: "The pod has no federated token: the workload identity webhook did not inject one.",
                evidence: { context in
                    guard context.lacksFederatedToken, let host = context.evidence.host else { return nil }
                    let state = host.hasFederatedToken ? "is set, but the file is not usable" : "is not set"
                    return "\(context.sourceClause); AZURE_FEDERATED_TOKEN_FILE \(state)"
                },
                fix: { context in
                    let client = context.evidence.identity?.clientID.map { ": \"\($0)\"" } ?? ""
                    return Fix(
                        "Label the pod azure.workload.identity/use: \"true\", annotate its service account with "
                            + "azure.workload.identity/client-id\(client), then recreate the pod."
                    )
                },
                possibleCauses: { context in
                    let pod = context.evidence.host?.podName.map(ShellWord.posix) ?? "\"$HOSTNAME\""
                    return PossibleCauses(
                        [
                            "the pod lacks the label", "the pod's service account lacks the annotation",
                            "the webhook is down",
                        ],
                        toFindOut:
                            "`kubectl get pod \(pod) -o yaml` shows the label, the service account, and the volume; "
                            + "`kubectl get mutatingwebhookconfigurations` shows the webhook."
                    )
                }
            ),
            CheckRow(
                "clock-offset",
                cause:
                    "The federated token is valid by this host's clock but has expired by Entra's clock.",
                evidence: { context in
                    guard context.isAssertionDisputed, let expiry = context.evidence.assertion?.expiry else {
                        return nil
                    }
                    let clocks = context.clocks.summary.map { "; \($0.trimmingSuffix("."))" } ?? ""
                    return
                        "\(context.sourceClause); the token in the file expires at \(expiry.text), the current time is "
                        + context.now.text + clocks
                },
                fix: { context in
                    context.clocks.verdict == .agreement
                        ? Fix(
                            "Find out which clock is wrong: `cambist doctor` compares Entra's and AWS's clocks with this "
                                + "host's clock."
                        )
                        : Fix(context.clocks)
                }
            ),
            CheckRow { context in
                context.knownSourceError.map { [$0.cause(evidence: context.sourceEvidence, in: context)] }
                    ?? []
            },
            CheckRow { context in
                guard let (failure, _) = context.sourceFailure else { return [] }
                if let cause = context.unlistedEntraError { return [cause] }
                let id = failure.isOwnCode ? failure.code : "source-refused"
                let summary =
                    failure.isOwnCode
                    ? ownSourceErrors[failure.code, default: "The token source could not be used."]
                    : "The token source refused the request for a reason that cambist does not know."
                return [Cause(id, summary, evidence: context.sourceEvidence, fix: Fix(failure.fix))]
            },
        ]
    )

    private static let ownSourceErrors = [
        "source-unavailable": "A setting or endpoint that the token source requires is missing on this host.",
        "not-a-token-endpoint": "A server other than the token source responded, possibly a proxy.",
        "unreachable": "The token source is unreachable.",
        "timed-out": "The token source did not respond in time.",
        "canceled": "The request for the token was canceled.",
        "arc-key-unreadable": "The key file of the Azure Arc agent is not readable.",
    ]
}

extension DiagnosisContext {
    fileprivate var sourceFailure: (failure: Failure, source: TokenSourceKind)? {
        if case .failed(let failure, let source) = evidence.token { (failure, source) } else { nil }
    }

    fileprivate var sourceEvidence: String {
        sourceFailure?.failure.message ?? ""
    }

    fileprivate var sourceClause: String { sourceEvidence.trimmingSuffix(".") }

    /// The summary and the evidence for text that is not a JWT.
    ///
    /// Both are in the failure's message from the step *claims*, separated by a colon.
    fileprivate var formatDefect: (summary: String, evidence: String) {
        guard let separator = sourceEvidence.firstRange(of: ": The token") else {
            return ("The token source did not return a signed JWT.", sourceEvidence)
        }
        let evidence = sourceEvidence[sourceEvidence.index(separator.lowerBound, offsetBy: 2)...]
        return (sourceEvidence[..<separator.lowerBound] + ".", String(evidence))
    }

    /// The cause for an Entra error code that is not in the table.
    fileprivate var unlistedEntraError: Cause? {
        guard let failure = sourceFailure?.failure,
            let number = AADSTSCode(in: failure.code) ?? AADSTSCode(in: failure.message)
        else { return nil }
        return Cause(
            "entra-refused",
            "Entra refused to issue a token: cambist does not know the code AADSTS\(number.value).",
            evidence: sourceEvidence,
            fix: Fix("Microsoft documents the code: \(cloud.authority)error?code=\(number.value)")
        )
    }

    fileprivate var knownSourceError: KnownError.Row? {
        sourceFailure.flatMap { KnownError.row($0.source, failure: $0.failure) }
    }

    /// The directory's facts, if App Service hides the reason for Entra's refusal.
    fileprivate var hiddenRefusal: AssignmentFacts? {
        guard let failure = sourceFailure?.failure, failure.kind == .refused,
            knownSourceError?.error.id == "token-fetch-failed"
        else { return nil }
        return evidence.assignment
    }

    /// The directory's facts, if the directory has no service principal for the audience.
    ///
    /// `nil` if a recent change explains the missing service principal.
    fileprivate var unknownAudience: AssignmentFacts? {
        guard let facts = evidence.assignment, !facts.resourceExists, isAudienceUnknown,
            unsettledDirectoryChange == nil
        else { return nil }
        return facts
    }

    /// Whether the source or the directory reports that the tenant has no service principal for the audience.
    fileprivate var isAudienceUnknown: Bool {
        knownSourceError?.error.id == "audience-unknown" || hiddenRefusal?.resourceExists == false
    }

    /// The scope at the end of the mapping's audience, if any.
    fileprivate var audienceScope: AudienceScope? {
        request.audience.flatMap { audience in
            let uri = unknownAudience?.similarAudience
            return uri.flatMap { AudienceScope(of: audience, uri: $0) }
                ?? AudienceScope(of: audience, tenantID: evidence.identity?.tenantID)
        }
    }

    /// Whether Entra refuses the federated token as expired although this host's clock shows the token as valid.
    var isAssertionDisputed: Bool {
        guard knownSourceError?.error.id == "assertion-expired", let expiry = evidence.assertion?.expiry
        else {
            return false
        }
        return expiry > now
    }

    /// Whether Entra refused the token because, according to the directory, the identity has no assignment.
    fileprivate var isRefusedForAssignment: Bool {
        guard evidence.assignment?.assigned == nil else { return false }
        return hiddenRefusal?.isRequired == true || knownSourceError?.error.id == "role-unassigned"
    }

    /// cambist's last change of the setup, if the change explains Entra's error.
    fileprivate var unsettledDirectoryChange: SetupChange? {
        let facts = evidence.assignment
        let id = knownSourceError?.error.id
        // A replica of the directory may not yet show objects that `cambist setup` has just created.
        let isMade = !evidence.changedKinds.isDisjoint(with: [.application, .servicePrincipal])
        let isAssigned = evidence.changedKinds.contains(.assignment)
        guard let change = evidence.lastChange,
            abs(now.timeIntervalSince(change.at)) < bound(.directory).seconds,
            isAudienceUnknown && (facts?.resourceExists != false || isMade)
                || id == "role-unassigned" && (facts == nil || isAssigned)
        else { return nil }
        return change
    }

    fileprivate func directoryWait(after change: Date) -> Fix {
        let end = change + bound(.directory).seconds
        return Fix(
            "Wait: replication usually takes seconds to a few minutes and should end by \(end.text). \(waitCommand)"
        )
    }

    private var isSourceAbsent: Bool {
        ["source-unavailable", "unreachable", "timed-out", "not-a-token-endpoint"].contains(
            sourceFailure?.failure.code
        )
    }

    /// Whether an app lacks the variable that names its token endpoint.
    fileprivate var lacksIdentityEndpoint: Bool {
        guard isSourceAbsent, let host = evidence.host, !host.hasIdentityEndpoint else { return false }
        switch sourceFailure?.source {
        case .appService: return true
        case .imds: return host.place == .appService || host.place == .containerApp
        default: return false
        }
    }

    fileprivate var lacksFederatedToken: Bool {
        guard isSourceAbsent, let host = evidence.host, host.place == .pod else { return false }
        switch sourceFailure?.source {
        case .workloadIdentity: return sourceFailure?.failure.code == "source-unavailable"
        case .imds: return !host.hasFederatedToken
        default: return false
        }
    }
}
