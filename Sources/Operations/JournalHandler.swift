import Federation
import FoundationEssentials
import Logging
import Transport

/// Writes events to systemd's journal, with fields that `journalctl` can select, such as `CAMBIST_MAPPING=audit`.
///
/// Source: systemd's native journal protocol, https://systemd.io/JOURNAL_NATIVE_PROTOCOL/.
struct JournalHandler: LogHandler {
    static let socket = "/run/systemd/journal/socket"
    private static let valueLimit = 16_384

    let path: String
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.debug

    init(path: String = Self.socket) {
        self.path = path
    }

    /// Whether this process may send to the journal.
    ///
    /// The test is an empty datagram, which the journal ignores.
    static var isAvailable: Bool { UnixDatagram.send(Data(), to: socket) }

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        var fields = [
            ("MESSAGE", Self.text(event, all)), ("PRIORITY", Self.priority(event.level)),
            ("SYSLOG_IDENTIFIER", "cambist"),
        ]
        fields += all.sorted { $0.key < $1.key }.map { (Self.name($0.key), "\($0.value)") }
        _ = UnixDatagram.send(fields.reduce(into: Data()) { $0 += Self.encode($1.0, $1.1) }, to: path)
    }

    /// The value of the field `MESSAGE`: the message and the metadata, because `journalctl` shows only this field.
    private static func text(_ event: LogEvent, _ metadata: Logger.Metadata) -> String {
        let pairs = metadata.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return ([event.message.description] + pairs).joined(separator: " ")
    }

    /// The syslog severity (RFC 5424, table 2).
    private static func priority(_ level: Logger.Level) -> String {
        switch level {
        case .trace, .debug: "7"
        case .info: "6"
        case .notice: "5"
        case .warning: "4"
        case .error: "3"
        case .critical: "2"
        }
    }

    /// Returns a field's name for a key of the metadata: capital letters, digits, and underscores.
    private static func name(_ key: String) -> String {
        let letters = key.uppercased().unicodeScalars.map { scalar in
            ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar) ? Character(scalar) : "_"
        }
        return "CAMBIST_" + String(letters.prefix(50))
    }

    /// Encodes a field with its length, so that its value may contain any byte.
    private static func encode(_ name: String, _ value: String) -> Data {
        let bytes = Data(VisibleText.oneLine(value, limit: valueLimit).utf8)
        let length = withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { Data($0) }
        return Data("\(name)\n".utf8) + length + bytes + Data("\n".utf8)
    }
}
