import ArgumentParser
import ConfigurationFile
import Federation
import Foundation
import Operations
import Store
import Transport

/// `cambist history`: past exchanges and waits, newest first.
struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Show past exchanges and waits, newest first.",
        discussion: """
            A wait is listed when it ends: the exchange works, it cannot work, the timeout expired, or the wait was \
            stopped. Waits have no identity, and --csv omits them, because its columns are those of exchanges.

            Examples:
              cambist history --mapping audit --outcome failed --since 7d
              cambist history --since 2026-01-31 --limit 100000 --csv > exchanges.csv
              cambist history --text AccessDenied --json | jq '.exchanges[].at'
              cambist history --mapping audit --json | jq '.waits[0].verdict'
            """
    )

    /// So many exchanges are read at a time.
    private static let page = 500
    private static let limits = 1...10_000_000

    @OptionGroup var options: GlobalOptions

    @Option(help: "Only what is of this mapping.", completion: .mappings)
    var mapping: String?

    @Option(help: "Only exchanges of this identity.")
    var identity: String?

    @Option(help: "Only what ended so: ok or failed.")
    var outcome: ExchangeOutcome?

    @Option(
        help: "Only what is since then: 2026-01-31, 2026-01-31T12:00:00Z, or ago: 90m, 7d.",
        transform: { try Moment(option: $0) }
    )
    var since: Moment?

    @Option(help: "Only what has this in a name, the token's fingerprint, or the failure's code or message.")
    var text: String?

    @Option(help: "How many exchanges at most, and how many waits.")
    var limit = 50

    @Flag(help: "Answer with one JSON object.")
    var json = false

    @Flag(help: "Answer with comma-separated values under a line of names.")
    var csv = false

    func validate() throws {
        if json, csv { throw ValidationError("Say --json or --csv, not both.") }
        guard Self.limits.contains(limit) else {
            throw ValidationError(
                "--limit \(limit) is out of range; accepted: \(Self.limits.lowerBound) to \(Self.limits.upperBound)."
            )
        }
    }

    func run() async throws {
        let location = ConfigurationLocation(named: options.config, environment: ProcessEnvironment.variables)
        var format: any HistoryFormat =
            if json { HistoryJSON() } else if csv { HistoryCSV() } else { HistoryTable() }
        do {
            let store = try HistoryStore.open(directory: location.stateDirectory, settings: HistorySettings())
            try await print(store, as: &format)
        } catch let error as HistoryError {
            let failure = CommandFailure(error)
            if format.hasBegun { try Report.answer(lines: format.tail(ErrorReport(failure))) }
            throw failure.answered(format.hasBegun)
        }
    }

    private func print(_ store: HistoryStore, as format: inout any HistoryFormat) async throws {
        let filter = HistoryFilter(
            mapping: mapping,
            identity: identity,
            outcome: outcome?.outcome,
            since: since?.date(at: SystemTime().now),
            text: text
        )
        var waits = format.hasWaits ? try await store.pastWatches(matching: filter, limit: limit)[...] : []
        var last: ExchangeRecord.ID?
        var left = limit
        var isWhole = false
        while left > 0 {
            let size = min(left, Self.page)
            let records = try await store.records(matching: filter, before: last, limit: size)
            if !format.hasBegun { try Report.answer(lines: format.head()) }
            for record in records {
                let later = format.isInOrder ? waits.prefix { $0.ended > record.at } : []
                for watch in later { try Report.answer(lines: format.line(watch)) }
                waits = waits.dropFirst(later.count)
                try Report.answer(lines: format.line(record))
            }
            isWhole = records.count < size
            left = isWhole ? 0 : left - size
            last = records.last?.id
        }
        // What is older than the last exchange shown belongs to what the limit cuts off.
        if isWhole || !format.isInOrder {
            for watch in waits { try Report.answer(lines: format.line(watch)) }
        }
        try Report.answer(lines: format.tail(nil))
    }
}

extension HistoryCommand: JSONAnswering {
    var answersInJSON: Bool { json }

    func report(_ error: ErrorReport) -> any Encodable {
        HistoryReport(error: error)
    }
}

extension CommandFailure {
    /// Why the history cannot be read.
    init(_ error: HistoryError) {
        let status: ExitStatus =
            switch error {
            case .unreachable, .readOnly, .full: .notPermitted
            case .busy: .tryAgain
            case .corrupt, .newer: .ourFault
            case .endless: .usage
            }
        let fix =
            switch error {
            case .unreachable, .readOnly: "Give yourself its directory with mode 0700 and the file with 0600."
            case .full: "Make room on its file system."
            case .busy: "Try again."
            case .corrupt: "Move the file away to start a new one."
            case .endless: "Write it with fewer repetitions in repetitions."
            case .newer: "Use the later version of cambist, or move the file away."
            }
        self.init(status, code: "history", telling: [error.description], fix: fix)
    }
}

/// The outcome of an exchange, as a value of `--outcome`.
enum ExchangeOutcome: String, CaseIterable, ExpressibleByArgument {
    case ok
    case failed

    var outcome: StepOutcome { self == .ok ? .ok : .failed }
}
