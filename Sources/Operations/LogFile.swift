import Federation
import Foundation
import Logging
import Synchronization
import Transport

/// Where log lines go: a file that was asked for, stderr with `--verbose`, else nowhere.
enum LogFile {
    /// The logger that the options describe.
    ///
    /// - Throws: ``CommandFailure`` when the file cannot be written.
    static func logger(_ options: GlobalOptions) throws(CommandFailure) -> Logger {
        var handles: [FileHandle] = options.verbose ? [.standardError] : []
        if let path = options.logFile { handles.append(try open(path)) }
        guard !handles.isEmpty else { return Logger(label: "cambist") { _ in SwiftLogNoOpLogHandler() } }
        let lines = LineWriter(handles: handles)
        var logger = Logger(label: "cambist") { _ in LineHandler(writer: lines) }
        logger.logLevel = .debug
        return logger
    }

    private static func open(_ path: String) throws(CommandFailure) -> FileHandle {
        let descriptor = Foundation.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let reason = String(cString: strerror(errno))
            throw CommandFailure(
                .notPermitted,
                code: "log-file",
                "The log file \(path) cannot be written: \(reason).",
                fix: "Give another --log-file."
            )
        }
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
    }
}

/// Writes whole lines, one after the other.
private struct LineWriter: Sendable {
    let handles: [FileHandle]

    func write(_ line: String) {
        for handle in handles {
            try? handle.write(contentsOf: Data((line + "\n").utf8))
        }
    }
}

/// One event a line: time, level, message, metadata.
private struct LineHandler: LogHandler {
    let writer: LineWriter
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.debug

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Now, in UTC to the millisecond.
    private static var timestamp: String {
        let now = SystemTime().now
        let milliseconds = Int((now.timeIntervalSince1970 * 1000).rounded(.down)) % 1000
        return "\(now.utcText.dropLast()).\(String(milliseconds + 1000).dropFirst())Z"
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        let pairs = all.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let words = [Self.timestamp, event.level.rawValue, event.message.description]
        writer.write((words + pairs).joined(separator: " "))
    }
}
