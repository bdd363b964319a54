import Foundation
import GRDB

/// Why the history cannot be written or read; the program goes on without it.
package enum HistoryError: Error, Hashable, Sendable {
    /// The directory or the file cannot be made, opened, read or written.
    case unreachable(path: String, reason: String)
    /// File modes or the file system forbid writing.
    case readOnly(path: String)
    /// The file is damaged, or no database.
    case corrupt(path: String)
    /// The file system has no room left.
    case full(path: String)
    /// Another process kept the file locked for longer than we wait.
    case busy(path: String)
    /// A later version of cambist has changed the tables.
    case newer(path: String)
    /// An expression needs more steps to be looked for than anyone waits.
    case endless(expression: String)

    /// Why the file or its directory could not be made or opened.
    static func unopened(_ path: String, errno code: Int32) -> Self {
        switch code {
        case EACCES, EPERM, EROFS: .readOnly(path: path)
        case ENOSPC, EDQUOT: .full(path: path)
        case 0: .unreachable(path: path, reason: "its directory cannot be made")
        default: .unreachable(path: path, reason: String(cString: strerror(code)))
        }
    }

    init(_ error: any Error, path: String) {
        guard let error = error as? DatabaseError else {
            self = .unreachable(path: path, reason: error.localizedDescription)
            return
        }
        self =
            switch error.resultCode {
            case .SQLITE_READONLY, .SQLITE_PERM: .readOnly(path: path)
            case .SQLITE_CORRUPT, .SQLITE_NOTADB: .corrupt(path: path)
            case .SQLITE_FULL: .full(path: path)
            case .SQLITE_BUSY, .SQLITE_LOCKED: .busy(path: path)
            default: .unreachable(path: path, reason: error.message ?? error.resultCode.description)
            }
    }
}

extension HistoryError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreachable(let path, let reason):
            "The history \(path) cannot be used: \(reason). Nothing is kept; give a directory of yours as "
                + "XDG_STATE_HOME, or correct what is in its way."
        case .readOnly(let path):
            "The history \(path) cannot be written here. Nothing is kept; its modes should be 0600, its "
                + "directory's 0700, both yours, else give another directory as XDG_STATE_HOME."
        case .corrupt(let path):
            "The history \(path) is damaged. Nothing is kept; move the file away to start a new one."
        case .full(let path):
            "The file system of the history \(path) is full. Nothing is kept until there is room."
        case .busy(let path):
            "The history \(path) was locked by another process for more than five seconds. What was to be kept or "
                + "read just then was not; see who holds it with `fuser \(path)`."
        case .endless(let expression):
            "The expression /\(expression)/ takes too long to look for. Write it with fewer repetitions in "
                + "repetitions."
        case .newer(let path):
            "The history \(path) was written by a later version of cambist. Nothing is kept by this one; use that "
                + "version, or give another directory as XDG_STATE_HOME."
        }
    }
}
