import Diagnosis

/// What a token endpoint does not find yet, as its refusal says: it may be new, or may never come.
///
/// Source: AADSTS codes and the answers of IMDS and App Service; `reference/azure.md` §1, §4.6.
package enum ReplicationLag: Hashable, Sendable {
    /// The identity is not assigned to the app role, which the application requires.
    case assignment
    /// App Service answers whatever Entra refuses with the same words.
    case hidden
    /// No service principal of the tenant carries the audience.
    case resource
    /// The tenant does not know the application that asks.
    case client
    /// No federated credential matches the assertion.
    case credential
    /// The host has no such identity.
    case identity

    /// Reads a refusal; `nil` when it says anything else.
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

    /// What a watch waits for then.
    var cause: WatchCause {
        switch self {
        case .assignment, .hidden: .assignment
        case .resource, .client, .credential, .identity: .directory
        }
    }

    /// How long it may take to be found when it is there; a refusal after that has another reason.
    func delay(_ pace: PropagationTiming) -> Duration {
        switch self {
        case .assignment, .hidden, .resource, .client: pace.replication
        case .credential: pace.credentialDelay
        case .identity: pace.attachment
        }
    }

    /// What is the matter, and what else than lateness it may be, in a sentence.
    var story: String {
        switch self {
        case .assignment: "Entra does not show the assignment yet."
        case .hidden:
            "App Service does not tell what Entra refuses: the assignment does not show yet, or nothing has "
                + "the audience."
        case .resource:
            "Entra finds no service principal with the audience in the tenant: it is new and does not show "
                + "yet, or the identifier URI or the tenant is wrong."
        case .client:
            "Entra does not know the application that asks: it is new and does not show yet, or its client id "
                + "or the tenant is wrong."
        case .credential:
            "Entra finds no federated credential that matches: it is new and does not show yet, or its issuer, "
                + "subject or audience is another."
        case .identity:
            "The host has no such identity: it was just attached and does not show yet, or another one is."
        }
    }

    /// Until when a new one shows; an end of a sentence follows.
    var bound: String {
        switch self {
        case .assignment, .hidden: "Directories replicate within minutes"
        case .resource, .client: "What is new shows within minutes"
        case .credential: "A new one shows within five minutes"
        case .identity: "A new one shows within two minutes"
        }
    }
}
