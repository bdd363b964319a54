import ConfigurationFile
import Federation
import Foundation

/// A configuration before it is read: its text and where that came from.
struct ConfigurationText: Sendable {
    let text: String
    let path: String

    /// What stands in the environment for whoever sets up, or what a lab says in its place.
    let environment: [String: String]

    /// Whether it is a file, which may have changed since.
    private let isFile: Bool

    /// A text that no file holds; `path` stands for one in messages.
    init(text: String, path: String, environment: [String: String] = ProcessEnvironment.variables) {
        self.init(text: text, path: path, environment: environment, isFile: false)
    }

    private init(text: String, path: String, environment: [String: String], isFile: Bool) {
        self.text = text
        self.path = path
        self.environment = environment
        self.isFile = isFile
    }

    /// The same without what a file holds anyway, for who only reads it again.
    var withoutText: ConfigurationText {
        isFile ? ConfigurationText(text: "", path: path, environment: environment, isFile: true) : self
    }

    /// Where the exchanges of this configuration are kept: nowhere when no file holds it, as in the embedded lab.
    var stateDirectory: String? {
        isFile ? ConfigurationLocation(environment: ProcessEnvironment.variables).stateDirectory : nil
    }

    /// The file that the options or the environment name.
    ///
    /// - Throws: ``CommandFailure`` when there is none, or it cannot be read.
    static func find(_ options: GlobalOptions) throws(CommandFailure) -> ConfigurationText {
        try find(options.config)
    }

    /// The file of that path, else the one that the environment names.
    ///
    /// - Throws: ``CommandFailure`` when there is none, or it cannot be read.
    static func find(_ path: String?) throws(CommandFailure) -> ConfigurationText {
        try file(ConfigurationLocation(named: path, environment: ProcessEnvironment.variables).file)
    }

    /// The same text as the file holds it now.
    ///
    /// - Throws: ``CommandFailure`` when the file is gone, or cannot be read.
    func reread() throws(CommandFailure) -> ConfigurationText {
        isFile ? try Self.file(path) : self
    }

    private static func file(_ path: String) throws(CommandFailure) -> ConfigurationText {
        guard let handle = FileHandle(forReadingAtPath: path) else { throw missing(path) }
        guard let data = try? handle.readToEnd() ?? Data(), let text = String(data: data, encoding: .utf8)
        else {
            throw CommandFailure(
                .configuration,
                code: "unreadable-configuration",
                "The configuration \(path) cannot be read as text.",
                fix: "Save it as UTF-8."
            )
        }
        return ConfigurationText(
            text: text,
            path: path,
            environment: ProcessEnvironment.variables,
            isFile: true
        )
    }

    private static func missing(_ path: String) -> CommandFailure {
        if FileManager.default.fileExists(atPath: path) {
            return CommandFailure(
                .notPermitted,
                code: "unreadable-configuration",
                "The configuration \(path) may not be read by this user.",
                fix: "Make it readable: chmod u+r \(ShellWord.posix(path)), or name another by --config."
            )
        }
        return CommandFailure(
            .configuration,
            code: "no-configuration",
            "There is no configuration at \(path).",
            fix: "`cambist config init` writes one; `cambist console --lab` needs none."
        )
    }

    /// The configuration that the text describes.
    ///
    /// - Throws: ``CommandFailure`` with every problem, a line each.
    func read() throws(CommandFailure) -> Configuration {
        do throws(ConfigurationError) {
            return try file().configuration
        } catch {
            throw CommandFailure(error)
        }
    }

    /// The configuration with what is doubtful in it; `isReadable` is asked of the files it names.
    ///
    /// - Throws: ``ConfigurationError`` with every problem.
    func file(isReadable: ((String) -> Bool)? = nil) throws(ConfigurationError) -> ConfigurationFile {
        try ConfigurationFile.read(
            text: text,
            path: path,
            environment: ProcessEnvironment.variables,
            vocabulary: .console,
            isReadable: isReadable
        )
    }

    /// Where each value of the configuration comes from.
    func settings() -> [Setting] {
        ConfigurationFile.settings(text: text, path: path, environment: ProcessEnvironment.variables)
    }
}

extension CommandFailure {
    /// Every problem of a configuration, a line each.
    init(_ error: ConfigurationError) {
        self.init(
            .configuration,
            code: "configuration",
            telling: error.messages,
            fix: "Write what is accepted there; `cambist config check` tells what is left."
        )
    }
}
