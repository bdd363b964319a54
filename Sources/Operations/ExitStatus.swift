package import Federation

/// The exit status of the program; scripts depend on the numbers.
package enum ExitStatus: Int32, CaseIterable {
    case done = 0
    /// A negative result: exchange refused, wait cannot succeed, test failed, drift found.
    case no = 1
    case usage = 64
    /// No token source, no network.
    case unreachable = 69
    case internalError = 70
    /// Timed out or throttled; a later attempt may work.
    case tryAgain = 75
    /// Not permitted on this host: file modes, read-only files.
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

    /// The status of a run over several mappings: `no` precedes `unreachable`, which precedes `tryAgain`.
    package init(worstOf statuses: [ExitStatus]) {
        self = [.no, .unreachable, .tryAgain].first(where: statuses.contains) ?? .done
    }

    /// The status of a run over several mappings: refused precedes unreachable, which precedes try again.
    package init(worstOf kinds: some Sequence<Failure.Kind>) {
        let found = Set(kinds)
        self =
            [Failure.Kind.refused, .unreachable, .tryAgain].first(where: found.contains).map(Self.init)
            ?? .done
    }
}
