/// A combination of one identity, one audience, and one role; each exchange is for one mapping.
package struct RoleMapping: Hashable, Sendable, Identifiable {
    /// The mapping names that `serve` skips, because the server has the endpoints `/healthz` and `/metrics`.
    package static let unservedNames: Set = ["healthz", "metrics"]

    /// The name under `mappings:`.
    package let id: String
    /// The identity whose token is requested.
    package var identity: ManagedIdentity.ID
    /// The Application ID URI, or the application's client ID, for which a token is requested.
    package var audience: String
    /// The value that the token's `roles` claim should contain.
    ///
    /// A token without the value only causes a warning, because AWS does not read the claim.
    package var appRole: String?
    package var roleARN: RoleARN
    /// The region of the STS endpoint.
    package var region: String
    /// The lifetime of the credentials, 15 min to 12 h; at most the role's `MaxSessionDuration`.
    package var duration: Duration
    /// The role session name, with `{mapping}` already replaced.
    package var sessionName: String
    /// The ARNs of managed session policies.
    package var policyARNs: [ARN]
    /// The file of the inline session policy.
    package var policyFile: String?
    /// A file with a copy of the role's trust policy, for predictions without IAM permissions.
    package var trustPolicyFile: String?
    /// A command that tests the role's permissions; empty for none.
    package var probe: [String]
    package var refresh: RefreshMode
    /// Tags for display and filtering.
    package var tags: [String]
    /// The settings of `cambist setup` for this mapping.
    package var setup: SetupRequest
    /// The way in which the role is assumed.
    ///
    /// With a hub, three other properties come from the first mapping of the chain: `identity`, `audience`, and
    /// `appRole`.
    package var assumption: RoleAssumption

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
        setup: SetupRequest = SetupRequest(),
        assumption: RoleAssumption = .token
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
        self.assumption = assumption
    }
}

/// The refresh mode of a mapping's credentials.
package enum RefreshMode: String, CaseIterable, Hashable, Sendable {
    case auto
    case manual
}
