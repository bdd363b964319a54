import ArgumentParser
import Federation
import Foundation
import Operations

/// What every command of the set-up takes that asks both clouds.
struct SetupOptions: ParsableArguments {
    @Argument(help: "The mappings it is for.", completion: .mappings)
    var mappings: [String]

    @Flag(help: "Answer with one JSON object.")
    var json = false
}

/// Asks before something is done that cannot be taken back by doing nothing.
struct ConfirmationPrompt {
    /// Whether everything was agreed to beforehand.
    let isGiven: Bool

    /// Ends the command where a question could reach nobody.
    ///
    /// - Throws: ``CommandFailure``, not permitted here.
    func demandAnswerer() throws(CommandFailure) {
        guard !isGiven, !ProcessEnvironment.isTerminal(STDIN_FILENO) else { return }
        throw CommandFailure(
            .notPermitted,
            code: "unconfirmed",
            "Nobody can be asked: stdin is no terminal.",
            fix: "Add --yes to agree beforehand."
        )
    }

    /// Asks on stderr; anything but yes is no.
    func agrees(_ question: String) -> Bool {
        if isGiven { return true }
        Report.say("\(question) [y/N]")
        return ["y", "yes"].contains(readLine()?.lowercased())
    }
}
