package import ConfigurationFile
package import Federation
import FoundationEssentials
import Transport

/// The text of a configuration and its origin.
package struct ConfigurationText: Sendable {
    /// The maximum size of a configuration file, in bytes.
    private static let sizeLimit = 4 << 20

    package let text: String
    package let path: String
    /// The environment of the process or of a lab, with the credentials for AWS and for setups.
    package let variables: [String: String]
    /// Whether the text was read from a file.
    private let isFile: Bool
    private let options: ContextOptions

    /// Creates a text that is not in a file; messages show `path`.
    package init(text: String, path: String, variables: [String: String]? = nil, options: ContextOptions) {
        self.init(text, path, variables ?? options.variables, isFile: false, options)
    }

    private init(
        _ text: String,
        _ path: String,
        _ variables: [String: String],
        isFile: Bool,
        _ options: ContextOptions
    ) {
        self.text = text
        self.path = path
        self.variables = variables
        self.isFile = isFile
        self.options = options
    }

    /// A copy without the text, which ``reread()`` reads again.
    ///
    /// A text that is not in a file is kept.
    var withoutText: ConfigurationText {
        isFile ? ConfigurationText("", path, variables, isFile: true, options) : self
    }

    /// The directory of the history; `nil` for a configuration that is not in a file, such as a lab's.
    package var stateDirectory: String? { isFile ? options.location.stateDirectory : nil }

    /// The file, for commands in messages; `nil` for a text that is not in a file.
    var reference: ConfigurationReference? {
        isFile ? ConfigurationReference(path: path, isOption: options.configurationPath != nil) : nil
    }

    /// Reads the configuration file that the options or the environment select.
    ///
    /// - Throws: ``CommandFailure`` when the file does not exist or cannot be read.
    package static func find(_ options: ContextOptions) throws(CommandFailure) -> ConfigurationText {
        try file(options.location.file, options)
    }

    /// Reads the configuration file, as ``find(_:)`` does; a missing file yields an empty text.
    ///
    /// - Throws: ``CommandFailure`` when the file exists but cannot be read.
    package static func findOrEmpty(_ options: ContextOptions) throws(CommandFailure) -> ConfigurationText {
        do throws(CommandFailure) {
            return try find(options)
        } catch {
            guard error.code == "no-configuration" else { throw error }
            return ConfigurationText(text: "", path: options.location.file, options: options)
        }
    }

    /// Reads the file again; a text that is not in a file is returned unchanged.
    ///
    /// - Throws: ``CommandFailure`` when the file no longer exists or cannot be read.
    func reread() throws(CommandFailure) -> ConfigurationText {
        isFile ? try Self.file(path, options) : self
    }

    /// Returns the file's path and the first line of a mapping's entry; `nil` for a text that is not in a file.
    func place(of id: RoleMapping.ID?) -> (path: String, line: Int?)? {
        guard isFile else { return nil }
        guard let id, let current = try? reread() else { return (path, nil) }
        let lines = current.settings().compactMap { setting -> Int? in
            guard setting.keys.starts(with: ["mappings", id]), case .file(let line) = setting.origin else {
                return nil
            }
            return line
        }
        return (path, lines.min())
    }

    private static func file(
        _ path: String,
        _ options: ContextOptions
    ) throws(CommandFailure) -> ConfigurationText {
        let data: Data
        do throws(FileReadError) {
            data = try BoundedFile.read(path, limit: sizeLimit)
        } catch {
            throw unreadable(path, error)
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw CommandFailure(
                .configuration,
                code: "unreadable-configuration",
                "The configuration \(path) is not UTF-8 text.",
                fix: "Save the file as UTF-8."
            )
        }
        return ConfigurationText(text, path, options.variables, isFile: true, options)
    }

    private static func unreadable(_ path: String, _ error: FileReadError) -> CommandFailure {
        switch error.reason {
        case .missing:
            CommandFailure(
                .configuration,
                code: "no-configuration",
                "The configuration file \(path) does not exist.",
                fix: "`cambist config init` creates it; `cambist console --lab` needs no configuration."
            )
        case .unreadable:
            CommandFailure(
                .notPermitted,
                code: "unreadable-configuration",
                "The configuration \(error).",
                fix:
                    "Make the file readable: chmod u+r \(ShellWord.posix(path)), or name another with --config."
            )
        case .link, .notRegular, .notUTF8, .tooLarge:
            CommandFailure(
                .configuration,
                code: "unreadable-configuration",
                "The configuration \(error).",
                fix: "Name a regular file of at most \(sizeLimit >> 20) MB with --config."
            )
        }
    }

    /// Returns the configuration that the text describes.
    ///
    /// - Throws: ``CommandFailure`` with every problem, one per line.
    package func read() throws(CommandFailure) -> Configuration {
        do throws(ConfigurationError) {
            return try file().configuration
        } catch {
            throw CommandFailure(error)
        }
    }

    /// Returns the configuration with its warnings; calls `isReadable` for each file path in the configuration.
    ///
    /// - Throws: ``ConfigurationError`` with every problem.
    package func file(
        isReadable: ((String) -> Bool)? = nil
    ) throws(ConfigurationError) -> ConfigurationFile {
        try ConfigurationFile.read(
            text: text,
            path: path,
            environment: options.variables,
            vocabulary: options.vocabulary,
            isReadable: isReadable
        )
    }

    /// Returns the origin of each value of the configuration.
    package func settings() -> [Setting] {
        ConfigurationFile.settings(text: text, path: path, environment: options.variables)
    }
}

extension CommandFailure {
    /// Creates the failure for an invalid configuration; each problem has its own line.
    package init(_ error: ConfigurationError) {
        self.init(
            .configuration,
            code: "configuration",
            messagesWithFix: error.messages,
            fix: "Write one of the accepted values; `cambist config check` lists the remaining problems."
        )
    }
}
