import Federation

/// The values of a mapping while its keys are read.
struct MappingDraft: Sendable {
    var identity: ManagedIdentity.ID?
    var audience: String?
    var appRole: String?
    var roleARN: RoleARN?
    var region: String?
    var duration = Duration.seconds(3600)
    var sessionName = "cambist-{mapping}"
    var policyARNs: [ARN] = []
    var policyFile: String?
    var trustPolicyFile: String?
    var probe: [String] = []
    var refresh = RefreshMode.auto
    var tags: [String] = []
    var setup = SetupDraft()
}

/// The values of a mapping's `setup:` while its keys are read.
struct SetupDraft: Sendable {
    var application: String?
    var identity = IdentityResourceDraft()
    var managedPolicies: [ARN] = []
    var inlinePolicies: [String: String] = [:]
    var maximumSession: Duration?
}

/// The values of a mapping's `setup.identity:` while its keys are read.
struct IdentityResourceDraft: Sendable {
    var subscription: String?
    var resourceGroup: String?
    var location: String?
    var name: String?
}

extension Section<MappingDraft> {
    /// The keys of an entry under `mappings:`.
    static let mapping = Section(
        blank: MappingDraft(),
        fields: [
            Field(
                "identity",
                \.identity,
                .identityName,
                isRequired: true,
                example: "logging",
                help: "an entry of identities"
            ),
            Field(
                "audience",
                \.audience,
                .audience,
                isRequired: true,
                example: "api://security-aws-logging",
                help: "the Application ID URI that the token is asked for"
            ),
            Field(
                "app_role",
                \.appRole,
                .text,
                example: "AssumeRoleWithWebIdentity",
                help: "the value expected among the token's roles"
            ),
            Field(
                "role_arn",
                \.roleARN,
                .roleARN,
                isRequired: true,
                example: "arn:aws:iam::111122223333:role/audit",
                help: "the role to assume"
            ),
            Field(
                "region",
                \.region,
                .region,
                variables: ["AWS_REGION", "AWS_DEFAULT_REGION"],
                example: "eu-west-1",
                help: "where STS is asked; else the implicit region of the role's partition"
            ),
            Field(
                "duration",
                \.duration,
                .duration(.seconds(900) ... .seconds(43_200)),
                example: "1h",
                help: "how long the credentials live"
            ),
            Field(
                "session_name",
                \.sessionName,
                .sessionName,
                example: "cambist-{mapping}",
                help: "the role session's name, as CloudTrail shows it"
            ),
            Field(
                "policy_arns",
                \.policyARNs,
                .policies(atMost: 10),
                example: "[arn:aws:iam::aws:policy/ReadOnlyAccess]",
                help: "managed session policies"
            ),
            Field(
                "policy_file",
                \.policyFile,
                .file,
                example: "session.json",
                help: "an inline session policy"
            ),
            Field(
                "trust_policy_file",
                \.trustPolicyFile,
                .file,
                example: "audit-trust.json",
                help: "a copy of the role's trust policy, to explain without IAM rights"
            ),
            Field(
                "probe",
                \.probe,
                .words,
                example: "[aws, s3, ls]",
                help: "a command that proves the permissions work"
            ),
            Field(
                "refresh",
                \.refresh,
                .choice,
                example: "auto",
                help: "whether the console renews the credentials"
            ),
            Field(
                "tags",
                \.tags,
                .words,
                example: "[prod, emea]",
                help: "words to show and to filter on"
            ),
            .section("setup", \.setup, .setup, help: "what cambist setup makes; all of it is optional"),
        ]
    )
}

extension Section<SetupDraft> {
    fileprivate static let setup = Section(
        blank: SetupDraft(),
        fields: [
            Field(
                "application",
                \.application,
                .text,
                example: "security-aws-logging",
                help: "the display name of the Entra application"
            ),
            .section(
                "identity",
                \.identity,
                .identityResource,
                help: "the managed identity to create through ARM"
            ),
            Field(
                "managed_policies",
                \.managedPolicies,
                .policies(atMost: 20),
                example: "[arn:aws:iam::aws:policy/ReadOnlyAccess]",
                help: "managed policies to attach to the role"
            ),
            Field(
                "inline_policies",
                \.inlinePolicies,
                .table(of: .file, accepted: "a file for each name: {name: file}"),
                example: "{logs: logs-policy.json}",
                help: "inline policies of the role"
            ),
            Field(
                "max_session",
                \.maximumSession,
                .duration(.seconds(3600) ... .seconds(43_200)),
                example: "1h",
                help: "the role's longest session"
            ),
        ]
    )
}

extension Section<IdentityResourceDraft> {
    fileprivate static let identityResource = Section(
        blank: IdentityResourceDraft(),
        fields: [
            Field(
                "subscription",
                \.subscription,
                .guid,
                example: "00000000-0000-0000-0000-000000000000",
                help: "the subscription's id"
            ),
            Field("resource_group", \.resourceGroup, .text, example: "ops", help: "the resource group"),
            Field("location", \.location, .text, example: "westeurope", help: "the Azure region"),
            Field("name", \.name, .text, example: "logging", help: "the identity's name"),
        ]
    )
}
