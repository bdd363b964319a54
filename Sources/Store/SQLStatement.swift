import CSQLite

/// The error of a failed SQLite call.
struct SQLiteError: Error, Hashable {
    /// The extended result code.
    let code: Int32
    let message: String

    /// The result code without its extension, such as `SQLITE_BUSY`.
    var primaryCode: Int32 { code & 0xFF }
}

extension SQLiteError {
    /// Reads the error of the connection's latest call.
    init(_ connection: OpaquePointer?) {
        self.init(
            code: sqlite3_extended_errcode(connection),
            message: String(cString: sqlite3_errmsg(connection))
        )
    }
}

/// A prepared statement, which must not outlive its connection.
final class SQLStatement {
    private let connection: OpaquePointer
    private let statement: OpaquePointer

    /// The current row; valid only after ``step()`` has returned `true`.
    var row: SQLRow { SQLRow(statement) }

    init(_ text: String, on connection: OpaquePointer) throws {
        var statement: OpaquePointer?
        let flags = UInt32(SQLITE_PREPARE_PERSISTENT)
        sqlite3_prepare_v3(connection, text, -1, flags, &statement, nil)
        guard let statement else { throw SQLiteError(connection) }
        self.connection = connection
        self.statement = statement
    }

    deinit {
        sqlite3_finalize(statement)
    }

    /// Sets the values of all parameters.
    func bind(_ values: [SQLValue]) throws {
        for (index, value) in zip(Int32(1)..., values) {
            let code =
                switch value {
                case .null: sqlite3_bind_null(statement, index)
                case .integer(let value): sqlite3_bind_int64(statement, index, Int64(value))
                case .real(let value): sqlite3_bind_double(statement, index, value)
                case .text(let value): csq_bind_text(statement, index, value, UInt64(value.utf8.count))
                }
            guard code == SQLITE_OK else { throw SQLiteError(connection) }
        }
    }

    /// Runs the statement up to its next row; returns `false` after the last row.
    ///
    /// - Throws: `CancellationError` if the task is canceled; ``SQLiteError`` for any other failure.
    func step() throws -> Bool {
        switch sqlite3_step(statement) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            let error = SQLiteError(connection)
            // Only a canceled task interrupts a statement; see `SQLiteConnection`.
            throw error.primaryCode == SQLITE_INTERRUPT ? CancellationError() : error
        }
    }

    /// Ends the execution and releases the values; the statement can be executed again.
    func reset() {
        sqlite3_reset(statement)
        sqlite3_clear_bindings(statement)
    }
}

/// The current row of a statement, valid until the statement's next step or reset.
///
/// Another program or version may have stored any type in any column. For a value of the wrong type, the functions
/// return `nil`.
struct SQLRow {
    private let statement: OpaquePointer

    fileprivate init(_ statement: OpaquePointer) {
        self.statement = statement
    }

    /// Returns the integer in a column, counted from 0.
    func integer(_ column: Int) -> Int? {
        guard type(column) == SQLITE_INTEGER else { return nil }
        return Int(sqlite3_column_int64(statement, Int32(column)))
    }

    /// Returns the number in a column.
    func real(_ column: Int) -> Double? {
        guard [SQLITE_FLOAT, SQLITE_INTEGER].contains(type(column)) else { return nil }
        return sqlite3_column_double(statement, Int32(column))
    }

    /// Returns whether the number in a column is not 0; `nil` if the value is not a number.
    func boolean(_ column: Int) -> Bool? {
        real(column).map { $0 != 0 }
    }

    /// Returns the text in a column.
    func text(_ column: Int) -> String? {
        guard type(column) == SQLITE_TEXT, let text = sqlite3_column_text(statement, Int32(column)) else {
            return nil
        }
        let length = Int(sqlite3_column_bytes(statement, Int32(column)))
        return String(decoding: UnsafeBufferPointer(start: text, count: length), as: UTF8.self)
    }

    private func type(_ column: Int) -> Int32 { sqlite3_column_type(statement, Int32(column)) }
}
