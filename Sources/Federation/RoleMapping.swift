/// One identity, one audience and one role: the subject of an exchange.
package struct RoleMapping: Hashable, Sendable, Identifiable {
    /// Its name under `mappings:`.
    package let id: String
    /// The identity whose token is requested.
    package var identity: ManagedIdentity.ID
    /// The Application ID URI of the token request, exactly as in the token's `aud`.
    package var audience: String
    /// The value expected among the token's `roles`; AWS never reads it.
    package var appRole: String?
    /// The role to assume.
    package var roleARN: RoleARN
    /// The region of the STS endpoint.
    package var region: String
    /// The lifetime of the credentials, 15 min to 12 h; at most the role's own maximum.
    package var duration: Duration
    /// The role session's name, `{mapping}` already replaced.
    package var sessionName: String
    /// Managed session policies.
    package var policyARNs: [ARN]
    /// The inline session policy's file.
    package var policyFile: String?
    /// A copy of the role's trust policy, for predictions without IAM permissions.
    package var trustPolicyFile: String?
    /// A command that checks the permissions; empty for none.
    package var probe: [String]
    /// The way in which the console refreshes the credentials.
    package var refresh: RefreshMode
    /// Words shown and used by filters.
    package var tags: [String]
    /// Objects that `cambist setup` creates for it.
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

/// The way in which a mapping's credentials are refreshed.
package enum RefreshMode: String, CaseIterable, Hashable, Sendable {
    case auto
    case manual
}
