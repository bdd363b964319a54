import ArgumentParser
import Azure
import Federation
import Foundation

/// `cambist doctor`: what is usable on this machine, and what is not.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say what is usable on this machine and what is not.",
        discussion: """
            Looks at the configuration, the files, the keyring, the terminal, the clocks of both clouds and every \
            token source; asks nobody for a token.

            Examples:
              cambist doctor
              cambist doctor --json | jq '.sources[] | select(.chosen)'
            """
    )

    @OptionGroup var options: GlobalOptions

    @Flag(help: "Answer with one JSON object.")
    var json = false

    func run() async throws {
        let (text, problem) = findConfiguration()
        let report = try await Workspace.with(text, options) { workspace in
            var examination = Examination(workspace: workspace, text: text)
            if let problem { examination.note(.init("configuration", .trouble, problem)) }
            return await examination.report()
        }
        if json {
            try Report.answer(report)
        } else {
            Report.answer(report.text)
        }
    }

    /// The configuration, or an empty one and what is wrong with the one there should be.
    private func findConfiguration() -> (text: ConfigurationText, problem: String?) {
        do throws(CommandFailure) {
            let text = try ConfigurationText.find(options)
            _ = try text.read()
            return (text, nil)
        } catch {
            let more = error.messages.count > 1 ? " (and \(error.messages.count - 1) more)" : ""
            return (ConfigurationText(text: "{}", path: "none"), (error.lines.first ?? "unreadable") + more)
        }
    }
}

/// What `doctor` answers.
struct DoctorReport: Encodable {
    struct Check: Encodable {
        enum State: String, Encodable {
            case ok
            case missing
            case trouble
        }

        let name: String
        let state: State
        let detail: String

        init(_ name: String, _ state: State, _ detail: String) {
            self.name = name
            self.state = state
            self.detail = detail
        }
    }

    struct Source: Encodable {
        let source: String
        let usable: Bool
        let chosen: Bool
        let reason: Nullable<String>
        let obstacle: Nullable<String>

        init(_ report: SourceReport) {
            source = report.kind.rawValue
            usable = report.isUsable
            chosen = report.isChosen
            reason = Nullable(report.reason)
            obstacle = Nullable(report.obstacle)
        }
    }

    let version = 1
    let checks: [Check]
    let sources: [Source]

    /// The same for people: a line each, what is not well marked.
    var text: String {
        let width = (checks.map(\.name.count) + sources.map(\.source.count)).max() ?? 0
        func line(_ mark: String, _ name: String, _ detail: String) -> String {
            "\(mark) \(name.padding(toLength: width, withPad: " ", startingAt: 0))  \(detail)"
        }
        let checked = checks.map { check in
            line(check.state == .ok ? "ok" : check.state == .missing ? "--" : "!!", check.name, check.detail)
        }
        let listed = sources.map { source in
            let chosen = source.chosen ? "chosen by auto: \(source.reason.value ?? "")" : "usable"
            return line(source.usable ? "ok" : "--", source.source, source.obstacle.value ?? chosen)
        }
        return (checked + ["", "Token sources, in the order in which auto looks:"] + listed).joined(
            separator: "\n"
        )
    }
}
