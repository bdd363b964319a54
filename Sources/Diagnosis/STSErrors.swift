import Federation

extension KnownError {
    /// What STS answers, to the exchange and to GetCallerIdentity.
    ///
    /// Source: STS API reference; texts as seen on the wire in public reports.
    static let stsErrors: [Entry] = refusalsOfToken + refusalsOfRequest + refusalsOfCredentials

    private static let refusalsOfToken: [Entry] = [
        Entry(
            "no-provider",
            codes: ["InvalidIdentityToken"],
            text: "No OpenIDConnect provider found",
            "The role's account has no OIDC provider whose URL is exactly the token's issuer.",
            fix: "Create the provider in the role's account with the token's iss, trailing slash included."
        ),
        Entry(
            "audience-not-registered",
            codes: ["InvalidIdentityToken"],
            text: "Incorrect token audience",
            "The provider's client IDs do not contain the token's effective audience (azp, else aud).",
            fix: "Add the audience to the provider: aws iam add-client-id-to-open-id-connect-provider."
        ),
        Entry(
            "verification-key",
            codes: ["InvalidIdentityToken"],
            text: "retrieve verification key",
            "STS could not get the issuer's key for this token.",
            fix: "Try again up to three times; if it stays, compare the token's kid with the issuer's keys."
        ),
        Entry(
            "thumbprint-mismatch",
            codes: ["InvalidIdentityToken"],
            text: "doesn't match configured thumbprint",
            "The issuer's certificate chain is not the one whose thumbprint the provider has.",
            fix: "Replace the list: aws iam update-open-id-connect-provider-thumbprint."
        ),
        Entry(
            "not-a-jwt",
            codes: ["InvalidIdentityToken"],
            text: "not a valid JWT",
            "What was sent is no signed JWT: opaque, truncated, quoted, encrypted, or with a line break.",
            fix: "Send the compact JWS as the token source gave it."
        ),
        Entry(
            "claim-missing",
            codes: ["InvalidIdentityToken"],
            text: "Missing a required claim",
            "The token lacks a claim that STS demands: aud, sub, iat or exp.",
            fix: "Use an access token of Entra for the audience; other kinds of token lack these claims."
        ),
        Entry(
            "role-not-in-token",
            codes: ["InvalidIdentityToken"],
            text: "not present in the roles claim",
            "The token's claim https://aws.amazon.com/roles does not list the role.",
            fix: "Add the role's ARN to the claim at the issuer, or ask for a role that it lists."
        ),
        Entry(
            "issuer-not-url",
            codes: ["InvalidIdentityToken"],
            text: "Issuer must be a valid URL",
            "The token's iss does not begin with https://.",
            fix: "Use a token of an issuer with an HTTPS URL, as Entra's are."
        ),
        Entry(
            "token-refused",
            codes: ["InvalidIdentityToken"],
            "STS takes the token for none of a provider in the role's account.",
            fix: "Compare the token's iss and aud with the provider in the role's account."
        ),
        Entry(
            "token-expired",
            codes: ["ExpiredTokenException"],
            "The token's exp is past by AWS's clock.",
            fix: "Fetch a new token; if this one is still good here, correct this host's clock."
        ),
        Entry(
            "claim-rejected",
            codes: ["IDPRejectedClaim"],
            "The issuer reports the token as revoked or a claim as refused.",
            fix: "Fetch a new token and check in Entra that the identity is enabled."
        ),
        Entry(
            "issuer-unreachable",
            codes: ["IDPCommunicationError"],
            "STS could not reach the issuer in time.",
            fix:
                "Try again with growing delays; if it stays, check that the issuer's discovery document is public."
        ),
    ]

    private static let refusalsOfRequest: [Entry] = [
        Entry(
            "not-authorized",
            codes: ["AccessDenied", "AccessDeniedException"],
            text: "sts:AssumeRoleWithWebIdentity",
            "The token is good, and the role does not let it in: no such role, or its trust policy does not match.",
            fix:
                "Compare the role's trust policy with the token; `cambist explain MAPPING` names the condition that fails."
        ),
        Entry(
            "permission-denied",
            codes: ["AccessDenied", "AccessDeniedException"],
            "The credentials work, and the role's permissions do not cover the call.",
            fix:
                "Look at the role's policies, its permissions boundary, session policies and the organisation's policies."
        ),
        Entry(
            "duration-over-maximum",
            codes: ["ValidationError"],
            text: "exceeds the MaxSessionDuration set for this role",
            "The duration asked for is longer than the role's MaxSessionDuration.",
            fix:
                "Lower the mapping's duration, or raise the role's: aws iam update-role --max-session-duration."
        ),
        Entry(
            "duration-over-chaining-limit",
            codes: ["ValidationError"],
            text: "1 hour session limit for roles assumed by role chaining",
            "Credentials of a role assume a further role, which is limited to one hour.",
            fix: "Ask for 1h or less, or exchange the token for the further role directly."
        ),
        Entry(
            "request-invalid",
            codes: [
                "ValidationError", "InvalidParameterValue", "MalformedInput", "MissingParameter",
                "InvalidAction",
            ],
            "STS takes a parameter of the request for malformed.",
            fix: "Correct the mapping's role_arn, session_name or duration; the message names the parameter."
        ),
        Entry(
            "session-policy-too-large",
            codes: ["PackedPolicyTooLarge"],
            "Session policies and tags together are larger than STS packs.",
            fix: "Shorten policy_file, list fewer policy_arns, or drop session tags."
        ),
        Entry(
            "session-policy-malformed",
            codes: ["MalformedPolicyDocument"],
            "The session policy is no valid policy document.",
            fix: "Correct the file under policy_file."
        ),
        Entry(
            "region-disabled",
            codes: ["RegionDisabledException"],
            "STS is not active in this region for the role's account.",
            fix:
                "Activate the region in the account's IAM settings, or set the mapping's region to an active one."
        ),
        Entry(
            "throttled",
            codes: ["Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException"],
            "The account's rate of STS calls is used up.",
            fix: "Wait and try again with jitter; reuse credentials until they expire."
        ),
        Entry(
            "aws-unavailable",
            codes: ["InternalFailure", "InternalError", "ServiceUnavailable", "RequestTimeout"],
            "AWS has a fault of its own, or took too long.",
            fix: "Try again with growing delays; if it stays, look at the AWS health dashboard."
        ),
    ]

    private static let refusalsOfCredentials: [Entry] = [
        Entry(
            "signature-scope",
            codes: ["SignatureDoesNotMatch"],
            text: "Credential should be scoped",
            "The request was signed for another region or service than the endpoint's.",
            fix: "Sign for the endpoint's region; the global endpoint sts.amazonaws.com takes us-east-1 only."
        ),
        Entry(
            "signature-mismatch",
            codes: [
                "SignatureDoesNotMatch", "IncompleteSignature", "RequestExpired", "RequestTimeTooSkewed",
            ],
            "AWS computes another signature: wrong clock, altered request, or mixed-up keys.",
            fix: "Compare the clock offset that cambist shows, and check for a proxy that changes requests."
        ),
        Entry(
            "credentials-invalid",
            codes: ["InvalidClientTokenId", "UnrecognizedClientException", "MissingAuthenticationToken"],
            "AWS does not know these credentials: the role was deleted or made anew, or the three parts do not "
                + "belong together.",
            fix: "Exchange again at a regional endpoint; compare the role's id with the one in AssumedRoleId."
        ),
        Entry(
            "credentials-expired",
            codes: ["ExpiredToken"],
            "The session is over.",
            fix: "Exchange again."
        ),
    ]
}
