import Federation
import Fleet
import FoundationEssentials
import Operations
import Propagation

/// An output format for past exchanges and watches.
///
/// Each entry is printed separately, because the memory use must not depend on the number of entries.
protocol HistoryFormat {
    /// Whether ``head()`` has been called.
    var hasBegun: Bool { get }

    /// Returns the text before the first exchange.
    mutating func head() -> String

    /// Returns the line of an exchange; `node` is `nil` for an exchange of this host.
    mutating func line(_ record: ExchangeRecord, node: FleetNode.ID?) -> String

    /// Whether the format includes watches.
    var hasWaits: Bool { get }
    /// Whether exchanges and watches form one list, sorted by time.
    ///
    /// If `false`, the watches come after all exchanges.
    var isInOrder: Bool { get }

    /// Returns the line of a watch that has ended; empty for a format without watches.
    mutating func line(_ watch: Watch) -> String

    /// Returns the text after the last exchange or watch, or after a failure.
    func tail(_ error: ErrorReport?) -> String
}

extension HistoryFormat {
    /// Returns the line of an exchange in the fleet.
    mutating func line(_ exchange: FleetExchange) -> String { line(exchange.record, node: exchange.node) }

    mutating func line(_ record: ExchangeRecord) -> String { line(record, node: nil) }
}

/// One JSON object, with one line per exchange and per watch.
struct HistoryJSON: HistoryFormat {
    let hasWaits = true
    let isInOrder = false
    private(set) var hasBegun = false
    private var isAtWaits = false
    private var separator = "\n"

    mutating func head() -> String {
        hasBegun = true
        return #"{"version":1,"exchanges":["#
    }

    mutating func line(_ record: ExchangeRecord, node: FleetNode.ID?) -> String {
        defer { separator = ",\n" }
        return separator + Self.text(ExchangeEntry(record, node: node))
    }

    mutating func line(_ watch: Watch) -> String {
        if !isAtWaits { separator = Self.waitsSeparator }
        isAtWaits = true
        defer { separator = ",\n" }
        return separator + Self.text(WaitEntry(watch))
    }

    private static let waitsSeparator = "\n],\"waits\":[\n"

    func tail(_ error: ErrorReport?) -> String {
        let member = error.map { #","error":\#(Self.text($0))"# } ?? ""
        let waits = isAtWaits ? "" : Self.waitsSeparator
        return "\(waits)\n]\(member)}\n"
    }

    private static func text(_ value: some Encodable) -> String {
        (try? Report.line(value)) ?? "null"
    }
}

/// The lines of `history --follow`; a JSON line is an object with the member `exchange` or `wait`.
struct HistoryFollower {
    private let isJSON: Bool
    private var table: any HistoryFormat

    /// Creates a follower; `hasNodes` adds a node column to CSV output.
    init(isJSON: Bool, isCSV: Bool, hasNodes: Bool = false) {
        self.isJSON = isJSON
        table = isCSV ? HistoryCSV(hasNodes: hasNodes) : HistoryTable()
    }

    mutating func head() -> String { table.head() }

    mutating func line(_ record: ExchangeRecord, node: FleetNode.ID? = nil) -> String {
        isJSON
            ? Self.text(.init(exchange: ExchangeEntry(record, node: node))) : table.line(record, node: node)
    }

    mutating func line(_ watch: Watch) -> String {
        isJSON ? Self.text(.init(wait: WaitEntry(watch))) : table.line(watch)
    }

    private struct Entry: Encodable {
        let version = 1
        var exchange: ExchangeEntry?
        var wait: WaitEntry?
    }

    private static func text(_ entry: Entry) -> String {
        ((try? Report.line(entry)) ?? "null") + "\n"
    }
}

/// The output of `history --json` after an error, without entries.
struct HistoryReport: Encodable {
    let version = 1
    let exchanges: [ExchangeEntry] = []
    let waits: [WaitEntry] = []
    let error: ErrorReport
}

/// An exchange in the output of `history --json`.
struct ExchangeEntry: Encodable {
    let at: Date
    let mapping: String
    let identity: String
    let roleArn: String
    let outcome: StepOutcome
    let steps: [StepReport]
    let tokenFingerprint: Nullable<String>
    let uti: Nullable<String>
    let tokenExpiry: Nullable<Date>
    let credentialExpiry: Nullable<Date>
    let accessKeyId: Nullable<String>
    let clockOffsetMs: Nullable<Int>
    /// The node of the fleet; `nil` for an exchange of this host.
    let node: String?

    init(_ record: ExchangeRecord, node: FleetNode.ID? = nil) {
        self.node = node
        at = record.at
        mapping = record.mapping
        identity = record.identity
        roleArn = record.roleARN.description
        outcome = record.outcome
        steps = record.steps.map(StepReport.init)
        tokenFingerprint = Nullable(record.token?.fingerprint)
        uti = Nullable(record.token?.claims.uniqueTokenID)
        tokenExpiry = Nullable(record.token?.claims.expiry)
        credentialExpiry = Nullable(record.credentialExpiry)
        accessKeyId = Nullable(record.accessKeyID)
        clockOffsetMs = Nullable((record.clockOffset ?? record.token?.clockOffset)?.offset.milliseconds)
    }
}

/// A watch in the output of `history --json`.
struct WaitEntry: Encodable {
    /// The end of the watch.
    let at: Date
    let mapping: String
    let began: Date
    let verdict: WatchResult.Verdict
    let attempts: Int
    /// The number of failures that came directly after a success.
    let relapses: Int
    /// The cause of the last failure; `null` if the exchange works.
    let waitingFor: Nullable<String>
    let code: Nullable<String>
    let message: Nullable<String>

    init(_ watch: Watch) {
        let result = watch.result
        at = watch.ended
        mapping = watch.mapping
        began = watch.began
        verdict = result?.verdict ?? .stopped
        attempts = watch.attempts
        relapses = watch.flaps
        waitingFor = Nullable(verdict == .works ? nil : watch.cause?.rawValue)
        code = Nullable(result.flatMap { $0.code.isEmpty ? nil : $0.code })
        message = Nullable(result.flatMap { $0.message.isEmpty ? nil : $0.message })
    }
}

extension Watch {
    /// The end of the watch; without a result, the start of the watch.
    var ended: Date { result?.at ?? began }
}

/// Comma-separated values, one line per exchange, with LF as the line ending.
///
/// The columns are the members of the JSON output, each step's outcome and milliseconds, the failure's code and
/// message, and a request ID.
///
/// Source: RFC 4180.
struct HistoryCSV: HistoryFormat {
    let hasWaits = false
    let isInOrder = false
    /// Whether the first column is the node.
    var hasNodes = false
    private(set) var hasBegun = false

    mutating func head() -> String {
        hasBegun = true
        let steps = ExchangeStep.allCases.flatMap { [$0.rawValue, "\($0.rawValue)Ms"] }
        return Self.row(
            (hasNodes ? ["node"] : []) + ["at", "mapping", "identity", "roleArn", "outcome"] + steps
                + [
                    "code", "message", "requestId", "tokenFingerprint", "uti", "tokenExpiry",
                    "credentialExpiry",
                    "accessKeyId", "clockOffsetMs",
                ]
        )
    }

    func line(_ record: ExchangeRecord, node: FleetNode.ID?) -> String {
        let entry = ExchangeEntry(record)
        let steps = ExchangeStep.allCases.flatMap { step in
            let found = record.steps.first { $0.step == step }
            return [found?.outcome.rawValue ?? "", found.map { String($0.duration.milliseconds) } ?? ""]
        }
        let exchange = record.steps.first { $0.step == .exchange }
        return Self.row(
            (hasNodes ? [node ?? ""] : [])
                + [Self.text(entry.at), entry.mapping, entry.identity, entry.roleArn, entry.outcome.rawValue]
                + steps
                + [
                    record.failure?.code ?? "", record.failure?.message ?? "",
                    record.failure?.requestID ?? exchange?.requestID ?? "",
                    entry.tokenFingerprint.value ?? "",
                    entry.uti.value ?? "", Self.text(entry.tokenExpiry.value),
                    Self.text(entry.credentialExpiry.value),
                    entry.accessKeyId.value ?? "", entry.clockOffsetMs.value.map(String.init) ?? "",
                ]
        )
    }

    func line(_ watch: Watch) -> String { "" }

    func tail(_ error: ErrorReport?) -> String { "" }

    private static func text(_ date: Date?) -> String {
        date?.formatted(.iso8601) ?? ""
    }

    private static func row(_ cells: [String]) -> String {
        let quoted = cells.map { cell in
            let isPlain = !cell.contains { ",\"\r\n".contains($0) || $0.isNewline }
            return isPlain ? cell : "\"\(cell.replacing("\"", with: "\"\""))\""
        }
        return quoted.joined(separator: ",") + "\n"
    }
}

/// One line of text per entry: time, outcome, mapping, duration, and the reason for a failure.
struct HistoryTable: HistoryFormat {
    let hasWaits = true
    let isInOrder = true
    private(set) var hasBegun = false

    mutating func head() -> String {
        hasBegun = true
        return ""
    }

    func line(_ record: ExchangeRecord, node: FleetNode.ID?) -> String {
        let reason = record.failure?.messageWithCode
        let until = record.credentialExpiry.map { "credentials until \($0.formatted(.iso8601))" }
        let words = [node, record.mapping, "\(record.duration.milliseconds) ms", reason ?? until ?? ""]
        let text = words.compactMap(\.self).map { VisibleText.oneLine($0) }.joined(separator: "  ")
        return "\(record.at.formatted(.iso8601))  \(record.outcome == .ok ? "ok    " : "failed")  \(text)\n"
    }

    func line(_ watch: Watch) -> String {
        let tries = watch.attempts == 1 ? "1 attempt" : "\(watch.attempts) attempts"
        let words = [
            watch.mapping, DurationText.format(watch.ended.since(watch.began)), tries, Self.end(of: watch),
        ]
        let text = words.map { VisibleText.oneLine($0) }.joined(separator: "  ")
        return "\(watch.ended.formatted(.iso8601))  watch   \(text)\n"
    }

    private static func end(of watch: Watch) -> String {
        guard let result = watch.result, result.verdict != .works else { return "works" }
        return "\(result.verdict.rawValue): \(result.code): \(result.message)"
    }

    func tail(_ error: ErrorReport?) -> String { "" }
}
