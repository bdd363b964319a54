package import Federation
import Foundation

/// A configuration file that was read and can be used.
package struct ConfigurationFile: Hashable, Sendable {
    /// The file, as it was named.
    package let path: String
    package let configuration: Configuration
    /// What is doubtful in it.
    package let warnings: [ConfigurationProblem]

    /// Reads a file's text.
    ///
    /// A key that the file does not give may come from an environment variable; the file wins over it.
    ///
    /// - Parameters:
    ///   - text: What the file holds.
    ///   - path: Its name, for messages; file names in it are relative to its directory.
    ///   - environment: The variables of the process.
    /// - Returns: The configuration, its defaults filled in.
    /// - Throws: ``ConfigurationError`` with everything that is wrong.
    package static func read(
        text: String,
        path: String,
        environment: [String: String]
    ) throws(ConfigurationError) -> ConfigurationFile {
        var reader = ConfigurationReader(path: path, environment: environment)
        let configuration = reader.read(text)
        let problems = reader.problems
        if problems.contains(where: { $0.severity == .error }) {
            throw ConfigurationError(path: path, problems: problems)
        }
        return ConfigurationFile(path: path, configuration: configuration, warnings: problems)
    }

    /// Reads a file from the disk.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - environment: The variables of the process.
    /// - Returns: The configuration, its defaults filled in.
    /// - Throws: ``ConfigurationError`` when there is no such file, it cannot be read, or something in it is wrong.
    package static func load(
        path: String,
        environment: [String: String]
    ) throws(ConfigurationError) -> ConfigurationFile {
        try read(text: text(path: path), path: path, environment: environment)
    }

    /// The text of a file on the disk.
    ///
    /// - Parameter path: The file.
    /// - Returns: What it holds.
    /// - Throws: ``ConfigurationError`` when there is no such file, it cannot be read, or it is no text.
    package static func text(path: String) throws(ConfigurationError) -> String {
        func unusable(_ found: String, _ accepted: String) -> ConfigurationError {
            let problem = ConfigurationProblem(
                place: .wholeFile,
                keyPath: "",
                found: found,
                accepted: accepted
            )
            return ConfigurationError(path: path, problems: [problem])
        }
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch CocoaError.fileReadNoSuchFile {
            throw unusable("no such file", "a configuration file, which cambist config init makes")
        } catch CocoaError.fileReadNoPermission {
            throw unusable("a file that this user may not read", "a readable file")
        } catch {
            throw unusable(
                "a file that cannot be read (\((error as NSError).localizedFailureReason ?? ""))",
                "a readable file"
            )
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw unusable("bytes that are no UTF-8", "YAML in UTF-8")
        }
        return text
    }

    /// Where each value of a file comes from: the entry, its defaults, an environment variable, or nowhere.
    package static func settings(text: String, path: String, environment: [String: String]) -> [Setting] {
        var reader = ConfigurationReader(path: path, environment: environment, recordsSettings: true)
        _ = reader.read(text)
        return reader.settings
    }

    /// The keys of the file and theirs, from the top down.
    package static var reference: [KeyReference] { ConfigurationReader.reference }
}
