import ArgumentParser
import ConfigurationFile
import Federation
import Fleet
import FoundationEssentials
import Operations
import Store
import Transport

/// `cambist history`: lists past exchanges and watches, newest first.
struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "List past exchanges and watches, newest first.",
        discussion: HelpText(
            """
            A watch retries a mapping until the mapping works. A watch is listed after it has ended: the mapping works \
            or cannot work, the timeout expired, or the watch was stopped. --json lists watches as `waits`. --identity \
            omits watches, because they are stored without an identity; --csv omits watches, because the columns are \
            those of exchanges.

            --fleet reads the exchanges of all nodes from the fleet's database, without watches, and adds the node's \
            name to each exchange.
            """,
            statuses: [
                .unreachable: "the fleet's database is unreachable",
                .tryAgain:
                    "the history is locked by another process, or the fleet's database did not respond in time",
                .notPermitted:
                    "a file cannot be read, or the user of the fleet's database lacks a privilege",
                .configuration: "with --fleet: invalid configuration",
            ],
            examples: [
                "cambist history --mapping audit --outcome failed --since 7d",
                "cambist history --since 2026-01-31 --limit 100000 --csv > exchanges.csv",
                "cambist history --text AccessDenied --json | jq '.exchanges[].at'",
                "cambist history --follow --limit 10",
                "cambist history --fleet --node vm1 --outcome failed",
                "cambist history --fleet --follow --json | jq -r '.exchange.node'",
                "cambist history --mapping audit --json | jq '.waits[0].verdict'",
            ]
        ).discussion
    )

    /// The number of exchanges that the command reads at a time.
    private static let page = 500
    /// The maximum interval between reads of the history with `--follow`.
    private static let interval = Duration.seconds(2)
    private static let limits = 1...10_000_000

    @OptionGroup var options: GlobalOptions

    @Option(help: "Only exchanges and watches of this mapping.", completion: .mappings)
    var mapping: String?

    @Option(help: "Only exchanges of this identity; no watches.", completion: .identities)
    var identity: String?

    @Option(help: "Only exchanges and watches with this outcome; stopped watches have no outcome.")
    var outcome: ExchangeOutcome?

    @Option(
        help:
            "Only exchanges and watches after a time: 2026-01-31T12:00:00Z, 2026-01-31, or an age such as 90m or 7d.",
        transform: { try InstantOption(option: $0) }
    )
    var since: InstantOption?

    @Option(
        help:
            """
            Only exchanges and watches with this text in a name, code, or message or, for exchanges, in the role's ARN \
            or the token's fingerprint.
            """
    )
    var text: String?

    @Option(
        help: "Maximum number of exchanges and, separately, of watches; with --follow, only of past ones."
    )
    var limit = 50

    @Flag(help: "Print the entries oldest first, then each exchange and watch as it finishes, until Ctrl-C.")
    var follow = false

    @Flag(help: "Read the exchanges of all nodes of the fleet.")
    var fleet = false

    @Option(help: "Only exchanges of this node of the fleet.")
    var node: String?

    @Flag(name: .shortAndLong, help: "Print one JSON object; with --follow, one per line.")
    var json = false

    @Flag(help: "Print comma-separated values with a header line.")
    var csv = false

    func validate() throws {
        if json, csv { throw ValidationError("--json and --csv are mutually exclusive.") }
        if node != nil, !fleet { throw ValidationError("--node requires --fleet.") }
        guard Self.limits.contains(limit) else {
            throw ValidationError(
                "--limit \(limit) is out of range; accepted: \(Self.limits.lowerBound) to \(Self.limits.upperBound)."
            )
        }
    }

    func run() async throws {
        let location = options.context.location
        if fleet { return follow ? try await followFleet() : try await printFleet() }
        if follow { return try await follow(location.stateDirectory) }
        var format: any HistoryFormat =
            if json { HistoryJSON() } else if csv { HistoryCSV() } else { HistoryTable() }
        do {
            let store = try HistoryStore.openForReading(
                directory: location.stateDirectory,
                settings: HistorySettings()
            )
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

    /// Prints the latest exchanges and watches, oldest first; continues with each new exchange and watch.
    private func follow(_ directory: String) async throws {
        var format = HistoryFollower(isJSON: json, isCSV: csv)
        do {
            let store = try HistoryStore.openForReading(directory: directory, settings: HistorySettings())
            var filter = filter
            if csv { try Report.answer(lines: format.head()) }
            var page = try await store.records(matching: filter, limit: limit)
            var waits =
                csv
                ? (watches: [], last: 0)
                : try await store.pastWatches(matching: filter, after: nil, limit: limit)
            filter.since = nil
            var last = page.first?.id
            for await _ in StateChanges.stream(of: directory, every: Self.interval, time: SystemTime()) {
                let lines =
                    page.map { ($0.at, format.line($0)) } + waits.watches.map { ($0.ended, format.line($0)) }
                for (_, line) in lines.sorted(by: { $0.0 < $1.0 }) { try Report.answer(lines: line) }
                let position: HistoryPosition = last.map(HistoryPosition.after) ?? .oldest
                page = try await store.records(matching: filter, at: position, limit: Self.page)
                if !csv {
                    waits = try await store.pastWatches(matching: filter, after: waits.last, limit: .max)
                }
                last = page.first?.id ?? last
            }
        } catch let error as HistoryError {
            throw CommandFailure(error)
        }
    }

    private func fleetAccess() throws(CommandFailure) -> FleetAccess {
        let context = options.context
        return try FleetAccess(
            try ConfigurationText.find(context).read().fleet,
            variables: context.variables
        )
    }

    /// Prints the fleet's latest exchanges, oldest first; continues with each new exchange.
    private func followFleet() async throws {
        let access = try fleetAccess()
        let time = SystemTime()
        try await access.withStore(time: time) { _ in }
        var format = HistoryFollower(isJSON: json, isCSV: csv, hasNodes: true)
        if csv { try Report.answer(lines: format.head()) }
        let follower = FleetFollower(
            access.settings,
            matching: filter,
            node: node,
            limit: limit,
            time: time,
            report: Report.reportError
        )
        let (pages, continuation) = AsyncStream.makeStream(of: [FleetExchange].self)
        let reading = Task {
            await follower.run { continuation.yield($0) }
            continuation.finish()
        }
        defer { reading.cancel() }
        for await page in pages {
            for exchange in page {
                try Report.answer(lines: format.line(exchange.record, node: exchange.node))
            }
        }
    }

    private func printFleet() async throws {
        var format: any HistoryFormat =
            if json { HistoryJSON() } else if csv { HistoryCSV(hasNodes: true) } else { HistoryTable() }
        let filter = filter
        do {
            try await fleetAccess().withStore(time: SystemTime()) { store in
                var last: FleetRecordID?
                var left = limit
                while left > 0 {
                    let size = min(left, Self.page)
                    let page = try await store.exchanges(
                        matching: filter,
                        node: node,
                        before: last,
                        limit: size
                    )
                    if !format.hasBegun { try Report.answer(lines: format.head()) }
                    for exchange in page { try Report.answer(lines: format.line(exchange)) }
                    guard let oldest = page.last else { break }
                    last = oldest.id
                    left -= page.count
                }
                try Report.answer(lines: format.tail(nil))
            }
        } catch let failure as CommandFailure {
            if format.hasBegun { try Report.answer(lines: format.tail(ErrorReport(failure))) }
            throw failure.answered(format.hasBegun)
        }
    }

    private func print(_ store: HistoryStore, as format: inout any HistoryFormat) async throws {
        let filter = filter
        var waits = format.hasWaits ? try await store.pastWatches(matching: filter, limit: limit)[...] : []
        var last: ExchangeRecord.ID?
        var left = limit
        var isExhausted = false
        var earliest = Date.distantFuture
        while left > 0 {
            let size = min(left, Self.page)
            let records = try await store.records(matching: filter, before: last, limit: size)
            if !format.hasBegun { try Report.answer(lines: format.head()) }
            for record in records {
                let later = format.isInOrder ? waits.prefix { $0.ended > record.at } : []
                for watch in later { try Report.answer(lines: format.line(watch)) }
                waits = waits.dropFirst(later.count)
                try Report.answer(lines: format.line(record))
                earliest = min(earliest, record.at)
            }
            isExhausted = records.count < size
            left = isExhausted ? 0 : left - size
            last = records.last?.id
        }
        // A watch that ended before all printed exchanges is beyond the limit. The last printed exchange may not be
        // the earliest, because the clock may have been set back.
        for watch in waits where isExhausted || !format.isInOrder || watch.ended > earliest {
            try Report.answer(lines: format.line(watch))
        }
        try Report.answer(lines: format.tail(nil))
    }
}

extension HistoryCommand: JSONAnswering {
    var answersInJSON: Bool { json }
    static func answersInLines(_ arguments: [String]) -> Bool { arguments.contains("--follow") }

    func report(_ error: ErrorReport) -> any Encodable {
        HistoryReport(error: error)
    }
}

extension CommandFailure {
    /// Creates the failure of a command from an error of the history.
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
                "Change the owner of the history file (mode 0600) and of its directory (mode 0700) to your user."
            case .full: "Free space on the file system of the history."
            case .busy: "Try again."
            case .corrupt: "Rename the file; cambist then creates a new one."
            case .endless: "Use a pattern with fewer nested repetitions."
            case .newer: "Use the later version of cambist, or rename the file."
            }
        self.init(status, code: "history", messagesWithFix: [error.description], fix: fix)
    }
}

/// The outcome of an exchange or a watch, as a value of `--outcome`.
enum ExchangeOutcome: String, CaseIterable, ExpressibleByArgument {
    case ok
    case failed

    var outcome: StepOutcome { self == .ok ? .ok : .failed }
}
