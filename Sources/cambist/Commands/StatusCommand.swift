import ArgumentParser
import ConfigurationFile
import Federation
import Fleet
import FoundationEssentials
import Glibc
import Operations
import Store
import Transport

/// `cambist status`: prints the states of mappings, without a request to Azure or AWS.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show the state of each mapping without requests to Azure or AWS.",
        discussion: HelpText(
            """
            Reads this host's history, keyring, and running watches. The states are live, expiring, \
            expired, failing, idle (no exchange yet), and, while a watch runs, waiting and blocked (waiting cannot \
            make the mapping work).

            --fleet reads the states of all nodes from the fleet's database instead. For a silent or stopped node, \
            these are the last states that the node published.

            --short prints the worst state and the time left, for a shell prompt; in a shell of `cambist exec`, \
            CAMBIST_MAPPING names the mapping.
            """,
            statuses: [
                .done: "no mapping is failing, blocked, or expired",
                .no: "a mapping is failing, blocked, or expired",
                .unreachable: "the fleet's database is unreachable",
                .tryAgain:
                    "the history is locked by another process, or the fleet's database did not respond in time",
                .notPermitted:
                    "a file cannot be read, or the user of the fleet's database lacks a privilege",
            ],
            examples: [
                "cambist status",
                "cambist status --watch",
                "cambist status --fleet",
                #"PS1='$(cambist status --short "$CAMBIST_MAPPING") \$ '"#,
                #"cambist status --json | jq -r '.mappings[] | select(.state == "failing") | .name'"#,
            ]
        ).discussion
    )

    /// The maximum interval between reads of the states with `--watch`.
    private static let interval = Duration.seconds(5)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "Names of the mappings (default: all).", completion: .mappings)
    var mappings: [String] = []

    @Flag(name: .shortAndLong, help: "Print one JSON object; with --watch, one per line.")
    var json = false

    @Flag(help: "Print only the worst state and the time left.")
    var short = false

    @Flag(help: "Show the mappings of all nodes of the fleet.")
    var fleet = false

    @Flag(help: "Print again after each change, until Ctrl-C.")
    var watch = false

    func validate() throws {
        if json, short { throw ValidationError("--json and --short are mutually exclusive.") }
    }

    func run() async throws {
        let time = SystemTime()
        let names = mappings.filter { !$0.isEmpty }
        guard watch else {
            let states = try await states(of: names, time)
            try json ? Report.answer(StatusReport(states)) : Report.answer(text(states, at: time.now))
            guard states.contains(where: \.word.needsAttention) else { return }
            throw CommandFailure.answered(.no, messages: [])
        }
        var shown = ""
        let isTerminal = ProcessEnvironment.isTerminal(STDOUT_FILENO) && !json
        let directory = options.context.location.stateDirectory
        for await _ in StateChanges.stream(of: directory, every: Self.interval, time: time) {
            let states = try await states(of: names, time)
            let text = json ? try Report.line(StatusReport(states)) : text(states, at: time.now)
            guard text != shown else { continue }
            if isTerminal, !shown.isEmpty { try Report.erase(lines: shown.split(separator: "\n").count) }
            try Report.answer(lines: text + "\n")
            shown = text
        }
    }

    private func states(of names: [String], _ time: any TimeSource) async throws -> [MappingState] {
        if fleet { return try await fleetStates(of: names, time) }
        do {
            return try await StatusService(options.context, time: time).states(of: names)
        } catch let error as HistoryError {
            throw CommandFailure(error)
        }
    }

    private func fleetStates(of names: [String], _ time: any TimeSource) async throws -> [MappingState] {
        let context = options.context
        let settings = try ConfigurationText.find(context).read().fleet
        let snapshot = try await FleetAccess(settings, variables: context.variables).withStore(time: time) {
            try await $0.snapshot()
        }
        let nodes = Dictionary(snapshot.nodes.map { ($0.name, $0) }) { first, _ in first }
        return snapshot.mappings.filter { names.isEmpty || names.contains($0.mapping) }.map {
            MappingState($0, of: nodes[$0.node])
        }
    }

    private func text(_ states: [MappingState], at now: Date) -> String {
        short ? StatusText(states: states, now: now).short : StatusText(states: states, now: now).text
    }
}

extension StatusCommand: JSONAnswering {
    var answersInJSON: Bool { json }
    static func answersInLines(_ arguments: [String]) -> Bool { arguments.contains("--watch") }

    func report(_ error: ErrorReport) -> any Encodable { StatusReport([], error: error) }
}
