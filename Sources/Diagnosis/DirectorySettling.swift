import Federation
import Foundation

// What the directory has and tokens do not show yet.
extension TokenSourceDiagnosis {
    /// The directory has the assignment that Entra misses, and has not had it for long.
    ///
    /// Source: within minutes as a rule; after a quarter of an hour it is an assignment to something else.
    var unsettledAssignment: Cause? {
        guard KnownError.find(source, failure: failure)?.id == "role-unassigned",
            let assigned = examination.evidence.assignment?.assigned,
            examination.now.since(assigned) < Self.replication
        else { return nil }
        return Cause(
            "assignment-settling",
            "The identity is assigned to the app role, and Entra does not show it yet.",
            evidence: "\(evidence); assigned \(assigned.text), as the directory says",
            fix: patience(from: assigned)
        )
    }

    /// cambist made the application or the assignment a while ago, and nothing says that it is not there.
    var unsettledSetup: Cause? {
        let facts = examination.evidence.assignment
        let known = KnownError.find(source, failure: failure)
        guard let change = examination.evidence.lastChange,
            abs(examination.now.timeIntervalSince(change)) < Self.replication.seconds,
            known?.id == "audience-unknown" && facts?.resourceExists != false
                || known?.id == "role-unassigned" && facts == nil
        else { return nil }
        return Cause(
            "settling",
            "The set-up was changed a while ago, and Entra does not show all of it yet.",
            evidence: "\(evidence); the set-up was changed \(change.text), by cambist itself",
            fix: patience(from: change)
        )
        .leavingOpen(
            known.flatMap { PossibleCauses(known: $0, source: source, examination: examination).question }
        )
    }

    private func patience(from change: Date) -> String {
        "Wait: seconds to some minutes are usual, and \((change + Self.replication.seconds).text) is late enough. "
            + "`cambist wait MAPPING` tells when it works.".naming(examination.request.mapping ?? "MAPPING")
    }

    /// How long the directory may need to show an assignment everywhere.
    private static let replication = Duration.seconds(900)
}
