import ArgumentParser
import Federation
import Fleet
import FoundationEssentials
import Operations
import Transport

/// `cambist fleet prune`: deletes old records from the fleet's database.
struct FleetPruneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Delete exchanges, watches, and nodes that are older than the retention period.",
        discussion: HelpText(
            """
            Run the command as the user that ran `cambist fleet init`, for example once a day. Rows are \
            deleted in small transactions. A node is deleted if its last heartbeat is older than the retention \
            period. Requests that are older than a week are also deleted.
            """,
            statuses: [
                .unreachable: "the database is unreachable",
                .tryAgain: "the database did not respond in time",
                .notPermitted: "the configuration cannot be read, or the user does not own the schema",
            ],
            examples: [
                "cambist fleet prune --days 90 --store postgresql://owner@db.example/cambist"
            ]
        ).discussion
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var fleet: FleetOptions

    @Option(help: "Retention period in days.")
    var days = 400

    func validate() throws {
        guard (1...36_500).contains(days) else {
            throw ValidationError("--days \(days) is out of range; accepted: 1 to 36500.")
        }
    }

    func run() async throws {
        let time = SystemTime()
        let cutoff = time.now - Double(days) * 86_400
        let removed = try await fleet.access(options).withStore(time: time) {
            try await $0.prune(before: cutoff)
        }
        try Report.answer(
            "Deleted \(Count(removed.exchanges, "exchange")), \(Count(removed.watches, "watch", "watches")), "
                + "and \(Count(removed.nodes, "node")) older than \(Count(days, "day"))."
        )
    }
}
