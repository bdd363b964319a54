import Federation
import FoundationEssentials

/// A call to IAM: its parameters, account, and time.
struct IAMRequest: Sendable {
    let call: QueryCall
    /// The caller's account.
    var account: IAMAccount
    /// The accounts other than the caller's, by ID.
    var others: [String: IAMAccount]
    var changes: ChangeClock
    let seed: Seed
    let now: Date

    var allAccounts: [IAMAccount] { [account] + others.values }

    /// Returns the account with this ID, if it exists.
    func account(_ id: String) -> IAMAccount? {
        id == account.id ? account : others[id]
    }

    /// Writes a role; `nil` deletes it.
    mutating func write(_ role: IAMRole?, named name: String) {
        account.write(role, named: name, visibility: changes.visibility(now: now), at: now)
    }

    /// Writes a provider; `nil` deletes it.
    mutating func write(_ provider: IAMProvider?, arn: String) {
        account.providers.write(provider, to: arn, visibility: changes.visibility(now: now), at: now)
    }
}

extension AWSFault {
    static func noSuchEntity(_ message: String) -> AWSFault {
        AWSFault(404, "NoSuchEntity", message)
    }

    static func noSuchRole(_ name: String) -> AWSFault {
        noSuchEntity("The role with name \(name) cannot be found.")
    }

    static func alreadyExists(_ message: String) -> AWSFault {
        AWSFault(409, "EntityAlreadyExists", message)
    }

    static func limitExceeded(_ message: String) -> AWSFault {
        AWSFault(409, "LimitExceeded", message)
    }

    static func invalidInput(_ message: String) -> AWSFault {
        AWSFault(400, "InvalidInput", message)
    }

    static func deleteConflict(_ message: String) -> AWSFault {
        AWSFault(409, "DeleteConflict", message)
    }
}
