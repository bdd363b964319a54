import Federation
import Foundation
import Settings

/// A configuration before it is read: its text and where that came from.
struct ConfigurationText: Sendable {
    let text: String
    let path: String

    /// Whether it is a file, which may have changed since.
    private let isFile: Bool

    /// A text that no file holds; `path` stands for one in messages.
    init(text: String, path: String) {
        self.init(text: text, path: path, isFile: false)
    }

    private init(text: String, path: String, isFile: Bool) {
        self.text = text
        self.path = path
        self.isFile = isFile
    }

    /// The file that the options or the environment name.
    ///
    /// - Throws: ``CommandFailure`` when there is none, or it cannot be read.
    static func find(_ options: GlobalOptions) throws(CommandFailure) -> ConfigurationText {
        try file(ConfigurationLocation(named: options.config, environment: Surroundings.variables).file)
    }

    /// The same text as the file holds it now.
    ///
    /// - Throws: ``CommandFailure`` when the file is gone, or cannot be read.
    func reread() throws(CommandFailure) -> ConfigurationText {
        isFile ? try Self.file(path) : self
    }

    private static func file(_ path: String) throws(CommandFailure) -> ConfigurationText {
        do {
            return ConfigurationText(
                text: try String(contentsOfFile: path, encoding: .utf8),
                path: path,
                isFile: true
            )
        } catch {
            guard FileManager.default.fileExists(atPath: path) else {
                throw CommandFailure(
                    .configuration,
                    code: "no-configuration",
                    "There is no configuration at \(path).",
                    fix: "`cambist config init` writes one; `cambist console --lab` needs none."
                )
            }
            throw CommandFailure(
                .configuration,
                code: "unreadable-configuration",
                "The configuration \(path) cannot be read as text."
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
