import Federation
import Foundation
import Settings

/// A configuration before it is read: its text and where that came from.
struct ConfigurationText: Sendable {
    let text: String
    let path: String

    /// The file that the options or the environment name.
    ///
    /// - Throws: ``CommandFailure`` when there is none, or it cannot be read.
    static func find(_ options: GlobalOptions) throws(CommandFailure) -> ConfigurationText {
        let location = ConfigurationLocation(named: options.config, environment: Surroundings.variables)
        do {
            let text = try String(contentsOfFile: location.file, encoding: .utf8)
            return ConfigurationText(text: text, path: location.file)
        } catch {
            guard FileManager.default.fileExists(atPath: location.file) else {
                throw CommandFailure(
                    .configuration,
                    code: "no-configuration",
                    "There is no configuration at \(location.file).",
                    fix: "`cambist config init` writes one; `cambist console --lab` needs none."
                )
            }
            throw CommandFailure(
                .configuration,
                code: "unreadable-configuration",
                "The configuration \(location.file) cannot be read as text."
            )
        }
    }

    /// The configuration that the text describes.
    ///
    /// - Throws: ``CommandFailure`` with every problem, a line each.
    func read() throws(CommandFailure) -> Configuration {
        do throws(ConfigurationError) {
            return try ConfigurationFile.read(text: text, path: path, environment: Surroundings.variables)
                .configuration
        } catch {
            throw CommandFailure(.configuration, code: "configuration", messages: error.messages)
        }
    }
}
