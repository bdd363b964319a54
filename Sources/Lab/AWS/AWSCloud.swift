import Federation
import Foundation

/// The simulated AWS: STS and IAM of all its accounts.
///
/// What it answers follows from what it was asked, its setup and its seed; it has no server in it.
actor AWSCloud {
    private let seed: Seed
    private var requests = 0

    init(
        setup: AWSSetup,
        pace: Pace,
        time: any TimeSource,
        seed: UInt64,
        keys: @escaping @Sendable (_ issuer: String) async -> IssuerKeys?
    ) {
        self.seed = Seed(value: seed)
    }

    /// The answer to one request.
    func respond(to request: WireRequest, service: AWSService) async -> WireResponse {
        requests += 1
        let id = seed.guid("aws request \(requests)")
        guard request.body.count <= QueryCall.bodyLimit else {
            return WireResponse(status: 413, headers: [], body: Data())
        }
        do throws(AWSFault) {
            let call = try QueryCall(request)
            throw .unknownAction(call.action, version: call.version)
        } catch {
            return QueryReply.failure(error, service: service, requestID: id)
        }
    }
}
