import Federation
import Foundation
import Operations
import Synchronization

/// Reports every failure of a running credential server, and each mapping's first success on a terminal.
final class ServeNews: Sendable {
    private let tellsAll: Bool
    private let ready = Mutex<Set<RoleMapping.ID>>([])
    private let isEnded = Mutex(false)

    /// Reports mappings that are ready if stderr is a terminal or with `--verbose`.
    init(_ options: GlobalOptions) {
        tellsAll = options.verbose || ProcessEnvironment.isTerminal(STDERR_FILENO)
    }

    /// Reports nothing more: exchanges that the end of the server cancels are no failures.
    func end() { isEnded.withLock { $0 = true } }

    /// Reports an exchange that ended.
    func tell(_ record: ExchangeRecord) {
        if isEnded.withLock(\.self) { return }
        if let failure = record.failure {
            return CommandFailure(failure, of: record.mapping).lines.forEach(Report.reportError)
        }
        let isFirst = ready.withLock { $0.insert(record.mapping).inserted }
        guard tellsAll, isFirst else { return }
        let until = record.credentialExpiry.map { ", credentials until \($0.formatted(.iso8601))" } ?? ""
        Report.say("\(record.mapping) is ready\(until).")
    }
}
