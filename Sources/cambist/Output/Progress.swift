import Federation
import FoundationEssentials
import Glibc
import Operations
import Transport

/// A temporary line on stderr that shows the progress of long work on a terminal.
struct Progress {
    /// The time after which the line appears.
    private static let delay = Duration.seconds(1)
    private static let pause = Duration.milliseconds(100)

    private let time: any TimeSource
    private let isShown: Bool
    private var next: Duration
    private var hasShown = false

    /// Creates a progress line; with `--verbose`, the line is never shown.
    init(_ options: GlobalOptions, time: any TimeSource) {
        self.init(isVerbose: options.verbose, time: time)
    }

    private init(isVerbose: Bool, time: any TimeSource) {
        self.time = time
        let terminal = ProcessEnvironment.variables["TERM"] ?? ""
        isShown =
            ProcessEnvironment.isTerminal(STDERR_FILENO) && !isVerbose
            && !["", "dumb"].contains(terminal)
        next = time.uptime + Self.delay
    }

    /// Replaces the text, at most ten times per second.
    mutating func show(_ text: @autoclosure () -> String) {
        guard isShown, time.uptime >= next else { return }
        next = time.uptime + Self.pause
        hasShown = true
        Report.writePartialLine("\r\(VisibleText.oneLine(text(), limit: 77))\u{1B}[K")
    }

    /// Erases the line.
    mutating func end() {
        if hasShown { Report.writePartialLine("\r\u{1B}[K") }
        hasShown = false
    }

    /// Returns a function that runs an exchange and shows a progress line after one second.
    static func exchange(
        of mapping: RoleMapping.ID,
        _ options: ContextOptions
    ) -> (() async throws -> SessionCredentials) async throws -> SessionCredentials {
        { body in
            try await waiting(
                "\(mapping): exchanging…",
                isVerbose: options.isVerbose,
                time: SystemTime(),
                body
            )
        }
    }

    /// Runs `body`; after one second, shows the text.
    static func waiting<Value>(
        _ text: String,
        _ options: GlobalOptions,
        time: any TimeSource,
        _ body: () async throws -> Value
    ) async rethrows -> Value {
        try await waiting(text, isVerbose: options.verbose, time: time, body)
    }

    private static func waiting<Value>(
        _ text: String,
        isVerbose: Bool,
        time: any TimeSource,
        _ body: () async throws -> Value
    ) async rethrows -> Value {
        let waiting = Task {
            var progress = Progress(isVerbose: isVerbose, time: time)
            guard progress.isShown, (try? await time.sleep(for: delay)) != nil else { return }
            progress.show(text)
            try? await time.sleep(for: .seconds(86400))
            progress.end()
        }
        do {
            let value = try await body()
            waiting.cancel()
            await waiting.value
            return value
        } catch {
            waiting.cancel()
            await waiting.value
            throw error
        }
    }
}
