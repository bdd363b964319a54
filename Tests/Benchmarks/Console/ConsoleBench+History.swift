import Federation
import Foundation
import History

extension ConsoleBench {
    private static let batch = 20_000

    /// Fills the history that the console of this bench finds with so many exchanges.
    func fillHistory(rows: Int) async throws {
        let store = try HistoryStore.open(
            directory: directory + "/state/cambist",
            settings: HistorySettings()
        )
        guard let role = RoleARN("arn:aws:iam::111122223333:role/reader") else { return }
        let start = time.now - Double(rows)
        for first in stride(from: 0, to: rows, by: Self.batch) {
            try await store.append(
                (first..<min(rows, first + Self.batch)).map { Self.record($0, from: start, role: role) }
            )
        }
        try store.close()
    }

    private static func record(_ number: Int, from start: Date, role: RoleARN) -> ExchangeRecord {
        let failure = Failure(
            kind: .refused,
            code: "AccessDenied",
            message: "Not authorized to perform sts:AssumeRoleWithWebIdentity",
            fix: ""
        )
        return ExchangeRecord(
            id: number,
            at: start + Double(number),
            mapping: "audit-\(number % 1000 * 6)",
            identity: "logging",
            roleARN: role,
            steps: ExchangeStep.allCases.map { step in
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
