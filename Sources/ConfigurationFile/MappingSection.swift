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
    var hub: RoleMapping.ID?
    var externalID: String?
    var sessionTags: [String: String] = [:]
    var transitiveTags: [String] = []
    var sourceIdentity: String?
}

/// The values of a mapping's `setup:` while its keys are read.
struct SetupDraft: Sendable {
    var application: String?
    var identity = IdentityResourceDraft()
    var managedPolicies: [ARN] = []
    var inlinePolicies: [String: String] = [:]
    var maximumSession: Duration?
    var thumbprints: [String] = []
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
        defaultDraft: MappingDraft(),
        fields: [
            Field(
                "identity",
                \.identity,
                .identityName,
                isRequired: true,
                isReplacedBy: "via",
                example: "logging",
                help: "name of an identity"
            ),
            Field(
                "audience",
                \.audience,
                .audience,
                isRequired: true,
                isReplacedBy: "via",
                example: "api://security-aws-logging",
                help: "Application ID URI for which the token is requested"
            ),
            Field(
                "app_role",
                \.appRole,
                .text,
                example: "AssumeRoleWithWebIdentity",
                help: "value expected in the token's roles claim"
            ),
            Field(
                "role_arn",
                \.roleARN,
                .roleARN,
                isRequired: true,
                example: "arn:aws:iam::111122223333:role/audit",
                help: "ARN of the role to assume"
            ),
            Field(
                "region",
                \.region,
                .region,
                variables: ["AWS_REGION", "AWS_DEFAULT_REGION"],
                example: "eu-west-1",
                help: "STS region (if not set here or in a variable: the default of the role's partition)"
            ),
            Field(
                "duration",
                \.duration,
                .duration(.seconds(900) ... .seconds(43_200)),
                example: "1h",
                help: "lifetime of the credentials"
            ),
            Field(
                "session_name",
                \.sessionName,
                .sessionName,
                example: "cambist-{mapping}",
                help: "name of the role session, as shown in CloudTrail"
            ),
            Field(
                "policy_arns",
                \.policyARNs,
                .policies(atMost: 10),
                example: "[arn:aws:iam::aws:policy/ReadOnlyAccess]",
                help: "ARNs of managed policies to use as session policies"
            ),
            Field(
                "policy_file",
                \.policyFile,
                .file,
                example: "session.json",
                help: "file with an inline session policy"
            ),
            Field(
                "trust_policy_file",
                \.trustPolicyFile,
                .file,
                example: "audit-trust.json",
                help: "file with a copy of the role's trust policy, for explanations without IAM permissions"
            ),
            Field(
                "probe",
                \.probe,
                .words,
                example: "[aws, s3, ls]",
                help: "command that verifies the role's permissions"
            ),
            Field(
                "refresh",
                \.refresh,
                .choice,
                example: "auto",
                help: "whether the console renews the credentials automatically"
            ),
            Field(
                "tags",
                \.tags,
                .words,
                example: "[prod, emea]",
                help: "tags for filters and groups"
            ),
            Field(
                "via",
                \.hub,
                .mappingName,
                example: "hub",
                help:
                    "mapping whose credentials assume the role (role chaining), in place of identity and audience"
            ),
            Field(
                "external_id",
                \.externalID,
                .externalID,
                example: "cambist-audit",
                help: "ExternalId that the role's trust policy requires; only with via"
            ),
            Field(
                "session_tags",
                \.sessionTags,
                .sessionTags,
                example: "{team: logging}",
                help: "tags of the session; only with via"
            ),
            Field(
                "transitive_tags",
                \.transitiveTags,
                .tagKeys,
                example: "[team]",
                help: "keys of session_tags that later roles in the chain inherit"
            ),
            Field(
                "source_identity",
                \.sourceIdentity,
                .sourceIdentity,
                example: "logging",
                help: "SourceIdentity of the session, as CloudTrail shows it; only with via"
            ),
            .section("setup", \.setup, .setup, help: "objects that cambist setup creates; all optional"),
        ]
    )
}

extension Section<SetupDraft> {
    fileprivate static let setup = Section(
        defaultDraft: SetupDraft(),
        fields: [
            Field(
                "application",
                \.application,
                .text,
                example: "security-aws-logging",
                help: "display name of the Entra application"
            ),
            .section(
                "identity",
                \.identity,
                .identityResource,
                help: "managed identity to create through Azure Resource Manager"
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
                help: "maximum session duration of the role"
            ),
            Field(
                "thumbprints",
                \.thumbprints,
                .thumbprints,
                example: "[626d44e704d1ceabe3bf0d53397464ac8080142c]",
                help: "SHA-1 thumbprints that the OIDC provider must have; without them, IAM retrieves one"
            ),
        ]
    )
}

extension Section<IdentityResourceDraft> {
    fileprivate static let identityResource = Section(
        defaultDraft: IdentityResourceDraft(),
        fields: [
            Field(
                "subscription",
                \.subscription,
                .guid,
                example: "00000000-0000-0000-0000-000000000000",
                help: "ID of the subscription"
            ),
            Field("resource_group", \.resourceGroup, .text, example: "ops", help: "resource group"),
            Field("location", \.location, .text, example: "westeurope", help: "Azure region"),
            Field("name", \.name, .text, example: "logging", help: "name of the identity"),
        ]
    )
}
