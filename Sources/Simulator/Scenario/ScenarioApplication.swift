/// An application whose identifier URI is an audience.
struct ScenarioApplication: Hashable, Sendable {
    /// Its display name.
    var name: String
    var objectID: String?
    var clientID: String?
    var servicePrincipalID: String?
    /// Whether it is there; if not, the set-up of its mappings is to make it.
    var isRegistered = true
    /// May name the tenant as `{tenant_id}`.
    var identifierURIs: [String] = []
    /// 1 or 2; as good as 1 when absent.
    var tokenVersion: Int?
    var requiresAssignment = false
    var presence = ScenarioPresence.present
    var roleID: String?
    var roleValue = "AssumeRoleWithWebIdentity"
    var memberTypes: [AppRole.MemberType] = [.application]
    /// Whether `aud` is the client id even in v1 tokens.
    var usesGUIDAudience = false
    /// The identities that have been assigned to the role since long ago.
    var assigned: [String] = []
    /// The identities that are assigned to the role as the lab starts.
    var justAssigned: [String] = []
    /// The identities that have been assigned to the application without any of its roles.
    var defaultAccess: [String] = []
}

/// Whether a service principal is there.
enum ScenarioPresence: String, CaseIterable, Hashable, Sendable {
    case present
    case missing
    case disabled
}
