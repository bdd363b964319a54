import Federation

/// Which of a host's identities shall answer; the endpoints take one selector at most.
enum IdentitySelector: Hashable, Sendable {
    /// The host's own identity, which is asked for by naming none.
    case systemAssigned
    case clientID(String)
    case resourceID(String)
    case objectID(String)
    /// The configuration names none: the host chooses.
    case unnamed

    /// The selector of an identity: client id, else resource id, else object id; none of them for a
    /// system-assigned identity, whose ids only tell what the token must carry.
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

    /// The query parameter, by an endpoint's own spelling of the three ids; none when none is named.
    func parameters(_ spelling: Spelling) -> [(name: String, value: String)] {
        switch self {
        case .systemAssigned, .unnamed: []
        case .clientID(let id): [(spelling.clientID, id)]
        case .resourceID(let id): [(spelling.resourceID, id)]
        case .objectID(let id): [(spelling.objectID, id)]
        }
    }

    /// How an endpoint names the selectors; a wrong name is ignored by some and gives another identity.
    struct Spelling: Hashable, Sendable {
        let clientID: String
        let resourceID: String
        let objectID: String
    }
}
