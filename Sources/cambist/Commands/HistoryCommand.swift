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
        abstract: "List past exchanges and waits, newest first.",
        discussion: HelpText(
            """
            A wait is listed when it ends: the exchange works, it cannot work, the timeout expired, or the \
            wait was stopped. Waits have no identity, and --csv omits them, because its columns are those \
            of exchanges.
            """,
            statuses: [
                .tryAgain: "the history is locked by another process",
                .notPermitted: "the history cannot be read",
            ],
            examples: [
                "cambist history --mapping audit --outcome failed --since 7d",
                "cambist history --since 2026-01-31 --limit 100000 --csv > exchanges.csv",
                "cambist history --text AccessDenied --json | jq '.exchanges[].at'",
                "cambist history --follow --limit 10",
                "cambist history --mapping audit --json | jq '.waits[0].verdict'",
            ]
        ).discussion
    )

    /// The number of exchanges read at a time.
    private static let page = 500
    /// The interval at which the history is read again if the kernel does not report changes.
    private static let interval = Duration.seconds(2)
    private static let limits = 1...10_000_000

    @OptionGroup var options: GlobalOptions

    @Option(help: "Only exchanges and waits of this mapping.", completion: .mappings)
    var mapping: String?

    @Option(help: "Only exchanges of this identity.", completion: .identities)
    var identity: String?

    @Option(help: "Only exchanges with this outcome.")
    var outcome: ExchangeOutcome?

    @Option(
        help:
            "Only exchanges and waits after a time: 2026-01-31T12:00:00Z, 2026-01-31, or an age such as 90m or 7d.",
        transform: { try Moment(option: $0) }
    )
    var since: Moment?

    @Option(
        help: "Only exchanges with this text in a name, the token's fingerprint, the code, or the message."
    )
    var text: String?

    @Option(help: "Maximum number of exchanges, and of waits.")
    var limit = 50

    @Flag(help: "Print the newest last, then each exchange and wait as it ends, until Ctrl-C.")
    var follow = false

    @Flag(name: .shortAndLong, help: "Print one JSON object; with --follow, one per line.")
    var json = false

    @Flag(help: "Print comma-separated values with a header line.")
    var csv = false

    func validate() throws {
        if json, csv { throw ValidationError("--json and --csv are mutually exclusive.") }
        guard Self.limits.contains(limit) else {
            throw ValidationError(
                "--limit \(limit) is out of range; accepted: \(Self.limits.lowerBound) to \(Self.limits.upperBound)."
            )
        }
    }

    func run() async throws {
        let location = options.context.location
        if follow { return try await follow(location.stateDirectory) }
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

    private var filter: HistoryFilter {
        HistoryFilter(
            mapping: mapping,
            identity: identity,
            outcome: outcome?.outcome,
            since: since?.date(at: SystemTime().now),
            text: text
        )
    }

    /// Prints the latest exchanges and waits, oldest first, and then each as it is stored.
    private func follow(_ directory: String) async throws {
        var format = HistoryFollower(isJSON: json, isCSV: csv)
        do {
            let store = try HistoryStore.open(directory: directory, settings: HistorySettings())
            var filter = filter
            if csv { try Report.answer(lines: format.head()) }
            var page = try await store.records(matching: filter, limit: limit)
            var waits = csv ? [] : try await store.pastWatches(matching: filter, limit: limit)
            filter.since = nil
            var last = page.first?.id
            var ended = waits.first?.ended ?? .distantPast
            for await _ in StateChanges.stream(of: directory, every: Self.interval, time: SystemTime()) {
                let lines = page.map { ($0.at, format.line($0)) } + waits.map { ($0.ended, format.line($0)) }
                for (_, line) in lines.sorted(by: { $0.0 < $1.0 }) { try Report.answer(lines: line) }
                let place: HistoryPosition = last.map(HistoryPosition.after) ?? .oldest
                page = try await store.records(matching: filter, at: place, limit: Self.page)
                waits =
                    csv
                    ? []
                    : try await store.pastWatches(matching: filter, limit: Self.page)
                        .filter { $0.ended > ended }
                last = page.first?.id ?? last
                ended = waits.first?.ended ?? ended
            }
        } catch let error as HistoryError {
            throw CommandFailure(error)
        }
    }

    private func print(_ store: HistoryStore, as format: inout any HistoryFormat) async throws {
        let filter = filter
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
        // Waits older than the last exchange shown are beyond the limit.
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
    /// Creates the failure of a command that cannot read the history.
    init(_ error: HistoryError) {
        let status: ExitStatus =
            switch error {
            case .unreachable, .readOnly, .full: .notPermitted
            case .busy: .tryAgain
            case .corrupt, .newer: .internalError
            case .endless: .usage
            }
        let fix =
            switch error {
            case .unreachable, .readOnly:
                "Set yourself as the owner of its directory (0700) and the file (0600)."
            case .full: "Free space on its file system."
            case .busy: "Try again."
            case .corrupt: "Move the file away to start a new one."
            case .endless: "Use a pattern with fewer nested repetitions."
            case .newer: "Use the later version of cambist, or move the file away."
            }
        self.init(status, code: "history", messagesWithFix: [error.description], fix: fix)
    }
}

/// The outcome of an exchange, as a value of `--outcome`.
enum ExchangeOutcome: String, CaseIterable, ExpressibleByArgument {
    case ok
    case failed

    var outcome: StepOutcome { self == .ok ? .ok : .failed }
}
