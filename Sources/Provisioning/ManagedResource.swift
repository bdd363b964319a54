import AWS
import Azure
import Federation

/// One object of a setup: its desired properties, its comparison with the cloud, and its removal.
protocol ManagedResource: Sendable {
    var id: SetupObject.ID { get }
    /// The resources that must exist before this one; each stands earlier in ``DesiredState/resources``.
    var dependencies: [SetupObject.ID] { get }
    /// Every property of the configuration that decides what is written.
    var desired: SetupBasis.Properties { get }

    /// Reads the object and compares it with the desired one.
    ///
    /// - Parameters:
    ///   - clouds: The clients of both clouds.
    ///   - resolved: The results of the dependencies.
    /// - Returns: The state of the object, and the actions that would create or change it.
    /// - Throws: ``SetupFault`` when the object cannot be read.
    func assess(_ clouds: SetupClouds, _ resolved: ResolvedResources) async throws(SetupFault) -> Assessment

    /// Decides whether and how the object is removed, after all objects were assessed.
    func removal(
        _ clouds: SetupClouds,
        _ resolved: ResolvedResources,
        keeping retained: RetainedResources
    ) async throws(SetupFault) -> Removal
}

/// The result of reading an object, with the writes that would make it as desired.
struct Assessment: Sendable {
    var state: SetupObject.State
    /// The properties as read that a write would replace; `nil` when the object does not exist.
    var observed: SetupBasis.Properties?
    var differences: [SetupDifference] = []
    var notes: [SetupNote] = []
    var isManaged: Bool?
    /// The reason that the object cannot be created or changed with any rights.
    var obstacle: Failure?
    /// The writes in their order; empty where the clouds only have to replicate.
    var actions: [SetupAction] = []
    /// A dependency that does not exist yet.
    var awaited: SetupObject.ID?
    /// The record that dependents need.
    var resolved: ResolvedResources.Record?

    /// The assessment of an object whose dependency does not exist yet.
    static func awaiting(_ id: SetupObject.ID, _ differences: [SetupDifference]) -> Assessment {
        Assessment(state: .missing, differences: differences, awaited: id)
    }
}

/// One write, small enough to be repeated.
struct SetupAction: Sendable {
    /// The write in the imperative: `create`, `set appRoleAssignmentRequired`.
    let title: String
    let run: @Sendable () async throws(SetupFault) -> Void

    init(_ title: String, _ run: @escaping @Sendable () async throws(SetupFault) -> Void) {
        self.title = title
        self.run = run
    }
}

/// The way an object leaves when a setup is undone.
enum Removal: Sendable {
    /// The object does not exist.
    case absent
    /// The object stays, for this reason.
    case keep(String)
    /// The question for the operator, the writes, and the check that they have taken effect.
    case remove(String, [SetupAction], isGone: @Sendable () async throws(SetupFault) -> Bool)
}

/// The results of the resources assessed so far, which their dependents read.
struct ResolvedResources: Sendable {
    enum Record: Sendable {
        /// The object id of an identity, by its name in the configuration.
        case identity(ManagedIdentity.ID, principalID: String)
        case application(ApplicationRecord)
        case servicePrincipal(ServicePrincipalRecord)
        case role(RoleRecord)
    }

    /// Object ids by the identities' names in the configuration.
    private(set) var principalIDs: [ManagedIdentity.ID: String]
    /// The objects assessed so far.
    private(set) var objects: [SetupObject.ID: SetupObject] = [:]
    private var records: [SetupObject.ID: Record] = [:]

    /// Creates the results of no resource; the configuration knows some object ids beforehand.
    init(_ identities: [DesiredIdentity]) {
        principalIDs = identities.reduce(into: [:]) { $0[$1.id] = $1.principalID }
    }

    mutating func add(_ object: SetupObject, _ record: Record?) {
        objects[object.id] = object
        records[object.id] = record
        if case .identity(let name, let principalID) = record { principalIDs[name] = principalID }
    }

    func application(_ uri: String) -> ApplicationRecord? {
        if case .application(let record) = records[.application(uri)] { record } else { nil }
    }

    func servicePrincipal(_ uri: String) -> ServicePrincipalRecord? {
        if case .servicePrincipal(let record) = records[.servicePrincipal(uri)] { record } else { nil }
    }

    func role(_ name: String) -> RoleRecord? {
        if case .role(let record) = records[.role(name)] { record } else { nil }
    }

    /// The id of the app role with the assignment's value, which may have been created by hand.
    func appRoleID(_ assignment: DesiredAssignment) -> String? {
        let uri = assignment.identifierURI
        let roles = servicePrincipal(uri)?.appRoles ?? application(uri)?.appRoles
        return roles?.first { $0.value == assignment.appRole.value }?.id
    }
}

/// The objects, audiences and grants that mappings outside the run need.
struct RetainedResources: Sendable {
    /// The mappings that need an object.
    private(set) var mappings: [SetupObject.ID: String] = [:]
    /// The audiences needed, by the provider's ARN.
    private(set) var audiences: [String: [String]] = [:]
    /// The grants needed, by role.
    private(set) var grants: [RoleARN: [TrustGrant]] = [:]

    init(_ others: DesiredState?, principalIDs: [ManagedIdentity.ID: String]) {
        guard let others else { return }
        let names = others.mappings.joined(separator: ", ")
        for resource in others.resources where resource.id.kind != .provider && resource.id.kind != .role {
            mappings[resource.id] = names
        }
        for role in others.roles { grants[role.arn] = role.grants(principalIDs: principalIDs) }
        for provider in others.providers { audiences[provider.arn] = provider.clientIDs }
    }
}

extension DesiredState {
    /// The resources in creation order: each one after its dependencies.
    var resources: [any ManagedResource] {
        var resources: [any ManagedResource] = identities.map {
            ManagedIdentityResource(identity: $0, tag: tag)
        }
        resources += applications.map {
            ApplicationResource(application: $0, tenantID: tenantID, tag: tag)
        }
        resources += applications.map { ServicePrincipalResource(application: $0, tag: tag) }
        resources += assignments.map { AppRoleAssignmentResource(assignment: $0, tag: tag) }
        resources += providers.map { OIDCProviderResource(provider: $0, tag: tag) }
        for role in roles {
            resources.append(RoleResource(role: role, tag: tag))
            resources += role.managedPolicies.map { AttachedPolicyResource(role: role, policy: $0, tag: tag) }
            resources += role.inlinePolicies.map { InlinePolicyResource(role: role, policy: $0, tag: tag) }
        }
        return resources
    }
}

extension SetupObject.ID {
    static func identity(_ name: String) -> SetupObject.ID { .init(.identity, name) }
    static func application(_ uri: String) -> SetupObject.ID { .init(.application, uri) }
    static func servicePrincipal(_ uri: String) -> SetupObject.ID { .init(.servicePrincipal, uri) }
    static func provider(_ issuer: String) -> SetupObject.ID { .init(.provider, issuer) }
    static func role(_ name: String) -> SetupObject.ID { .init(.role, name) }
}
