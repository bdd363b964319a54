import ArgumentParser
import Azure
import Console
import ConsoleRuntime
import CursesTerminal
import Drawing
import Federation
import FoundationEssentials
import Glibc
import LabInterface
import Operations
import Propagation
import Transport

/// `cambist console`, and `cambist` alone: the operator's console.
struct ConsoleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "console",
        abstract: "Show the mappings in the terminal and act on them.",
        discussion: HelpText(
            """
            The lab (--lab) needs no configuration and no cloud account. With --frame, the console runs without a \
            terminal: it processes the keys of --keys, if any, and writes the screen as text.
            """,
            statuses: [
                .usage: "usage error, or the terminal cannot show the console",
                .notPermitted: "a file cannot be read or written",
                .interrupted: "the terminal was closed, or another process sent SIGINT",
            ],
            examples: [
                "cambist console --lab",
                "cambist console --read-only --theme light",
                "cambist console --lab --keys 'j<Enter>' --frame - --size 100x30",
            ]
        ).discussion
    )

    @OptionGroup var options: GlobalOptions

    @Flag(help: "Start the lab and show its mappings.")
    var lab = false

    @OptionGroup var scenario: ScenarioOptions

    @Flag(
        help:
            """
            Disable the keys that exchange tokens, start or stop watches, change cloud objects, copy a sign-in URL, or \
            drop credentials; automatic exchanges continue.
            """
    )
    var readOnly = false

    @Flag(help: "Draw with ASCII characters only, regardless of the locale.")
    var ascii = false

    @Option(
        help: "Theme: auto, dark, light, mono, high-contrast, or a theme of the configuration."
    )
    var theme: String?

    @Flag(help: "Use the mouse to select, scroll, and sort; disables the terminal's own selection.")
    var mouse = false

    @Option(help: "Keys to process without a terminal: characters and names such as <Enter>, <Esc>, <Down>.")
    var keys: String?

    @Option(
        help: ArgumentHelp(
            "File to which the screen is written as text after the keys are processed; - is stdout.",
            valueName: "file"
        ),
        completion: .file()
    )
    var frame: String?

    @Option(help: ArgumentHelp("Size of the screen that --frame writes.", valueName: "columns>x<rows"))
    var size = FrameSize(columns: 80, rows: 24)

    /// The maximum time from restoring the terminal to the end of the process.
    private static let endLimit = Duration.seconds(2)
    /// The maximum time for closing the services.
    ///
    /// The rest of ``endLimit`` is for printing a message and ending child processes.
    private static let closeLimit = Duration.milliseconds(1200)
    /// The maximum length of --keys, in characters.
    private static let keyLimit = 4096

    func validate() throws {
        if !lab, let option = scenario.firstGiven {
            throw ValidationError("\(option) requires --lab.")
        }
        if keys != nil, frame == nil { throw ValidationError("--keys requires --frame.") }
        if let keys {
            guard keys.count <= Self.keyLimit else {
                throw ValidationError(
                    "--keys has \(keys.count) characters; at most \(Self.keyLimit) are accepted."
                )
            }
            do throws(KeyScriptError) {
                _ = try Key.script(keys)
            } catch {
                throw ValidationError("\(error)")
            }
        }
    }

    func run() async throws {
        CursesTerminal.limitHeaps()
        let runtime = ConsoleRuntime(consoleOptions)
        do {
            let result = try await end(of: runtime)
            await close(runtime)
            switch result {
            case .quit: return
            case .failed(let failure): throw failure
            case .signal, .terminalLost: Glibc.exit(result.status)
            }
        } catch {
            await close(runtime)
            throw error
        }
    }

    /// Closes the services; waits at most ``closeLimit`` if the console is on a terminal.
    private func close(_ runtime: ConsoleRuntime) async {
        if frame != nil { return await runtime.close() }
        _ = await withDeadline(Self.closeLimit, time: SystemTime()) { await runtime.close() }
    }

    private var consoleOptions: ConsoleOptions {
        var console = ConsoleOptions(
            context: options.context,
            writeStarter: { path throws(CommandFailure) in try ConfigInitCommand.create(at: path) }
        )
        console.theme = theme
        console.usesMouse = mouse
        console.isASCII = ascii
        console.isReadOnly = readOnly
        console.isLab = lab
        console.scenario = scenario.commandLine
        return console
    }

    private func end(of runtime: ConsoleRuntime) async throws -> ConsoleExitReason {
        guard let frame else {
            let terminal = try await terminal()
            return await runtime.show(on: terminal, characters: await terminal.characterSet) { reason in
                // The process ends at this limit, even if work is still running.
                Program.endProcess(within: Self.endLimit, status: reason.status)
            }
        }
        let keys = try Key.script(keys ?? "")
        let canvas: Canvas
        do throws(ConsoleExitReason) {
            canvas = try await runtime.play(keys, size: size.size)
        } catch {
            return error
        }
        try write(canvas.text, to: frame)
        return .quit
    }

    private func terminal() async throws -> CursesTerminal {
        do throws(TerminalError) {
            return try await CursesTerminal.open(
                usesColor: ProcessEnvironment.variables["NO_COLOR", default: ""].isEmpty,
                variables: ProcessEnvironment.variables
            )
        } catch {
            throw CommandFailure(
                .usage,
                code: "terminal",
                messagesWithFix: ["\(error)"],
                fix: "Use `cambist test --all`."
            )
        }
    }

    private func write(_ frame: String, to path: String) throws {
        if path == "-" { return try Report.answer(lines: frame + "\n") }
        try SafeFile.write(frame + "\n", to: path)
    }
}

extension ConsoleExitReason {
    fileprivate var status: Int32 {
        switch self {
        case .quit: ExitStatus.done.rawValue
        case .failed(let failure): failure.status.rawValue
        case .signal(let number): 128 + number
        case .terminalLost: ExitStatus.interrupted.rawValue
        }
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
