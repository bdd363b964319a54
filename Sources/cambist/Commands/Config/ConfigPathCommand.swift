import ArgumentParser
import ConfigurationFile
import FoundationEssentials

/// `cambist config path`: prints the path of the configuration file.
struct ConfigPathCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "path",
        abstract: "Print the path of the configuration file, whether or not it exists.",
        discussion: HelpText(
            """
            --config or, if it is absent, $CAMBIST_CONFIG names the file. The default is cambist/config.yaml in \
            $XDG_CONFIG_HOME or ~/.config.
            """,
            readsConfiguration: false,
            examples: [
                #"ls -l "$(cambist config path)""#
            ]
        ).discussion
    )

    @OptionGroup var options: GlobalOptions

    @Flag(name: .shortAndLong, help: "Print one JSON object.")
    var json = false

    func run() throws {
        let location = ConfigurationLocation(named: options.config, environment: ProcessEnvironment.variables)
        let exists = FileManager.default.fileExists(atPath: location.file)
        if json { return try Report.answer(PathReport(path: location.file, exists: exists)) }
        try Report.answer(location.file)
        if !exists {
            Report.reportError("The file does not exist; `cambist config init` creates it.")
        }
    }
}

/// The output of `config path --json`.
private struct PathReport: Encodable {
    let version = 1
    let path: String
    let exists: Bool
}
