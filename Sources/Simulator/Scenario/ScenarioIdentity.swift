import Federation

/// An identity that asks for tokens: a managed identity, or an application with a credential of its own.
struct ScenarioIdentity: Hashable, Sendable {
    var name: String
    var principalID: String?
    var clientID: String?
    /// How its tokens are had.
    var source = Source.instanceMetadata
    /// Whether the machine of its source has it; a managed identity only.
    var isAttached = true
    var isSystemAssigned = false
    /// Whether it may read and write the directory and make identities; a managed identity only.
    var isAdministrator = false
    /// What the configuration names it by; a managed identity only.
    var selector = Selector.clientID
    /// The object id that the configuration expects, where that is not its own.
    var claimedPrincipalID: String?
    /// The tenant that the configuration names, where that is not its own.
    var claimedTenantID: String?
    /// What the endpoint answers in place of a token.
    var trouble: IdentityTrouble?
    /// Whether the application and its service principal are there; an application only.
    var isRegistered = true
    var presence = ScenarioPresence.present
    /// What is wrong with the credential; of an application or of a workload identity only.
    var credential = Credential.good
    /// What the file holds; with the source `file` only.
    var token = FileToken.good

    enum Source: String, CaseIterable, Sendable {
        case instanceMetadata = "imds"
        case azureArc = "azure-arc"
        case clientSecret = "client-secret"
        case clientCertificate = "client-certificate"
        case workloadIdentity = "workload-identity"
        case file

        /// Whether such an identity is an application registered in the directory.
        var isApplication: Bool {
            switch self {
            case .clientSecret, .clientCertificate: true
            case .instanceMetadata, .azureArc, .workloadIdentity, .file: false
            }
        }
    }

    enum Selector: String, CaseIterable, Sendable {
        case clientID = "client_id"
        case principalID = "object_id"
        case resourceID = "resource_id"
        case none
    }

    enum Credential: String, CaseIterable, Sendable {
        case good
        /// A secret, certificate or assertion that the application does not know.
        case wrong
        case expired
        /// A federated assertion of another issuer, for another subject, for another audience.
        case wrongIssuer = "wrong-issuer"
        case wrongSubject = "wrong-subject"
        case wrongAudience = "wrong-audience"
        /// A federated assertion of an issuer that Entra cannot reach.
        case privateIssuer = "private-issuer"
    }

    enum FileToken: String, CaseIterable, Sendable {
        case good
        case expired
        /// Signed with a key that the issuer does not publish.
        case unpublishedKey = "unpublished-key"
        /// Changed after it was signed.
        case tampered
        case notAToken = "not-a-token"
        /// A person's delegated token.
        case user
    }
}
