import AWS
import Azure
import Diagnosis
import Federation
import Foundation
import TestSupport
import Testing
import Transport

@testable import Provisioning

/// Writes that a service refuses for a reason that may be a replication delay.
@Suite(.limited) struct SetupRefusalTests {
    /// An object that never exists, because each write is refused.
    private struct RefusedResource: ManagedResource {
        let id: SetupObject.ID
        let dependencies: [SetupObject.ID] = []
        let desired: SetupBasis.Properties = ["name": ["x"]]
        let refusal: SetupError

        func assess(_ clouds: SetupClouds, _ resolved: ResolvedResources) async throws(SetupError)
            -> Assessment
        {
            Assessment(
                state: .missing,
                actions: [SetupAction("assign") { () async throws(SetupError) in throw refusal }]
            )
        }

        func removal(
            _ clouds: SetupClouds,
            _ resolved: ResolvedResources,
            keeping retained: RetainedResources
        ) async throws(SetupError) -> Removal { .absent }
    }

    /// An object that exists, whose removal is refused or succeeds.
    private struct RemovableResource: ManagedResource {
        let id: SetupObject.ID
        var dependencies: [SetupObject.ID] = []
        let desired: SetupBasis.Properties = ["name": ["x"]]
        var refusal: SetupError?

        func assess(_ clouds: SetupClouds, _ resolved: ResolvedResources) async throws(SetupError)
            -> Assessment
        {
            Assessment(state: .ok)
        }

        func removal(
            _ clouds: SetupClouds,
            _ resolved: ResolvedResources,
            keeping retained: RetainedResources
        ) async throws(SetupError) -> Removal {
            let refusal = refusal
            let action = SetupAction("remove") { () async throws(SetupError) in
                if let refusal { throw refusal }
            }
            return .remove("Remove it", [action], isGone: { true })
        }
    }

    @Test func `objects that a refused object needs are kept, and the others are removed`() async throws {
        try await SetupHarness.with { harness in
            var provisioner = try harness.provisioner()
            let application = SetupObject.ID(.application, "app")
            let principal = SetupObject.ID(.servicePrincipal, "app")
            let assignment = SetupObject.ID(.assignment, "logging → role")
            let role = SetupObject.ID(.role, "audit")
            let refusal = Self.refusal("Authorization_RequestDenied", "Insufficient privileges.", status: 403)
            provisioner.resources = [
                RemovableResource(id: application),
                RemovableResource(id: principal, dependencies: [application]),
                RemovableResource(id: assignment, dependencies: [principal], refusal: refusal),
                RemovableResource(id: role),
            ]
            let outcome = await provisioner.destroy(
                keeping: nil,
                confirm: { _, _ in true },
                progress: { _ in }
            )
            #expect(outcome.changed == [role])
            #expect(outcome.failures.map(\.object) == [assignment, principal, application])
            #expect(outcome.failures.map(\.failure.code).suffix(2) == ["dependent-kept", "dependent-kept"])
        }
    }

    private static func refusal(_ code: String, _ message: String, status: Int = 400) -> SetupError {
        SetupError(
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
    func `within 80 s, a refusal ends the run with its message`(code: String, words: String) async throws {
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

    @Test func `a missing permission ends the run immediately`() async throws {
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
