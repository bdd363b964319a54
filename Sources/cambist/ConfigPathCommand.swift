import ArgumentParser
import Foundation
import Settings

/// `cambist config path`: where the configuration is, or would be.
struct ConfigPathCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "path",
        abstract: "Print where the configuration file is, or would be.",
        discussion: """
            Example:
              $EDITOR "$(cambist config path)"
            """
    )

    @OptionGroup var options: GlobalOptions

    func run() throws {
        let location = ConfigurationLocation(named: options.config, environment: Surroundings.variables)
        Report.answer(location.file)
        if !FileManager.default.fileExists(atPath: location.file) {
            Report.complain("There is no such file yet; `cambist config init` writes one.")
        }
    }
}
