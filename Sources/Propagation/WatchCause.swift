import Diagnosis
import Federation

/// The reason why a watch continues.
package enum WatchCause: String, CaseIterable, Hashable, Sendable, Codable {
    /// The assignment does not exist, or the directory has not replicated the assignment yet (a matter of minutes).
    case assignment
    /// Entra or the host does not find an object for the token: the object is new, missing, or misnamed.
    case directory
    /// The host still caches a token from before the change (for up to a day).
    case cachedToken = "cached-token"
    /// AWS refuses a call: a role, provider, or policy has not propagated in IAM yet, or is missing or wrong.
    ///
    /// Propagation takes seconds, rarely two minutes.
    case iam
    /// A failure other than a propagation delay (for example, a network failure, a wrong clock, or throttling).
    case trouble
    /// The last attempt succeeded, but three successes in a row are required.
    case stability

    /// Whether propagation can resolve the cause.
    package var isPropagation: Bool {
        switch self {
        case .assignment, .directory, .cachedToken, .iam: true
        case .trouble, .stability: false
        }
    }

    /// A noun phrase for use after "waiting for".
    package var words: String {
        switch self {
        case .assignment: "the assignment"
        case .directory: "the directory"
        case .cachedToken: "a new token"
        case .iam: "IAM"
        case .trouble: "a response"
        case .stability: "three successes in a row"
        }
    }
}

/// An error of a token endpoint that a missing, new, or misnamed object can cause.
///
/// Source: Microsoft Entra, AADSTS error codes; responses of IMDS and App Service.
package enum ReplicationLag: Hashable, Sendable {
    /// The application requires an assignment to an app role, and the identity has no assignment.
    case assignment
    /// App Service reports every refusal by Entra with the same message.
    case hidden
    /// The tenant has no service principal for the audience.
    case resource
    /// The tenant does not have the client application.
    case client
    /// No federated identity credential matches the assertion.
    case credential
    /// The host does not have the identity.
    case identity

    /// Recognizes the error; `nil` for any other failure.
    package init?(code: String, message: String) {
        if let number = AADSTSCode(in: code) ?? AADSTSCode(in: message) {
            switch number.value {
            case 501_051: self = .assignment
            case 500_011, 50_001: self = .resource
            case 700_016, 7_000_229: self = .client
            case 70_021, 700_211, 700_212, 700_213, 7_002_131: self = .credential
            default: return nil
            }
            return
        }
        let text = message.lowercased()
        if text.contains("while fetching the aad token") {
            self = .hidden
        } else if text.contains("not found") || text.contains("no user assigned") {
            self = .identity
        } else {
            return nil
        }
    }

    /// The cause that a watch has after this error.
    var cause: WatchCause {
        switch self {
        case .assignment, .hidden: .assignment
        case .resource, .client, .credential, .identity: .directory
        }
    }

    /// The delay after which propagation no longer explains the error.
    var delay: PropagationDelay {
        switch self {
        case .assignment, .hidden, .resource, .client: .directory
        case .credential: .federatedCredential
        case .identity: .identityAttachment
        }
    }

    /// The error and its possible causes, in one sentence.
    var summary: String {
        switch self {
        case .assignment:
            "Entra finds no assignment to the app role: the assignment is new and has not replicated, or it does not "
                + "exist."
        case .hidden:
            "App Service hides Entra's error: the assignment is not visible yet, or no application has the audience."
        case .resource:
            "Entra finds no service principal with the audience in the tenant: the service principal is new and has "
                + "not replicated, or the identifier URI or the tenant is wrong."
        case .client:
            "Entra does not find the client application: the application is new and has not replicated, or its "
                + "client ID or the tenant is wrong."
        case .credential:
            "Entra finds no matching federated credential: the credential is new and has not replicated, or its "
                + "issuer, subject, or audience differs."
        case .identity:
            "The host does not have the identity: the identity was attached recently and is not visible yet, or a "
                + "different identity is attached."
        }
    }

    /// The usual delay of new objects, as a clause without final punctuation.
    var usualDelay: String {
        switch self {
        case .assignment, .hidden: "The directory replicates within minutes"
        case .resource, .client: "New objects appear within minutes"
        case .credential: "New credentials appear within five minutes"
        case .identity: "A newly attached identity appears within two minutes"
        }
    }
}
