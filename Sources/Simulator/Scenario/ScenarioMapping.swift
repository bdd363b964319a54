import Federation

/// A mapping, with the role and the provider it needs.
///
/// Texts may name what fits with `{tenant_id}`, `{client_id}`, `{principal_id}`, `{PRINCIPAL_ID}` (in capitals),
/// `{audience}`, `{application_id}`, `{issuer}`, `{provider}` (the issuer without its scheme) and `{account}`.
struct ScenarioMapping: Hashable, Sendable {
    var name: String
    var identity: String
    var application: String
    /// Twelve digits.
    var account: String
    var region = "eu-west-1"
    var tags: [String] = []
    /// What the token is asked for, where that is not the application's identifier URI.
    var audience: String?
    var duration: Duration?
    var sessionName: String?
    /// ARNs of managed session policies.
    var policyARNs: [String] = []
    /// An inline session policy.
    var sessionPolicy: String?
    var provider = ScenarioProvider()
    var role = ScenarioRole()
    var trust = ScenarioTrust()
}

/// The OIDC provider in a mapping's account.
struct ScenarioProvider: Hashable, Sendable {
    var isPresent = true
    var url: String?
    var clientIDs: [String]?
    var connection = Connection.trusted

    enum Connection: String, CaseIterable, Sendable {
        case trusted
        case thumbprintMismatch = "thumbprint-mismatch"
        case unreachable
        case claimRejected = "claim-rejected"
    }
}

/// A mapping's role, and its account's stance to it.
struct ScenarioRole: Hashable, Sendable {
    var isPresent = true
    var maxSession = Duration.seconds(3600)
    /// Whether a policy of the organization forbids assuming it.
    var isDeniedByOrganization = false
    /// Whether STS throttles every exchange for the account.
    var isThrottled = false
}

/// What a role's trust policy says in place of what would fit.
struct ScenarioTrust: Hashable, Sendable {
    /// The whole policy; the other members then count for nothing.
    var policy: String?
    /// What stands before `:aud` and `:sub` in the condition keys.
    var prefix: String?
    /// The ARN of the principal.
    var federated: String?
    var action = "sts:AssumeRoleWithWebIdentity"
    var audience: String?
    var subject: String?
}
