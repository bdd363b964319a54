import Federation
import FoundationEssentials
import Glibc
import Operations
import Synchronization

/// Reports the failed exchanges of a credential server and, if requested, each mapping's first success.
final class ServeReporter: Sendable {
    private let reportsSuccesses: Bool
    private let ready = Mutex<Set<RoleMapping.ID>>([])
    private let isEnded = Mutex(false)

    /// Creates a reporter; it reports successes only on a terminal or with `--verbose`.
    init(_ options: GlobalOptions) {
        reportsSuccesses = options.verbose || ProcessEnvironment.isTerminal(STDERR_FILENO)
    }

    /// Stops reporting before a shutdown, because a canceled exchange is not a failure.
    func end() { isEnded.withLock { $0 = true } }

    func reportExchange(_ record: ExchangeRecord) {
        if isEnded.withLock(\.self) { return }
        if let failure = record.failure {
            return CommandFailure(failure, of: record.mapping).lines.forEach(Report.reportError)
        }
        let isFirst = ready.withLock { $0.insert(record.mapping).inserted }
        guard reportsSuccesses, isFirst else { return }
        let until = record.credentialExpiry.map { ", credentials until \($0.formatted(.iso8601))" } ?? ""
        Report.say("\(record.mapping) is ready\(until).")
    }
}
