import ArgumentParser
import Federation
import Fleet
import FoundationEssentials
import Operations
import Transport

/// `cambist fleet status`: lists the nodes of the fleet.
struct FleetStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "List the nodes of the fleet.",
        discussion: HelpText(
            """
            A node is a host on which `cambist serve` or a console that is not read-only runs. A node sends a \
            heartbeat every 15 seconds; after three missed heartbeats, it is silent. A node whose process exits \
            normally has the state stopped. `cambist status --fleet` lists the mappings.
            """,
            statuses: [
                .done: "every node is running",
                .no: "a node is silent or stopped",
                .unreachable: "the database is unreachable",
                .tryAgain: "the database did not respond in time",
                .notPermitted: "the configuration cannot be read, or the user lacks a privilege",
            ],
            examples: [
                "cambist fleet status",
                "cambist fleet status --json | jq -r '.nodes[] | select(.silentSince) | .name'",
            ]
        ).discussion
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var fleet: FleetOptions

    @Flag(name: .shortAndLong, help: "Print one JSON object.")
    var json = false

    func run() async throws {
        let time = SystemTime()
        let snapshot = try await fleet.access(options).withStore(time: time) { try await $0.snapshot() }
        try json
            ? Report.answer(FleetReport(snapshot))
            : Report.answer(FleetText(snapshot: snapshot, now: time.now).text)
        if snapshot.nodes.contains(where: { $0.silentSince != nil }) {
            throw CommandFailure.answered(.no, messages: [])
        }
    }
}

extension FleetStatusCommand: JSONAnswering {
    var answersInJSON: Bool { json }

    func report(_ error: ErrorReport) -> any Encodable { FleetReport(FleetSnapshot(), error: error) }
}
