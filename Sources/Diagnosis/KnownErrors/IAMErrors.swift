extension KnownError {
    /// The errors that IAM returns to setup and to explanations.
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
                + "token's iss has one.",
            noCommand: .document
        ),
        Row(
            "policy-not-trust",
            .code("MalformedPolicyDocument", text: "Has prohibited field"),
            cause: "The document has Resource, so it is a permissions policy, not a trust policy.",
            fix:
                "In a trust policy, remove the field. If the document is meant to grant permissions, "
                + "attach it: `aws iam put-role-policy --role-name ROLE --policy-name NAME "
                + "--policy-document file://FILE`."
        ),
        Row(
            "policy-action-not-sts",
            .code("MalformedPolicyDocument", text: "may only specify STS AssumeRole actions"),
            cause: "A trust policy can only contain STS actions.",
            fix: "Use sts:AssumeRoleWithWebIdentity; move other actions to a permissions policy.",
            noCommand: .document
        ),
        Row(
            "principal-unknown",
            .code("MalformedPolicyDocument", text: "Invalid principal in policy"),
            cause: "A principal of the policy does not exist, or was created seconds ago.",
            fix:
                "If the principal was created seconds ago, retry. Otherwise, correct its ARN in the "
                + "policy: `aws iam list-roles --query 'Roles[].Arn'` lists the roles of an account."
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
            fix:
                "Merge statements into one with lists of values, or request a higher quota (`aws "
                + "service-quotas list-service-quotas --service-code iam --region us-east-1` lists the "
                + "quotas)."
        ),
    ]

    private static let objectRefusals: [Row] = [
        Row(
            "client-ids-full",
            .code("LimitExceeded", text: "ClientIdsPerOpenIdConnectProvider"),
            cause: "The provider has 100 client IDs, the maximum.",
            fix:
                "Remove the client IDs that no trust policy requires: `aws iam remove-client-id-from-open-id-connect-provider "
                + "--open-id-connect-provider-arn ARN --client-id ID`. If a listed client ID is an identifier URI of the same "
                + "application, request tokens for that URI instead."
        ),
        Row(
            "quota-reached",
            .withoutMessage(["LimitExceeded", "LimitExceededException"]),
            cause:
                "A quota of the account or the role is reached, and IAM returned no message that names the quota.",
            fix:
                "Compare the object's policies, client IDs, and tags with IAM's quotas, which `aws "
                + "service-quotas list-service-quotas --service-code iam --region us-east-1` lists, and "
                + "remove the unused ones."
        ),
        Row(
            "quota-reached",
            .code("LimitExceeded", "LimitExceededException"),
            cause: "A quota of the account or the role is reached.",
            fix:
                "Remove unused objects, or request an increase of the quota that the message names (`aws "
                + "service-quotas list-service-quotas --service-code iam --region us-east-1` lists the "
                + "quotas)."
        ),
        Row(
            "provider-exists",
            .code("EntityAlreadyExists", text: "Provider with url"),
            cause: "The account already has a provider with this URL.",
            fix:
                "Keep the provider and add the audience to its client IDs: `cambist setup apply MAPPING` "
                + "does this."
        ),
        Row(
            "already-exists",
            .code("EntityAlreadyExists"),
            cause: "An object with this name already exists.",
            fix:
                "`cambist setup plan MAPPING` shows whether the object equals the desired object. If so, "
                + "keep it; otherwise, choose another name (`cambist config edit`)."
        ),
        Row(
            "not-found",
            .code("NoSuchEntity"),
            cause: "The object does not exist in IAM, or it was created seconds ago.",
            fix:
                "Check the account and the name, which `cambist setup plan MAPPING` shows; after a "
                + "creation, retry for up to 20 seconds."
        ),
        Row(
            "provider-url-invalid",
            .code("ValidationError", "InvalidInput", text: "Invalid Open ID Connect Provider URL"),
            cause: "The provider's URL does not begin with https://, or has a port, a query, or a space.",
            fix: "Use the token's iss unchanged: `cambist claims MAPPING` prints it."
        ),
        Row(
            "thumbprint-not-fetched",
            .code("OpenIdIdpCommunicationError"),
            cause: "IAM could not reach the issuer to read its certificate.",
            fix:
                "Retry. If the error persists, set setup.thumbprints of the mapping (`cambist config "
                + "edit`), or pass --thumbprint-list to the AWS CLI."
        ),
        Row(
            "policies-left",
            .code("DeleteConflict"),
            cause: "The role still has policies.",
            fix:
                "Detach the managed policies and delete the inline policies first: `aws iam "
                + "list-attached-role-policies --role-name ROLE` and `aws iam list-role-policies "
                + "--role-name ROLE` list them."
        ),
        Row(
            "changed-meanwhile",
            .code("ConcurrentModification"),
            cause: "Another caller changed the object at the same time.",
            fix: "Read the object again (`cambist setup plan MAPPING`), then repeat the change."
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
            fix: "Correct the value that the message names (`cambist config edit`)."
        ),
    ]

    private static let callerRefusals: [Row] =
        [
            Row(
                "iam-right-missing",
                .code("AccessDenied", "AccessDeniedException", text: "not authorized to perform: iam:"),
                cause: "The operator credentials lack the permission that the message names.",
                fix:
                    "Decide whether the principal of these credentials may have the permission: if so, "
                    + "ask the account's administrator to grant it; otherwise, set setup.aws_profile to a "
                    + "different profile (`cambist config edit`)."
            ),
            Row(
                "iam-right-missing",
                .code("AccessDenied", "AccessDeniedException"),
                cause: "The operator credentials are not allowed to make this call.",
                fix: "Set setup.aws_profile to a different profile (`cambist config edit`)."
            ),
        ] + stsErrors.filter(\.isSharedByServices)
}

extension KnownError.Row {
    /// Whether the row has a code that all AWS services use, such as `ExpiredToken` or `Throttling`.
    fileprivate var isSharedByServices: Bool {
        let shared: Set = [
            "SignatureDoesNotMatch", "InvalidClientTokenId", "ExpiredToken", "Throttling", "InternalFailure",
        ]
        return matches.contains { match in
            if case .codes(let codes, _) = match { !codes.isDisjoint(with: shared) } else { false }
        }
    }
}
