import ArgumentParser
import Foundation

/// The program: its commands and how it ends.
@main
struct Cambist: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cambist",
        abstract: "Exchange tokens of Azure managed identities for AWS session credentials.",
        version: "0.1.0",
        subcommands: [],
    )

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let failure as CommandFailure {
            failure.lines.forEach(Report.complain)
            Foundation.exit(failure.status.rawValue)
        } catch {
            exit(withError: error)
        }
    }
}
