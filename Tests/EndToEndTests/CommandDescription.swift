import Foundation

/// A command of the built program as `--experimental-dump-help` describes it.
struct CommandDescription: Sendable {
    /// An option, a flag, or an operand.
    struct Argument: Decodable, Sendable {
        struct Name: Decodable, Sendable {
            let name: String
        }

        let valueName: String
        /// The names on the command line; `nil` for an operand.
        let names: [Name]?
        /// The accepted values, if they are a fixed set.
        let allValues: [String]?
        let isOptional: Bool

        func isNamed(_ name: String) -> Bool {
            names?.contains { $0.name == name } == true
        }
    }

    /// The words after `cambist`.
    let name: String
    let discussion: String
    let arguments: [Argument]

    /// The words that let a command run without a terminal, in addition to its mapping.
    private static let furtherWords = [
        "config init": " --config new.yaml", "console": " --frame -", "exec": " -- true",
        "setup apply": " --yes", "setup destroy": " --yes",
    ]

    /// Returns the command lines after `cambist` that run the command for a mapping, one for each format of its output.
    func commandLines(for mapping: String) -> [String] {
        let hasMapping = arguments.contains { $0.names == nil && $0.valueName.hasPrefix("mapping") }
        let line = name + (hasMapping ? " \(mapping)" : "") + Self.furtherWords[name, default: ""]
        let format = arguments.first { $0.isNamed("format") }
        let flags = ["json", "csv", "raw"].filter { flag in arguments.contains { $0.isNamed(flag) } }
        return (format?.isOptional == false ? [] : [line])
            + (format?.allValues ?? []).map { "\(line) --format \($0)" } + flags.map { "\(line) --\($0)" }
    }

    /// Returns all commands without subcommands, in the order of the help.
    static func all(_ harness: Harness) async throws -> [CommandDescription] {
        let help = try await harness.cambist(["--experimental-dump-help"])
        let program = try JSONDecoder().decode(Dump.self, from: Data(help.output.utf8)).command
        return (program.subcommands ?? []).flatMap { $0.leaves(below: "") }
    }

    private struct Dump: Decodable {
        let command: Entry
    }

    private struct Entry: Decodable {
        let commandName: String
        let discussion: String?
        let arguments: [Argument]?
        let subcommands: [Entry]?

        func leaves(below path: String) -> [CommandDescription] {
            if commandName == "help" { return [] }
            guard let subcommands else {
                return [
                    CommandDescription(
                        name: path + commandName,
                        discussion: discussion ?? "",
                        arguments: arguments ?? []
                    )
                ]
            }
            return subcommands.flatMap { $0.leaves(below: "\(path)\(commandName) ") }
        }
    }
}
