import Federation
import FoundationEssentials
import Glibc
import Logging
import Synchronization
import Transport

/// The format of log lines.
package enum LogFormat: String, CaseIterable, Sendable {
    /// Time, level, message, metadata.
    case text
    /// One JSON object per line with the members `time`, `level`, `message`, and the members of the metadata.
    case json
    /// Entries of systemd's journal, with a field per metadata member; the file of `--log-file` contains text.
    case journal
}

/// Creates the logger of a command.
///
/// The logger writes to the file of `--log-file` and, with `--verbose`, to stderr. With the format `journal`, the
/// logger writes to the journal instead of stderr. Without a destination, the logger discards all events.
enum LogFile {
    /// Returns the logger that the options describe.
    ///
    /// - Throws: ``CommandFailure`` when the file cannot be written, or the journal is unavailable.
    static func logger(_ options: ContextOptions) throws(CommandFailure) -> Logger {
        let usesJournal = options.logFormat == .journal
        var files: [Int32] = options.isVerbose && !usesJournal ? [STDERR_FILENO] : []
        if let path = options.logFile { files.append(try open(path)) }
        if usesJournal, !JournalHandler.isAvailable { throw .noJournal }
        guard usesJournal || !files.isEmpty else {
            return Logger(label: "cambist") { _ in SwiftLogNoOpLogHandler() }
        }
        let loss = LogLoss(report: options.warn)
        var logger = Logger(label: "cambist") { [files] _ in
            let lines = LineHandler(files: files, format: options.logFormat, loss: loss)
            return usesJournal ? MultiplexLogHandler([JournalHandler(), lines]) : lines
        }
        logger.logLevel = .debug
        return logger
    }

    /// Opens a regular file or a character device.
    ///
    /// A FIFO is refused, because a FIFO without a reader would block every request.
    private static func open(_ path: String) throws(CommandFailure) -> Int32 {
        let flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
        let descriptor = Glibc.open(path, flags, 0o600)
        guard descriptor >= 0 else { throw failure(path, String(cString: strerror(errno))) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, [S_IFREG, S_IFCHR].contains(status.st_mode & S_IFMT) else {
            close(descriptor)
            throw failure(path, "it is not a regular file")
        }
        return descriptor
    }

    private static func failure(_ path: String, _ reason: String) -> CommandFailure {
        CommandFailure(
            .notPermitted,
            code: "log-file",
            "The log file \(path) cannot be written: \(reason).",
            fix: "Set --log-file to another file."
        )
    }
}

extension CommandFailure {
    fileprivate static var noJournal: Self {
        CommandFailure(
            .notPermitted,
            code: "no-journal",
            "There is no journal: \(JournalHandler.socket) cannot be used.",
            fix: "Set --log-format to text or json, with --verbose or --log-file."
        )
    }
}

/// Reports once that lines of the log are lost, for example on a full disk.
final class LogLoss: Sendable {
    private let isReported = Mutex(false)
    private let report: @Sendable (String) -> Void

    init(report: @escaping @Sendable (String) -> Void) {
        self.report = report
    }

    func note(errno number: Int32) {
        let isFirst = isReported.withLock { isReported in
            defer { isReported = true }
            return !isReported
        }
        guard isFirst else { return }
        report("The log cannot be written: \(String(cString: strerror(number))). At least one line is lost.")
    }
}

/// Writes one event per line: time, level, message, metadata; invisible characters are escaped.
struct LineHandler: LogHandler {
    private static let lineLimit = 16_384

    /// The descriptors of the open files.
    let files: [Int32]
    let format: LogFormat
    let loss: LogLoss
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
        let line =
            switch format {
            case .text, .journal: Self.text(event, all)
            case .json: Self.json(event, all)
            }
        for file in files {
            let problem = FileDescriptors.writeAll(Data("\(line)\n".utf8), to: file)
            if problem != 0 { loss.note(errno: problem) }
        }
    }

    private static func text(_ event: LogEvent, _ metadata: Logger.Metadata) -> String {
        let pairs = metadata.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let words = [timestamp, event.level.rawValue, event.message.description] + pairs
        return VisibleText.oneLine(words.joined(separator: " "), limit: lineLimit)
    }

    private static func json(_ event: LogEvent, _ metadata: Logger.Metadata) -> String {
        var members = metadata.mapValues { cut("\($0)") }
        members["time"] = timestamp
        members["level"] = event.level.rawValue
        members["message"] = cut(event.message.description)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data = (try? encoder.encode(members)) ?? Data()
        return VisibleText.json(String(decoding: data, as: UTF8.self))
    }

    private static func cut(_ text: String) -> String {
        text.count > lineLimit ? text.prefix(lineLimit) + "…" : text
    }
}
