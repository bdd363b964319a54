import Federation
import Foundation

/// The machine the lab plays: the identities attached to it and the platform's cache of their tokens.
///
/// The cache is the platform's, one entry for each identity and resource; a caller can neither see nor clear it.
struct IdentityHost: Sendable {
    /// A cached token is replaced when less than this, by the lab's pace, is left of it.
    static let renewalMargin = Duration.seconds(300)

    let identities: [AttachedIdentity]
    private let margin: Duration
    private var cache: [CacheKey: IssuedToken] = [:]
    /// How many tokens it ever had made.
    private(set) var mints = 0

    init(identities: [AttachedIdentity], pace: Speed) {
        self.identities = identities
        margin = pace.scaled(Self.renewalMargin)
    }

    /// The identity a selector names; without a selector the system-assigned one, else the only one.
    func identity(_ selector: RequestedIdentity?) throws(SelectionError) -> AttachedIdentity {
        guard let selector else {
            if let own = identities.first(where: \.isSystemAssigned) { return own }
            guard let only = identities.first else { throw .notFound }
            guard identities.count == 1 else { throw .ambiguous }
            return only
        }
        guard let found = identities.first(where: { $0.matches(selector) }) else { throw .notFound }
        return found
    }

    /// The cached token of an identity for a resource, while it is good.
    func token(of identity: AttachedIdentity, for resource: String, at date: Date) -> IssuedToken? {
        let cached = cache[CacheKey(identity: identity.principalID, resource: resource)]
        return cached.flatMap { $0.expiry.since(date) > margin ? $0 : nil }
    }

    mutating func keep(_ token: IssuedToken, of identity: AttachedIdentity) {
        mints += 1
        cache[CacheKey(identity: identity.principalID, resource: token.resource)] = token
    }

    private struct CacheKey: Hashable {
        let identity: String
        let resource: String
    }
}

/// An identity of the host.
struct AttachedIdentity: Hashable, Sendable {
    /// Its object id.
    let principalID: String
    let clientID: String
    /// Its Azure Resource Manager id.
    let resourceID: String
    let isSystemAssigned: Bool
    /// What stands in the way of its tokens.
    let trouble: IdentityTrouble?

    /// Whether a selector means this identity; GUIDs and resource ids know no case.
    fileprivate func matches(_ selector: RequestedIdentity) -> Bool {
        switch selector {
        case .clientID(let id): id.lowercased() == clientID.lowercased()
        case .principalID(let id): id.lowercased() == principalID.lowercased()
        case .resourceID(let id): id.lowercased() == resourceID.lowercased()
        }
    }
}

/// How a caller says which identity it means.
enum RequestedIdentity: Hashable, Sendable {
    case clientID(String)
    case principalID(String)
    case resourceID(String)
}

/// Why no identity could be chosen.
enum SelectionError: Error, Hashable, Sendable {
    case notFound
    /// Several user-assigned identities, and the caller named none.
    case ambiguous
}
