import ArgumentParser
import ExchangeEngine
import Federation
import Foundation
import Operations
import Propagation
import UnixSignals

/// `cambist wait`: blocks until the mapping works.
struct WaitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait until the mapping works, one line an attempt.",
        discussion: """
            It works when every step passed three times in a row, without a warning of the claims. Attempts are \
            spaced by what can change: seconds after a change in IAM, up to ten minutes while the host serves a \
            cached token. The watch is kept in the history: should this be killed, a console or another wait goes on \
            with it; one that a console runs already goes on after the timeout or ^C of a wait that joined it.

            Exit status: 0 when it works, 1 when waiting does not help, 75 when the time ran out.

            Examples:
              cambist wait audit --timeout 30m && deploy
              cambist wait audit --json | jq -r .waitingFor
            """
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The mapping to wait for.", completion: .mappings)
    var mapping: String

    @Option(
        help: "How long to wait, as 90s, 30m or 25h, up to 366d; two days when absent.",
        transform: { try BoundedDurationOption(option: $0, in: .seconds(1)...(.seconds(366 * 86_400))) }
    )
    var timeout: BoundedDurationOption?

    @Flag(help: "Answer with one JSON object a line.")
    var json = false

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let ended = try await ApplicationContext.with(options) { context in
            let mapping = try context.mapping(mapping)
            let wait = Wait(context, mapping, limit: timeout?.value) { event in
                do throws(CommandFailure) {
                    try print(event)
                } catch {
                    // The watch is stored; another process continues it.
                    Cambist.end(error, of: self)
                }
            }
            return await wait.run(until: signals)
        }
        guard let ending = ended.watch?.ending, ended.signal == nil else {
            Foundation.exit(128 + (ended.signal ?? 2))
        }
        guard ending.verdict != .works else { return }
        throw CommandFailure.answered(
            ExitStatus(ending),
            messages: ["\(mapping): \(ending.code): \(ending.message) \(ending.fix)"]
        )
    }
}

extension WaitCommand {
    private func print(_ event: Wait.Event) throws(CommandFailure) {
        switch event {
        case .estimated(let estimate): Report.say(estimate.sentence)
        case .attempted(let watch):
            guard let line = WaitLine(watch) else { return }
            try print(line)
        case .ended(let watch): try print(WaitLine(ended: watch))
        }
    }

    private func print(_ line: WaitLine) throws(CommandFailure) {
        try json ? Report.answer(line: WaitReport(line)) : Report.answer(line.text)
    }
}

extension WaitCommand: JSONAnswering {
    var answersInJSON: Bool { json }
    static var answersInLines: Bool { true }

    func report(_ error: ErrorReport) -> any Encodable {
        WaitReport(mapping: mapping, error: error)
    }
}

extension ExitStatus {
    /// Creates the exit status of a wait.
    init(_ ending: WatchResult) {
        switch ending.verdict {
        case .works: self = .done
        case .cannot: self = ending.isUnreachable ? .unreachable : .no
        case .timedOut: self = .tryAgain
        case .stopped: self = .no
        }
    }
}
