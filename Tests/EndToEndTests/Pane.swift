import Foundation
import Testing

/// A tmux pane with a shell, on a separate tmux server.
struct Pane: Sendable {
    /// The shell's prompt.
    static let prompt = "ready$"

    /// A command that prints the exit status of the previous one.
    static let epilogue = "echo \"ended with $?\""
    /// The epilogue a second later, for a program that is killed.
    ///
    /// Its guardian restores the terminal at about the time at which the shell continues; what the shell prints earlier
    /// is on the alternate screen.
    static let lateEpilogue = "status=$?; sleep 1; echo \"ended with $status\""

    private let harness: Harness

    /// Opens a pane of this size, runs `body`, and ends all programs in the pane.
    ///
    /// With `showsTmux`, the programs in the pane see the environment variables of tmux. Neither the scrollback buffer nor
    /// a process in the pane may have a secret that a lab issued.
    static func with<Result>(
        columns: Int = 110,
        rows: Int = 32,
        showsTmux: Bool = false,
        secretFiles: Set<String> = [],
        _ body: (Pane) async throws -> Result
    ) async throws -> Result {
        try await Harness.with(secretFiles: secretFiles) { harness in
            let pane = Pane(harness: harness)
            do {
                try await pane.open(columns: columns, rows: rows, showsTmux: showsTmux)
                let result = try await body(pane)
                // A test may have closed the terminal.
                let text = (try? await pane.scrollback) ?? ""
                #expect(!SecretSearch.issued.matches(text), "secrets in the scrollback buffer")
                SecretSearch.issued.expectNoProcesses(of: harness.directory.path)
                await pane.close()
                return result
            } catch {
                await pane.close()
                throw error
            }
        }
    }

    /// The text on the screen.
    var screen: String {
        get async throws { try await tmux("capture-pane", "-p") }
    }

    /// The text on the screen and in the scrollback buffer.
    var scrollback: String {
        get async throws { try await tmux("capture-pane", "-p", "-S", "-") }
    }

    /// The screen with escape sequences of colors and attributes.
    var coloredScreen: String {
        get async throws { try await tmux("capture-pane", "-p", "-e") }
    }

    /// The title that programs set.
    var title: String {
        get async throws {
            try await tmux("display-message", "-p", "#{pane_title}").trimmingCharacters(
                in: .whitespacesAndNewlines
            )
        }
    }

    /// Whether the alternate screen is active.
    var isAlternate: Bool {
        get async throws { try await tmux("display-message", "-p", "#{alternate_on}").hasPrefix("1") }
    }

    /// Waits for the exit status that ``epilogue`` prints and returns it.
    var status: Int {
        get async throws {
            let screen = try await waitFor("the end of the command") { $0.contains(/ended with [0-9]/) }
            return screen.firstMatch(of: /ended with ([0-9]+)/).flatMap { Int($0.1) } ?? -1
        }
    }

    /// The harness with the pane's files.
    var files: Harness { harness }

    /// The text that a program copied to the clipboard by escape sequence, if any.
    var clipboard: String? {
        get async { try? await tmux("show-buffer") }
    }

    /// Allows programs to set the clipboard, which tmux ignores by default.
    func allowClipboard() async throws {
        try await tmux("set-option", "-s", "set-clipboard", "on")
    }

    /// Closes the terminal of the running programs.
    func closeTerminal() async throws {
        try await tmux("kill-server")
    }

    /// Presses keys by their names in tmux: `j`, `Enter`, `C-z`.
    func press(_ keys: String...) async throws {
        try await tmux(["send-keys"] + keys)
    }

    /// Types a command and the Enter key.
    func enter(_ command: String) async throws {
        try await tmux("send-keys", "-l", command)
        try await press("Enter")
    }

    /// Sets the background color that the terminal reports.
    func setBackground(_ color: String) async throws {
        try await tmux("set-option", "-g", "window-style", "bg=\(color)")
    }

    /// Changes the terminal's size.
    func resize(columns: Int, rows: Int) async throws {
        try await tmux("resize-window", "-x", "\(columns)", "-y", "\(rows)")
    }

    /// Waits until the screen satisfies `condition` and returns it.
    @discardableResult
    func waitFor(_ what: String, where condition: (String) -> Bool) async throws -> String {
        try await eventually {
            let screen = try await screen
            return condition(screen) ? screen : nil
        } orElse: {
            "The screen never showed \(what):\n\(try await screen)"
        }
    }

    /// Waits until all strings are on the screen and returns the screen.
    @discardableResult
    func waitFor(_ texts: String...) async throws -> String {
        try await waitFor(texts.joined(separator: ", ")) { screen in texts.allSatisfy(screen.contains) }
    }

    /// Runs a command in the shell and returns its output.
    func answer(to command: String) async throws -> String {
        let file = harness.path("answer")
        try await enter("{ \(command); } > answer.new; mv answer.new answer")
        let text = try await eventually {
            try? String(contentsOfFile: file, encoding: .utf8)
        } orElse: {
            "The command did not end: \(command)\n\(try await screen)"
        }
        try FileManager.default.removeItem(atPath: file)
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Sends a signal to the process whose ID is in the file `pid`.
    func signal(_ name: String) async throws {
        let number = try String(contentsOfFile: harness.path("pid"), encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        _ = try await Program.run("kill", ["-s", name, number], environment: harness.environment)
    }

    /// Sends SIGSEGV to one thread of the process whose ID is in the file `pid`.
    ///
    /// - Parameter fraction: Selects the thread: 0 is the first that was created, 1 the last.
    /// - Throws: ``HarnessError`` if the threads of the process cannot be read.
    func crashThread(at fraction: Double) throws {
        let number = try String(contentsOfFile: harness.path("pid"), encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(number)/task")
            .compactMap(Int32.init).sorted()
        guard let process = Int32(number), threads.count > 2, let tgkill = dlsym(nil, "tgkill") else {
            throw HarnessError(description: "no threads of \(number): \(threads)")
        }
        typealias Kill = @convention(c) (Int32, Int32, Int32) -> Int32
        let thread = threads[Int((fraction * Double(threads.count - 1)).rounded())]
        _ = unsafeBitCast(tgkill, to: Kill.self)(process, thread, SIGSEGV)
    }

    /// Whether the process whose ID is in the file `pid` exists.
    var isAlive: Bool {
        get throws {
            let number = try String(contentsOfFile: harness.path("pid"), encoding: .utf8)
                .trimmingCharacters(in: .whitespacesAndNewlines)
            return FileManager.default.fileExists(atPath: "/proc/\(number)")
        }
    }

    private func open(columns: Int, rows: Int, showsTmux: Bool) async throws {
        let hidden = showsTmux ? [] : ["-u", "TMUX", "-u", "TMUX_PANE"]
        let shell = ["env"] + hidden + ["PS1=\(Self.prompt) ", "bash", "--norc", "--noprofile"]
        try await tmux(
            ["new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", "-c", harness.directory.path] + shell
        )
        try await waitFor(Self.prompt)
    }

    private func close() async {
        // In a separate task: the task of a test that timed out is canceled and cannot start a process.
        _ = await Task { try? await tmux("kill-server") }.value
    }

    @discardableResult
    private func tmux(_ arguments: String...) async throws -> String {
        try await tmux(arguments)
    }

    @discardableResult
    private func tmux(_ arguments: [String]) async throws -> String {
        let result = try await Program.run(
            "tmux",
            ["-u", "-f", "/dev/null", "-S", harness.path("tmux")] + arguments,
            environment: harness.environment
        )
        guard result.status == 0 else {
            throw HarnessError(description: "tmux \(arguments.joined(separator: " ")): \(result.errorOutput)")
        }
        return result.output
    }
}
