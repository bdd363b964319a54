import ArgumentParser
import ConfigurationFile
import Federation
import Foundation
import Operations
import Store
import Transport

/// `cambist status`: the states of mappings, without a request.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show the state of each mapping without network requests.",
        discussion: HelpText(
            """
            Reads the history, the keyring and the running watches of this host. The states are live, expiring, \
            expired, failing, waiting (a watch runs), blocked (cannot work by waiting) and idle (no exchange yet).

            --short prints the worst state and the time left, for a shell prompt; in a shell of `cambist exec`, \
            CAMBIST_MAPPING names the mapping.
            """,
            statuses: [
                .done: "no mapping is failing, blocked, or expired",
                .no: "a mapping is failing, blocked, or expired",
                .tryAgain: "the history is locked by another process",
                .notPermitted: "the history cannot be read",
            ],
            examples: [
                "cambist status",
                "cambist status --watch",
                #"PS1='$(cambist status --short "$CAMBIST_MAPPING") \$ '"#,
                #"cambist status --json | jq -r '.mappings[] | select(.state == "failing") | .name'"#,
            ]
        ).discussion
    )

    /// The interval at which a watched status is updated.
    private static let interval = Duration.seconds(5)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "Names of the mappings (default: all).", completion: .mappings)
    var mappings: [String] = []

    @Flag(name: .shortAndLong, help: "Print one JSON object; with --watch, one per line.")
    var json = false

    @Flag(help: "Print the worst state and the time left.")
    var short = false

    @Flag(help: "Print again at each change until Ctrl-C.")
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
            try Report.answer(text)
            shown = text
        }
    }

    private func states(of names: [String], _ time: any TimeSource) async throws -> [MappingState] {
        do {
            return try await StatusService(options.context, time: time).states(of: names)
        } catch let error as HistoryError {
            throw CommandFailure(error)
        }
    }

    private func text(_ states: [MappingState], at now: Date) -> String {
        short ? StatusText(states: states, now: now).short : StatusText(states: states, now: now).text
    }
}

extension StatusCommand: JSONAnswering {
    var answersInJSON: Bool { json }

    func report(_ error: ErrorReport) -> any Encodable { StatusReport([], error: error) }
}
