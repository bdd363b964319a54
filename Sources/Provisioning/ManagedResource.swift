import AWS
import Azure
import Federation

import struct FoundationEssentials.Date

/// An object of a setup: its desired properties, its comparison with the cloud, and its removal.
protocol ManagedResource: Sendable {
    var id: SetupObject.ID { get }
    /// The objects that setup must create before this object.
    var dependencies: [SetupObject.ID] { get }
    /// The configured properties of the object.
    var desired: SetupBasis.Properties { get }

    /// Reads the object and compares it with the desired properties.
    ///
    /// - Parameters:
    ///   - clouds: The clients for both clouds.
    ///   - resolved: The objects that the run has already read, including all dependencies.
    /// - Returns: The state of the object, and the actions to create or change it.
    /// - Throws: ``SetupError`` if the object cannot be read.
    func assess(_ clouds: SetupClouds, _ resolved: ResolvedResources) async throws(SetupError) -> Assessment

    /// Returns the plan for removing the object; called after the run has read all objects.
    func removal(
        _ clouds: SetupClouds,
        _ resolved: ResolvedResources,
        keeping retained: RetainedResources
    ) async throws(SetupError) -> Removal
}

/// The result of reading an object, and the writes that create or change the object.
struct Assessment: Sendable {
    var state: SetupObject.State
    /// The object's current properties, for the comparison with a later read; `nil` for a missing object.
    var observed: SetupBasis.Properties?
    var differences: [SetupDifference] = []
    var notes: [SetupNote] = []
    /// Whether a tag marks the object as created by setup; `nil` if unknown.
    var isManaged: Bool?
    /// The reason why setup cannot create or change the object, even with full permissions.
    var obstacle: Failure?
    /// The writes, in order; empty if no write is necessary or possible yet.
    var actions: [SetupAction] = []
    /// A dependency that must be created or changed first.
    var pendingDependency: SetupObject.ID?
    /// The record that dependent resources need.
    var resolved: ResolvedResources.Record?

    /// Returns the assessment of a missing object that waits for a dependency.
    static func awaiting(_ id: SetupObject.ID, _ differences: [SetupDifference]) -> Assessment {
        Assessment(state: .missing, differences: differences, pendingDependency: id)
    }
}

/// A single write that is safe to repeat.
struct SetupAction: Sendable {
    /// An imperative phrase: `create`, `set appRoleAssignmentRequired`.
    let title: String
    let run: @Sendable () async throws(SetupError) -> Void

    init(_ title: String, _ run: @escaping @Sendable () async throws(SetupError) -> Void) {
        self.title = title
        self.run = run
    }
}

/// The plan for removing an object.
enum Removal: Sendable {
    case absent
    /// The object is kept, for the given reason.
    case keep(String)
    /// The question for the operator, the writes, and the check that the writes have taken effect.
    case remove(String, [SetupAction], isGone: @Sendable () async throws(SetupError) -> Bool)
}

/// The objects that the run has read so far, for assessing dependent objects.
struct ResolvedResources: Sendable {
    enum Record: Sendable {
        /// An identity's name in the configuration, its object ID, and its client ID.
        case identity(ManagedIdentity.ID, principalID: String, clientID: String)
        case application(ApplicationRecord)
        case servicePrincipal(ServicePrincipalRecord)
        case role(RoleRecord)
    }

    /// The current time by this host's clock, for evaluating trust policies.
    let now: Date
    /// Object IDs by the identities' names in the configuration.
    private(set) var principalIDs: [ManagedIdentity.ID: String]
    /// Client IDs by the identities' names in the configuration.
    private(set) var clientIDs: [ManagedIdentity.ID: String]
    private(set) var objects: [SetupObject.ID: SetupObject] = [:]
    private var records: [SetupObject.ID: Record] = [:]

    /// Creates a value that contains only the configured IDs.
    init(_ identities: [DesiredIdentity], at now: Date) {
        self.now = now
        principalIDs = identities.reduce(into: [:]) { $0[$1.id] = $1.principalID }
        clientIDs = identities.reduce(into: [:]) { $0[$1.id] = $1.clientID }
    }

    mutating func add(_ object: SetupObject, _ record: Record?) {
        objects[object.id] = object
        records[object.id] = record
        if case .identity(let name, let principalID, let clientID) = record {
            principalIDs[name] = principalID
            clientIDs[name] = clientID
        }
    }

    func application(_ uri: String) -> ApplicationRecord? {
        if case .application(let record) = records[.application(uri)] { record } else { nil }
    }

    func servicePrincipal(_ uri: String) -> ServicePrincipalRecord? {
        if case .servicePrincipal(let record) = records[.servicePrincipal(uri)] { record } else { nil }
    }

    func role(_ id: SetupObject.ID) -> RoleRecord? {
        if case .role(let record) = records[id] { record } else { nil }
    }

    /// Returns the ID of the app role with the value that the assignment requires, if any.
    ///
    /// The ID can be any GUID, because setup may not have created the app role.
    func appRoleID(_ assignment: DesiredAssignment) -> String? {
        let uri = assignment.identifierURI
        let roles = servicePrincipal(uri)?.appRoles ?? application(uri)?.appRoles
        return roles?.first { $0.value == assignment.appRole.value }?.id
    }
}

/// The objects, audiences, and grants that mappings outside the run need.
struct RetainedResources: Sendable {
    /// The names of the mappings outside the run, separated by commas.
    private(set) var mappings = ""
    /// The objects that the mappings need, except roles and providers (see ``grants`` and ``audiences``).
    private(set) var objects: Set<SetupObject.ID> = []
    /// The required audiences, by provider ARN.
    private(set) var audiences: [String: [String]] = [:]
    /// The required grants, by role; only grants for identities with a known object ID.
    private(set) var grants: [RoleARN: [TrustGrant]] = [:]
    /// For each role, the hub roles that must be able to assume it.
    private(set) var hubs: [RoleARN: Set<RoleARN>] = [:]

    /// Determines the resources that mappings outside the run need.
    ///
    /// - Parameters:
    ///   - others: The desired state of the mappings outside the run, if any.
    ///   - own: The identities of the run. An identity in `others` with the same client ID or resource ID has the same
    ///     object ID.
    ///   - principalIDs: The object IDs of the run's identities.
    init(_ others: DesiredState?, own: [DesiredIdentity], principalIDs: [ManagedIdentity.ID: String]) {
        guard let others else { return }
        var principalIDs = principalIDs
        for identity in others.identities where principalIDs[identity.id] == nil {
            principalIDs[identity.id] = own.first { $0.isSame(as: identity) }.flatMap { principalIDs[$0.id] }
        }
        mappings = others.mappings.joined(separator: ", ")
        objects = Set(others.resources.map(\.id).filter { $0.kind != .provider && $0.kind != .role })
        for role in others.roles {
            for policy in role.managedPolicies { keep(.attachedPolicy, policy, of: role.arn) }
            for policy in role.inlinePolicies { keep(.inlinePolicy, policy.name, of: role.arn) }
            hubs[role.arn] = Set(role.hubs.map(\.hubARN))
            grants[role.arn] = role.calls(principalIDs: principalIDs).compactMap(\.grant)
        }
        for permission in others.permissions {
            keep(.inlinePolicy, permission.policy.name, of: permission.role)
        }
        for provider in others.providers { audiences[provider.arn] = provider.clientIDs }
    }

    /// Adds a policy under both possible IDs, with and without the account.
    private mutating func keep(_ kind: SetupObject.Kind, _ policy: String, of role: RoleARN) {
        for name in [role.name, "\(role.account)/\(role.name)"] {
            objects.insert(SetupObject.ID(kind, "\(name)/\(policy)"))
        }
    }
}

extension DesiredState {
    /// The resources in creation order: each resource follows its dependencies.
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
        let isQualified = roles.contains(where: \.isQualified)
        var known = Set(roles.map(\.arn))
        for permission in permissions where known.insert(permission.role).inserted {
            let index = resources.firstIndex { $0.id.kind == .role } ?? resources.count
            resources.insert(
                HubRoleResource(permission: permission, isQualified: isQualified),
                at: index
            )
        }
        return resources
            + permissions.map { permission in
                let role =
                    roles.first { $0.arn == permission.role }
                    ?? DesiredRole(named: permission.role, isQualified: isQualified)
                return InlinePolicyResource(
                    role: role,
                    policy: permission.policy,
                    tag: tag,
                    isHubPermission: true
                )
            }
    }
}

extension DesiredRole {
    /// Creates the desired state of a role outside the setup.
    ///
    /// Setup adds only inline policies to this role.
    fileprivate init(named arn: RoleARN, isQualified: Bool) {
        self.init(
            arn: arn,
            callers: [],
            hubs: [],
            mappings: [],
            maximumSession: .seconds(3600),
            choosesMaximumSession: false,
            managedPolicies: [],
            inlinePolicies: [],
            isQualified: isQualified
        )
    }
}

extension SetupObject.ID {
    static func identity(_ name: String) -> SetupObject.ID { .init(.identity, name) }
    static func application(_ uri: String) -> SetupObject.ID { .init(.application, uri) }
    static func servicePrincipal(_ uri: String) -> SetupObject.ID { .init(.servicePrincipal, uri) }
    static func provider(_ arn: String, isQualified: Bool) -> SetupObject.ID {
        let issuer = "https://" + TrustGrant.provider(of: arn)
        return .init(.provider, isQualified ? "\(ARN(arn)?.account ?? "")/\(issuer)" : issuer)
    }
    static func role(_ arn: RoleARN, isQualified: Bool) -> SetupObject.ID {
        .init(.role, isQualified ? "\(arn.account)/\(arn.name)" : arn.name)
    }
}
