import Federation
import Operations
import Provisioning

/// The JSON output of the setup commands.
struct SetupReport: Encodable {
    let version = 1
    /// The objects in creation order; for `setup destroy`, grouped by outcome.
    var objects: [Entry] = []
    /// The credentials with which cambist read the clouds.
    var sources: [CloudSource]?
    /// The permissions that `setup apply` requires but the caller lacks.
    var missingRights: [String]?
    var error: ErrorReport?

    /// An object; some members are only for some commands.
    struct Entry: Encodable {
        private let subject: Subject
        /// Only for `setup apply`: whether this run wrote the object.
        var changed: Bool?
        /// Only for `setup verify`: the fix; `.some(nil)` is encoded as `null`.
        var fix: String??
        /// Only for `setup destroy`: `removed`, `kept`, or `failed`.
        var outcome: String?
        /// Only for `setup destroy`: the reason for keeping the object.
        var reason: String?
        var error: ErrorReport?

        private enum Subject {
            case object(SetupObject)
            case id(SetupObject.ID)
        }

        private enum CodingKeys: String, CodingKey {
            case changed, fix, outcome, reason, error
        }

        /// Creates the entry of an object in a plan.
        init(
            _ object: SetupObject,
            changed: Bool? = nil,
            fix: String?? = nil,
            error: ErrorReport? = nil
        ) {
            subject = .object(object)
            self.changed = changed
            self.fix = fix
            self.error = error
        }

        /// Creates the entry of an object from its ID.
        init(_ id: SetupObject.ID, outcome: String, reason: String? = nil, error: ErrorReport? = nil) {
            subject = .id(id)
            self.outcome = outcome
            self.reason = reason
            self.error = error
        }

        func encode(to encoder: any Encoder) throws {
            switch subject {
            case .object(let object): try object.encode(to: encoder)
            case .id(let id): try id.encode(to: encoder)
            }
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encodeIfPresent(changed, forKey: .changed)
            if let fix { try container.encode(fix.map(encoder.naming), forKey: .fix) }
            try container.encodeIfPresent(outcome, forKey: .outcome)
            try container.encodeIfPresent(reason, forKey: .reason)
            try container.encodeIfPresent(error, forKey: .error)
        }
    }
}

extension SetupPlan {
    /// The reasons why objects could not be read, without duplicates.
    var unreadableReasons: [String] {
        var reasons: [String] = []
        for case let failure? in unreadable.map(\.obstacle) {
            let reason = failure.line
            if !reasons.contains(reason) { reasons.append(reason) }
        }
        return reasons
    }

    /// Checks that all objects could be read; must be called after the result is printed.
    ///
    /// - Throws: ``CommandFailure`` with the reasons.
    func requireReadable() throws(CommandFailure) {
        let kinds = unreadable.compactMap(\.obstacle?.kind)
        guard !kinds.isEmpty else { return }
        throw .answered(ExitStatus(worstOf: kinds), messages: unreadableReasons)
    }
}

extension SetupOutcome {
    /// Checks that no object failed; must be called after the result is printed.
    ///
    /// - Throws: ``CommandFailure`` with a line for each failed object.
    func requireSuccess() throws(CommandFailure) {
        guard !failures.isEmpty else { return }
        throw .answered(
            ExitStatus(worstOf: failures.map(\.failure.kind)),
            messages: failures.map { "\($0.object): \($0.failure.line)" }
        )
    }
}
