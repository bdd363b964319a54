import CSQLite
import Glibc

/// A failure to read or write the history.
package enum HistoryError: Error, Hashable, Sendable {
    /// The operation failed for a reason that no other case describes.
    case unreachable(path: String, reason: String)
    /// File modes or the file system forbid writing.
    case readOnly(path: String)
    /// The file is corrupt or is not a database.
    case corrupt(path: String)
    case full(path: String)
    /// Another process has locked the file.
    case busy(path: String)
    /// A later version of cambist has migrated the database.
    case newer(path: String)
    /// The search for a regular expression exceeded its step limit.
    case endless(expression: String)

    /// Returns the error for a file or directory that could not be created or opened.
    static func unopened(_ path: String, errno code: Int32) -> Self {
        switch code {
        case EACCES, EPERM, EROFS: .readOnly(path: path)
        case ENOSPC, EDQUOT: .full(path: path)
        case 0: .unreachable(path: path, reason: "its directory cannot be created")
        default: .unreachable(path: path, reason: String(cString: strerror(code)))
        }
    }

    init(_ error: any Error, path: String) {
        self =
            switch error {
            case let error as HistoryError: error
            case let error as SQLiteError: Self(error, path: path)
            case HistorySchemaError.newer: .newer(path: path)
            case is CancellationError: .unreachable(path: path, reason: "the operation was canceled")
            default: .unreachable(path: path, reason: "\(error)")
            }
    }

    init(_ error: SQLiteError, path: String) {
        self =
            switch error.primaryCode {
            case SQLITE_READONLY, SQLITE_PERM: .readOnly(path: path)
            case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt(path: path)
            case SQLITE_FULL: .full(path: path)
            case SQLITE_BUSY, SQLITE_LOCKED: .busy(path: path)
            default: .unreachable(path: path, reason: error.message)
            }
    }
}

extension HistoryError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreachable(let path, let reason):
            "The history \(path) cannot be used: \(reason). Nothing is stored. Set XDG_STATE_HOME to a directory "
                + "that you own, or correct the cause."
        case .readOnly(let path):
            "The history \(path) is not writable. Nothing is stored. Change the owner of the file (mode 0600) "
                + "and its directory (mode 0700) to your user, or set XDG_STATE_HOME to another directory."
        case .corrupt(let path):
            "The history \(path) is corrupt. Nothing is stored. Rename the file; cambist then creates a new one."
        case .full(let path):
            "The file system of the history \(path) is full. Nothing is stored until space is freed."
        case .busy(let path):
            "The history \(path) was locked by another process; the operation was canceled. "
                + "Find the process with `fuser \(path)`."
        case .endless(let expression):
            "The search for /\(expression)/ takes too long. Use fewer nested repetitions."
        case .newer(let path):
            "The history \(path) was written by a later version of cambist. This version stores nothing. Use the later "
                + "version, or set XDG_STATE_HOME to another directory."
        }
    }
}

extension HistoryError {
    /// The description for a failed deletion of old exchanges; new exchanges were stored before the failure.
    package var trimDescription: String {
        "Old exchanges were not deleted from the history: \(trimReason). New exchanges are stored."
    }

    private var trimReason: String {
        switch self {
        case .unreachable(let path, let reason): "\(path): \(reason)"
        case .readOnly(let path): "\(path) is not writable"
        case .corrupt(let path): "\(path) is corrupt"
        case .full(let path): "the file system of \(path) is full"
        case .busy(let path): "another process has locked \(path)"
        case .newer(let path): "a later version of cambist has written \(path)"
        case .endless(let expression): "the search for /\(expression)/ takes too long"
        }
    }
}
