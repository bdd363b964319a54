import CSQLite

/// A connection to a database, for use by one thread at a time.
final class SQLiteConnection {
    /// The permissions of a connection.
    enum Access: Sendable {
        /// Reads and writes, and creates an absent file.
        case readWrite
        case readOnly
        /// Reads a file that no process writes; needs no log files and creates none.
        case immutable
    }

    /// A transaction's kind.
    enum Transaction: String {
        /// All queries read the same snapshot.
        case read = "BEGIN DEFERRED"
        /// From the start of the transaction, no other connection can write.
        case write = "BEGIN IMMEDIATE"
    }

    /// The maximum number of cached prepared statements.
    private static let statementLimit = 100
    /// The number of SQLite instructions between two checks for cancellation.
    private static let instructionsPerCheck: Int32 = 100

    private let connection: OpaquePointer
    private let wait: @Sendable () -> Bool
    /// The cached statements that are not in use, by their text.
    private var statements: [String: SQLStatement] = [:]

    /// The number of rows that the latest `INSERT`, `UPDATE`, or `DELETE` changed.
    var changedRowCount: Int { Int(sqlite3_changes(connection)) }

    /// The ID of the latest inserted row.
    var lastInsertedRowID: Int { Int(sqlite3_last_insert_rowid(connection)) }

    /// Opens a database.
    ///
    /// - Parameters:
    ///   - path: The file; `:memory:` for a database in memory.
    ///   - access: The permissions.
    ///   - wait: Pauses while another connection holds a lock; returns whether SQLite must try again.
    /// - Throws: ``SQLiteError`` if the file cannot be opened or is not a database.
    init(path: String, access: Access, whileLocked wait: @escaping @Sendable () -> Bool) throws {
        let (name, flags) =
            switch access {
            case .readWrite: (path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)
            case .readOnly: (path, SQLITE_OPEN_READONLY)
            case .immutable: (Self.immutableName(path), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI)
            }
        var connection: OpaquePointer?
        let code = sqlite3_open_v2(name, &connection, flags | SQLITE_OPEN_NOMUTEX, nil)
        guard code == SQLITE_OK, let connection else {
            defer { sqlite3_close_v2(connection) }
            throw SQLiteError(connection)
        }
        self.connection = connection
        self.wait = wait
        sqlite3_extended_result_codes(connection, 1)
        csq_refuse_quoted_texts(connection)
        let context = Unmanaged.passUnretained(self).toOpaque()
        sqlite3_busy_handler(
            connection,
            { context, _ in
                guard let context else { return 0 }
                let connection = Unmanaged<SQLiteConnection>.fromOpaque(context).takeUnretainedValue()
                return connection.wait() ? 1 : 0
            },
            context
        )
        sqlite3_progress_handler(
            connection,
            Self.instructionsPerCheck,
            { _ in Task.isCancelled ? 1 : 0 },
            nil
        )
        try execute("PRAGMA foreign_keys = ON")
        // SQLite reads the file only at the first query, which fails if the file is not a database.
        _ = try integer("SELECT count(*) FROM sqlite_master")
    }

    deinit {
        statements.removeAll()
        sqlite3_busy_handler(connection, nil, nil)
        sqlite3_close_v2(connection)
    }

    /// Returns the URI of an immutable file.
    ///
    /// Source: https://www.sqlite.org/uri.html.
    private static func immutableName(_ path: String) -> String {
        let name = path.utf8.reduce(into: "") { name, byte in
            let character = UnicodeScalar(byte)
            let isPlain = character.isASCII && (character.properties.isAlphabetic || character == "/")
            name += isPlain ? String(character) : (byte < 16 ? "%0" : "%") + String(byte, radix: 16)
        }
        // For a path with two slashes at the beginning, SQLite would read the first part of the path as a host. The
        // empty authority prevents this error.
        return "file:\(name.hasPrefix("/") ? "//" : "")\(name)?immutable=1"
    }

    // MARK: Statements

    func execute(_ statement: SQL) throws {
        try withStatement(statement) { while try $0.step() {} }
    }

    /// Runs statements that have no parameters; does not cache the statements.
    func executeAll(_ statements: String) throws {
        guard sqlite3_exec(connection, statements, nil, nil, nil) == SQLITE_OK else {
            throw SQLiteError(connection)
        }
    }

    /// Calls `read` for each row of a query; returns the results that are not `nil`.
    func rows<Element>(_ query: SQL, read: (SQLRow) throws -> Element?) throws -> [Element] {
        try withStatement(query) { statement in
            var elements: [Element] = []
            while try statement.step() {
                if let element = try read(statement.row) { elements.append(element) }
            }
            return elements
        }
    }

    /// Returns the result of `read` for the first row of a query; `nil` if there is no row.
    func first<Element>(_ query: SQL, read: (SQLRow) throws -> Element?) throws -> Element? {
        try withStatement(query) { try $0.step() ? read($0.row) : nil }
    }

    /// Returns the integer in the first column of the first row, if any.
    func integer(_ query: SQL) throws -> Int? {
        try first(query) { $0.integer(0) }
    }

    private func withStatement<Value>(_ sql: SQL, body: (SQLStatement) throws -> Value) throws -> Value {
        let statement = try statements.removeValue(forKey: sql.text) ?? SQLStatement(sql.text, on: connection)
        defer {
            statement.reset()
            if statements.count >= Self.statementLimit { statements.removeAll() }
            statements[sql.text] = statement
        }
        try statement.bind(sql.values)
        return try body(statement)
    }

    // MARK: Transactions

    /// Runs a transaction; an error or a canceled task rolls the transaction back.
    func transaction<Value>(_ kind: Transaction, body: () throws -> Value) throws -> Value {
        try execute("\(sql: kind.rawValue)")
        do {
            let value = try body()
            try Task.checkCancellation()
            try execute("COMMIT")
            return value
        } catch {
            // After some errors, such as a full disk, SQLite has already rolled back the transaction.
            if sqlite3_get_autocommit(connection) == 0 { try? executeAll("ROLLBACK") }
            throw error
        }
    }

    // MARK: Functions

    /// Runs queries that call the given SQL functions.
    func with<Value>(_ functions: [SQLFunction], body: () throws -> Value) throws -> Value {
        defer { for function in functions { remove(function) } }
        for function in functions { try add(function) }
        return try body()
    }

    private func add(_ function: SQLFunction) throws {
        let code = sqlite3_create_function_v2(
            connection,
            function.name,
            Int32(function.argumentCount),
            SQLITE_UTF8,
            Unmanaged.passRetained(FunctionBox(function)).toOpaque(),
            { context, count, arguments in
                guard let box = sqlite3_user_data(context) else { return }
                let function = Unmanaged<FunctionBox>.fromOpaque(box).takeUnretainedValue().function
                let values = UnsafeBufferPointer(start: arguments, count: Int(count)).map(SQLValue.init)
                sqlite3_result_int(context, function.body(values) ? 1 : 0)
            },
            nil,
            nil,
            { box in
                if let box { Unmanaged<FunctionBox>.fromOpaque(box).release() }
            }
        )
        guard code == SQLITE_OK else { throw SQLiteError(connection) }
    }

    private func remove(_ function: SQLFunction) {
        let count = Int32(function.argumentCount)
        sqlite3_create_function_v2(
            connection,
            function.name,
            count,
            SQLITE_UTF8,
            nil,
            nil,
            nil,
            nil,
            nil
        )
    }
}

/// Keeps a function alive while SQLite refers to the function.
private final class FunctionBox {
    let function: SQLFunction

    init(_ function: SQLFunction) {
        self.function = function
    }
}

extension SQLValue {
    /// Converts an argument of an SQL function; a blob becomes NULL.
    fileprivate init(_ argument: OpaquePointer?) {
        switch sqlite3_value_type(argument) {
        case SQLITE_INTEGER: self = .integer(Int(sqlite3_value_int64(argument)))
        case SQLITE_FLOAT: self = .real(sqlite3_value_double(argument))
        case SQLITE_TEXT:
            let text = UnsafeBufferPointer(
                start: sqlite3_value_text(argument),
                count: Int(sqlite3_value_bytes(argument))
            )
            self = .text(String(decoding: text, as: UTF8.self))
        default: self = .null
        }
    }
}
