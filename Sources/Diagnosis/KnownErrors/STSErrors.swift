import Federation

extension KnownError {
    /// The STS errors of the exchange, of AssumeRole, and of GetCallerIdentity.
    ///
    /// Source: STS API reference; texts as seen on the wire in public reports.
    static let stsErrors: [Row] =
        statedDenials + chainRefusals + tokenRefusals + requestRefusals + credentialRefusals

    /// The errors of AssumeRole.
    ///
    /// Source: texts as seen in public reports and recorded against AWS in localstack's snapshot tests.
    private static let chainRefusals: [Row] = [
        Row(
            "tag-session-missing",
            .code("AccessDenied", text: "not authorized to perform: sts:TagSession"),
            cause:
                "The mapping sets session tags, and the trust policy or the hub's role does not allow sts:TagSession.",
            fix: "Allow sts:TagSession in the role's trust policy and in the policy of the hub's role; "
                + "`cambist setup apply` does both."
        ),
        Row(
            "set-source-identity-missing",
            .code("AccessDenied", text: "not authorized to perform: sts:SetSourceIdentity"),
            cause: "The session has a source identity, and the trust policy or the hub's role does not allow "
                + "sts:SetSourceIdentity.",
            fix:
                "Allow sts:SetSourceIdentity in the role's trust policy and in the policy of the hub's "
                + "role; `cambist setup apply` does both. A source identity cannot change within a chain."
        ),
        Row(
            "chain-denied",
            .code("AccessDenied", text: "not authorized to perform: sts:AssumeRole on resource"),
            cause:
                "STS denied the AssumeRole call: the role does not exist, its trust policy does not allow the hub's "
                + "role, or no policy of the hub's role permits the call.",
            fix: "Run `cambist explain MAPPING`: it reads the trust policy and the hub's permission."
        ),
        Row(
            "transitive-tag-conflict",
            .text("conflicts with a transitive tag key from the calling session"),
            cause: "A session tag has the key of a transitive tag that the hub's session passes on.",
            fix:
                "Remove the key from session_tags of the mapping, or from transitive_tags of its hub "
                + "(`cambist config edit`)."
        ),
        Row(
            "transitive-tag-unset",
            .text("transitive tag key must be included in the requested tags"),
            cause: "transitive_tags names a key that session_tags does not have.",
            fix:
                "Add the tag to session_tags, or remove the key from transitive_tags (`cambist config "
                + "edit`)."
        ),
        Row(
            "session-tag-repeated",
            .text("Duplicate tag keys found"),
            cause: "Two session tags have keys that differ only in letter case.",
            fix: "Remove one of the tags from session_tags (`cambist config edit`).",
            mappingFix: { context in
                context.request.mapping == nil || context.request.sessionPolicy.hasTags
                    ? nil : .tagsAtIssuer(in: context)
            }
        ),
    ]

    private static let tokenRefusals: [Row] = [
        Row(
            "no-provider",
            .code("InvalidIdentityToken", text: "No OpenIDConnect provider found"),
            cause: "In the role's account, STS found no OIDC provider whose URL equals the token's issuer.",
            fix:
                "Create the provider in the role's account (`aws iam create-open-id-connect-provider --url ISSUER "
                + "--client-id-list AUDIENCE`); its URL must equal the token's iss, including any trailing slash.",
            mappingFix: { context in
                let commands = context.providerCreation
                return commands.isEmpty
                    ? context.distrust?.fix
                    : context.adaptingCloud(
                        Fix(
                            context.offeringSetup(
                                or:
                                    "Create the provider in the role's account; its URL must equal the token's "
                                    + "iss, including any trailing slash:"
                            ),
                            commands: commands
                        )
                    )
            },
            possibleCauses: { context in
                PossibleCauses(
                    [
                        "the role's account has no provider",
                        "the provider's URL lacks the issuer's trailing slash, or is the issuer of the other token version",
                        "the provider is for another tenant", "the account in the role's ARN is wrong",
                        "the provider was created recently",
                    ],
                    toFindOut: "Run `aws iam list-open-id-connect-providers` in "
                        + (context.request.roleARN.map { "account \($0.account)." } ?? "the role's account.")
                )
            }
        ),
        Row(
            "audience-not-registered",
            .code("InvalidIdentityToken", text: "Incorrect token audience"),
            cause:
                "STS did not find the token's effective audience (azp or, without azp, aud) among the provider's "
                + "client IDs.",
            fix:
                "Add the audience to the provider: `aws iam add-client-id-to-open-id-connect-provider "
                + "--open-id-connect-provider-arn ARN --client-id AUDIENCE`.",
            mappingFix: { context in
                context.adaptingCloud(
                    context.audienceAddition(context.offeringSetup(or: "Add the audience to the provider:"))
                )
            },
            possibleCauses: { context in
                PossibleCauses(
                    [
                        "the audience is not among the client IDs",
                        "the audience is listed in a different form",
                        "the audience was added recently",
                    ],
                    toFindOut: "Run `\(context.providerReading)` to list the client IDs."
                )
            }
        ),
        Row(
            "verification-key",
            .code("InvalidIdentityToken", text: "retrieve verification key"),
            cause: "STS could not get the issuer's key for this token.",
            fix:
                "Retry up to three times; if the error persists, compare the token's kid with the "
                + "issuer's keys: `cambist claims MAPPING --verify`.",
            possibleCauses: { _ in
                PossibleCauses(
                    [
                        "the fault is transient", "the issuer does not publish the key",
                        "AWS cannot reach the issuer",
                    ],
                    toFindOut:
                        "Fetch the issuer's discovery document and keys from another network, and look for the "
                        + "token's kid."
                )
            }
        ),
        Row(
            "thumbprint-mismatch",
            .code("InvalidIdentityToken", text: "doesn't match configured thumbprint"),
            cause: "The issuer's certificate chain does not match the provider's thumbprint.",
            fix:
                "Replace the thumbprints: `aws iam update-open-id-connect-provider-thumbprint "
                + "--open-id-connect-provider-arn ARN --thumbprint-list SHA1`.",
            mappingFix: { $0.thumbprintReplacement },
            detail: { context in
                let listed = context.provider?.thumbprints ?? []
                return listed.isEmpty ? nil : "the provider has \(listed.joined(separator: ", "))"
            },
            possibleCauses: { context in
                PossibleCauses(
                    [
                        "the provider's thumbprint is out of date",
                        "the issuer's chain ends at a private authority, or a proxy in front of the issuer inspects "
                            + "TLS",
                    ],
                    toFindOut:
                        "Run `\(context.chainReading)` to see the chain."
                )
            }
        ),
        Row(
            "not-a-jwt",
            .code("InvalidIdentityToken", text: "not a valid JWT"),
            cause:
                "The text sent is not a signed JWT: it is opaque, truncated, quoted, or encrypted, or it contains a "
                + "line break.",
            fix:
                "The token source must return only the compact JWS: three parts separated by dots, "
                + "without quotes or line breaks. `cambist claims MAPPING` shows the defect."
        ),
        Row(
            "claim-missing",
            .code("InvalidIdentityToken", text: "Missing a required claim"),
            cause: "The token lacks a claim that STS requires: aud, sub, iat, or exp.",
            fix:
                "Use an Entra access token for the audience: it contains these claims. "
                + "`cambist claims MAPPING` prints the token's claims."
        ),
        Row(
            "role-not-in-token",
            .code("InvalidIdentityToken", text: "not present in the roles claim"),
            cause: "The token's claim https://aws.amazon.com/roles does not list the role.",
            fix:
                "Decide whether the token may assume this role. If so, add the role's ARN to the claim at "
                + "the issuer; otherwise, set role_arn to a role that the claim lists (`cambist config "
                + "edit`)."
        ),
        Row(
            "issuer-not-url",
            .code("InvalidIdentityToken", text: "Issuer must be a valid URL"),
            cause: "The token's iss does not begin with https://.",
            fix: "Use a token of an issuer with an HTTPS URL, such as Entra.",
            noCommand: .otherOwner
        ),
        Row(
            "signature-refused",
            .code("InvalidIdentityToken", text: "signature"),
            cause: "STS could not verify the token's signature with the issuer's keys.",
            fix:
                "Request a new token from the source itself and pass it on unchanged. If the error "
                + "persists, compare the token's kid with the issuer's keys: `cambist claims MAPPING "
                + "--verify`.",
            possibleCauses: { _ in
                PossibleCauses(
                    [
                        "the token was altered or cut on its way", "another key signed the token",
                        "the issuer replaced its keys",
                    ],
                    toFindOut:
                        "`cambist claims MAPPING --verify` checks the signature against the issuer's published keys."
                )
            }
        ),
        Row(
            "token-refused",
            .code("InvalidIdentityToken"),
            cause: "STS did not accept the token for any provider in the role's account.",
            fix:
                "Compare the token's iss and aud with the provider in the role's account: `cambist "
                + "explain MAPPING` does this."
        ),
        Row(
            "token-expired",
            .code("ExpiredTokenException"),
            cause: "The token has expired according to AWS's clock.",
            fix:
                "Request a new token; if the refused token has not expired by this host's clock, correct the clock "
                + "(`cambist doctor` compares it with AWS's)."
        ),
        Row(
            "claim-rejected",
            .code("IDPRejectedClaim"),
            cause: "The issuer rejected the token as invalid, expired, or revoked.",
            fix:
                "Request a new token. If the identity is disabled, ask an administrator of the tenant to enable it.",
            noCommand: .otherOwner,
            possibleCauses: { context in
                PossibleCauses(
                    ["the token has expired, or the issuer revoked the token", "the identity is disabled"],
                    toFindOut: context.principalID.map { principal in
                        let command: ShellCommand = "az ad sp show --id \(principal) --query accountEnabled"
                        return "Run `\(command)`, and look in Entra's sign-in log."
                    } ?? "Entra's sign-in log shows whether the identity is disabled."
                )
            }
        ),
        Row(
            "issuer-unreachable",
            .code("IDPCommunicationError"),
            cause: "STS could not reach the issuer in time.",
            pause: "a few minutes",
            fix: "If the error persists, check that the issuer's discovery document is public.",
            possibleCauses: { _ in
                PossibleCauses(
                    [
                        "the fault is transient",
                        "AWS cannot reach the issuer, or the issuer takes longer than 5 s to respond",
                    ],
                    toFindOut:
                        "If a later attempt works, the fault is transient; otherwise, measure the "
                        + "response time of the discovery document."
                )
            }
        ),
    ]

    private static let requestRefusals: [Row] = [
        Row(
            "not-sts",
            .code("InvalidAction", "MethodNotAllowed", "NotImplemented", "UnknownOperationException"),
            .text("Could not find operation"),
            .text("is not valid for this endpoint"),
            .text("is not valid for this web service"),
            cause:
                "The server at the endpoint does not have the operations of STS: it is another service, or a proxy.",
            fix:
                "Set the endpoint of STS (endpoints.sts, AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL, or "
                + "endpoint_url of the profile) to an address of STS, or remove the setting; `cambist "
                + "doctor` shows its origin.",
            mappingFix: { context in
                guard context.request.endpoint != nil else { return nil }
                return context.request.endpointSetting.map {
                    Fix("\($0) sets the endpoint: set it to an address of STS, or remove it.")
                }
                    ?? Fix(
                        "No setting changes the endpoint, so look for a proxy or an entry of the hosts file: `cambist "
                            + "doctor` shows the endpoint and the proxy."
                    )
            },
            detail: { $0.request.endpoint.map { "the endpoint is \($0)" } }
        ),
        Row(
            "not-authorized",
            .code("AccessDenied", "AccessDeniedException", text: "sts:AssumeRoleWithWebIdentity"),
            cause:
                "The token is valid, but the role does not exist or its trust policy does not match the token.",
            fix:
                "Compare the role's trust policy with the token; `cambist explain MAPPING` names the condition "
                + "that fails."
        ),
        Row(
            "permission-denied",
            .code("AccessDenied", "AccessDeniedException"),
            cause: "The credentials work, but the role's permissions do not allow the call.",
            fix:
                "Check the role's policies (`aws iam list-attached-role-policies --role-name ROLE`, `aws "
                + "iam list-role-policies --role-name ROLE`), its permissions boundary, session policies, "
                + "and the organization's policies."
        ),
        Row(
            "duration-over-maximum",
            .code("ValidationError", text: "exceeds the MaxSessionDuration set for this role"),
            cause: "The requested duration exceeds the role's MaxSessionDuration.",
            fix:
                "Lower the mapping's duration, or raise the role's maximum: `aws iam update-role "
                + "--role-name ROLE --max-session-duration SECONDS`.",
            mappingFix: { $0.longerSessions }
        ),
        Row(
            "duration-over-chaining-limit",
            .code(
                "ValidationError",
                text: "1 hour session limit for roles assumed by role chaining"
            ),
            cause:
                "The role is assumed with another role's credentials, which limits the session to one hour.",
            fix:
                "Set the mapping's duration to 1h or less, or remove via and exchange the token for the "
                + "role directly (`cambist config edit`)."
        ),
        Row(
            "request-invalid",
            .withoutMessage([
                "ValidationError", "InvalidParameterValue", "MalformedInput", "MissingParameter",
            ]),
            cause: "STS rejected the request as malformed and returned no reason.",
            fix:
                "Check the mapping with `cambist config check`: role_arn, session_name, duration, and its session "
                + "policies. A server other than STS at the endpoint can return the same error."
        ),
        Row(
            "request-invalid",
            .code(
                "ValidationError",
                "InvalidParameterValue",
                "MalformedInput",
                "MissingParameter"
            ),
            cause: "STS rejected a parameter of the request as malformed.",
            fix:
                "Correct the mapping's role_arn, session_name, or duration (`cambist config edit`); the "
                + "message names the parameter."
        ),
        Row(
            "session-policy-too-large",
            .code("PackedPolicyTooLarge"),
            cause: "The session policies and tags together exceed STS's packed size limit.",
            fix:
                "Shorten the session policy, list fewer managed policies, or remove session tags "
                + "(`cambist config edit`).",
            mappingFix: { context in
                context.request.sessionPolicy.reduction.map { Fix("\($0.capitalizingFirst).") }
                    ?? .withoutSessionPolicy(in: context)
            }
        ),
        Row(
            "session-policy-malformed",
            .code("MalformedPolicyDocument"),
            cause: "The session policy is not a valid policy document.",
            fix: "Correct the session policy of the mapping (`cambist config show` names its file).",
            mappingFix: { context in
                let policy = context.request.sessionPolicy
                if let file = policy.file {
                    let isSilent = context.refusal?.isWithoutMessage == true
                    return Fix(
                        "Correct \(file) (policy_file)\(isSilent ? "; STS does not report which part is wrong." : ".")"
                    )
                }
                return policy.hasARNs
                    ? Fix("Correct policy_arns of the mapping; it has no policy_file.")
                    : .withoutSessionPolicy(in: context)
            }
        ),
        Row(
            "region-disabled",
            .code("RegionDisabledException"),
            cause: "STS is not active in this region for the role's account.",
            fix:
                "Set the mapping's region to a region in which STS is active (`cambist config edit`), or activate STS "
                + "in this region in the account's IAM settings.",
            mappingFix: { context in
                context.request.region.map { region in
                    let activation = "(in the AWS console: IAM, Account settings, STS, Endpoints)"
                    return AWSPartition.isOptIn(region: region)
                        ? Fix(
                            "Set the mapping's region to a region in which STS is active (`cambist config edit`). "
                                + "To use this region, enable it in the role's account; AWS then activates STS in it:",
                            commands: [.aws("account enable-region", .region(region))]
                        )
                        : Fix(
                            "Set the mapping's region to a region in which STS is active (`cambist config edit`). "
                                + "To use this region, activate STS in it \(activation); the region itself is enabled "
                                + "in every account."
                        )
                }
            }
        ),
        Row(
            "throttled",
            .code("Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException"),
            cause: "The account exceeded its rate limit for STS calls.",
            pause: "a few minutes",
            fix: "Reuse credentials until they expire."
        ),
        Row(
            "aws-unavailable",
            .code("InternalFailure", "InternalError", "ServiceUnavailable", "RequestTimeout"),
            cause: "AWS reported an internal error or a timeout.",
            pause: "a few minutes",
            fix: "If the error persists, check the AWS Health Dashboard."
        ),
    ]

    private static let credentialRefusals: [Row] = [
        Row(
            "signature-scope",
            .code("SignatureDoesNotMatch", text: "Credential should be scoped"),
            cause: "The request was signed for a region or service other than the endpoint's.",
            fix:
                "Set the mapping's region to the endpoint's region (`cambist config edit`); the global "
                + "endpoint sts.amazonaws.com accepts only us-east-1."
        ),
        Row(
            "signature-mismatch",
            .code(
                "SignatureDoesNotMatch",
                "IncompleteSignature",
                "RequestExpired",
                "RequestTimeTooSkewed"
            ),
            cause:
                "AWS computed a different signature: this host's clock is wrong, the request was altered, or the keys "
                + "and the session token belong to different sessions.",
            fix:
                "Check the clock offset, and look for a proxy that changes requests: `cambist doctor` "
                + "shows both.",
            possibleCauses: { context in
                context.isClockOff
                    ? nil
                    : PossibleCauses(
                        [
                            "this host's clock is off by more than 15 minutes",
                            "a proxy changes the request",
                            "the keys and the session token belong to different sessions",
                        ],
                        toFindOut:
                            "`cambist doctor` compares AWS's clock with this host's clock and names the proxy."
                    )
            }
        ),
        Row(
            "credentials-invalid",
            .code("InvalidClientTokenId", "UnrecognizedClientException", "MissingAuthenticationToken"),
            cause:
                "AWS does not recognize these credentials: the role was deleted or recreated, or the keys and "
                + "the session token belong to different sessions.",
            fix:
                "Exchange the token again at a regional endpoint (`cambist test MAPPING`). If the error "
                + "persists, compare the role's ID with the ID in AssumedRoleId.",
            possibleCauses: { context in
                PossibleCauses(
                    [
                        "the role was deleted or recreated",
                        "the keys and the session token belong to different sessions",
                        "the role is in a different partition",
                        "the session token is from the global endpoint, and the region is an opt-in region",
                    ],
                    toFindOut:
                        "Compare the RoleId in `\(context.roleReadingText)` with the AROA… "
                        + "in the session's AssumedRoleId."
                )
            }
        ),
        Row(
            "credentials-expired",
            .code("ExpiredToken"),
            cause: "The session has expired.",
            fix: "Exchange the token again.",
            noCommand: .noChange
        ),
    ]
}

extension Fix {
    /// Returns the advice on an error that the token's session tags cause; `nil` without session tags.
    fileprivate static func tagsAtIssuer(in context: DiagnosisContext) -> Fix? {
        guard let tags = context.claims?.sessionTags, !tags.isEmpty else { return nil }
        let keys = tags.keys.sorted().joined(separator: ", ")
        return Fix(
            "The session tags are in the token (\(keys)), not in the mapping: correct them at the token's issuer, in its "
                + "claim https://aws.amazon.com/tags."
        )
    }

    /// Returns the advice if STS reports an error in session policies although the request had none.
    fileprivate static func withoutSessionPolicy(in context: DiagnosisContext) -> Fix? {
        if let tags = tagsAtIssuer(in: context) { return tags }
        return context.request.mapping.map { mapping in
            Fix(
                "The request of `\(mapping)` contains no session policy and no session tags, so the response does not "
                    + "match the request: look for a proxy or another server at the address of STS (`cambist doctor` "
                    + "shows both)."
            )
        }
    }
}

extension String {
    /// The text with its first letter in upper case.
    var capitalizingFirst: String { prefix(1).uppercased() + dropFirst() }
}
