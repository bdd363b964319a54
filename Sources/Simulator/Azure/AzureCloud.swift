import Federation
import FoundationEssentials

/// The simulated Azure: one tenant and its services.
actor AzureCloud {
    private var state: AzureState
    private var faults: FaultInjector

    init(_ state: AzureState, faults: FaultInjector) {
        self.state = state
        self.faults = faults
    }

    /// Returns the response to a request.
    ///
    /// The path of the request lacks the service's prefix. `base` is the URL of the lab.
    func respond(to request: WireRequest, service: SimulatedAzureService, base: String) -> WireResponse {
        let fault = faults.nextFault()
        let issuedTokenCount = state.host.issuedTokenCount
        var response = fault.refusal ?? answer(request, service: service, base: base)
        if state.host.issuedTokenCount > issuedTokenCount { response.delay = state.minting }
        fault.apply(to: &response)
        if service == .instanceMetadata {
            state.metadataConcurrency.add(until: request.at + response.delay.seconds)
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
            case .resourceManager:
                return ResourceManager.respond(to: request, address: base + service.prefix, in: &state)
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

    /// Returns the published keys of an issuer of the tenant; `nil` for other issuers.
    func keys(of issuer: String, at date: Date) -> TrustedIssuerKeys? {
        guard let jwks = try? Discovery.keySet(of: issuer, in: &state, at: date) else { return nil }
        return TrustedIssuerKeys(issuer: issuer, jwks: jwks)
    }
}

extension FaultInjector.InjectedFault {
    /// The response that an injected fault sends instead of the service's response, if any.
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

/// A service of the simulated Azure.
enum SimulatedAzureService: CaseIterable, Sendable {
    case appService
    case arc
    case authority
    case cloudShell
    case graph
    case instanceMetadata
    case machineLearning
    case resourceManager
    case serviceFabric

    /// The path prefix on the lab's port.
    ///
    /// Two services have an empty prefix: instance metadata, which keeps Azure's path, and Service Fabric, which has a
    /// separate port.
    var prefix: String {
        switch self {
        case .appService: "/msi"
        case .arc: "/arc"
        case .authority: "/login"
        case .cloudShell: "/cloudshell"
        case .graph: "/graph"
        case .instanceMetadata: ""
        case .machineLearning: "/ml"
        case .resourceManager: "/arm"
        case .serviceFabric: ""
        }
    }

    /// The services on the lab's port; instance metadata is last because an empty prefix matches every path.
    static let sharingPort: [SimulatedAzureService] = [
        .appService, .arc, .authority, .cloudShell, .graph, .machineLearning, .resourceManager,
        .instanceMetadata,
    ]
}
