import Federation

/// The selector of an identity on a host; a request to an endpoint contains at most one selector.
enum IdentitySelector: Hashable, Sendable {
    /// The host's system-assigned identity, requested without a selector.
    case systemAssigned
    case clientID(String)
    case resourceID(String)
    case objectID(String)
    /// The configuration selects no identity; the host decides.
    case unspecified

    /// Creates a selector from the identity's client ID, resource ID, or object ID, in this order.
    ///
    /// A system-assigned identity has no selector; the configured IDs only verify the token.
    init(_ identity: ManagedIdentity) {
        if identity.isSystemAssigned {
            self = .systemAssigned
        } else if let id = identity.clientID {
            self = .clientID(id)
        } else if let id = identity.resourceID {
            self = .resourceID(id)
        } else if let id = identity.principalID {
            self = .objectID(id)
        } else {
            self = .unspecified
        }
    }

    /// Returns the query parameter for the selector; empty without a selector.
    func parameters(_ parameterNames: ParameterNames) -> [(name: String, value: String)] {
        switch self {
        case .systemAssigned, .unspecified: []
        case .clientID(let id): [(parameterNames.clientID, id)]
        case .resourceID(let id): [(parameterNames.resourceID, id)]
        case .objectID(let id): [(parameterNames.objectID, id)]
        }
    }

    /// The names of an endpoint's query parameters.
    ///
    /// Some endpoints ignore a parameter with an unknown name and return a token of another identity.
    struct ParameterNames: Hashable, Sendable {
        let clientID: String
        let resourceID: String
        let objectID: String
    }
}
