import Federation

/// The selector of one of a host's identities; endpoints accept one at most.
enum IdentitySelector: Hashable, Sendable {
    /// The host's own identity, which is requested without a selector.
    case systemAssigned
    case clientID(String)
    case resourceID(String)
    case objectID(String)
    /// The configuration names no identity: the host selects one.
    case unnamed

    /// Creates the selector of an identity: client id, else resource id, else object id.
    ///
    /// The ids of a system-assigned identity select nothing; the token must carry them.
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
            self = .unnamed
        }
    }

    /// Returns the query parameter in an endpoint's spelling; none without a selector.
    func parameters(_ spelling: Spelling) -> [(name: String, value: String)] {
        switch self {
        case .systemAssigned, .unnamed: []
        case .clientID(let id): [(spelling.clientID, id)]
        case .resourceID(let id): [(spelling.resourceID, id)]
        case .objectID(let id): [(spelling.objectID, id)]
        }
    }

    /// An endpoint's names of the selectors; some endpoints ignore a wrong name and use another identity.
    struct Spelling: Hashable, Sendable {
        let clientID: String
        let resourceID: String
        let objectID: String
    }
}
