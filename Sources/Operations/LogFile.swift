import Federation
import Foundation
import Logging
import Transport

/// Creates the logger of a command: to a file, to stderr with `--verbose`, else to nowhere.
enum LogFile {
    /// The logger that the options describe.
    ///
    /// - Throws: ``CommandFailure`` when the file cannot be written.
    static func logger(_ options: ContextOptions) throws(CommandFailure) -> Logger {
        var handles: [FileHandle] = options.isVerbose ? [.standardError] : []
        if let path = options.logFile { handles.append(try open(path)) }
        guard !handles.isEmpty else { return Logger(label: "cambist") { _ in SwiftLogNoOpLogHandler() } }
        var logger = Logger(label: "cambist") { [handles] _ in LineHandler(handles: handles) }
        logger.logLevel = .debug
        return logger
    }

    /// Opens a regular file or a character device; a FIFO without a reader would block every request.
    private static func open(_ path: String) throws(CommandFailure) -> FileHandle {
        let flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
        let descriptor = Foundation.open(path, flags, 0o600)
        guard descriptor >= 0 else { throw failure(path, String(cString: strerror(errno))) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, [S_IFREG, S_IFCHR].contains(status.st_mode & S_IFMT) else {
            close(descriptor)
            throw failure(path, "it is not a regular file")
        }
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
    }

    private static func failure(_ path: String, _ reason: String) -> CommandFailure {
        CommandFailure(
            .notPermitted,
            code: "log-file",
            "The log file \(path) cannot be written: \(reason).",
            fix: "Give another --log-file."
        )
    }
}

/// Writes one event per line: time, level, message, metadata; invisible characters are made visible.
struct LineHandler: LogHandler {
    let handles: [FileHandle]
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.debug

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// The current time in UTC, to the millisecond.
    private static var timestamp: String {
        let now = SystemTime().now
        let fraction = now.timeIntervalSince1970.rounded(.down).distance(to: now.timeIntervalSince1970)
        let milliseconds = Duration.seconds(fraction).milliseconds
        return "\(now.utcText.dropLast()).\(String(milliseconds + 1000).dropFirst())Z"
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        let pairs = all.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let words = [Self.timestamp, event.level.rawValue, event.message.description] + pairs
        let line = VisibleText.oneLine(words.joined(separator: " "), limit: 16_384) + "\n"
        for handle in handles { try? handle.write(contentsOf: Data(line.utf8)) }
    }
}
