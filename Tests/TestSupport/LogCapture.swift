package import Logging
import Synchronization

/// Records every log line with its metadata, so that a test can search them for secrets.
package final class LogCapture: Sendable {
    private let captured = Mutex<[String]>([])

    package init() {}

    /// A logger that records every level.
    package var logger: Logger {
        var logger = Logger(label: "test") { _ in Handler(capture: self) }
        logger.logLevel = .trace
        return logger
    }

    /// The messages logged so far.
    package var lines: [String] {
        captured.withLock { $0 }
    }

    private struct Handler: LogHandler {
        let capture: LogCapture
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.MetadataValue? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { $1 }
            capture.captured.withLock { $0.append("\(event.level) \(event.message) \(all)") }
        }
    }
}
