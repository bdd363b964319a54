import ArgumentParser
import Console
import CursesTerminal
import Drawing
import Federation
import Foundation
import Lab

/// `cambist console`, and `cambist` alone: the operator's console.
struct ConsoleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "console",
        abstract: "Watch and work the mappings in the terminal.",
        discussion: """
            With --keys and --frame the keys are played without a terminal and the screen is printed as text.

            Examples:
              cambist console --lab
              cambist console --lab --keys 'j<Enter>' --frame - --size 100x30
            """
    )

    @OptionGroup var options: GlobalOptions

    @Flag(help: "Open the console on the embedded lab; no configuration and no account is needed.")
    var lab = false

    @OptionGroup var scenario: ScenarioOptions

    @Flag(help: "Refuse every key that asks the clouds for something or throws something away.")
    var readOnly = false

    @Flag(help: "Use ASCII alone, whatever the locale says.")
    var ascii = false

    @Option(
        help: "A theme instead of the configuration's: dark, light, mono, high-contrast, or one of its own."
    )
    var theme: String?

    @Option(help: "Play these keys without a terminal: characters, and names such as <Enter>, <Esc>, <Down>.")
    var keys: String?

    @Option(help: "Print the frame after the keys to this file; - is stdout.")
    var frame: String?

    @Option(help: "The size of that frame, columns by rows.")
    var size = FrameSize(columns: 80, rows: 24)

    func validate() throws {
        if keys != nil, frame == nil { throw ValidationError("--keys needs --frame.") }
        if let keys {
            do throws(KeyScriptError) {
                _ = try Key.script(keys)
            } catch {
                throw ValidationError("\(error)")
            }
        }
    }

    func run() async throws {
        let ending = try await withConfiguration { text in
            let mailbox = Mailbox()
            return try await Workspace.with(
                text,
                options,
                observe: { mailbox.send(.transferred($0)) },
                complain: { mailbox.send(.noticed(Notice(.warning, $0))) }
            ) {
                try await show(
                    ConsoleSession($0, text, mailbox, appearance: try appearance($0.configuration))
                )
            }
        }
        switch ending {
        case .quit: return
        case .signal(let number): Foundation.exit(128 + number)
        case .terminalLost: Foundation.exit(ExitStatus.interrupted.rawValue)
        }
    }

    /// Runs `body` with the configuration: the file's, or that of a lab which runs as long.
    private func withConfiguration(
        _ body: (ConfigurationText) async throws -> ConsoleEnding
    ) async throws -> ConsoleEnding {
        guard lab else { return try await body(try ConfigurationText.find(options)) }
        let running = try await Lab.running(scenario.labOptions)
        do {
            let ending = try await body(
                ConfigurationText(
                    text: running.configurationText,
                    path: "lab",
                    environment: running.environmentOverlay
                )
            )
            await running.stop()
            return ending
        } catch {
            await running.stop()
            throw error
        }
    }

    private func appearance(
        _ configuration: Configuration
    ) throws(CommandFailure) -> ConsoleSession.Appearance {
        do throws(ThemeError) {
            _ = try theme.map { name throws(ThemeError) in
                try Theme.named(name, own: configuration.console.themes)
            }
        } catch {
            throw CommandFailure(.usage, code: "theme", "\(error)")
        }
        return ConsoleSession.Appearance(theme: theme, isASCII: ascii, isReadOnly: readOnly)
    }

    private func show(_ session: ConsoleSession) async throws -> ConsoleEnding {
        guard let frame else { return await session.run(on: try await terminal()) }
        let canvas = await session.play(try Key.script(keys ?? ""), size: size.size)
        try write(canvas.text, to: frame)
        return .quit
    }

    private func terminal() async throws -> CursesTerminal {
        do throws(TerminalError) {
            return try await CursesTerminal.open(
                usesColor: Surroundings.variables["NO_COLOR", default: ""].isEmpty,
                type: Surroundings.variables["TERM"]
            )
        } catch {
            throw CommandFailure(.usage, code: "terminal", "\(error)")
        }
    }

    private func write(_ frame: String, to path: String) throws {
        if path == "-" { return Report.answer(frame) }
        try SafeFile.write(frame + "\n", to: path)
    }
}

/// A screen's size on the command line: `80x24`.
struct FrameSize: ExpressibleByArgument {
    let columns: Int
    let rows: Int

    init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
    }

    init?(argument: String) {
        let parts = argument.lowercased().split(separator: "x", omittingEmptySubsequences: false).map {
            Int($0)
        }
        guard parts.count == 2, let columns = parts[0], let rows = parts[1], (1...500).contains(columns),
            (1...500).contains(rows)
        else { return nil }
        self.init(columns: columns, rows: rows)
    }

    var defaultValueDescription: String { "\(columns)x\(rows)" }

    var size: Size { Size(columns: columns, rows: rows) }
}
