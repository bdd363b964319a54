import ArgumentParser
import ConfigurationFile
import Operations

/// `cambist config show`: prints the effective values and their origins.
struct ConfigShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show the effective values and their origins.",
        discussion: HelpText(
            """
            A value comes from, in order of precedence: the entry itself, the section `defaults`, an environment \
            variable, or the built-in default. In JSON, the origin `derived` marks a value that is computed from other values.
            """,
            statuses: [
                .notPermitted: "the file cannot be read"
            ],
            examples: [
                "cambist config show",
                #"cambist config show --json | jq '.settings[] | select(.origin == "environment")'"#,
            ]
        ).discussion
    )

    @OptionGroup var options: GlobalOptions

    @Flag(name: .shortAndLong, help: "Print one JSON object.")
    var json = false

    func run() throws {
        let text = try ConfigurationText.find(options.context)
        _ = try text.read()
        let settings = text.settings()
        if json { return try Report.answer(SettingsReport(path: text.path, settings: settings)) }
        try Report.answer(SettingsText(settings: settings).text)
    }
}

extension ConfigShowCommand: JSONAnswering {
    var answersInJSON: Bool { json }

    func report(_ error: ErrorReport) -> any Encodable {
        SettingsReport(path: options.config ?? "", settings: [], error: error)
    }
}

/// Settings as YAML, each with its origin as a comment.
struct SettingsText {
    private static let commentColumn = 60

    let settings: [Setting]

    var text: String {
        var open: [String] = []
        var lines: [String] = []
        for setting in settings {
            let groups = setting.keys.dropLast()
            let shared = zip(open, groups).prefix { $0 == $1 }.count
            for (depth, group) in groups.enumerated().dropFirst(shared) {
                lines.append(Self.indentation(depth) + group + ":")
            }
            open = Array(groups)
            let line = "\(Self.indentation(groups.count))\(setting.keys.last ?? ""): \(setting.text)"
            let gap = String(repeating: " ", count: max(1, Self.commentColumn - line.count))
            lines.append("\(line)\(gap)# \(setting.origin)")
        }
        return lines.joined(separator: "\n")
    }

    private static func indentation(_ depth: Int) -> String {
        String(repeating: "  ", count: depth)
    }
}

/// The output of `config show --json`.
private struct SettingsReport: Encodable {
    let version = 1
    let path: String
    let settings: [Entry]
    var error: ErrorReport?

    init(path: String, settings: [Setting], error: ErrorReport? = nil) {
        self.path = path
        self.settings = settings.map(Entry.init)
        self.error = error
    }

    /// A setting: the key, the value as in the file, and the origin.
    struct Entry: Encodable {
        let key: String
        let value: String
        let origin: String
        let line: Nullable<Int>
        let variable: Nullable<String>

        init(_ setting: Setting) {
            key = setting.keys.joined(separator: ".")
            value = setting.text
            switch setting.origin {
            case .file(let line):
                (origin, self.line, variable) = ("entry", Nullable(line), Nullable(nil))
            case .defaults(let line):
                (origin, self.line, variable) = ("defaults", Nullable(line), Nullable(nil))
            case .environment(let name):
                (origin, line, variable) = ("environment", Nullable(nil), Nullable(name))
            case .builtIn:
                (origin, line, variable) = ("built-in", Nullable(nil), Nullable(nil))
            case .derived:
                (origin, line, variable) = ("derived", Nullable(nil), Nullable(nil))
            }
        }
    }
}
