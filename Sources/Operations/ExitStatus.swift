package import Federation

/// The exit status of the program; scripts depend on the numbers.
package enum ExitStatus: Int32, CaseIterable {
    case done = 0
    /// A negative result, such as: exchange refused, wait cannot succeed, test failed, drift found, prompt declined.
    case no = 1
    case usage = 64
    /// Unavailable, such as: no token source, no network, no AWS credentials, port in use, lab not installed.
    case unreachable = 69
    case internalError = 70
    /// Timed out, throttled, a server error (5xx), or locked; a later attempt may work.
    case tryAgain = 75
    /// Not permitted, such as: a file cannot be read or written, a privilege is missing, or `--yes` is missing.
    case notPermitted = 77
    case configuration = 78
    case interrupted = 130

    package init(_ kind: Failure.Kind) {
        switch kind {
        case .refused: self = .no
        case .unreachable: self = .unreachable
        case .tryAgain: self = .tryAgain
        }
    }

    /// All statuses, the worst first.
    package static let bySeverity: [ExitStatus] = [
        .interrupted, .internalError, .usage, .configuration, .notPermitted, .no, .unreachable, .tryAgain,
        .done,
    ]

    /// Creates the most severe of the mappings' statuses; ``done`` only if no mapping failed.
    package init(worstOf statuses: [ExitStatus]) {
        self = Self.bySeverity.first(where: statuses.contains) ?? .done
    }

    /// Creates the status of the most severe failure, in this order: `refused`, `unreachable`, `tryAgain`.
    package init(worstOf kinds: some Sequence<Failure.Kind>) {
        self.init(worstOf: kinds.map { ExitStatus($0) })
    }
}
