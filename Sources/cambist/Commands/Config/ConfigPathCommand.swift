import ArgumentParser
import ConfigurationFile
import Foundation

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

    @Flag(help: "Answer with one JSON object.")
    var json = false

    func run() throws {
        let location = ConfigurationLocation(named: options.config, environment: ProcessEnvironment.variables)
        let exists = FileManager.default.fileExists(atPath: location.file)
        if json { return try Report.answer(PathReport(path: location.file, exists: exists)) }
        try Report.answer(location.file)
        if !exists {
            Report.complain("There is no such file yet; `cambist config init` writes one.")
        }
    }
}

/// The answer of `config path --json`.
private struct PathReport: Encodable {
    let version = 1
    let path: String
    let exists: Bool
}
