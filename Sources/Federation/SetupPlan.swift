/// The state of each object, in the order in which setup creates them.
package struct SetupPlan: Hashable, Sendable {
    package var objects: [SetupObject]

    package init(objects: [SetupObject] = []) {
        self.objects = objects
    }

    /// Whether every object is in its desired state.
    package var isFulfilled: Bool { objects.allSatisfy { $0.state == .ok } }
    /// The objects that could not be read, whose state is unknown.
    package var unreadable: [SetupObject] { objects.filter { $0.state == .unreadable } }
    /// The objects to create or change.
    package var pending: [SetupObject] {
        objects.filter { $0.state == .missing || $0.state == .different }
    }
}

/// One object in a cloud, compared with its desired state.
package struct SetupObject: Hashable, Sendable, Identifiable {
    package let id: ID
    package var state: State
    /// The changes, property by property; all properties of a missing object.
    package var differences: [SetupDifference]
    /// Remarks for the operator, the most important first.
    package var notes: [SetupNote]
    /// Whether setup created it, by its tag; `nil` when unknown.
    package var isOurs: Bool?
    /// The reason it cannot be read or created, if any.
    package var obstacle: Failure?

    package init(
        id: ID,
        state: State,
        differences: [SetupDifference] = [],
        notes: [SetupNote] = [],
        isOurs: Bool? = nil,
        obstacle: Failure? = nil
    ) {
        self.id = id
        self.state = state
        self.differences = differences
        self.notes = notes
        self.isOurs = isOurs
        self.obstacle = obstacle
    }

    /// The identity of an object; the same in every plan.
    package struct ID: Hashable, Sendable {
        package let kind: Kind
        /// Its name in the cloud: a display name, a URL or a role's name; `WHOLE/PART` for a part.
        package let name: String

        package init(_ kind: Kind, _ name: String) {
            self.kind = kind
            self.name = name
        }
    }

    package enum Cloud: String, CaseIterable, Hashable, Sendable {
        case azure
        case aws

        /// Its name in text.
        package var title: String { self == .azure ? "Azure" : "AWS" }
    }

    /// In the order of creation.
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

        /// In words: `service principal`.
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
        /// Unknown: the permission to read is missing, the request failed, or an object it depends on is unreadable.
        case unreadable
    }
}

extension SetupObject.ID: CustomStringConvertible {
    package var description: String { "\(kind.title) \(name)" }
}

/// A property that differs from the desired state.
package struct SetupDifference: Hashable, Sendable {
    /// The property's name in its cloud: `appRoleAssignmentRequired`, `ClientIDList`.
    package let property: String
    /// The values found; empty for none.
    package let found: [String]
    /// The desired values; empty for none.
    package let wanted: [String]

    package init(_ property: String, found: [String] = [], wanted: [String] = []) {
        self.property = property
        self.found = found
        self.wanted = wanted
    }
}

/// A remark that is no difference.
package struct SetupNote: Hashable, Sendable {
    /// A short stable name: `provider-without-slash`.
    package let id: String
    /// The remark and the advice, in whole sentences.
    package let text: String

    package init(_ id: String, _ text: String) {
        self.id = id
        self.text = text
    }
}

/// The progress of a running setup.
package struct SetupProgress: Hashable, Sendable {
    package let object: SetupObject.ID
    package let phase: Phase

    package init(_ object: SetupObject.ID, _ phase: Phase) {
        self.object = object
        self.phase = phase
    }

    package enum Phase: Hashable, Sendable {
        case reading
        /// The action, in the imperative: `create`, `set appRoleAssignmentRequired`.
        case writing(String)
        /// The cloud does not return or accept it yet; retried after the pause.
        case waiting(String, pause: Duration)
        /// In the desired state; `changed` when setup wrote anything.
        case done(changed: Bool)
        /// Removed, or kept for a reason.
        case removed
        case kept(String)
        case failed(Failure)
    }
}
