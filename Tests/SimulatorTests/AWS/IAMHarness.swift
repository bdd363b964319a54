import AWS
import Federation

@testable import Simulator

extension AWSHarness {
    /// Calls IAM, as the administrator unless another signer is given.
    func iam(
        _ action: String,
        _ parameters: [String: String] = [:],
        as caller: SigningCredentials = administrator
    ) async -> Answer {
        let form = parameters.merging(["Action": action, "Version": "2010-05-08"]) { $1 }
        return await send(SignedCall(form, .iam, caller))
    }

    /// Returns a harness whose changes are visible in IAM at once and in STS after ten seconds.
    static func settled(_ change: (inout AWSSetup) -> Void = { _ in }) async throws -> AWSHarness {
        try await AWSHarness { setup in
            setup.propagationDelays = AWSSetup.PropagationDelays(
                sts: .seconds(10)...(.seconds(10)),
                oneLateReadIn: 0
            )
            change(&setup)
        }
    }

    /// Returns the parameters of CreateRole for a role with this name.
    static func newRole(_ name: String, _ more: [String: String] = [:]) -> [String: String] {
        ["RoleName": name, "AssumeRolePolicyDocument": trustPolicy()].merging(more) { $1 }
    }
}

/// A refused operation of IAM: the calls before it, the call, and IAM's error.
struct IAMRefusal: Sendable {
    let name: String
    var before: [(action: String, parameters: [String: String])] = []
    let action: String
    var parameters: [String: String] = [:]
    let refusal: String

    /// Performs the operation in a new account.
    func answer() async throws -> Answer {
        let harness = try await AWSHarness.settled()
        for (action, parameters) in before {
            _ = await harness.iam(action, parameters)
        }
        return await harness.iam(action, parameters)
    }
}
