/// One identity, one audience, one role: what an exchange is about.
package struct RoleMapping: Hashable, Sendable, Identifiable {
    /// Its name under `mappings:`.
    package let id: String
    /// Whose token is asked for.
    package var identity: ManagedIdentity.ID
    /// The Application ID URI that the token is asked for, exactly as the token must carry it.
    package var audience: String
    /// The value expected among the token's `roles`; AWS never reads it.
    package var appRole: String?
    /// The role to assume.
    package var roleARN: RoleARN
    /// Where STS is asked.
    package var region: String
    /// How long the credentials shall live, 15 min to 12 h; at most the role's own maximum.
    package var duration: Duration
    /// The role session's name, `{mapping}` already replaced.
    package var sessionName: String
    /// Managed session policies.
    package var policyARNs: [ARN]
    /// The inline session policy's file.
    package var policyFile: String?
    /// A copy of the role's trust policy, for prediction without IAM rights.
    package var trustPolicyFile: String?
    /// A command that proves the permissions work; empty for none.
    package var probe: [String]
    /// Whether the console renews the credentials by itself.
    package var refresh: RefreshMode
    /// Words to show and filter on.
    package var tags: [String]
    /// What `cambist setup` makes for it.
    package var setup: SetupRequest

    package init(
        id: String,
        identity: ManagedIdentity.ID,
        audience: String,
        appRole: String? = nil,
        roleARN: RoleARN,
        region: String,
        duration: Duration = .seconds(3600),
        sessionName: String,
        policyARNs: [ARN] = [],
        policyFile: String? = nil,
        trustPolicyFile: String? = nil,
        probe: [String] = [],
        refresh: RefreshMode = .auto,
        tags: [String] = [],
        setup: SetupRequest = SetupRequest()
    ) {
        self.id = id
        self.identity = identity
        self.audience = audience
        self.appRole = appRole
        self.roleARN = roleARN
        self.region = region
        self.duration = duration
        self.sessionName = sessionName
        self.policyARNs = policyARNs
        self.policyFile = policyFile
        self.trustPolicyFile = trustPolicyFile
        self.probe = probe
        self.refresh = refresh
        self.tags = tags
        self.setup = setup
    }
}

/// Who renews a mapping's credentials.
package enum RefreshMode: String, CaseIterable, Hashable, Sendable {
    case auto
    case manual
}
