extension KnownError {
    /// The IAM errors of calls by setup and of reads for explanations.
    ///
    /// Source: IAM API reference; texts as recorded from AWS in public test suites.
    static let iamErrors: [Row] =
        statedOperatorDenials + trustPolicyRefusals + objectRefusals + callerRefusals

    private static let trustPolicyRefusals: [Row] = [
        Row(
            "federated-principal-malformed",
            .code("MalformedPolicyDocument", text: "Federated principals must be valid"),
            cause: "Principal.Federated is neither a provider's ARN nor a domain name.",
            fix:
                "Write arn:aws:iam::ACCOUNT:oidc-provider/HOST/PATH without https://, with a trailing slash only if the "
                + "token's iss has one."
        ),
        Row(
            "policy-not-trust",
            .code("MalformedPolicyDocument", text: "Has prohibited field"),
            cause: "The document has Resource, so it is a permissions policy, not a trust policy.",
            fix: "Remove the field, or attach the document as a permissions policy."
        ),
        Row(
            "policy-action-not-sts",
            .code("MalformedPolicyDocument", text: "may only specify STS AssumeRole actions"),
            cause: "A trust policy can only contain STS actions.",
            fix: "Use sts:AssumeRoleWithWebIdentity; move other actions to a permissions policy."
        ),
        Row(
            "principal-unknown",
            .code("MalformedPolicyDocument", text: "Invalid principal in policy"),
            cause: "A principal of the policy does not exist, or was created seconds ago.",
            fix: "Correct the ARN, or retry after a few seconds."
        ),
        Row(
            "policy-malformed",
            .withoutMessage(["MalformedPolicyDocument"]),
            cause: "IAM rejected the document and returned no reason.",
            fix:
                "`cambist explain --trust-policy FILE` checks the document by IAM's rules and shows the position."
        ),
        Row(
            "policy-malformed",
            .code("MalformedPolicyDocument"),
            cause: "The document is not a valid trust policy.",
            fix:
                "Correct the element that the message names; `cambist explain --trust-policy FILE` shows its path."
        ),
        Row(
            "policy-too-large",
            .code("LimitExceeded", text: "ACLSizePerRole"),
            cause: "The trust policy exceeds the role's character quota, not counting white space.",
            fix: "Merge statements into one with lists of values, or request a higher quota."
        ),
    ]

    private static let objectRefusals: [Row] = [
        Row(
            "client-ids-full",
            .code("LimitExceeded", text: "ClientIdsPerOpenIdConnectProvider"),
            cause: "The provider has 100 client IDs, the maximum.",
            fix: "Remove unused client IDs: `aws iam remove-client-id-from-open-id-connect-provider`."
        ),
        Row(
            "quota-reached",
            .withoutMessage(["LimitExceeded", "LimitExceededException"]),
            cause:
                "A quota of the account or the role is reached, and IAM returned no message that names the quota.",
            fix:
                "Compare the object's policies, client IDs, and tags with IAM's quotas, and remove the unused ones."
        ),
        Row(
            "quota-reached",
            .code("LimitExceeded", "LimitExceededException"),
            cause: "A quota of the account or the role is reached.",
            fix: "Remove unused objects, or request an increase of the quota that the message names."
        ),
        Row(
            "provider-exists",
            .code("EntityAlreadyExists", text: "Provider with url"),
            cause: "The account already has a provider with this URL.",
            fix: "Keep the provider and add the audience to its client IDs."
        ),
        Row(
            "already-exists",
            .code("EntityAlreadyExists"),
            cause: "An object with this name already exists.",
            fix: "Keep the object if it equals the desired object; otherwise, choose another name."
        ),
        Row(
            "not-found",
            .code("NoSuchEntity"),
            cause: "The object does not exist in IAM, or it was created seconds ago.",
            fix: "Check the account and the name; after a creation, retry for up to 20 seconds."
        ),
        Row(
            "provider-url-invalid",
            .code("ValidationError", "InvalidInput", text: "Invalid Open ID Connect Provider URL"),
            cause: "The provider's URL does not begin with https://, or has a port, a query, or a space.",
            fix: "Use the token's iss unchanged."
        ),
        Row(
            "thumbprint-not-fetched",
            .code("OpenIdIdpCommunicationError"),
            cause: "IAM could not reach the issuer to read its certificate.",
            fix: "Pass --thumbprint-list, or retry."
        ),
        Row(
            "policies-left",
            .code("DeleteConflict"),
            cause: "The role still has policies.",
            fix: "Detach the managed policies and delete the inline policies first."
        ),
        Row(
            "changed-meanwhile",
            .code("ConcurrentModification"),
            cause: "Another caller changed the object at the same time.",
            fix: "Read the object again, then repeat the change."
        ),
        Row(
            "request-invalid",
            .withoutMessage(["ValidationError", "InvalidInput"]),
            cause: "IAM rejected the request as malformed and returned no reason.",
            fix:
                "Check role_arn, the provider's URL, client IDs, and tags with `cambist config check`. A server "
                + "other than IAM at the endpoint can return the same error."
        ),
        Row(
            "request-invalid",
            .code("ValidationError", "InvalidInput"),
            cause: "IAM rejected a parameter of the request as malformed.",
            fix: "Correct the value that the message names."
        ),
    ]

    private static let callerRefusals: [Row] =
        [
            Row(
                "iam-right-missing",
                .code("AccessDenied", "AccessDeniedException", text: "not authorized to perform: iam:"),
                cause: "The operator credentials lack the permission that the message names.",
                fix:
                    "Grant the permission to the principal of these credentials, or set setup.aws_profile to a different profile."
            ),
            Row(
                "iam-right-missing",
                .code("AccessDenied", "AccessDeniedException"),
                cause: "The operator credentials are not allowed to make this call.",
                fix: "Set setup.aws_profile to a different profile."
            ),
        ] + stsErrors.filter(\.isSharedByServices)
}

extension KnownError.Row {
    /// Whether all AWS services use this row's codes for invalid credentials or internal errors.
    fileprivate var isSharedByServices: Bool {
        let shared: Set = [
            "SignatureDoesNotMatch", "InvalidClientTokenId", "ExpiredToken", "Throttling", "InternalFailure",
        ]
        return matches.contains { match in
            if case .codes(let codes, _) = match { !codes.isDisjoint(with: shared) } else { false }
        }
    }
}
