package import Federation

/// A failure of an operation on the fleet's database.
package enum FleetError: Error, Hashable, Sendable {
    /// The URI or another setting cannot be used.
    case settings(String)
    /// No connection, or the connection broke; a later attempt may succeed.
    case unreachable(String)
    /// No response in time.
    case timedOut(after: Duration)
    /// The server ended the statement: a time limit passed, or an administrator canceled the statement.
    case ended(String, limit: Duration)
    /// The login was refused, a certificate was not accepted, or a privilege is missing.
    case denied(String)
    /// The operation needs the privileges of the schema's owner.
    case notOwner(String)
    /// The server accepts no writes.
    case readOnly
    /// The server's disk has no space.
    case full(String)
    /// The database has no schema of cambist, or the user may not use the schema.
    case uninitialized
    /// The schema is older than this version of cambist needs.
    case older(found: Int, needed: Int)
    /// A later version of cambist created or migrated the schema.
    case newer(found: Int, known: Int)
    /// The server refused a value.
    case invalid(String)
    /// Any other error of the server.
    case failed(code: String, String)
    case canceled

    /// Creates the error for the server's SQLSTATE and message; `limit` is the statement's time limit.
    ///
    /// Source: PostgreSQL 15, Appendix A, "PostgreSQL Error Codes".
    init(code: String, message: String, limit: Duration) {
        let message = VisibleText.oneLine(message, limit: 300)
        switch code {
        case "42501": self = .denied(message)
        case "25006": self = .readOnly
        case "53100": self = .full(message)
        case "3F000", "42P01", "42883": self = .uninitialized
        // pg_cancel_backend causes the same SQLSTATE. Only the English message of a timeout is recognized.
        case "57014" where message.contains("statement timeout"): self = .timedOut(after: limit)
        case "57014": self = .ended(message, limit: limit)
        case _ where code.hasPrefix("28"): self = .denied(message)
        case _ where code.hasPrefix("08") || code.hasPrefix("57"): self = .unreachable(message)
        case _ where code.hasPrefix("22") || code.hasPrefix("23"): self = .invalid(message)
        default: self = .failed(code: code, message)
        }
    }

    /// Whether a later attempt can succeed without a change by the operator.
    package var isTransient: Bool {
        switch self {
        case .unreachable, .timedOut, .ended, .readOnly, .full, .failed, .canceled: true
        case .settings, .denied, .notOwner, .uninitialized, .older, .newer, .invalid: false
        }
    }

    /// A stable identifier of the failure.
    package var code: String {
        switch self {
        case .settings: "fleet-settings"
        case .unreachable: "fleet-unreachable"
        case .timedOut, .ended: "fleet-timeout"
        case .denied, .notOwner: "fleet-denied"
        case .full: "fleet-full"
        case .readOnly: "fleet-read-only"
        case .uninitialized: "fleet-uninitialized"
        case .older, .newer: "fleet-schema"
        case .invalid, .failed: "fleet-refused"
        case .canceled: "canceled"
        }
    }

    package var fix: String {
        switch self {
        case .settings: "Correct fleet.store; `cambist doctor` checks it."
        case .unreachable, .timedOut, .ended:
            "Check the server and the route to it; `cambist doctor` checks both."
        case .denied:
            "Check the user's login and its role: GRANT cambist_node, cambist_operator, or cambist_reader TO the user."
        case .notOwner:
            "Run the command as the owner of the database: --store postgresql://owner@host/database."
        case .full: "Free space on the server, or delete old exchanges: `cambist fleet prune`."
        case .readOnly: "Name the primary server in fleet.store, or add target_session_attrs=read-write."
        case .uninitialized, .older: "Run `cambist fleet init` as the owner of the database."
        case .newer: "Use the later version of cambist."
        case .invalid, .failed: "`cambist doctor` checks the database."
        case .canceled: ""
        }
    }
}

extension FleetError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .settings(let problem): problem
        case .unreachable(let reason): "The fleet's database is unreachable: \(reason)."
        case .timedOut(let limit):
            "The fleet's database did not respond within \(DurationText.format(limit))."
        case .ended(let reason, let limit):
            "The fleet's database ended the statement, after its time limit of \(DurationText.format(limit)) or because "
                + "an administrator canceled it: \(reason)."
        case .denied(let reason), .notOwner(let reason):
            "The fleet's database refused the request: \(reason)."
        case .full(let reason): "The fleet's database has no space: \(reason)."
        case .readOnly: "The fleet's database accepts no writes."
        case .uninitialized:
            "The fleet's database has no cambist schema, or this database user has no access to it."
        case .older(let found, let needed):
            "The schema of the fleet's database has version \(found); this cambist needs \(needed)."
        case .newer(let found, let known):
            "The schema of the fleet's database has version \(found), of a later cambist; this one knows \(known)."
        case .invalid(let reason): "The fleet's database refused a value: \(reason)."
        case .failed(let code, let reason): "The fleet's database failed (\(code)): \(reason)."
        case .canceled: "The request to the fleet's database was canceled."
        }
    }
}

extension Failure {
    /// Creates the failure that the console and commands show.
    package init(_ error: FleetError) {
        let kind: Failure.Kind =
            switch error {
            case .unreachable: .unreachable
            case .timedOut, .ended, .canceled: .tryAgain
            default: .refused
            }
        self.init(kind: kind, code: error.code, message: error.description, fix: error.fix)
    }
}
