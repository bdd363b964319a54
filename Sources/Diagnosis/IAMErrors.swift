import Federation

extension KnownError {
    /// What IAM answers when a set-up is read or written.
    ///
    /// Source: IAM API reference; texts as recorded from AWS in public test suites.
    static let iamErrors: [Entry] = refusedTrustPolicies + refusedObjects + refusedCallers

    private static let refusedTrustPolicies: [Entry] = [
        Entry(
            "federated-principal-malformed",
            codes: ["MalformedPolicyDocument"],
            text: "Federated principals must be valid",
            "Principal.Federated is neither a provider's ARN nor a domain name.",
            fix:
                "Write arn:aws:iam::ACCOUNT:oidc-provider/HOST/PATH, without https:// and with the final slash."
        ),
        Entry(
            "policy-not-trust",
            codes: ["MalformedPolicyDocument"],
            text: "Has prohibited field",
            "The document has Resource, so it is a permission policy and no trust policy.",
            fix: "Remove the field, or attach the document as a permission policy."
        ),
        Entry(
            "policy-action-not-sts",
            codes: ["MalformedPolicyDocument"],
            text: "may only specify STS AssumeRole actions",
            "A trust policy names actions of STS only.",
            fix: "Use sts:AssumeRoleWithWebIdentity; put other actions into a permission policy."
        ),
        Entry(
            "principal-unknown",
            codes: ["MalformedPolicyDocument"],
            text: "Invalid principal in policy",
            "A principal of the policy does not exist, or has only just been made.",
            fix: "Correct the ARN, or try again after some seconds."
        ),
        Entry(
            "policy-malformed",
            codes: ["MalformedPolicyDocument"],
            "The document is no valid trust policy.",
            fix: "Correct it where the message says; cambist explain --trust-policy FILE names the place."
        ),
        Entry(
            "policy-too-large",
            codes: ["LimitExceeded"],
            text: "ACLSizePerRole",
            "The trust policy has more characters, white space not counted, than the role's quota.",
            fix: "Merge statements into one with lists of values, or have the quota raised."
        ),
    ]

    private static let refusedObjects: [Entry] = [
        Entry(
            "client-ids-full",
            codes: ["LimitExceeded"],
            text: "ClientIdsPerOpenIdConnectProvider",
            "The provider has 100 client IDs already.",
            fix: "Remove those out of use: aws iam remove-client-id-from-open-id-connect-provider."
        ),
        Entry(
            "quota-reached",
            codes: ["LimitExceeded", "LimitExceededException"],
            "A quota of the account or the role is used up.",
            fix: "Remove what is out of use, or have the quota that the message names raised."
        ),
        Entry(
            "provider-exists",
            codes: ["EntityAlreadyExists"],
            text: "Provider with url",
            "The account has a provider of this URL already.",
            fix: "Keep it and add the audience to its client IDs."
        ),
        Entry(
            "already-exists",
            codes: ["EntityAlreadyExists"],
            "An object of this name exists already.",
            fix: "Compare it with what is wanted and keep it, or choose another name."
        ),
        Entry(
            "not-found",
            codes: ["NoSuchEntity"],
            "IAM has no such object, or it was made only seconds ago.",
            fix: "Check account and name; just after creation try again for up to 20 seconds."
        ),
        Entry(
            "provider-url-invalid",
            codes: ["ValidationError", "InvalidInput"],
            text: "Invalid Open ID Connect Provider URL",
            "The provider's URL is not https://, or has a port, a query or a blank.",
            fix: "Use the token's iss as it stands."
        ),
        Entry(
            "thumbprint-not-fetched",
            codes: ["OpenIdIdpCommunicationError"],
            "IAM could not reach the issuer to read its certificate.",
            fix: "Pass --thumbprint-list, or try again."
        ),
        Entry(
            "policies-left",
            codes: ["DeleteConflict"],
            "The role still has policies.",
            fix: "Detach managed and delete inline policies first."
        ),
        Entry(
            "changed-meanwhile",
            codes: ["ConcurrentModification"],
            "Someone else changed the object at the same time.",
            fix: "Read it again, then repeat the change."
        ),
        Entry(
            "request-invalid",
            codes: ["ValidationError", "InvalidInput"],
            "IAM takes a parameter of the request for malformed.",
            fix: "Correct the value that the message names."
        ),
    ]

    private static let refusedCallers: [Entry] =
        [
            Entry(
                "iam-right-missing",
                codes: ["AccessDenied", "AccessDeniedException"],
                text: "not authorized to perform: iam:",
                "The operator's own credentials lack the right that the message names.",
                fix: "Grant the action to them, or choose others under setup.aws_profile."
            ),
            Entry(
                "iam-right-missing",
                codes: ["AccessDenied", "AccessDeniedException"],
                "The operator's own credentials may not make this call.",
                fix: "Choose others under setup.aws_profile."
            ),
        ] + stsErrors.filter { !$0.codes.isDisjoint(with: credentialCodes) }

    /// The codes of refused credentials and of faults, which every service of AWS shares.
    private static let credentialCodes: Set<String> = [
        "SignatureDoesNotMatch", "InvalidClientTokenId", "ExpiredToken", "Throttling", "InternalFailure",
    ]
}
