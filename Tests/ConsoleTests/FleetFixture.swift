import Federation
import Foundation

@testable import Console

/// Fleets as read from the database.
enum FleetFixture {
    private static let start = ConsoleFixture.start

    /// Applies a fleet to a console whose configuration names a database.
    static func send(_ snapshot: FleetSnapshot, to state: inout ConsoleState) {
        ConsoleFixture.send(.fleetConfigured(true), to: &state)
        ConsoleFixture.send(.fleetRead(snapshot), to: &state)
    }

    static func node(
        _ name: String,
        beat: Double = 3,
        isSilent: Bool = false,
        hasStopped: Bool = false
    ) -> FleetNode {
        let lastBeat = start - beat
        return FleetNode(
            name: name,
            host: "\(name).internal",
            version: "0.9",
            lastBeat: lastBeat,
            silentSince: isSilent || hasStopped ? lastBeat : nil,
            hasStopped: hasStopped
        )
    }

    static func mapping(
        _ node: String,
        _ name: String,
        _ state: MappingStateName,
        cause: String? = nil,
        left: Double? = nil,
        request: FleetRequest? = nil
    ) throws -> FleetMapping {
        let mapping = try ConsoleFixture.mapping(name, role: "\(name)-reader")
        let isFailed = state == .failing
        return FleetMapping(
            id: FleetMapping.ID(node: node, mapping: name),
            identity: mapping.identity,
            roleARN: mapping.roleARN,
            state: state,
            since: start - 400,
            cause: cause,
            lastOutcome: state == .idle ? nil : isFailed ? .failed : .ok,
            lastExchange: state == .idle ? nil : start - 120,
            credentialExpiry: left.map { start + $0 },
            request: request
        )
    }

    static func request(
        _ target: FleetMapping.ID,
        _ verb: FleetRequest.Verb = .test,
        _ state: FleetRequest.State = .waiting,
        id: String = "0197a1b2-0000-7000-8000-000000000001"
    ) -> FleetRequest {
        FleetRequest(
            id: id,
            verb: verb,
            target: target,
            operator: "alice",
            requested: start,
            expiry: start + FleetRequest.lifetime,
            state: state
        )
    }

    /// Three nodes, of which one is silent; one mapping fails.
    static func snapshot() throws -> FleetSnapshot {
        FleetSnapshot(
            nodes: [node("aks-7f", beat: 240, isSilent: true), node("vm1"), node("vm2", beat: 9)],
            mappings: [
                try mapping("aks-7f", "payments", .live, left: 700),
                try mapping("vm1", "audit", .live, left: 2500),
                try mapping("vm1", "deploy", .idle),
                try mapping("vm2", "audit", .failing, cause: "AccessDenied"),
                try mapping("vm2", "metrics", .expiring, left: 200),
                try mapping("vm2", "vault", .waiting, cause: "directory"),
            ]
        )
    }

    /// 1,000 nodes with ten mappings each.
    static func many() throws -> FleetSnapshot {
        let names = (0..<1000).map { "vm\(1000 + $0)" }
        let teams = [
            "audit", "billing", "deploy", "logs", "metrics", "payments", "reports", "scan", "vault", "web",
        ]
        return FleetSnapshot(
            nodes: names.enumerated().map { number, name in node(name, isSilent: number % 100 == 7) },
            mappings: try names.enumerated().flatMap { number, name in
                try teams.enumerated().map { place, team in
                    let isFailing = (number * 10 + place) % 333 == 0
                    return try mapping(
                        name,
                        team,
                        isFailing ? .failing : .live,
                        cause: isFailing ? "AccessDenied" : nil,
                        left: isFailing ? nil : 600 + Double(number)
                    )
                }
            }
        )
    }

    /// A node whose names, causes, and problems are hostile and very long.
    static func wide(_ text: String) throws -> FleetSnapshot {
        let state = FleetRequest.State.refused(reason: text)
        let id = FleetMapping.ID(node: text, mapping: text)
        var mapping = try mapping(text, "audit", .failing, cause: text, left: 1e12)
        mapping.request = request(id, .refresh, state)
        return FleetSnapshot(
            nodes: [
                FleetNode(name: text, host: text, version: text, lastBeat: start + 1e12, silentSince: start)
            ],
            mappings: [mapping],
            unreachableSince: start - 1e12,
            problem: text
        )
    }
}
