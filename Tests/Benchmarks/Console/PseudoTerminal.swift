import Federation
import Foundation

/// A program on a pseudo-terminal.
struct PseudoTerminal {
    let process: pid_t
    private let controller: Int32
    /// TIOCSPTLCK and TIOCGPTN, macros that Swift does not import.
    private static let setLock: UInt = 0x4004_5431
    private static let getNumber: UInt = 0x8004_5430
    private let time: any TimeSource

    /// The response to a key: the times until the first and the last byte, and the size.
    struct Response {
        let first: Duration
        let last: Duration
        let bytes: Int
    }

    /// Starts a program in a terminal of this size.
    ///
    /// - Throws: ``PseudoTerminalError`` if no terminal is available or the program does not start.
    init(
        _ program: String,
        _ arguments: [String],
        environment: [String: String],
        directory: String,
        columns: Int,
        rows: Int,
        time: any TimeSource
    ) throws {
        self.time = time
        controller = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var lock: Int32 = 0
        var number: Int32 = 0
        guard controller >= 0, ioctl(controller, Self.setLock, &lock) == 0,
            ioctl(controller, Self.getNumber, &number) == 0
        else { throw PseudoTerminalError.none }
        var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(controller, UInt(TIOCSWINSZ), &size)
        // env changes the directory and is replaced by the program, which keeps the process ID.
        process = try Self.spawn(
            "env",
            ["--chdir", directory, program] + arguments,
            environment,
            terminal: "/dev/pts/\(number)"
        )
    }

    private static func spawn(
        _ program: String,
        _ arguments: [String],
        _ environment: [String: String],
        terminal: String
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, terminal, O_RDWR, 0)
        posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDERR_FILENO)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A new session, so that the terminal becomes the controlling terminal; 0x80 is POSIX_SPAWN_SETSID.
        posix_spawnattr_setflags(&attributes, 0x80)
        let words = ([program] + arguments).map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in words + variables { free(text) } }
        var process: pid_t = 0
        let problem = posix_spawnp(&process, program, &actions, &attributes, words, variables)
        guard problem == 0 else { throw PseudoTerminalError.notStarted(program) }
        return process
    }

    /// Ends the program and closes the terminal.
    func close() {
        kill(process, SIGKILL)
        var status: Int32 = 0
        waitpid(process, &status, 0)
        Foundation.close(controller)
    }

    /// Presses a key and reads the program's response until it is silent.
    func press(_ key: String, silence: Duration = .milliseconds(12)) -> Response? {
        let start = time.uptime
        _ = key.utf8.withContiguousStorageIfAvailable { write(controller, $0.baseAddress, $0.count) }
        var first: Duration?
        var last = Duration.zero
        var bytes = 0
        while let chunk = read(within: first == nil ? .milliseconds(400) : silence) {
            last = time.uptime - start
            first = first ?? last
            bytes += chunk.count
        }
        return first.map { Response(first: $0, last: last, bytes: bytes) }
    }

    /// Reads until the program has sent `text`.
    ///
    /// Programs send only the cells that change, so a text that is already partly on the screen is found only if
    /// `redrawing` makes the console send its whole screen every second.
    ///
    /// - Returns: The time until the text; `nil` if the program does not send it.
    func wait(
        for text: String,
        within limit: Duration = .seconds(60),
        redrawing: Bool = false
    ) -> Duration? {
        let start = time.uptime
        let wanted = Data(text.utf8)
        var sent = Data()
        var redrawn = start
        while time.uptime - start < limit {
            if redrawing, time.uptime - redrawn > .seconds(1) {
                redrawn = time.uptime
                sent = sent.suffix(2 * wanted.count)
                var key: UInt8 = 0x0C
                _ = write(controller, &key, 1)
            }
            guard let chunk = read(within: .milliseconds(200)) else { continue }
            sent.append(contentsOf: chunk)
            if sent.range(of: wanted) != nil { return time.uptime - start }
        }
        return nil
    }

    /// Returns the number of bytes that the program sends within `duration`.
    func bytes(in duration: Duration) -> Int {
        let end = time.uptime + duration
        var bytes = 0
        while case let left = end - time.uptime, left > .zero {
            bytes += read(within: left)?.count ?? 0
        }
        return bytes
    }

    /// Reads until the program has been silent for `silence`.
    func readUntilSilent(_ silence: Duration = .milliseconds(700)) {
        while read(within: silence) != nil {}
    }

    private func read(within limit: Duration) -> [UInt8]? {
        var watched = pollfd(fd: controller, events: Int16(POLLIN), revents: 0)
        let milliseconds = Int32(max(1, (limit / .milliseconds(1)).rounded(.up)))
        guard poll(&watched, 1, milliseconds) > 0, watched.revents & Int16(POLLIN) != 0 else { return nil }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = Foundation.read(controller, &buffer, buffer.count)
        return count > 0 ? Array(buffer.prefix(count)) : nil
    }
}

/// An error that prevents the measurement of a program.
enum PseudoTerminalError: Error {
    case none
    case notStarted(String)
    case silent(String)
}
