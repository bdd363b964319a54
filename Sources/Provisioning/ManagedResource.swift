import AWS
import Azure
import Federation

/// One object of a set-up: how it is read and compared, made and removed.
protocol ManagedResource: Sendable {
    var id: SetupObject.ID { get }

    /// Reads the object and compares it with what it shall be.
    ///
    /// What others hang on is left in `knowledge`. A fault means that nothing can be said of the object.
    func assess(_ clouds: SetupClouds, _ knowledge: inout ResolvedResources) async throws(SetupFault)
        -> Assessment

    /// What taking the object away comes to, after it and all others were assessed.
    func removal(_ clouds: SetupClouds, _ knowledge: ResolvedResources) async throws(SetupFault) -> Removal
}

/// What is there of an object, and what makes it as it shall be.
struct Assessment: Sendable {
    var state: SetupObject.State
    var differences: [SetupDifference] = []
    var notes: [SetupNote] = []
    var isOurs: Bool?
    /// Why it cannot be made or changed, whoever asks.
    var obstacle: Failure?
    /// In their order; none where the clouds only have to catch up.
    var actions: [SetupAction] = []
    /// What must be there before it can be made.
    var awaited: SetupObject.ID?

    static let ok = Assessment(state: .ok)

    /// The assessment of something that hangs on what is not there yet.
    static func awaiting(_ id: SetupObject.ID, _ differences: [SetupDifference]) -> Assessment {
        Assessment(state: .missing, differences: differences, awaited: id)
    }
}

/// One write, small enough to be repeated.
struct SetupAction: Sendable {
    /// In the imperative: `create`, `set appRoleAssignmentRequired`.
    let title: String
    let run: @Sendable () async throws(SetupFault) -> Void

    init(_ title: String, _ run: @escaping @Sendable () async throws(SetupFault) -> Void) {
        self.title = title
        self.run = run
    }
}

/// What becomes of an object when a set-up is undone.
enum Removal: Sendable {
    /// It is not there.
    case absent
    /// It stays, and why.
    case keep(String)
    /// What is asked of the operator, and the writes that do it; it is gone, or as it was, when they are done.
    case remove(String, [SetupAction], isGone: @Sendable () async throws(SetupFault) -> Bool)
}

/// What assessments found that others hang on.
struct ResolvedResources: Sendable {
    /// Object ids by the identities' names in the configuration.
    var principalIDs: [ManagedIdentity.ID: String] = [:]
    /// By identifier URI.
    var applications: [String: ApplicationRecord] = [:]
    var servicePrincipals: [String: ServicePrincipalRecord] = [:]
    /// By name.
    var roles: [String: RoleRecord] = [:]
    /// What the plan says of each object, as far as it has been assessed.
    var objects: [SetupObject.ID: SetupObject] = [:]
    /// What mappings that are not part of this run need.
    var needed: [SetupObject.ID: RoleMapping.ID] = [:]
    /// The audiences that mappings that are not part of this run need, by the provider's ARN.
    var neededAudiences: [String: [String]] = [:]
    /// The grants that mappings that are not part of this run need, by role.
    var neededGrants: [RoleARN: [TrustGrant]] = [:]

    /// The object id of an application's role of that value, which may have been made by hand.
    func appRoleID(_ blueprint: DesiredAssignment) -> String? {
        let roles = servicePrincipals[blueprint.identifierURI]?.appRoles
        return (roles ?? applications[blueprint.identifierURI]?.appRoles)?.first {
            $0.value == blueprint.appRole.value
        }?.id
    }
}

extension SetupObject.ID {
    static func of(_ identity: DesiredIdentity) -> SetupObject.ID { .init(.identity, identity.name) }
    static func application(_ uri: String) -> SetupObject.ID { .init(.application, uri) }
    static func servicePrincipal(_ uri: String) -> SetupObject.ID { .init(.servicePrincipal, uri) }
    static func role(_ name: String) -> SetupObject.ID { .init(.role, name) }
}
