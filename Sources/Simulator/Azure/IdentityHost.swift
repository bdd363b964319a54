import Federation
import FoundationEssentials

/// The simulated machine: its attached identities and the platform's token cache.
///
/// The cache has one entry for each pair of identity and resource. A request can neither bypass nor clear the cache.
struct IdentityHost: Sendable {
    /// The remaining lifetime at which the host replaces a cached token, at normal speed.
    static let renewalMargin = Duration.seconds(300)

    let identities: [AttachedIdentity]
    private let margin: Duration
    private var cache: [CacheKey: IssuedToken] = [:]
    /// The number of tokens added to the cache so far.
    private(set) var issuedTokenCount = 0

    init(identities: [AttachedIdentity], speed: Speed) {
        self.identities = identities
        margin = speed.scaled(Self.renewalMargin)
    }

    /// Returns the selected identity.
    ///
    /// Without a selector, returns the system-assigned identity or, if none exists, the only identity.
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

    /// Returns the cached token, if its remaining lifetime exceeds the renewal margin.
    func token(of identity: AttachedIdentity, for resource: String, at date: Date) -> IssuedToken? {
        let cached = cache[CacheKey(identity: identity.principalID, resource: resource)]
        return cached.flatMap { $0.expiry.since(date) > margin ? $0 : nil }
    }

    mutating func keep(_ token: IssuedToken, of identity: AttachedIdentity) {
        issuedTokenCount += 1
        cache[CacheKey(identity: identity.principalID, resource: token.resource)] = token
    }

    private struct CacheKey: Hashable {
        let identity: String
        let resource: String
    }
}

/// An identity attached to the host.
struct AttachedIdentity: Hashable, Sendable {
    /// The object ID.
    let principalID: String
    let clientID: String
    /// The Azure Resource Manager ID.
    let resourceID: String
    let isSystemAssigned: Bool
    /// The error that the instance metadata service returns instead of tokens, if any.
    let fault: IdentityFault?

    /// Whether a selector matches the identity; GUIDs and resource IDs are case-insensitive.
    fileprivate func matches(_ selector: RequestedIdentity) -> Bool {
        switch selector {
        case .clientID(let id): id.lowercased() == clientID.lowercased()
        case .principalID(let id): id.lowercased() == principalID.lowercased()
        case .resourceID(let id): id.lowercased() == resourceID.lowercased()
        }
    }
}

/// The identity selector in a token request.
enum RequestedIdentity: Hashable, Sendable {
    case clientID(String)
    case principalID(String)
    case resourceID(String)
}

/// An error in selecting an identity.
enum SelectionError: Error, Hashable, Sendable {
    case notFound
    /// The request selects no identity, and the host has several user-assigned identities.
    case ambiguous
}

/// An error response that the instance metadata service returns instead of a token.
enum IdentityFault: String, CaseIterable, Hashable, Sendable {
    /// 410: the service is being updated.
    case updating
    /// 404: the service is being updated.
    case notFoundWhileUpdating = "missing"
    case throttled
    /// 500.
    case failing
    /// 502, with the HTML page of a proxy.
    case proxy
    /// 403: another program is listening at the address of the instance metadata service.
    case addressInUse = "unreachable"

    var response: WireResponse {
        switch self {
        case .updating: Self.json(410, "gone", "The service is being updated")
        case .notFoundWhileUpdating: Self.json(404, "not_found", "The service is being updated")
        case .throttled: Self.json(429, "too_many_requests", "Request rate limit exceeded")
        case .failing: Self.json(500, "unknown", "Failed to retrieve token from the Active directory")
        case .proxy:
            WireResponse(
                status: 502,
                headers: [("Content-Type", "text/html"), ("Server", "proxy")],
                body: Data("<html><body><h1>502 Bad Gateway</h1></body></html>".utf8)
            )
        case .addressInUse:
            WireResponse(
                status: 403,
                headers: [("Content-Type", "text/plain")],
                body: Data(
                    "connecting to 169.254.169.254:80: connecting to 169.254.169.254:80: unreachable".utf8
                )
            )
        }
    }

    private static func json(_ status: Int, _ error: String, _ text: String) -> WireResponse {
        .json(
            status,
            .object(["error": .string(error), "error_description": .string(text)]),
            headers: [("Server", "IMDS/150.870.65.1475")]
        )
    }
}
