/// A comparison of both clouds with what mappings need, object by object in creation order.
///
/// It is the value that an operator approves: each object carries what was observed, so that a later apply
/// can refuse to change an object that is no longer the one shown.
package struct SetupPlan: Hashable, Sendable {
    package var objects: [SetupObject]

    package init(objects: [SetupObject] = []) {
        self.objects = objects
    }

    /// Whether every object exists as needed.
    package var isFulfilled: Bool { objects.allSatisfy { $0.state == .ok } }
    /// The objects that could not be read.
    package var unreadable: [SetupObject] { objects.filter { $0.state == .unreadable } }
    /// The objects to create or change.
    package var pending: [SetupObject] {
        objects.filter { $0.state == .missing || $0.state == .different }
    }
}

/// An object of one of the clouds, compared with what the mappings need.
package struct SetupObject: Hashable, Sendable, Identifiable {
    package let id: ID
    package var state: State
    /// The properties that would change; for a missing object all that it will have.
    package var differences: [SetupDifference]
    /// Remarks that are not differences, the most severe first.
    package var notes: [SetupNote]
    /// Whether the object carries cambist's tag; `nil` where tags are unknown.
    package var isManaged: Bool?
    /// The reason the object cannot be read, created or changed.
    package var obstacle: Failure?
    /// The objects that must exist before this one.
    package var dependencies: [ID]
    /// The compared values; `nil` when the object could not be read.
    package var basis: SetupBasis?

    package init(
        id: ID,
        state: State,
        differences: [SetupDifference] = [],
        notes: [SetupNote] = [],
        isManaged: Bool? = nil,
        obstacle: Failure? = nil,
        dependencies: [ID] = [],
        basis: SetupBasis? = nil
    ) {
        self.id = id
        self.state = state
        self.differences = differences
        self.notes = notes
        self.isManaged = isManaged
        self.obstacle = obstacle
        self.dependencies = dependencies
        self.basis = basis
    }

    /// The identity of an object, the same in every plan.
    package struct ID: Hashable, Sendable {
        package let kind: Kind
        /// The cloud's own name: a display name, a URL, a role's name; `WHOLE/PART` for a part of an object.
        package let name: String

        package init(_ kind: Kind, _ name: String) {
            self.kind = kind
            self.name = name
        }
    }

    package enum Cloud: String, CaseIterable, Hashable, Sendable {
        case azure
        case aws

        /// The cloud's name in text.
        package var title: String { self == .azure ? "Azure" : "AWS" }
    }

    /// The kinds of objects, in creation order.
    package enum Kind: String, CaseIterable, Hashable, Sendable {
        case identity
        case application
        case servicePrincipal = "service-principal"
        case assignment = "app-role-assignment"
        case provider = "oidc-provider"
        case role
        case attachedPolicy = "attached-policy"
        case inlinePolicy = "inline-policy"

        package var cloud: Cloud {
            switch self {
            case .identity, .application, .servicePrincipal, .assignment: .azure
            case .provider, .role, .attachedPolicy, .inlinePolicy: .aws
            }
        }

        /// The kind in words: `service principal`.
        package var title: String {
            switch self {
            case .identity: "managed identity"
            case .provider: "OIDC provider"
            default: rawValue.replacing("-", with: " ")
            }
        }
    }

    package enum State: String, CaseIterable, Hashable, Sendable {
        case ok
        case missing
        case different
        /// The right to read is missing, the cloud did not answer, or a dependency is unreadable.
        case unreadable
    }
}

extension SetupObject.ID: CustomStringConvertible {
    package var description: String { "\(kind.title) \(name)" }
}

/// The two sides of a comparison, by property name; a change of either one needs a new plan.
package struct SetupBasis: Hashable, Sendable {
    package typealias Properties = [String: [String]]

    /// The properties that the configuration asks for.
    package let desired: Properties
    /// The properties that the cloud returned; `nil` when the object did not exist.
    package let observed: Properties?

    package init(desired: Properties, observed: Properties?) {
        self.desired = desired
        self.observed = observed
    }
}

/// A property that differs from what the mappings need.
package struct SetupDifference: Hashable, Sendable {
    /// The property's name in its cloud: `appRoleAssignmentRequired`, `ClientIDList`.
    package let property: String
    /// The values of the cloud; empty when there are none.
    package let found: [String]
    /// The values needed; empty when the property is to be removed.
    package let wanted: [String]

    package init(_ property: String, found: [String] = [], wanted: [String] = []) {
        self.property = property
        self.found = found
        self.wanted = wanted
    }
}

/// A remark on an object that is not a difference.
package struct SetupNote: Hashable, Sendable {
    /// A short stable name: `provider-without-slash`.
    package let id: String
    /// The finding and the advice, in whole sentences.
    package let text: String

    package init(_ id: String, _ text: String) {
        self.id = id
        self.text = text
    }
}

/// A step of a running setup, as reported to its observer.
package struct SetupProgress: Hashable, Sendable {
    package let object: SetupObject.ID
    package let phase: Phase

    package init(_ object: SetupObject.ID, _ phase: Phase) {
        self.object = object
        self.phase = phase
    }

    package enum Phase: Hashable, Sendable {
        case reading
        /// The write in the imperative: `create`, `set appRoleAssignmentRequired`.
        case writing(String)
        /// The cloud does not show or accept the write yet; the next read follows after the pause.
        case waiting(String, pause: Duration)
        /// The object is as needed.
        case done(changed: Bool)
        case removed
        /// The object stays, for this reason.
        case kept(String)
        case failed(Failure)
    }
}

// The form of `setup plan --json`.
extension SetupObject: Encodable {
    private enum CodingKeys: String, CodingKey {
        case cloud, kind, name, state, diff, notes, ours, error
    }

    /// Encodes the object's name, state, differences, notes and obstacle.
    package func encode(to encoder: any Encoder) throws {
        try id.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(state.rawValue, forKey: .state)
        try container.encode(differences, forKey: .diff)
        try container.encode(notes, forKey: .notes)
        try container.encode(isManaged, forKey: .ours)
        try container.encode(obstacle.map(Reason.init), forKey: .error)
    }

    private struct Reason: Encodable {
        let code: String
        let message: String
        let fix: String

        init(_ failure: Failure) {
            code = failure.code
            message = failure.message
            fix = failure.fix
        }
    }
}

extension SetupObject.ID: Encodable {
    private enum CodingKeys: String, CodingKey {
        case cloud, kind, name
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(kind.cloud.rawValue, forKey: .cloud)
        try container.encode(kind.rawValue, forKey: .kind)
        try container.encode(name, forKey: .name)
    }
}

extension SetupDifference: Encodable {}
extension SetupNote: Encodable {}
