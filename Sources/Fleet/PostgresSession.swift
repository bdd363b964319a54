import CPostgres
import Federation
import FoundationEssentials
import Glibc
import Synchronization

/// A notification of the database.
package struct DatabaseNotification: Hashable, Sendable {
    package let channel: String
    package let payload: String
}

/// The rows of a result, as text.
struct PostgresRows {
    let rows: [[String?]]
    /// The number of rows that a command changed.
    let changed: Int
}

/// A connection of libpq; used by one thread only.
///
/// The socket is nonblocking. The thread sleeps in `poll`, and a signal pipe can interrupt the sleep.
final class PostgresSession {
    /// The server's time limit for a statement.
    static let statementLimit = Duration.seconds(10)
    /// The time limits for making a connection and for receiving a response.
    private static let limit = (connecting: Duration.seconds(10), response: Duration.seconds(15))

    private let settings: ConnectionSettings
    private let time: any TimeSource
    private let wakeup: Int32
    /// Whether the current job was canceled or the connection was closed.
    var isCanceled: () -> Bool = { false }
    private var connection: OpaquePointer?
    /// The server's time limit for a statement of the current transaction.
    private var serverLimit = statementLimit
    private(set) var notifications: [DatabaseNotification] = []

    init(_ settings: ConnectionSettings, time: any TimeSource, wakeup: Int32) {
        self.settings = settings
        self.time = time
        self.wakeup = wakeup
    }

    deinit { close() }

    var isConnected: Bool { connection != nil }
    var socket: Int32? { connection.map { PQsocket($0) } }
    var usesTLS: Bool { connection.map { PQsslInUse($0) != 0 } ?? false }
    /// The server's version, such as 150018.
    var serverVersion: Int { connection.map { Int(PQserverVersion($0)) } ?? 0 }

    func close() {
        if let connection { PQfinish(connection) }
        connection = nil
    }

    /// Removes and returns the notifications that have arrived.
    func takeNotifications() -> [DatabaseNotification] {
        defer { notifications = [] }
        return notifications
    }

    // MARK: Connection

    /// Opens a connection if none is open.
    func connect() throws(FleetError) {
        guard connection == nil else { return }
        let end = time.uptime + Self.limit.connecting
        let started = withCStrings(settings.parameters.keys.sorted()) { keys in
            withCStrings(settings.parameters.sorted { $0.key < $1.key }.map(\.value)) { values in
                PQconnectStartParams(keys, values, 0)
            }
        }
        guard let started else { throw .unreachable("libpq has no memory") }
        connection = started
        var status = PGRES_POLLING_WRITING
        while status != PGRES_POLLING_OK {
            guard status != PGRES_POLLING_FAILED, PQstatus(started) != CONNECTION_BAD else {
                let error = connectionError()
                close()
                throw error
            }
            do throws(FleetError) {
                try wait(
                    for: status == PGRES_POLLING_READING ? POLLIN : POLLOUT,
                    until: end,
                    Self.limit.connecting
                )
            } catch {
                close()
                throw error
            }
            status = PQconnectPoll(started)
        }
        PQsetnonblocking(started, 1)
        // The server's notices are not part of any result.
        PQsetNoticeProcessor(started, { _, _ in }, nil)
    }

    private func connectionError() -> FleetError {
        let message = message
        let isDenied =
            [
                "password", "authentication", "pg_hba.conf", "certificate", "does not exist",
                "is not permitted",
            ]
            .contains { message.contains($0) } && message.contains("FATAL")
            || message.contains("certificate verify failed") || message.contains("root certificate file")
            || message.contains("no password supplied") || message.contains("does not match host name")
        return isDenied ? .denied(message) : .unreachable(message)
    }

    private var message: String {
        let text = connection.map { String(cString: PQerrorMessage($0)) } ?? ""
        // Lines that begin with a tab are hints of libpq, such as whether the server runs.
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("\t") }
        let line = VisibleText.oneLine(lines.joined(separator: "; "), limit: 300)
        return line.hasSuffix(".") ? String(line.dropLast()) : line
    }

    // MARK: Statements

    /// Runs statements in a transaction; a failed statement rolls the transaction back.
    ///
    /// The time limit of the server is set in each transaction, because poolers share sessions.
    func transaction<Value>(
        limit: Duration = statementLimit,
        _ body: (PostgresSession) throws(FleetError) -> Value
    ) throws(FleetError) -> Value {
        try connect()
        serverLimit = limit
        defer { serverLimit = Self.statementLimit }
        try script(
            """
            BEGIN; SET LOCAL statement_timeout = \(limit.milliseconds); SET LOCAL search_path = cambist, pg_catalog
            """
        )
        let value: Value
        do throws(FleetError) {
            value = try body(self)
        } catch {
            // The next connection chooses among the hosts again; another host may accept writes.
            if error == .readOnly { close() }
            if isConnected { try? script("ROLLBACK") }
            throw error
        }
        try script("COMMIT")
        return value
    }

    /// Runs statements without parameters.
    func script(_ sql: String, limit: Duration = limit.response) throws(FleetError) {
        try connect()
        _ = try finish(PQsendQuery(connection, sql), limit: limit)
    }

    /// Runs a statement with parameters, which are passed separately from its text.
    @discardableResult
    func execute(
        _ sql: String,
        _ parameters: [String?] = [],
        limit: Duration = limit.response
    ) throws(FleetError) -> PostgresRows {
        try connect()
        let sent = withCStrings(parameters) { values in
            PQsendQueryParams(connection, sql, Int32(parameters.count), nil, values, nil, nil, 0)
        }
        return try finish(sent, limit: limit)
    }

    /// Sends the buffered data and reads until the server has finished.
    private func finish(_ sent: Int32, limit: Duration) throws(FleetError) -> PostgresRows {
        guard sent == 1 else { throw lost() }
        let end = time.uptime + limit
        var rest = PQflush(connection)
        while rest > 0 {
            try wait(for: POLLIN | POLLOUT, until: end, limit)
            guard PQconsumeInput(connection) == 1 else { throw lost() }
            rest = PQflush(connection)
        }
        guard rest == 0 else { throw lost() }
        var found = PostgresRows(rows: [], changed: 0)
        var failure: FleetError?
        while true {
            while PQisBusy(connection) == 1 {
                try wait(for: POLLIN, until: end, limit)
                guard PQconsumeInput(connection) == 1 else { throw lost() }
            }
            guard let result = PQgetResult(connection) else { break }
            defer { PQclear(result) }
            switch PQresultStatus(result) {
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK: found = PostgresRows(result)
            default: failure = failure ?? FleetError(result, limit: serverLimit)
            }
        }
        collectNotifications()
        if PQstatus(connection) == CONNECTION_BAD { throw lost() }
        if let failure { throw failure }
        return found
    }

    /// Reads the data that arrived while no statement ran; returns `false` if the connection broke.
    func consumeIdleInput() -> Bool {
        guard let connection else { return false }
        guard PQconsumeInput(connection) == 1 else {
            close()
            return false
        }
        collectNotifications()
        return true
    }

    private func collectNotifications() {
        while let notify = PQnotifies(connection) {
            notifications.append(
                DatabaseNotification(
                    channel: String(cString: notify.pointee.relname),
                    payload: String(cString: notify.pointee.extra)
                )
            )
            PQfreemem(notify)
        }
    }

    private func lost() -> FleetError {
        let message = message
        close()
        return .unreachable(message.isEmpty ? "the connection broke" : message)
    }

    /// Waits until the socket is ready; closes the connection at the time limit or after a cancellation.
    private func wait(for events: Int32, until end: Duration, _ limit: Duration) throws(FleetError) {
        while let socket {
            if isCanceled() {
                close()
                throw .canceled
            }
            let left = end - time.uptime
            guard left > .zero else {
                close()
                throw .timedOut(after: limit)
            }
            var polled = [
                pollfd(fd: socket, events: Int16(truncatingIfNeeded: events), revents: 0),
                pollfd(fd: wakeup, events: Int16(truncatingIfNeeded: POLLIN), revents: 0),
            ]
            _ = poll(&polled, 2, Int32(clamping: left.milliseconds + 1))
            if polled[1].revents != 0 { SignalPipe.drain(wakeup) }
            if polled[0].revents != 0 { return }
        }
        throw .unreachable("the connection is closed")
    }
}

extension FleetError {
    fileprivate init(_ result: OpaquePointer, limit: Duration) {
        let code = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) } ?? ""
        // Only the primary message is used, because details repeat the values of the row.
        let message = PQresultErrorField(result, Int32(UInt8(ascii: "M"))).map { String(cString: $0) } ?? ""
        self.init(code: code, message: message, limit: limit)
    }
}

extension PostgresRows {
    fileprivate init(_ result: OpaquePointer) {
        let columns = PQnfields(result)
        rows = (0..<PQntuples(result)).map { row in
            (0..<columns).map { column in
                PQgetisnull(result, row, column) == 1 ? nil : String(cString: PQgetvalue(result, row, column))
            }
        }
        changed = Int(String(cString: PQcmdTuples(result))) ?? 0
    }
}

/// A pipe that interrupts a `poll`.
struct SignalPipe: Sendable {
    let reading: Int32
    private let writing: Int32

    init?() {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        (reading, writing) = (ends[0], ends[1])
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
    }

    func signal() {
        var byte: UInt8 = 0
        _ = write(writing, &byte, 1)
    }

    static func drain(_ descriptor: Int32) {
        var bytes = [UInt8](repeating: 0, count: 64)
        while read(descriptor, &bytes, bytes.count) > 0 {}
    }

    func close() {
        Glibc.close(reading)
        Glibc.close(writing)
    }
}

/// Calls `body` with an array of C strings, ended by a null pointer.
private func withCStrings<Result>(
    _ strings: [String?],
    _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
    let copies = strings.map { $0.map { strdup($0) } ?? nil }
    defer { for copy in copies { free(copy) } }
    let pointers = copies.map { UnsafePointer($0) } + [nil]
    return pointers.withUnsafeBufferPointer { buffer in
        var none: UnsafePointer<CChar>?
        return buffer.baseAddress.map(body) ?? body(&none)
    }
}
