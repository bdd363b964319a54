import AWS
import Azure
import Diagnosis
import Federation
import Foundation
import TestSupport
import Testing
import Transport

@testable import Provisioning

/// Writes that a service refuses for a reason that replication could explain.
@Suite(.limited) struct SetupRefusalTests {
    /// An object that never exists, because each write is refused.
    private struct RefusedResource: ManagedResource {
        let id: SetupObject.ID
        let dependencies: [SetupObject.ID] = []
        let desired: SetupBasis.Properties = ["name": ["x"]]
        let refusal: SetupFault

        func assess(_ clouds: SetupClouds, _ resolved: ResolvedResources) async throws(SetupFault)
            -> Assessment
        {
            Assessment(
                state: .missing,
                actions: [SetupAction("assign") { () async throws(SetupFault) in throw refusal }]
            )
        }

        func removal(
            _ clouds: SetupClouds,
            _ resolved: ResolvedResources,
            keeping retained: RetainedResources
        ) async throws(SetupFault) -> Removal { .absent }
    }

    private static func refusal(_ code: String, _ message: String, status: Int = 400) -> SetupFault {
        SetupFault(
            CloudError.refused(CloudRefusal(service: .graph, status: status, code: code, message: message))
        )
    }

    @Test(arguments: [
        ("Request_BadRequest", "Permission being assigned was not found on application 'x'"),
        ("Request_BadRequest", "Not a valid reference update."),
        (
            "Request_ResourceNotFound",
            "Resource '976b' does not exist or one of its queried objects are not present."
        ),
    ])
    func `the service's words end the run, after a minute at most`(code: String, words: String) async throws {
        try await SetupHarness.with { harness in
            var provisioner = try harness.provisioner()
            let resource = RefusedResource(
                id: SetupObject.ID(.assignment, "logging → role"),
                refusal: Self.refusal(code, words)
            )
            provisioner.resources = [resource]
            let plan = await provisioner.plan()
            let before = harness.time.uptime
            let outcome = await provisioner.apply(plan) { _ in }
            let failure = try #require(outcome.failures.first?.failure)
            #expect(failure.message.contains(words))
            #expect(failure.kind == .refused)
            #expect(harness.time.uptime - before < .seconds(80))
        }
    }

    @Test func `a missing right ends the run at once`() async throws {
        try await SetupHarness.with { harness in
            var provisioner = try harness.provisioner()
            let resource = RefusedResource(
                id: SetupObject.ID(.assignment, "logging → role"),
                refusal: Self.refusal("Authorization_RequestDenied", "Insufficient privileges.", status: 403)
            )
            provisioner.resources = [resource]
            let plan = await provisioner.plan()
            let before = harness.time.uptime
            let outcome = await provisioner.apply(plan) { _ in }
            #expect(outcome.failures.first?.failure.message.contains("Insufficient privileges.") == true)
            #expect(harness.time.uptime == before)
        }
    }
}
