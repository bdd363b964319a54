import Federation
import Foundation

/// The simulated Azure: one tenant, one machine with managed identities, and the services around them.
actor AzureCloud {
    private var state: AzureState
    private var faults: AWSFaults

    init(_ state: AzureState, faults: AWSFaults) {
        self.state = state
        self.faults = faults
    }

    /// Answers a request whose path is below the service's prefix.
    func respond(to request: WireRequest, service: SimulatedAzureService, base: String) -> WireResponse {
        let strike = faults.strike()
        let mints = state.host.mints
        var response = strike.refusal ?? answer(request, service: service, base: base)
        if state.host.mints > mints { response.delay = state.minting }
        strike.apply(to: &response)
        if service == .instanceMetadata {
            state.metadataLane.enter(until: request.at + response.delay.seconds)
        }
        return response
    }

    private func answer(_ request: WireRequest, service: SimulatedAzureService, base: String) -> WireResponse
    {
        do {
            switch service {
            case .appService: return AppService.respond(to: request, in: &state)
            case .arc: return ArcAgent.respond(to: request, in: &state)
            case .authority: return try authority(request, address: base + service.prefix)
            case .cloudShell: return CloudShell.respond(to: request, in: &state)
            case .graph: return GraphService.respond(to: request, address: base + service.prefix, in: &state)
            case .instanceMetadata: return InstanceMetadata.respond(to: request, in: &state)
            case .machineLearning: return MachineLearning.respond(to: request, in: &state)
            case .resourceManager: return ResourceManager.respond(to: request, in: &state)
            case .serviceFabric: return ServiceFabric.respond(to: request, in: &state)
            }
        } catch let error as EntraError {
            return .json(error.status, error.body(request: state.nextRequestID(), at: request.at))
        } catch {
            return .empty(500)
        }
    }

    private func authority(_ request: WireRequest, address: String) throws -> WireResponse {
        if let token = try EntraTokenEndpoint.respond(to: request, authority: address, in: &state) {
            return token
        }
        return try Discovery.respond(to: request, authority: address, in: &state) ?? .empty(404)
    }

    /// The keys that an issuer publishes; `nil` when the issuer is none of this tenant's.
    func keys(of issuer: String, at date: Date) -> TrustedIssuerKeys? {
        guard let jwks = try? Discovery.keySet(of: issuer, in: &state, at: date) else { return nil }
        return TrustedIssuerKeys(issuer: issuer, jwks: jwks)
    }
}

extension AWSFaults.Strike {
    /// What any of Azure's services answers in place of its own answer.
    fileprivate var refusal: WireResponse? {
        switch self {
        case .throttled: Self.refusal(429, "TooManyRequests", headers: [("Retry-After", "1")])
        case .internalFailure: Self.refusal(500, "InternalServerError")
        case .unavailable: Self.refusal(503, "ServiceUnavailable", headers: [("Retry-After", "1")])
        case .none, .slow, .cut: nil
        }
    }

    private static func refusal(
        _ status: Int,
        _ code: String,
        headers: [(name: String, value: String)] = []
    ) -> WireResponse {
        let error: [String: JSONValue] = [
            "code": .string(code), "message": .string("Please try again later."),
        ]
        return .json(status, .object(["error": .object(error)]), headers: headers)
    }
}
