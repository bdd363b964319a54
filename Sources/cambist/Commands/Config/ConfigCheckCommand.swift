import ArgumentParser
import ConfigurationFile
import Federation
import FoundationEssentials
import Glibc
import Operations
import YAMLReader

/// `cambist config check`: reports all problems of the configuration.
struct ConfigCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check the configuration and report every problem.",
        discussion: HelpText(
            """
            Each problem is one line on stderr: file, line and column, key, value found, values accepted.
            """,
            statuses: [
                .done: "the configuration can be used, with or without warnings",
                .notPermitted: "the file cannot be read",
            ],
            examples: [
                #"cambist config check --config new.yaml && mv new.yaml "$(cambist config path)""#,
                #"cambist config check --json | jq -r '.problems[] | "\(.line): \(.key)"'"#,
            ]
        ).discussion
    )

    @OptionGroup var options: GlobalOptions

    @Flag(name: .shortAndLong, help: "Print one JSON object.")
    var json = false

    func run() throws {
        let text = try ConfigurationText.find(options.context)
        let file: ConfigurationFile
        do throws(ConfigurationError) {
            file = try text.file { FileManager.default.isReadableFile(atPath: $0) }
        } catch {
            let failure = CommandFailure(error)
            if json {
                try Report.answer(
                    CheckReport(path: text.path, problems: error.problems, error: ErrorReport(failure))
                )
            }
            throw failure.answered(json)
        }
        for problem in file.warnings { Report.reportError(problem.message(path: text.path)) }
        if json { return try Report.answer(CheckReport(path: text.path, problems: file.warnings)) }
        let identities = Count(file.configuration.identities.count, "identity", "identities")
        let mappings = Count(file.configuration.mappings.count, "mapping")
        let warnings = file.warnings.isEmpty ? "" : ", \(Count(file.warnings.count, "warning"))"
        try Report.answer("\(text.path): \(identities), \(mappings), no errors\(warnings)")
    }
}

extension ConfigCheckCommand: JSONAnswering {
    var answersInJSON: Bool { json }

    func report(_ error: ErrorReport) -> any Encodable {
        CheckReport(path: options.config ?? "", problems: [], error: error)
    }
}

/// The output of `config check --json`.
private struct CheckReport: Encodable {
    let version = 1
    let path: String
    let problems: [Problem]
    var error: ErrorReport?

    init(path: String, problems: [YAMLProblem], error: ErrorReport? = nil) {
        self.path = path
        self.problems = problems.map(Problem.init)
        self.error = error
    }

    /// A problem; `line` and `column` are `null` for an environment variable and for the file as a whole.
    struct Problem: Encodable {
        let severity: String
        let key: String
        let line: Nullable<Int>
        let column: Nullable<Int>
        let variable: Nullable<String>
        let found: String
        let accepted: String

        init(_ problem: YAMLProblem) {
            severity = problem.severity.rawValue
            key = problem.keyPath
            found = problem.found
            accepted = problem.accepted
            switch problem.place {
            case .file(let line, let column):
                (self.line, self.column, variable) = (Nullable(line), Nullable(column), Nullable(nil))
            case .environment(let name):
                (line, column, variable) = (Nullable(nil), Nullable(nil), Nullable(name))
            case .wholeFile:
                (line, column, variable) = (Nullable(nil), Nullable(nil), Nullable(nil))
            }
        }
    }
}
