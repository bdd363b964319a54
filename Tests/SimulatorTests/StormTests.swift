import Federation
import Foundation
import TestSupport
import Testing

@testable import Simulator

/// Injected faults of the scenario `storm` in Azure's services.
@Suite(.limited) struct StormTests {
    /// Returns the results of two hundred requests: a status, `cut`, or `slow`.
    private func results(seed: UInt64) async throws -> [String] {
        let scenario = try Scenario.load("storm")
        let plan = LabPlan(scenario, seed: Seed(value: seed), speed: Speed(factor: 1))
        let date = Date(timeIntervalSince1970: 1_790_000_000)
        let credentials = try ClientCredentials(for: plan, at: date)
        let state = try plan.azure(
            at: date,
            credentials: credentials,
            arcKeys: FileManager.default.temporaryDirectory
        )
        let cloud = AzureCloud(state, faults: FaultInjector(rates: plan.aws.faults, seed: plan.seed))
        var outcomes: [String] = []
        for _ in 1...200 {
            let request = WireRequest(
                method: "GET",
                path: "/common/discovery/keys",
                rawQuery: nil,
                headers: [],
                body: Data(),
                at: date
            )
            let answer = await cloud.respond(to: request, service: .authority, base: "")
            outcomes.append(answer.isCut ? "cut" : answer.delay > .zero ? "slow" : String(answer.status))
        }
        return outcomes
    }

    @Test func `some requests are throttled, fail, are slow, or are cut, and most succeed`() async throws {
        let outcomes = try await results(seed: 1)
        let counts = Dictionary(outcomes.map { ($0, 1) }, uniquingKeysWith: +)
        #expect(Set(counts.keys) == ["200", "429", "500", "503", "slow", "cut"])
        #expect((100...160).contains(counts["200"] ?? 0))
    }

    @Test func `the same seed causes the same faults`() async throws {
        let first = try await results(seed: 1)
        #expect(try await results(seed: 1) == first)
        #expect(try await results(seed: 2) != first)
    }

    @Test func `a cut connection has no response`() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "storm-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let file = directory.appending(path: "cut.yaml")
        let text = """
            storm: {cut: 1}
            applications: {app: {identifier_uris: [api://x]}}
            identities: {me: {}}
            mappings: {only: {}}
            """
        try text.write(to: file, atomically: true, encoding: .utf8)
        try await LabClient.with(LabOptions(scenario: file.path())) { client in
            await #expect(throws: (any Error).self) {
                _ = try await client.metadata("resource=x")
            }
        }
    }
}
