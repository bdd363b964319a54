import Federation
import Foundation
import TestSupport
import Testing
import Transport

@testable import Simulator

/// Propagation delays of a new role assignment in the three mappings of `propagation`.
@Suite(.limited) struct PropagationTests {
    private func roles(_ mapping: String, _ exchange: ScenarioExchange) async throws -> [String]? {
        let mapping = try #require(exchange.plan.mappings.first { $0.name == mapping })
        let answer = try await exchange.client.metadata(
            clientID: mapping.identity.clientID,
            resource: mapping.audience
        )
        guard let token = answer.json["access_token"]?.string else { return nil }
        return try Claims(decoding: Secret(token)).roles
    }

    @Test func `with assignment required, tokens are refused until replication`() async throws {
        try await LabClient.with(LabOptions(scenario: "propagation")) { client in
            let exchange = try ScenarioExchange(client, scenario: "propagation")
            #expect(try await roles("required-first", exchange) == nil)
            client.time.advance(by: .seconds(179))
            #expect(try await roles("required-first", exchange) == nil)
            client.time.advance(by: .seconds(1))
            #expect(try await roles("required-first", exchange) == ["AssumeRoleWithWebIdentity"])
        }
    }

    /// A token cached for six hours is replaced after eighteen more; one cached for twenty, after four.
    @Test(arguments: [("not-required", 18), ("required-late", 4)])
    func `a cached token without the role is served until it is about to expire`(
        _ mapping: String,
        _ hours: Int
    ) async throws {
        try await LabClient.with(LabOptions(scenario: "propagation")) { client in
            let exchange = try ScenarioExchange(client, scenario: "propagation")
            #expect(try await roles(mapping, exchange) == [])
            client.time.advance(by: .seconds(hours * 3600 - 301))
            #expect(try await roles(mapping, exchange) == [])
            client.time.advance(by: .seconds(1))
            #expect(try await roles(mapping, exchange) == ["AssumeRoleWithWebIdentity"])
        }
    }

    @Test func `speed divides the propagation delay`() async throws {
        try await LabClient.with(LabOptions(scenario: "propagation", speed: 720)) { client in
            let exchange = try ScenarioExchange(client, scenario: "propagation")
            client.time.advance(by: .seconds(89))
            #expect(try await roles("not-required", exchange) == [])
            client.time.advance(by: .seconds(1))
            #expect(try await roles("not-required", exchange) == ["AssumeRoleWithWebIdentity"])
            #expect(client.lab.configurationText.contains("watch:\n  speed: 720\n"))
        }
    }

    @Test func `all mappings of the scenario are watched`() async throws {
        try await LabClient.with(LabOptions(scenario: "propagation")) { client in
            #expect(client.lab.watchedMappings == ["required-first", "not-required", "required-late"])
        }
    }
}
