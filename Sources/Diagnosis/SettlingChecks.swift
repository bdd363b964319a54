import Federation
import Foundation

/// A change in IAM that STS may not have seen yet.
struct RecentChange: Hashable, Sendable {
    let at: Date
    /// What was changed, and who knows.
    let text: String
}

// What is too new to be judged. AWS names no bound; about 2 s are usual, 10 to 30 s were seen, rarely a minute, and
// Terraform waits two.
extension DiagnosisContext {
    /// After this a change counts as seen everywhere.
    private static let settling = Duration.seconds(120)

    /// The latest change that may keep STS from seeing the role or its trust policy as they are.
    var unsettledRole: RecentChange? {
        let made: RecentChange? =
            if case .found(let role) = evidence.role { creation("role", role.created) } else { nil }
        return latest([setupChange, made])
    }

    /// The latest change that may keep STS from seeing the provider or its client IDs as they are.
    var unsettledProvider: RecentChange? {
        latest([setupChange, creation("provider", choice.reached?.created)])
    }

    /// A cause that goes away by itself.
    func settling(_ summary: String, _ change: RecentChange, evidence: String) -> Cause {
        let end = (change.at + Self.settling.seconds).text
        return Cause(
            "settling",
            summary,
            evidence: "\(evidence); \(change.text)",
            fix:
                "Wait, then test again: AWS names no bound; 2 s are usual, 30 s happen, and \(end) is late enough. "
                + "`cambist wait MAPPING` tells when it works.".naming(request.mapping ?? "MAPPING")
        )
    }

    private var setupChange: RecentChange? {
        evidence.lastChange.map {
            RecentChange(at: $0, text: "the set-up was changed \($0.text), by cambist itself")
        }
    }

    private func creation(_ object: String, _ date: Date?) -> RecentChange? {
        date.map { RecentChange(at: $0, text: "the \(object) was made \($0.text), as IAM's CreateDate says") }
    }

    /// The latest of the changes that were made so short a while ago; clocks may differ by as much.
    private func latest(_ changes: [RecentChange?]) -> RecentChange? {
        changes.compactMap(\.self).filter { abs(now.timeIntervalSince($0.at)) < Self.settling.seconds }.max {
            $0.at < $1.at
        }
    }
}
