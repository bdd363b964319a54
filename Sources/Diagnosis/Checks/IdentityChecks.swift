import Federation
import FoundationEssentials
import TrustPolicy

extension Check {
    /// Checks that the token is neither a user's token nor a federated token for Entra.
    static let callerKind = Check(
        .token,
        [
            CheckRow(
                "user-token",
                .blocks(if: { $0.verdict?.decision != .allow && !$0.isSubjectNamed }),
                cause:
                    "The token belongs to a user, not to a managed identity, so its sub is not an identity's object "
                    + "ID.",
                evidence: { $0.userEvidence },
                fix: { _ in
                    Fix(
                        "Request the token on a host that has the managed identity. Cloud Shell returns a user's "
                            + "token; so does the Azure CLI if a user is signed in."
                    )
                }
            ),
            CheckRow(
                "federated-token",
                .blocks(if: { $0.verdict?.decision != .allow && !$0.isSubjectNamed }),
                cause:
                    "The token is a federated token, which is meant for Entra and not for AWS.",
                evidence: { context in
                    guard context.isFederatedToken, let claims = context.claims else { return nil }
                    return
                        "iss is \(claims.issuer ?? "absent"), aud is \(claims.audiences.joined(separator: ", "))"
                },
                fix: { _ in
                    "Set `source: workload-identity`. cambist then reads the federated token from AZURE_FEDERATED_TOKEN_FILE or token_file and exchanges it at Entra for a token of the identity."
                }
            ),
        ]
    )

    /// Checks that the token belongs to the configured identity.
    static let callerIdentity = Check(
        .token,
        firstOf: [
            CheckRow(.stops) { context in
                guard let wrong = context.wrongID, let found = wrong.found,
                    let seen = context.identityDifferences
                else { return [] }
                return [
                    Cause(
                        "identity-mismatch",
                        "The configured \(wrong.key) is not the \(wrong.noun) of the identity with the configured "
                            + "\(wrong.companion).",
                        evidence: seen,
                        fix: Fix("Set \(wrong.key) to \(found) (`cambist config edit`).")
                    )
                ]
            },
            CheckRow(
                "identity-recreated",
                .stops,
                cause: "The identity was recreated under the same name, or its configured IDs are wrong.",
                evidence: { context in
                    guard let id = context.evidence.identity?.resourceID,
                        context.claims?.payload["xms_mirid"]?.string?.lowercased() == id.lowercased()
                    else { return nil }
                    return context.identityDifferences
                },
                fix: { .recreatedIdentity(in: $0) }
            ),
            CheckRow(
                "identity-mismatch",
                .stops,
                cause: "The token belongs to another identity, which AZURE_CLIENT_ID selects.",
                evidence: { context in
                    guard let selected = context.evidence.host?.clientID,
                        selected.lowercased() == context.claims?.clientID?.lowercased()
                    else { return nil }
                    return context.identityDifferences.map { "\($0); AZURE_CLIENT_ID is \(selected)" }
                },
                fix: { _ in
                    Fix(
                        "Set client_id for the identity (`cambist config edit`), and either unset AZURE_CLIENT_ID or "
                            + "set AZURE_CLIENT_ID to the same ID."
                    )
                }
            ),
            CheckRow(
                "identity-mismatch",
                .stops,
                cause: "The token belongs to an identity other than the configured one.",
                evidence: { $0.identityDifferences },
                fix: { _ in
                    "Set client_id for the identity (`cambist config edit`), and unset AZURE_CLIENT_ID if that variable names another identity."
                },
                possibleCauses: { context in
                    let identity = context.evidence.identity
                    let isUnselected =
                        identity?.clientID == nil && identity?.resourceID == nil
                        && identity?.isSystemAssigned != true
                    return PossibleCauses(
                        [
                            isUnselected
                                ? "the host chose its default identity because none was selected"
                                : "the host ignored the ID that selects the identity",
                            "AZURE_CLIENT_ID selects another identity", "the identity was recreated",
                        ],
                        toFindOut:
                            "Compare the token's IDs with the output of "
                            + (context.identityIDCommand.map { "`az identity show --ids \($0)`" }
                                ?? "`az identity list`")
                            + ", and with the variables that `cambist doctor` lists."
                    )
                }
            ),
        ]
    )

    /// Reports a version 2 token; the fix keeps or changes the token version.
    static let tokenVersion = Check(
        .token,
        [
            CheckRow(
                "v2-token",
                .stopsForVersion,
                cause:
                    "The token is a version 2.0 token. Its issuer differs from the issuer of version 1.0 tokens, and its "
                    + "aud is a GUID. AWS compares the azp of such a token, not the aud, with the provider's client IDs.",
                evidence: { context in
                    guard let claims = context.claims, claims.isVersionTwo, context.issuerKind.isEntra,
                        context.microsoftResource == nil
                    else { return nil }
                    // If the trust policy allows the version 2 token, a version 1 token would break the exchange.
                    if context.refusal != nil, context.verdict?.decision == .allow { return nil }
                    if case .succeeded = context.evidence.exchange { return nil }
                    return
                        "ver is \(claims.version ?? "absent"), iss is \(claims.issuer ?? "absent"), azp is "
                        + (claims.authorizedParty ?? "absent") + context.issuerCloudRemark
                },
                fix: { .version(in: $0) },
                possibleCauses: {
                    $0.cachedSetting("the application's api.requestedAccessTokenVersion is 2")
                }
            )
        ]
    )

    /// Checks that the token is for the requested audience.
    static let audience = Check(
        .token,
        firstOf: [
            CheckRow(
                "audience-microsoft",
                .blocksUnlessAllowed,
                cause: "The token is for a Microsoft application, not for your own.",
                evidence: { context in
                    let requested = context.request.audience
                    guard requested.flatMap(MicrosoftResource.init(audience:)) != nil || requested == nil
                    else {
                        return nil
                    }
                    return context.microsoftAudience
                },
                fix: { .applicationURI(in: $0) }
            ),
            CheckRow(
                "identity-as-audience",
                .stops,
                cause:
                    "The mapping's audience is the identity's own client ID, for which Entra issues no tokens.",
                evidence: { context in
                    guard context.claims?.audiences.first != nil, let requested = context.request.audience,
                        requested.lowercased() == context.evidence.identity?.clientID?.lowercased()
                    else { return nil }
                    return "audience is \(requested), the identity's client ID"
                },
                fix: { _ in
                    Fix(
                        "Set the mapping's audience to the identifier URI of an application (`cambist config edit`); "
                            + "`cambist setup apply MAPPING` then registers the application if it does not exist."
                    )
                }
            ),
            CheckRow(
                "audience-microsoft",
                .stops,
                cause: "The token is for a Microsoft application, not for your own.",
                evidence: { $0.otherAudience == nil ? nil : $0.microsoftAudience },
                fix: { .applicationURI(in: $0) }
            ),
            CheckRow(
                "audience-guid",
                .stops,
                cause: "The token contains the application's ID instead of the requested identifier URI.",
                evidence: { context in
                    guard let (found, requested) = context.otherAudience, found.isGUID, !requested.isGUID,
                        context.claims?.isVersionTwo == false, context.issuerKind.isEntra
                    else { return nil }
                    return "aud is \(found), the mapping requests \(requested)"
                },
                fix: { context in
                    context.adaptingCloud(
                        Fix(
                            "Remove use_guid from the application's optional claims (portal: Token configuration), or "
                                + "use the GUID as the mapping's audience, in the provider's client IDs, and in the "
                                + "trust policy."
                        )
                    )
                },
                possibleCauses: {
                    $0.cachedSetting("the application's optional claims include use_guid")
                }
            ),
            CheckRow(
                "audience-mismatch",
                .stops,
                cause: "The token's audience is not the mapping's.",
                evidence: { context in
                    guard let (found, requested) = context.otherAudience else { return nil }
                    // A version 2 token has a GUID as its aud; the version check reports this case.
                    if found.isGUID, !requested.isGUID, context.issuerKind.isEntra { return nil }
                    let nearMiss =
                        NearMiss(
                            betweenRequired: requested,
                            found: found,
                            ofClaim: "aud"
                        ).map { ": \($0)" } ?? ""
                    return "aud is \(found), the mapping requests \(requested)\(nearMiss)"
                },
                fix: { context in
                    context.adaptingCloud(
                        "Set the mapping's audience to the application's exact identifier URI (`cambist config edit`)."
                    )
                }
            ),
        ]
    )
}

/// A configured ID of the identity, and the ID in the token.
struct ConfiguredID: Hashable {
    /// The key in the configuration: `principal_id`.
    let key: String
    /// The name of the claim in messages: `oid`.
    let claim: String
    fileprivate let noun: String
    fileprivate let expected: String
    /// The ID in the token; `nil` if the token has none.
    fileprivate let found: String?

    fileprivate var differs: Bool { found?.lowercased() != expected.lowercased() }

    /// The key of the other ID that identifies the configured identity.
    ///
    /// For `tenant_id`, the other ID is the object ID, because an application has one client ID in all tenants.
    fileprivate var companion: String { key == "principal_id" ? "client_id" : "principal_id" }
}

extension CauseEffect {
    /// Stops the exchange if the token's version explains the unexpected audience.
    fileprivate static let stopsForVersion = CauseEffect.stops(if: { context in
        guard let requested = context.request.audience, let claims = context.claims,
            !context.lacksProviderOfVersionTwo
        else { return false }
        return !claims.audiences.contains(requested) && !requested.isGUID
            && claims.audiences.first?.isGUID == true
    })
}

extension DiagnosisContext {
    /// The differences between the token's identity and the configured identity; `nil` if there are none.
    var identityDifferences: String? {
        let differing = configuredIDs.filter(\.differs).map { id in
            "\(id.claim) is \(id.found ?? "absent"), the configuration has \(id.expected)"
        }
        return differing.isEmpty ? nil : differing.joined(separator: "; ")
    }

    /// The only configured ID that differs from the token's ID, if the token has the ``ConfiguredID/companion``.
    ///
    /// The token of a different identity has both another client ID and another object ID. The same is true after an
    /// identity was recreated with the same name.
    var wrongID: ConfiguredID? {
        let ids = configuredIDs
        let differing = ids.filter(\.differs)
        guard differing.count == 1, let wrong = differing.first, wrong.found != nil else { return nil }
        return ids.contains { $0.key == wrong.companion && !$0.differs } ? wrong : nil
    }

    /// The configured IDs of the identity; empty without a token.
    private var configuredIDs: [ConfiguredID] {
        guard let claims, let identity = evidence.identity else { return [] }
        let ids = [
            ("principal_id", "oid", "object ID", identity.principalID, claims.objectID),
            ("client_id", "appid", "client ID", identity.clientID, claims.clientID),
            ("tenant_id", "tid", "tenant ID", identity.tenantID, claims.tenantID),
        ]
        return ids.compactMap { key, claim, noun, expected, found in
            expected.map { ConfiguredID(key: key, claim: claim, noun: noun, expected: $0, found: found) }
        }
    }

    /// Returns the two possible causes of a token that shows a wrong setting: the setting itself, or a cached token.
    ///
    /// - Parameter setting: A clause about the setting of the application; the fix changes the setting.
    /// - Returns: The causes; `nil` if the host caches no tokens, or if the token has no `iat`.
    fileprivate func cachedSetting(_ setting: String) -> PossibleCauses? {
        guard tokenSource?.mayServeCachedTokens != false, let issued = claims?.issuedAt else {
            return nil
        }
        let end = claims?.expiry.map { " (available by \($0.text))" } ?? ""
        return PossibleCauses(
            [
                setting,
                "the setting was changed after the token was issued, and the host still caches the token",
            ],
            toFindOut:
                "This token was issued at \(issued.text)\(isTokenRepeated ? " and is the same as before" : ""). If the "
                + "host's next token\(end) has the same cause, \(setting)."
        )
    }

    /// The evidence that the token is for a Microsoft application, if any.
    fileprivate var microsoftAudience: String? {
        guard let resource = microsoftResource, let audience = claims?.audiences.first else { return nil }
        return "aud is \(audience), which is \(resource.name)"
    }
}

extension Fix {
    fileprivate static func applicationURI(in context: DiagnosisContext) -> Fix {
        let name = context.microsoftResource?.name ?? "the service"
        return Fix(
            "Register your own application and request a token for its identifier URI: pass the URI to IMDS as the "
                + "parameter `resource`, or to az as `--resource`. Do not use Microsoft's own application \(name) as "
                + "an audience: every service that receives such a token can call \(name) with it."
        )
    }

    /// Changes the settings, the assignment, and the trust policy to the new IDs of a recreated identity.
    fileprivate static func recreatedIdentity(in context: DiagnosisContext) -> Fix {
        let identity = context.evidence.identity
        let pairs = [
            (identity?.principalID, context.claims?.objectID), (identity?.clientID, context.claims?.clientID),
        ]
        let changes = pairs.compactMap { old, new -> String? in
            guard let old, let new, old.lowercased() != new.lowercased() else { return nil }
            return old.isGUID && new.isGUID ? "s/\(old)/\(new)/" : nil
        }
        let proposal = context.verdict.flatMap { verdict in
            verdict.decision == .deny ? try? PolicyProposal(for: verdict, in: context) : nil
        }
        let settings = context.evidence.tools.configuration.map { file in
            "sed -i.bak \(changes.joined(separator: ";")) \(file.path)" as ShellCommand
        }
        let isUnassigned = context.evidence.assignment.map { $0.assigned == nil } ?? false
        let steps: [(text: String, commands: [ShellCommand])] = [
            ("change the configured IDs", changes.isEmpty ? [] : [settings].compactMap(\.self)),
            ("assign the app role", isUnassigned ? context.assignment.commands : []),
            ("allow the sub in the trust policy", proposal.map { context.storage(of: $0.policy) } ?? []),
        ]
        let done = steps.filter { !$0.commands.isEmpty }.map { $0.text }
        let remaining = steps.filter { $0.commands.isEmpty }.map { $0.text }
        let decision = StatedDecision(in: context)
        let setup =
            context.isSetupUseful && decision == nil ? ", then `cambist setup apply MAPPING`" : ""
        let advice =
            "Set principal_id and client_id, if configured, to the token's IDs, assign the app role to the identity, "
            + (decision.map {
                "and leave the trust policy as it is, because \($0.clause) (`cambist config edit`). \($0.question)"
            }
                ?? "and allow its sub in the trust policy (`cambist config edit`\(setup)).")
        guard !done.isEmpty else { return Fix(advice) }
        let precondition = proposal == nil ? "" : context.providerPrecondition
        let text =
            done.count == 3
            ? "\(done[0]), \(done[1]), and \(done[2])" : done.joined(separator: " and ")
        let limit =
            remaining.isEmpty ? "" : "; they do not \(remaining.joined(separator: " or "))"
        return Fix(
            precondition.isEmpty ? advice : "\(advice) \(precondition)",
            introduction: "Alternatively, the following commands \(text)\(limit)\(proposal?.notes ?? ""):",
            commands: steps.flatMap { $0.commands }
        )
    }

    /// Keeps or sets the token version for which the role is set up.
    fileprivate static func version(in context: DiagnosisContext) -> Fix {
        switch context.expectedVersion {
        case .two(let setup):
            let audience = context.claims?.audiences.first
            let isRequested = audience == nil || audience == context.request.audience
            let listed = context.provider?.clientIDs
            let isListed =
                context.claims?.effectiveAudiences.first.map { listed?.contains($0) == true } ?? false
            let keep = "\(setup.text): keep the application's api.requestedAccessTokenVersion at 2"
            let adjust =
                isRequested
                ? "" : ", and set the mapping's audience to \(audience ?? "") (`cambist config edit`)"
            if context.lacksProviderOfVersionTwo {
                return Fix("\(keep)\(adjust). The account needs a provider for the token's issuer.")
            }
            return isListed
                ? Fix("\(keep)\(adjust).")
                : context.audienceAddition(
                    "The provider's client IDs must contain the azp:",
                    after: "\(keep)\(adjust)."
                )
        case .unknown:
            return Fix(
                "First read the role's trust policy: if it names "
                    + "\(context.claims?.issuer ?? "the issuer of version 2"), keep version 2 and add the azp to the "
                    + "provider's client IDs. Otherwise, set the application's api.requestedAccessTokenVersion to 1 "
                    + "(portal: App registrations, the application, Manifest); its identifier URI must then contain "
                    + "the tenant or application ID. \(DiagnosisContext.versionEffect)\(context.cacheRemark)",
                commands: context.trustPolicyReading
            )
        case .one, nil: return context.adaptingCloud(Fix(""))
        }
    }
}

extension Claims {
    var isVersionTwo: Bool {
        version == "2.0" || issuer?.droppingTrailingSlash.hasSuffix("/v2.0") == true
    }
}
