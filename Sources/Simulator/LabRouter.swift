import Federation
import FoundationEssentials

/// Routes each request to a service by its `Host` header and path prefix.
struct LabRouter: Sendable {
    let azure: AzureCloud
    let aws: AWSCloud
    let time: any TimeSource
    let scheme: String
    let clocks: ScenarioClocks
    let observe: (@Sendable (ServedRequest) -> Void)?

    /// Answers a request on the lab's port.
    @Sendable func respond(to request: WireRequest) async -> WireResponse {
        await observed(request) { await answer($0) }
    }

    /// Answers a request on the port of the Service Fabric node.
    @Sendable func respondAsFabric(to request: WireRequest) async -> WireResponse {
        await observed(request) { request in
            await shifted(request, by: clocks.azure) {
                await azure.respond(to: $0, service: .serviceFabric, base: "")
            }
        }
    }

    private func observed(
        _ request: WireRequest,
        _ answer: (WireRequest) async -> WireResponse
    ) async -> WireResponse {
        let start = time.uptime
        let response = await answer(request)
        observe?(
            ServedRequest(
                method: request.method,
                path: request.path,
                status: response.isCut ? nil : response.status,
                duration: time.uptime - start + response.delay
            )
        )
        return response
    }

    private func answer(_ request: WireRequest) async -> WireResponse {
        if let (service, inner) = awsService(request) {
            return await shifted(inner, by: clocks.aws) { await aws.respond(to: $0, service: service) }
        }
        if let inner = request.below("/signin") {
            return await shifted(inner, by: clocks.aws) { await aws.signIn($0) }
        }
        let base = "\(scheme)://\(request.header("host") ?? "")"
        for service in SimulatedAzureService.sharingPort {
            guard let inner = request.below(service.prefix) else { continue }
            return await shifted(inner, by: clocks.azure) {
                await azure.respond(to: $0, service: service, base: base)
            }
        }
        return .empty(404)
    }

    /// Answers a request as if the service's clock were ahead of the host's clock by `offset`.
    private func shifted(
        _ request: WireRequest,
        by offset: Duration,
        _ answer: (WireRequest) async -> WireResponse
    ) async -> WireResponse {
        var response = await answer(request.shifted(by: offset))
        response.clockOffset = offset
        return response
    }

    /// Returns the requested AWS service, if any, and the request without the path prefix.
    ///
    /// A request selects a service by a host name of AWS, or by the prefix `/iam`, `/sts`, or `/sts/REGION`.
    private func awsService(_ request: WireRequest) -> (AWSService, WireRequest)? {
        if let service = request.header("host").flatMap(AWSService.init(host:)) { return (service, request) }
        if let inner = request.below("/iam") { return (.iam, inner) }
        guard let global = request.below("/sts") else { return nil }
        let region = global.path.dropFirst().prefix { $0 != "/" }
        guard !region.isEmpty, let inner = request.below("/sts/\(region)") else {
            return (.sts(region: nil), global)
        }
        return (.sts(region: String(region)), inner)
    }
}

extension WireRequest {
    /// Returns the request with the path below a prefix; `nil` if the path does not have the prefix.
    fileprivate func below(_ prefix: String) -> WireRequest? {
        guard !prefix.isEmpty else { return self }
        guard path == prefix || path.hasPrefix(prefix + "/") else { return nil }
        return WireRequest(
            method: method,
            path: String(path.dropFirst(prefix.count)),
            rawQuery: rawQuery,
            headers: headers,
            body: body,
            at: at,
            sentPath: sentPath ?? path
        )
    }
}

/// The URLs of the services in a running lab.
struct ServiceAddresses: Hashable, Sendable {
    /// The scheme, host, and port, without a trailing slash.
    let base: String

    /// Returns the URL of an Azure service.
    func callAsFunction(_ service: SimulatedAzureService) -> String {
        base + service.prefix
    }

    var sts: String { base + "/sts" }
    var iam: String { base + "/iam" }
    var signIn: String { base + "/signin" }
}
