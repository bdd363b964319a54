import Federation
import Foundation

/// The simulated Azure: one tenant, one machine with managed identities, and the services around them.
actor AzureCloud {
    private var state: AzureState

    init(_ state: AzureState) {
        self.state = state
    }

    /// Answers a request whose path is below the service's prefix.
    func respond(to request: WireRequest, service: AzureService, base: String) -> WireResponse {
        do {
            switch service {
            case .instanceMetadata:
                return InstanceMetadata.respond(to: request, in: &state)
            case .authority:
                let authority = base + service.prefix
                return try Discovery.respond(to: request, authority: authority, in: &state) ?? .empty(404)
            }
        } catch let error as EntraError {
            return .json(error.status, error.body(request: state.nextRequestID(), at: request.at))
        } catch {
            return .empty(500)
        }
    }

    /// The keys that an issuer publishes; `nil` when the issuer is none of this tenant's.
    func keys(of issuer: String, at date: Date) -> IssuerKeys? {
        guard let jwks = try? Discovery.keySet(of: issuer, in: &state, at: date) else { return nil }
        return IssuerKeys(issuer: issuer, jwks: jwks)
    }
}

/// The services of the simulated Azure.
enum AzureService: CaseIterable, Sendable {
    case authority
    /// Last, for it has no prefix.
    case instanceMetadata

    /// What its paths begin with; nothing for the one service that keeps its usual path.
    var prefix: String {
        switch self {
        case .instanceMetadata: ""
        case .authority: "/login"
        }
    }
}
