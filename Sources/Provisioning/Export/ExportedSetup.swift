import Federation

/// What an export writes down: the objects of one mapping's set-up, each as its cloud is to get it.
///
/// Where the scripts find something out while they run, a value holds a variable: ``principalID``,
/// ``applicationID``.
struct ExportedSetup: Hashable, Sendable {
    /// How a script comes by the identity's object id.
    enum Identity: Hashable, Sendable {
        /// It is known.
        case principal(String)
        /// From the directory, by the client id.
        case client(String)
        /// From Azure Resource Manager, where the identity is.
        case resource(IdentityResource)
        /// As before, the identity being created when it is missing.
        case created(IdentityResource)
    }

    /// The mapping's name.
    let mapping: RoleMapping.ID
    let tenantID: String
    /// Where the mapping asks STS; Terraform's provider wants some region.
    let region: String
    let identity: Identity
    /// The identity's object id, where the configuration knows it.
    let knownPrincipalID: String?
    let application: DesiredApplication
    let appRole: DesiredAppRole
    let provider: DesiredProvider
    let role: DesiredRole

    /// The object id of the identity's service principal, which scripts look up.
    static let principalID = "principal_id"
    /// The application's client id, which scripts look up.
    static let applicationID = "app_id"

    /// The objects of a blueprint that is about one mapping; `nil` of one that is about several.
    init?(_ blueprint: DesiredState, region: String) {
        guard blueprint.mappings.count == 1, let mapping = blueprint.mappings.first,
            let identity = blueprint.identities.first.flatMap(Identity.init),
            let application = blueprint.applications.first,
            let appRole = blueprint.assignments.first?.appRole, let provider = blueprint.providers.first,
            let role = blueprint.roles.first
        else { return nil }
        self.mapping = mapping
        self.region = region
        self.identity = identity
        knownPrincipalID = blueprint.identities.first?.principalID
        self.application = application
        self.appRole = appRole
        self.provider = provider
        self.role = role
        tenantID = blueprint.tenantID
    }

    /// The identifier URI.
    var audience: String { application.identifierURI }

    /// A condition key of the provider: `sts.windows.net/TENANT/:aud`.
    func conditionKey(_ claim: String) -> String { "\(provider.hostAndPath):\(claim)" }

    /// The first line of every file.
    var title: String {
        "Sets up both clouds for the mapping \(comment(mapping)) of cambist: tokens of a managed identity for an AWS role."
    }

    /// A text from the configuration, fit to stand in a comment.
    func comment(_ text: some CustomStringConvertible) -> String {
        VisibleText.oneLine(text.description)
    }
}

extension ExportedSetup.Identity {
    /// The surest way; `nil` where the blueprint names none.
    init?(_ blueprint: DesiredIdentity) {
        if let resource = blueprint.resource {
            self = .created(resource)
        } else if let principalID = blueprint.principalID {
            self = .principal(principalID)
        } else if let clientID = blueprint.clientID {
            self = .client(clientID)
        } else if let resource = blueprint.resourceID.flatMap(IdentityResource.init) {
            self = .resource(resource)
        } else {
            return nil
        }
    }
}

extension IdentityResource {
    /// Reads an Azure Resource Manager id of a user-assigned identity, which does not say the location.
    fileprivate init?(resourceID: String) {
        let parts = resourceID.split(separator: "/").map(String.init)
        guard parts.count == 8, parts[6].lowercased() == "userassignedidentities" else { return nil }
        self.init(subscription: parts[1], resourceGroup: parts[3], location: "", name: parts[7])
    }
}

// The objects, as Graph and IAM take them.
extension ExportedSetup {
    /// The body that creates the application.
    var applicationBody: ScriptValue {
        .members([
            .init(name: "displayName", value: .text(application.displayName)),
            .init(name: "signInAudience", value: .text(DesiredApplication.signInAudience)),
            .init(name: "identifierUris", value: .list([.text(audience)])),
            .init(
                name: "api",
                value: .members([
                    .init(
                        name: "requestedAccessTokenVersion",
                        value: .integer(DesiredApplication.tokenVersion)
                    )
                ])
            ),
            .init(name: "appRoles", value: .list([appRoleBody])),
            .init(name: "tags", value: .list([.text(OwnershipTag.directoryTag)])),
        ])
    }

    private var appRoleBody: ScriptValue {
        .members([
            .init(name: "id", value: .text(appRole.id)),
            .init(name: "value", value: .text(appRole.value)),
            .init(name: "displayName", value: .text(DesiredAppRole.displayName)),
            .init(name: "description", value: .text(DesiredAppRole.description)),
            .init(name: "allowedMemberTypes", value: .list([.text(DesiredAppRole.memberType)])),
            .init(name: "isEnabled", value: .boolean(true)),
        ])
    }

    /// The body that creates the service principal of ``applicationID``.
    var servicePrincipalBody: ScriptValue {
        .members([
            .init(name: "appId", value: .variable(Self.applicationID)),
            .init(
                name: "appRoleAssignmentRequired",
                value: .boolean(DesiredApplication.requiresAssignment)
            ),
            .init(name: "tags", value: .list([.text(OwnershipTag.directoryTag)])),
        ])
    }

    /// The trust policy that lets ``principalID`` in.
    var trustPolicy: ScriptValue {
        let stand = "<\(Self.principalID)>"
        let identities = role.callers.map { ($0.identity, stand) }
        let policy = role.trustPolicy(principalIDs: Dictionary(identities) { first, _ in first }) ?? .null
        return ScriptValue(policy, variables: [stand: Self.principalID])
    }

    /// Seconds.
    var maximumSession: Int { Int(role.maximumSession.components.seconds) }

    /// The tags of AWS objects and Azure resources, as a mapping.
    var tags: ScriptValue {
        .members([.init(name: OwnershipTag.key, value: .text(OwnershipTag.value))])
    }

    /// The tags as IAM's list of keys and values.
    var tagList: ScriptValue {
        .list([
            .members([
                .init(name: "Key", value: .text(OwnershipTag.key)),
                .init(name: "Value", value: .text(OwnershipTag.value)),
            ])
        ])
    }

    /// What Entra says, as a regular expression, while it has not yet replicated what was just made.
    ///
    /// Source: Microsoft Graph, and the texts that azuread's provider retries on.
    static let replicationTexts =
        "Request_ResourceNotFound|does not exist or one of its queried|Not a valid reference update"
        + "|Permission being assigned was not found|does not reference a valid application"
    /// What Entra says of an assignment that it has, though not all replicas show it yet.
    static let assignedText = "already exists on the object"
    /// The rights that the half for Entra needs.
    static let graphRights = "Application.ReadWrite.All and AppRoleAssignment.ReadWrite.All"
}
