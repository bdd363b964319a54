import Federation
import Fleet
import Foundation
import Store
import Synchronization

/// A node whose mappings are simulated; the connection, the heartbeats, and the messages are real.
final class SimulatedNode: Sendable {
    static let mappings = 10

    private struct State {
        var mappings: [FleetMapping]
        var outbox: [OutboxEntry] = []
        var position = 0
    }

    private let name: String
    private let role: RoleARN
    private let state: Mutex<State>
    private let changes: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init(_ number: Int) throws {
        guard let role = RoleARN("arn:aws:iam::111122223333:role/audit") else {
            throw BenchmarkError("the ARN is invalid")
        }
        let name = "vm-" + String(10_000 + number)
        (self.name, self.role) = (name, role)
        (changes, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        state = Mutex(
            State(
                mappings: (0..<Self.mappings).map {
                    Self.mapping(FleetMapping.ID(node: name, mapping: "audit-\($0)"), role, at: nil)
                }
            )
        )
    }

    func service(_ settings: ConnectionSettings, time: any TimeSource) -> NodeService {
        NodeService(
            settings,
            node: NodeDescription(name: name, host: "\(name).internal", version: "1.0.0"),
            takesOver: true,
            work: NodeWork(
                states: { [self] in state.withLock(\.mappings) },
                changes: { [changes] in changes },
                outbox: { [self] limit in state.withLock { Array($0.outbox.prefix(limit)) } },
                acknowledge: { [self] position in
                    state.withLock { $0.outbox.removeAll { $0.position <= position } }
                    return true
                },
                execute: { _ in .done(record: nil) },
                report: { FileHandle.standardError.write(Data("\($0)\n".utf8)) }
            ),
            time: time
        )
    }

    /// Exchanges one of the mappings.
    ///
    /// - Returns: The mapping, and the time of the exchange as the database stores it.
    func exchange(now: Date) throws -> (FleetMapping.ID, Date) {
        // The database stores microseconds.
        let at = Date(timeIntervalSince1970: (now.timeIntervalSince1970 * 1000).rounded() / 1000)
        let index = Int.random(in: 0..<Self.mappings)
        let id = state.withLock { state in
            let id = state.mappings[index].id
            state.mappings[index] = Self.mapping(id, role, at: at)
            state.position += 1
            let steps = ExchangeStep.steps(isChained: false).map {
                StepRecord(step: $0, outcome: .ok, duration: .milliseconds(40))
            }
            let record = ExchangeRecord(
                id: state.position,
                at: at,
                mapping: id.mapping,
                identity: "logging",
                roleARN: role,
                steps: steps
            )
            state.outbox.append(
                OutboxEntry(
                    position: state.position,
                    id: TimeOrderedID.make(at: at),
                    content: .exchange(record)
                )
            )
            return id
        }
        continuation.yield()
        return (id, at)
    }

    private static func mapping(_ id: FleetMapping.ID, _ role: RoleARN, at: Date?) -> FleetMapping {
        FleetMapping(
            id: id,
            identity: "logging",
            roleARN: role,
            state: at == nil ? .idle : .live,
            since: at,
            lastOutcome: at.map { _ in .ok },
            lastExchange: at,
            credentialExpiry: at.map { $0 + 900 }
        )
    }
}

/// The times from changes on nodes until a snapshot has them.
final class FleetArrivals: Sendable {
    private struct State {
        var expected: [FleetMapping.ID: (at: Date, since: Duration)] = [:]
        var latencies: [Duration] = []
        var mappings = 0
    }

    private let time: any TimeSource
    private let state = Mutex(State())

    init(time: any TimeSource) {
        self.time = time
    }

    var latencies: [Duration] { state.withLock(\.latencies) }
    /// The number of mappings in the last snapshot.
    var mappings: Int { state.withLock(\.mappings) }
    /// The number of changes that no snapshot has shown.
    var missing: Int { state.withLock(\.expected.count) }

    /// Records a change; a later change of the same mapping replaces it.
    func expect(_ id: FleetMapping.ID, _ at: Date) {
        let now = time.uptime
        state.withLock { $0.expected[id] = (at, now) }
    }

    func note(_ snapshot: FleetSnapshot) {
        let now = time.uptime
        state.withLock { state in
            state.mappings = snapshot.mappings.count
            if state.expected.isEmpty { return }
            for mapping in snapshot.mappings {
                guard let last = mapping.lastExchange, let change = state.expected[mapping.id],
                    abs(last.timeIntervalSince(change.at)) < 0.0005
                else { continue }
                state.latencies.append(now - change.since)
                state.expected[mapping.id] = nil
            }
        }
    }
}
