import CSQLite
import Dispatch
import Synchronization

/// A connection with its own dispatch queue; SQLite blocks only this queue, not Swift's concurrency threads.
actor SQLiteSession {
    private let executor: QueueExecutor
    private let open: @Sendable () throws -> SQLiteConnection
    private var connection: SQLiteConnection?
    private var isClosed = false

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Creates a session that opens its connection at the first use.
    init(_ label: String, open: @escaping @Sendable () throws -> SQLiteConnection) {
        executor = QueueExecutor(label)
        self.open = open
    }

    /// Runs statements in a transaction; canceling the task interrupts the statements.
    func transaction<Value: Sendable>(
        _ kind: SQLiteConnection.Transaction,
        body: @Sendable (SQLiteConnection) throws -> Value
    ) throws -> Value {
        try Task.checkCancellation()
        let connection = try opened()
        return try connection.transaction(kind) { try body(connection) }
    }

    /// Runs statements while the calling thread waits.
    nonisolated func runBlocking<Value: Sendable>(
        _ body: @Sendable (SQLiteConnection) throws -> Value
    ) throws -> Value {
        try executor.queue.sync {
            try assumeIsolated { session in try body(session.opened()) }
        }
    }

    /// Waits for running statements and closes the connection; later calls fail.
    nonisolated func close() {
        executor.queue.sync {
            assumeIsolated { session in
                session.isClosed = true
                session.connection = nil
            }
        }
    }

    private func opened() throws -> SQLiteConnection {
        if isClosed { throw SQLiteError.closed }
        if let connection { return connection }
        let connection = try open()
        self.connection = connection
        return connection
    }
}

/// A pool of sessions for reading.
///
/// Each session serves one caller at a time. The pool opens another connection only if all open connections are in use.
final class SQLiteReaders: Sendable {
    private struct State {
        var idle: [SQLiteSession]
        var waiting: [CheckedContinuation<SQLiteSession, any Error>] = []
        var isClosed = false
    }

    private let count: Int
    private let state: Mutex<State>

    init(count: Int, open: @escaping @Sendable () throws -> SQLiteConnection) {
        self.count = count
        state = Mutex(State(idle: (1...count).map { SQLiteSession("history reader \($0)", open: open) }))
    }

    /// Runs queries on a single snapshot of the database.
    func read<Value: Sendable>(
        _ queries: @Sendable (SQLiteConnection) throws -> Value
    ) async throws -> Value {
        let session = try await reserve()
        defer { release(session) }
        return try await session.transaction(.read, body: queries)
    }

    /// Closes the connections; later reads fail.
    ///
    /// - Throws: ``SQLiteError`` while a read is running.
    func close() throws {
        let sessions = try state.withLock { state in
            guard state.isClosed || state.idle.count == count else { throw SQLiteError.inUse }
            state.isClosed = true
            defer { state.idle = [] }
            return state.idle
        }
        for session in sessions { session.close() }
    }

    private func reserve() async throws -> SQLiteSession {
        try await withCheckedThrowingContinuation { continuation in
            let result: Result<SQLiteSession, any Error>? = state.withLock { state in
                if state.isClosed { return .failure(SQLiteError.closed) }
                // The most recently used session comes first, because its connection is already open.
                if let session = state.idle.popLast() { return .success(session) }
                state.waiting.append(continuation)
                return nil
            }
            if let result { continuation.resume(with: result) }
        }
    }

    private func release(_ session: SQLiteSession) {
        let next = state.withLock { state -> CheckedContinuation<SQLiteSession, any Error>? in
            if !state.waiting.isEmpty { return state.waiting.removeFirst() }
            state.idle.append(session)
            return nil
        }
        next?.resume(returning: session)
    }
}

extension SQLiteError {
    fileprivate static let closed = SQLiteError(code: SQLITE_MISUSE, message: "the history is closed")
    fileprivate static let inUse = SQLiteError(code: SQLITE_BUSY, message: "a read is running")
}

/// Runs the calls of an actor on a serial dispatch queue.
private final class QueueExecutor: SerialExecutor {
    let queue: DispatchQueue

    init(_ label: String) {
        queue = DispatchQueue(label: label)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    func checkIsolated() {
        dispatchPrecondition(condition: .onQueue(queue))
    }
}
