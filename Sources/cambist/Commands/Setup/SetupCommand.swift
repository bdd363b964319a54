import ArgumentParser
import Federation
import FoundationEssentials
import Glibc
import Operations

/// `cambist setup`: the commands for the objects that mappings need in both clouds.
struct SetupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "setup",
        abstract: "Plan, apply, verify, destroy, or export the cloud objects that mappings need.",
        subcommands: [
            SetupPlanCommand.self, SetupApplyCommand.self, SetupVerifyCommand.self, SetupDestroyCommand.self,
            SetupExportCommand.self,
        ]
    )
}

/// The arguments of the setup commands that read both clouds.
struct SetupOptions: ParsableArguments {
    @Argument(help: "Names of the mappings.", completion: .mappings)
    var mappings: [String]

    @Flag(name: .shortAndLong, help: "Print one JSON object.")
    var json = false
}

/// A prompt before a change.
struct ConfirmationPrompt {
    /// Whether `--yes` is set.
    let isGiven: Bool

    /// Verifies that stdin is a terminal, unless `--yes` is set.
    ///
    /// - Throws: ``CommandFailure`` with status 77.
    func requireTerminal() throws(CommandFailure) {
        guard !isGiven, !ProcessEnvironment.isTerminal(STDIN_FILENO) else { return }
        throw CommandFailure(
            .notPermitted,
            code: "unconfirmed",
            "The approval prompt needs a terminal on stdin.",
            fix: "Add --yes to approve without a prompt."
        )
    }

    /// Asks a question on stderr and returns whether the operator agrees; with `--yes`, returns `true` at once.
    ///
    /// `y` and `yes` approve. `?` prints the explanation and repeats the question. Any other answer declines.
    func agrees(_ question: String, explanation: String) -> Bool {
        if isGiven { return true }
        while true {
            Report.say("\(question) [y/N/?]")
            guard let answer = readLine()?.trimmed.lowercased() else {
                return false
            }
            guard answer == "?" else { return ["y", "yes"].contains(answer) }
            Report.say(lines: explanation)
        }
    }
}
