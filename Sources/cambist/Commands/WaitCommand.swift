import ArgumentParser
import ExchangeEngine
import Federation
import FoundationEssentials
import Glibc
import Operations
import Propagation
import UnixSignals

/// `cambist wait`: runs or follows the watches of mappings until the watches end.
struct WaitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait until mappings work; print one line per attempt.",
        discussion: HelpText(
            """
            Runs a watch of each mapping until the mapping works. A mapping works when every step passes three \
            times in a row, without a warning about the token's claims. The interval between attempts depends on the \
            cause: a few seconds after an IAM change, and up to ten minutes if the host serves a cached token.

            A watch ends early after a failure that waiting cannot remove, such as a token for a different audience. \
            If the trust policy denies the token, the watch continues until the timeout, in case the policy is \
            changed.

            The watch is stored in the history. If this process is killed, a console or another `cambist wait` for the \
            mapping continues the watch. If another process, such as a console, started the watch, the watch continues \
            after this command's timeout or Ctrl-C.
            """,
            statuses: [
                .done: "every mapping works",
                .no:
                    "a mapping fails for a reason that waiting cannot remove, or a watch was stopped",
                .unreachable: "no token source",
                .tryAgain: "the timeout expired, and waiting longer may help",
            ],
            examples: [
                "cambist wait audit --timeout 30m && aws --profile audit s3 ls",
                "cambist wait --all --timeout 2h",
                "cambist wait audit --json | jq -r .waitingFor",
            ]
        ).discussion
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "Names of the mappings.", completion: .mappings)
    var mappings: [String] = []

    @Flag(help: "Wait for every mapping.")
    var all = false

    @Option(
        help: "Maximum wait, such as 90s, 30m, or 25h, up to 366d (default: 2d).",
        transform: { try BoundedDurationOption(option: $0, in: .seconds(1)...(.seconds(366 * 86_400))) }
    )
    var timeout: BoundedDurationOption?

    @Flag(name: .shortAndLong, help: "Print one JSON object per line.")
    var json = false

    func validate() throws {
        if all, !mappings.isEmpty { throw ValidationError("Mappings and --all are mutually exclusive.") }
        if !all, mappings.isEmpty { throw ValidationError("Missing expected argument '<mapping>'") }
    }

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let end = try await ApplicationContext.with(options) { context in
            let chosen = try context.configuration.current.chosenMappings(mappings, all: all)
            let printer = WaitPrinter(isJSON: json, namesMappings: chosen.count > 1)
            let wait = Wait(context, chosen, limit: timeout?.value) { event in
                do throws(CommandFailure) {
                    try printer.print(event)
                } catch {
                    // The watches are stored, so another process can continue them.
                    Cambist.end(error, of: self)
                }
            }
            return await wait.run(until: signals)
        }
        if let signal = end.signal { Glibc.exit(128 + signal) }
        let failed = end.watches.compactMap { watch in
            watch.result.flatMap { $0.verdict == .works ? nil : (watch.mapping, $0) }
        }
        guard !failed.isEmpty else { return }
        throw CommandFailure.answered(
            ExitStatus(worstOf: failed.map { ExitStatus($0.1) }),
            messages: failed.map { "\($0.0): \($0.1.code): \($0.1.message)".followed(byFix: $0.1.fix) }
        )
    }
}

private final class WaitPrinter {
    private let isJSON: Bool
    private let namesMappings: Bool
    private var lastEstimate = ""

    init(isJSON: Bool, namesMappings: Bool) {
        self.isJSON = isJSON
        self.namesMappings = namesMappings
    }

    func print(_ event: Wait.Event) throws(CommandFailure) {
        switch event {
        case .estimated(let estimate):
            // Mappings with the same cause share an estimate.
            if estimate.sentence != lastEstimate { Report.say(estimate.sentence) }
            lastEstimate = estimate.sentence
        case .attempted(let watch):
            guard let line = WaitLine(watch) else { return }
            try print(line)
        case .ended(let watch): try print(WaitLine(ended: watch))
        }
    }

    private func print(_ line: WaitLine) throws(CommandFailure) {
        try isJSON
            ? Report.answer(line: WaitReport(line)) : Report.answer(line.text(namingMapping: namesMappings))
    }
}

extension WaitCommand: JSONAnswering {
    var answersInJSON: Bool { json }
    static func answersInLines(_ arguments: [String]) -> Bool { true }

    func report(_ error: ErrorReport) -> any Encodable {
        WaitReport(mapping: mappings.first ?? "", error: error)
    }
}

extension ExitStatus {
    /// Creates the exit status of a wait.
    init(_ result: WatchResult) {
        switch result.verdict {
        case .works: self = .done
        case .cannot: self = result.isUnreachable ? .unreachable : .no
        case .blocked: self = .no
        case .timedOut: self = .tryAgain
        case .stopped: self = .no
        }
    }
}
