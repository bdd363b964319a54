import Diagnosis

/// The change that a watch waits for.
package enum WatchCause: String, CaseIterable, Hashable, Sendable, Codable {
    /// Entra does not show the assignment yet, or none exists: directories replicate for minutes.
    case assignment
    /// Entra or the host does not find an object that the token needs: it is new, or misnamed.
    case directory
    /// The host caches a token from before the change, for up to a day.
    case cachedToken = "cached-token"
    /// IAM does not show a role, a provider or a policy yet: seconds, rarely two minutes.
    case iam
    /// A failure that no propagation explains: network, throttling, a clock.
    case trouble
    /// All steps succeeded, though not yet three times in a row.
    case stability

    /// Whether it passes by itself as the clouds propagate changes, so that past waits predict it.
    package var isPropagation: Bool {
        switch self {
        case .assignment, .directory, .cachedToken, .iam: true
        case .trouble, .stability: false
        }
    }

    /// The cause in words that follow "waiting for".
    package var words: String {
        switch self {
        case .assignment: "the assignment"
        case .directory: "the directory"
        case .cachedToken: "a new token"
        case .iam: "IAM"
        case .trouble: "an answer"
        case .stability: "three successes in a row"
        }
    }
}

/// An object that a token endpoint does not find: it is new and will appear, or is misnamed and will not.
///
/// Source: AADSTS numbers and the answers of IMDS and App Service; `reference/azure.md` §1, §4.6.
package enum ReplicationLag: Hashable, Sendable {
    /// The identity is not assigned to the app role, which the application requires.
    case assignment
    /// App Service reports every refusal by Entra with the same words.
    case hidden
    /// No service principal of the tenant has the audience.
    case resource
    /// The tenant has no such client application.
    case client
    /// No federated credential matches the assertion.
    case credential
    /// The host has no such identity.
    case identity

    /// Reads a refusal; `nil` for any other failure.
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

    /// The cause that a watch waits for then.
    var cause: WatchCause {
        switch self {
        case .assignment, .hidden: .assignment
        case .resource, .client, .credential, .identity: .directory
        }
    }

    /// The delay after which the refusal has another cause.
    var delay: PropagationDelay {
        switch self {
        case .assignment, .hidden, .resource, .client: .directory
        case .credential: .federatedCredential
        case .identity: .identityAttachment
        }
    }

    /// The refusal and its possible causes, one sentence.
    var summary: String {
        switch self {
        case .assignment: "Entra does not show the assignment yet."
        case .hidden:
            "App Service hides Entra's refusal: the assignment does not show yet, or no application has the audience."
        case .resource:
            "Entra finds no service principal with the audience in the tenant: it was just created, or the identifier "
                + "URI or the tenant is wrong."
        case .client:
            "Entra does not find the client application: it was just created, or its client id or the tenant is wrong."
        case .credential:
            "Entra finds no matching federated credential: it was just created, or its issuer, subject or audience "
                + "differs."
        case .identity:
            "The host has no such identity: it was just attached, or another one is attached."
        }
    }

    /// The usual delay of a new object, to be followed by the latest instant.
    var usualDelay: String {
        switch self {
        case .assignment, .hidden: "The directory replicates within minutes"
        case .resource, .client: "A new one appears within minutes"
        case .credential: "A new one appears within five minutes"
        case .identity: "A new one appears within two minutes"
        }
    }
}
