import Federation

/// The objects of one mapping's setup, in the form in which each cloud creates them.
///
/// Values that scripts determine at run time are variables: ``principalID``, ``applicationID``.
struct ExportedSetup: Hashable, Sendable {
    /// The origin of the identity's object ID in a script.
    enum Identity: Hashable, Sendable {
        /// The configuration contains the object ID.
        case principal(String)
        /// The directory, looked up by client ID.
        case client(String)
        /// Azure Resource Manager, looked up by resource ID.
        case resource(IdentityResource)
        /// Azure Resource Manager, where the identity is created if it does not exist.
        case created(IdentityResource)
    }

    /// The name of the mapping.
    let mapping: RoleMapping.ID
    private let configuration: ConfigurationReference?
    let profiles: ExportProfiles
    let tenantID: String
    /// The cloud of the tenant.
    let cloud: MicrosoftCloud
    /// The ownership tag of the objects.
    let tag: OwnershipTag
    /// The region of the mapping, because Terraform's provider requires one, and scripts outside the standard partition
    /// must not use a region of another partition.
    let region: String
    let identity: Identity
    /// The object ID of the identity, if configured.
    let knownPrincipalID: String?
    let application: DesiredApplication
    let appRole: DesiredAppRole
    let provider: DesiredProvider
    let role: DesiredRole

    /// The variable for the object ID of the identity's service principal.
    static let principalID = "principal_id"
    /// The variable for the application's client ID.
    static let applicationID = "app_id"

    /// Creates the export of a desired state for one mapping without a hub.
    ///
    /// - Throws: ``SetupExportError/notOneMapping`` for another state, and
    ///   ``SetupExportError/identityUnusable(_:resourceID:)``.
    init(
        _ desiredState: DesiredState,
        region: String,
        _ configuration: ConfigurationReference?,
        _ profiles: ExportProfiles
    ) throws(SetupExportError) {
        guard desiredState.mappings.count == 1, let mapping = desiredState.mappings.first,
            let desiredIdentity = desiredState.identities.first,
            let application = desiredState.applications.first,
            let appRole = desiredState.assignments.first?.appRole,
            let provider = desiredState.providers.first,
            let role = desiredState.roles.first
        else { throw .notOneMapping }
        guard let identity = Identity(desiredIdentity) else {
            throw .identityUnusable(desiredIdentity.id, resourceID: desiredIdentity.resourceID)
        }
        self.mapping = mapping
        self.configuration = configuration
        self.profiles = profiles
        self.region = region
        self.identity = identity
        knownPrincipalID = desiredIdentity.principalID
        self.application = application
        self.appRole = appRole
        self.provider = provider
        self.role = role
        tenantID = desiredState.tenantID
        cloud = desiredState.cloud
        tag = desiredState.tag
    }

    /// The identifier URI of the application.
    var audience: String { application.identifierURI }

    /// Returns the provider's condition key for a claim: `sts.windows.net/TENANT/:aud`.
    func conditionKey(_ claim: String) -> String { "\(provider.hostAndPath):\(claim)" }

    /// The first line of the comment that begins a script or a Terraform file.
    var title: String {
        "Sets up both clouds for the mapping \(comment(mapping)) of cambist: tokens of a managed identity for an AWS role."
    }

    /// Returns the last line that a script prints, in the quoting of its shell.
    func advice(_ quote: (String) -> String) -> String {
        configuration.advice(toWaitFor: mapping, quote)
    }

    /// Returns text from the configuration in a form that is safe in a comment.
    func comment(_ text: some CustomStringConvertible) -> String {
        VisibleText.oneLine(text.description)
    }
}

extension ExportedSetup.Identity {
    /// Selects the resource to create, otherwise the object, client, or resource ID; `nil` if none is set and valid.
    init?(_ identity: DesiredIdentity) {
        if let resource = identity.resource {
            self = .created(resource)
        } else if let principalID = identity.principalID {
            self = .principal(principalID)
        } else if let clientID = identity.clientID {
            self = .client(clientID)
        } else if let resource = identity.resourceID.flatMap(IdentityResource.init) {
            self = .resource(resource)
        } else {
            return nil
        }
    }
}

extension IdentityResource {
    /// Parses the Azure Resource Manager ID of a user-assigned identity; the location remains empty.
    fileprivate init?(resourceID: String) {
        let parts = resourceID.split(separator: "/").map(String.init)
        guard parts.count == 8, parts[6].lowercased() == "userassignedidentities" else { return nil }
        self.init(subscription: parts[1], resourceGroup: parts[3], location: "", name: parts[7])
    }
}

// The objects as Graph and IAM JSON.
extension ExportedSetup {
    /// The request body that creates the application.
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
            .init(name: "tags", value: .list([.text(tag.directoryTag)])),
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

    /// The request body that creates the service principal of ``applicationID``.
    var servicePrincipalBody: ScriptValue {
        .members([
            .init(name: "appId", value: .variable(Self.applicationID)),
            .init(
                name: "appRoleAssignmentRequired",
                value: .boolean(DesiredApplication.requiresAssignment)
            ),
            .init(name: "tags", value: .list([.text(tag.directoryTag)])),
        ])
    }

    /// The trust policy that allows ``principalID``.
    var trustPolicy: ScriptValue {
        let placeholder = "<\(Self.principalID)>"
        let identities = role.callers.map { ($0.identity, placeholder) }
        let policy = role.trustPolicy(principalIDs: Dictionary(identities) { first, _ in first }) ?? .null
        return ScriptValue(policy, variables: [placeholder: Self.principalID])
    }

    /// The maximum session duration, in seconds.
    var maximumSession: Int { role.maximumSession.wholeSeconds }

    /// The tags of AWS objects and Azure resources, as a JSON object.
    var tags: ScriptValue {
        .members([.init(name: OwnershipTag.key, value: .text(tag.value))])
    }

    /// The tags as a list of keys and values, as in IAM.
    var tagList: ScriptValue {
        .list([
            .members([
                .init(name: "Key", value: .text(OwnershipTag.key)),
                .init(name: "Value", value: .text(tag.value)),
            ])
        ])
    }

    /// A regular expression for Entra's errors while a new object has not replicated.
    ///
    /// Sources: Microsoft Graph; the error messages on which Terraform's azuread provider retries.
    static let replicationTexts =
        "Request_ResourceNotFound|does not exist or one of its queried|Not a valid reference update"
        + "|Permission being assigned was not found|does not reference a valid application"
    /// Entra's error for an assignment that already exists but is not visible on all replicas.
    static let assignedText = "already exists on the object"
    /// The permissions that the commands for Entra require.
    static let graphRights = "Application.ReadWrite.All and AppRoleAssignment.ReadWrite.All"
}
