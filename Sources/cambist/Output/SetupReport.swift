import Federation
import Operations
import Provisioning

/// The JSON answer of the `setup` commands.
struct SetupReport: Encodable {
    let version = 1
    /// The current state of each object.
    let objects: [JSONValue]
    /// The permissions that applying the plan needs and the caller lacks.
    var missingRights: [String]?
    var error: ErrorReport?

    init(objects: [JSONValue] = [], missingRights: [String]? = nil, error: ErrorReport? = nil) {
        self.objects = objects
        self.missingRights = missingRights
        self.error = error
    }
}

extension SetupObject {
    /// The object with further members.
    func json(_ further: [String: JSONValue]) -> JSONValue {
        guard case .object(let members) = json else { return json }
        return .object(members.merging(further) { $1 })
    }
}

extension SetupObject.ID {
    /// The members that name it.
    var json: [String: JSONValue] {
        [
            "cloud": .string(kind.cloud.rawValue), "kind": .string(kind.rawValue), "name": .string(name),
        ]
    }
}

extension Failure {
    /// The members `code`, `message` and `fix`.
    var json: JSONValue {
        .object(["code": .string(code), "message": .string(message), "fix": .string(fix)])
    }
}

extension SetupPlan {
    /// Why something could not be read, a line each: every reason once.
    var complaints: [String] {
        var reasons: [String] = []
        for case let failure? in unreadable.map(\.obstacle) {
            let reason = "\(failure.code): \(failure.message) \(failure.fix)"
            if !reasons.contains(reason) { reasons.append(reason) }
        }
        return reasons
    }
}
