import Federation

/// The objects that one mapping's setup creates, in the format of each cloud.
///
/// Two IDs may be unknown until a script runs, so variables stand for the IDs:
/// - ``principalID`` stands for the object ID of the identity's service principal.
/// - ``applicationID`` stands for the application's client ID.
struct ExportedSetup: Hashable, Sendable {
    /// The way in which a script obtains the identity's object ID.
    enum Identity: Hashable, Sendable {
        /// The configuration contains the object ID.
        case principal(String)
        /// The script looks up the service principal with this client ID.
        case client(String)
        /// The script looks up the Azure resource.
        case resource(IdentityResource)
        /// The script creates the Azure resource if it does not exist.
        case created(IdentityResource)
    }

    let mapping: RoleMapping.ID
    private let configuration: ConfigurationReference?
    let profiles: ExportProfiles
    let tenantID: String
    let cloud: MicrosoftCloud
    let tag: OwnershipTag
    /// The AWS region of the mapping.
    ///
    /// IAM is global, but Terraform's AWS provider requires a region. The region must belong to the role's partition.
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
    /// - Throws: ``SetupExportError/notOneMapping`` if the state has several mappings or lacks a required object;
    ///   ``SetupExportError/identityUnusable(_:resourceID:)`` if the identity has no usable ID.
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

    /// The title in the first comment of a script or a Terraform file.
    var title: String {
        "Sets up both clouds for the mapping \(comment(mapping)) of cambist: tokens of a managed identity for an AWS role."
    }

    /// Returns the last line that a script prints; `quote` quotes an argument for the script's shell.
    func advice(_ quote: (String) -> String) -> String {
        configuration.advice(toWaitFor: mapping, quote)
    }

    /// Returns text from the configuration in a form that is safe in a comment.
    func comment(_ text: some CustomStringConvertible) -> String {
        VisibleText.oneLine(text.description)
    }
}

extension ExportedSetup.Identity {
    /// Uses the first available value: the resource to create, the object ID, the client ID, or the resource ID.
    ///
    /// Returns `nil` if the identity has none of these values. An invalid resource ID does not count.
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

    /// A regular expression for Entra's errors about objects that some replicas do not have yet.
    ///
    /// Sources: Microsoft Graph; the errors that Terraform's azuread provider retries.
    static let replicationTexts =
        "Request_ResourceNotFound|does not exist or one of its queried|Not a valid reference update"
        + "|Permission being assigned was not found|does not reference a valid application"
    /// Entra's error for a duplicate assignment, even if some replicas do not have the assignment yet.
    static let assignedText = "already exists on the object"
    /// The permissions that the commands for Entra require.
    static let graphRights = "Application.ReadWrite.All and AppRoleAssignment.ReadWrite.All"
}
