import AWS
import Federation

@testable import Simulator

extension AWSHarness {
    /// Asks IAM, as the administrator unless someone else is named.
    func iam(
        _ action: String,
        _ parameters: [String: String] = [:],
        as caller: SigningCredentials = administrator
    ) async -> Answer {
        let form = parameters.merging(["Action": action, "Version": "2010-05-08"]) { $1 }
        return await send(SignedCall(form, .iam, caller))
    }

    /// A bench whose IAM shows every change at once, and whose STS does so after ten seconds.
    static func settled(_ change: (inout AWSSetup) -> Void = { _ in }) async throws -> AWSHarness {
        try await AWSHarness { setup in
            setup.settling = AWSSetup.Settling(sts: .seconds(10)...(.seconds(10)), oneLateReadIn: 0)
            change(&setup)
        }
    }

    /// The parameters of CreateRole for a role of that name.
    static func newRole(_ name: String, _ more: [String: String] = [:]) -> [String: String] {
        ["RoleName": name, "AssumeRolePolicyDocument": trustPolicy()].merging(more) { $1 }
    }
}

/// An operation of IAM that is refused: what goes before, what is asked, what IAM says.
struct IAMRefusal: Sendable {
    let name: String
    var before: [(action: String, parameters: [String: String])] = []
    let action: String
    var parameters: [String: String] = [:]
    let refusal: String

    /// Asks it of a new account.
    func answer() async throws -> Answer {
        let bench = try await AWSHarness.settled()
        for (action, parameters) in before {
            _ = await bench.iam(action, parameters)
        }
        return await bench.iam(action, parameters)
    }
}
