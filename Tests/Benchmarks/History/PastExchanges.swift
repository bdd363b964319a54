import Federation
import Foundation
import Store

/// A history of a million exchanges, created at first use and removed at the end.
actor PastExchanges {
    static let shared = PastExchanges()
    static let count = 1_000_000

    private static let batch = 20_000
    private let directory = FileManager.default.temporaryDirectory
        .appendingPathComponent("cambist-history-\(ProcessInfo.processInfo.processIdentifier)").path
    private var isFilled = false

    /// Returns the state directory with the history.
    func state(_ time: any TimeSource) async throws -> String {
        if !isFilled {
            isFilled = true
            try await fill(until: time.now)
        }
        return directory
    }

    /// Opens the history.
    func store(_ time: any TimeSource) async throws -> HistoryStore {
        try HistoryStore.open(directory: try await state(time) + "/cambist", settings: HistorySettings())
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: directory)
    }

    private func fill(until now: Date) async throws {
        let store = try HistoryStore.open(directory: directory + "/cambist", settings: HistorySettings())
        let start = now - Double(Self.count)
        for first in stride(from: 0, to: Self.count, by: Self.batch) {
            try await store.append((first..<first + Self.batch).map { try Self.record($0, from: start) })
        }
        try store.close()
    }

    /// Returns an exchange of one of a thousand mappings; every fiftieth is refused, the first with a unique text.
    static func record(_ number: Int, from start: Date) throws -> ExchangeRecord {
        guard let role = RoleARN("arn:aws:iam::111122223333:role/reader") else {
            throw CocoaError(.coderInvalidValue)
        }
        let refused = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
        let failure = Failure(
            kind: .refused,
            code: "AccessDenied",
            message: number == 0 ? "only-once" : refused,
            fix: ""
        )
        return ExchangeRecord(
            id: number,
            at: start + Double(number),
            mapping: "audit-\(number % 1000 * 6)",
            identity: "logging",
            roleARN: role,
            steps: ExchangeStep.steps(isChained: false).map { step in
                let isFailed = step == .exchange && number % 50 == 0
                return StepRecord(
                    step: step,
                    outcome: isFailed ? .failed : .ok,
                    duration: .milliseconds(number % 300),
                    failure: isFailed ? failure : nil
                )
            }
        )
    }
}
