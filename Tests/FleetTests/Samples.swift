import Federation
import Foundation
import Store
import Synchronization
import Testing
import Transport

@testable import Fleet

/// Exchanges and states to publish.
enum Samples {
    static let start = Date(timeIntervalSince1970: 1_800_000_000)
    static let role = "arn:aws:iam::111122223333:role/audit"

    static func record(_ number: Int = 0, at: Date = start, mapping: String = "audit") throws
        -> ExchangeRecord
    {
        ExchangeRecord(
            id: number,
            at: at,
            mapping: mapping,
            identity: "logging",
            roleARN: try #require(RoleARN(role)),
            steps: [
                StepRecord(step: .token, outcome: .ok, duration: .milliseconds(12), note: "from the cache"),
                StepRecord(
                    step: .exchange,
                    outcome: .failed,
                    duration: .milliseconds(80),
                    failure: Failure(
                        kind: .refused,
                        code: "AccessDenied",
                        message: "Not authorized 日本 \" \\ '",
                        fix: "Compare the trust policy with the token.",
                        requestID: "9f2c"
                    )
                ),
            ],
            token: TokenFacts(
                fingerprint: "0123456789abcdef",
                claims: Claims(
                    header: ["alg": .string("RS256")],
                    payload: ["uti": .string("aGVsbG8"), "iat": .integer(1_799_999_000)]
                ),
                source: .imds,
                received: at,
                seenBefore: true,
                clockOffset: ClockOffset(offset: .milliseconds(-1500), uncertainty: .milliseconds(520))
            ),
            credentialExpiry: at + 3600,
            accessKeyID: "ASIAEXAMPLE",
            assumedRoleARN: "arn:aws:sts::111122223333:assumed-role/audit/cambist-audit",
            clockOffset: ClockOffset(offset: .milliseconds(20), uncertainty: .milliseconds(10))
        )
    }

    static func mapping(
        _ node: String,
        _ name: String = "audit",
        _ state: MappingStateName = .live
    ) throws -> FleetMapping {
        FleetMapping(
            id: FleetMapping.ID(node: node, mapping: name),
            identity: "logging",
            roleARN: try #require(RoleARN(role)),
            state: state,
            since: start,
            cause: state == .failing ? "AccessDenied" : nil,
            lastOutcome: .ok,
            lastExchange: start + 1,
            credentialExpiry: start + 3600.5
        )
    }
}

/// A scratch directory, deleted with the last reference to it.
final class ScratchDirectory: Sendable {
    let path: String

    init() {
        path = FileManager.default.temporaryDirectory.appending(path: "cambist-\(UUID().uuidString)").path
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func open() throws(HistoryError) -> HistoryStore {
        try HistoryStore.open(directory: path, settings: HistorySettings(isForwarded: true))
    }
}

/// The work of a node under test: its states can be changed, and it records the requests that it executes.
final class TestNode: Sendable {
    private struct State {
        var mappings: [FleetMapping] = []
        var executed: [FleetRequest] = []
        var reports: [String] = []
        var largestBatch = 0
    }

    let name: String
    let history: HistoryStore?
    private let state = Mutex(State())
    private let changes: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init(_ name: String, _ mappings: [FleetMapping] = [], history: HistoryStore? = nil) {
        self.name = name
        self.history = history
        (changes, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        state.withLock { $0.mappings = mappings }
    }

    var executed: [FleetRequest] { state.withLock { $0.executed } }
    var reports: [String] { state.withLock { $0.reports } }
    /// The largest number of outbox entries that were read at a time.
    var largestBatch: Int { state.withLock { $0.largestBatch } }

    func set(_ mappings: [FleetMapping]) {
        state.withLock { $0.mappings = mappings }
        continuation.yield()
    }

    func noteChange() { continuation.yield() }

    var work: NodeWork {
        NodeWork(
            states: { [self] in state.withLock { $0.mappings } },
            changes: { [changes] in changes },
            outbox: { [self] limit in
                let entries = (try? await history?.outbox(limit: limit)) ?? []
                state.withLock { $0.largestBatch = max($0.largestBatch, entries.count) }
                return entries
            },
            acknowledge: { [history] position in
                (try? await history?.acknowledge(through: position)) != nil
            },
            execute: { [self] request in
                state.withLock { $0.executed.append(request) }
                return .done(record: request.verb == .test ? "019a0000-0000-7000-8000-000000000000" : nil)
            },
            report: { [self] text in state.withLock { $0.reports.append(text) } }
        )
    }

    /// Runs the node's service while `body` runs.
    @discardableResult
    func running<Value: Sendable>(
        _ settings: ConnectionSettings,
        host: String? = nil,
        takesOver: Bool = true,
        time: any TimeSource = SystemTime(),
        _ body: () async throws -> Value
    ) async throws -> Value {
        let service = NodeService(
            settings,
            node: NodeDescription(name: name, host: host ?? "host-\(name)", version: "1.2.3"),
            takesOver: takesOver,
            work: work,
            time: time
        )
        let task = Task { await service.run() }
        do {
            let value = try await body()
            task.cancel()
            await task.value
            return value
        } catch {
            task.cancel()
            await task.value
            throw error
        }
    }
}
