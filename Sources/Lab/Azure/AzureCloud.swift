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
            case .appService: return AppService.respond(to: request, in: &state)
            case .arc: return ArcAgent.respond(to: request, in: &state)
            case .authority: return try authority(request, address: base + service.prefix)
            case .cloudShell: return CloudShell.respond(to: request, in: &state)
            case .instanceMetadata: return InstanceMetadata.respond(to: request, in: &state)
            case .machineLearning: return MachineLearning.respond(to: request, in: &state)
            case .serviceFabric: return ServiceFabric.respond(to: request, in: &state)
            }
        } catch let error as EntraError {
            return .json(error.status, error.body(request: state.nextRequestID(), at: request.at))
        } catch {
            return .empty(500)
        }
    }

    private func authority(_ request: WireRequest, address: String) throws -> WireResponse {
        if let token = try TokenEndpoint.respond(to: request, authority: address, in: &state) { return token }
        return try Discovery.respond(to: request, authority: address, in: &state) ?? .empty(404)
    }

    /// The keys that an issuer publishes; `nil` when the issuer is none of this tenant's.
    func keys(of issuer: String, at date: Date) -> IssuerKeys? {
        guard let jwks = try? Discovery.keySet(of: issuer, in: &state, at: date) else { return nil }
        return IssuerKeys(issuer: issuer, jwks: jwks)
    }
}

/// The services of the simulated Azure.
enum AzureService: CaseIterable, Sendable {
    case appService
    case arc
    case authority
    case cloudShell
    case instanceMetadata
    case machineLearning
    case serviceFabric

    /// What its paths begin with on the lab's port; nothing for the one service that keeps its usual path.
    var prefix: String {
        switch self {
        case .appService: "/msi"
        case .arc: "/arc"
        case .authority: "/login"
        case .cloudShell: "/cloudshell"
        case .instanceMetadata: ""
        case .machineLearning: "/ml"
        case .serviceFabric: ""
        }
    }

    /// Those on the lab's port, the one without a prefix last.
    static let sharingPort: [AzureService] = [
        .appService, .arc, .authority, .cloudShell, .machineLearning, .instanceMetadata,
    ]
}
