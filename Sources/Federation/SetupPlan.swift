/// What is there and what is not, object by object, in the order in which a set-up makes them.
package struct SetupPlan: Hashable, Sendable {
    package var objects: [SetupObject]

    package init(objects: [SetupObject] = []) {
        self.objects = objects
    }

    /// Whether everything is as it shall be.
    package var isFulfilled: Bool { objects.allSatisfy { $0.state == .ok } }
    /// What could not be read, which nothing can be said of.
    package var unreadable: [SetupObject] { objects.filter { $0.state == .unreadable } }
    /// What is to be made or changed.
    package var pending: [SetupObject] {
        objects.filter { $0.state == .missing || $0.state == .different }
    }
}

/// One thing in one of the clouds, compared with what it shall be.
package struct SetupObject: Hashable, Sendable, Identifiable {
    package let id: ID
    package var state: State
    /// What would change, property by property; for a missing object all that it will have.
    package var differences: [SetupDifference]
    /// What the operator should know beside that, the grave first.
    package var notes: [SetupNote]
    /// Whether the set-up made it, as its tag says; `nil` where nothing tells.
    package var isOurs: Bool?
    /// Why it could not be read, or cannot be made; `nil` when nothing stands in the way.
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

    /// Which object it is; the same in every plan.
    package struct ID: Hashable, Sendable {
        package let kind: Kind
        /// What the clouds call it: a display name, a URL, a role's name; of a part `WHOLE/PART`.
        package let name: String

        package init(_ kind: Kind, _ name: String) {
            self.kind = kind
            self.name = name
        }
    }

    package enum Cloud: String, CaseIterable, Hashable, Sendable {
        case azure
        case aws

        /// Its name as it is written.
        package var title: String { self == .azure ? "Azure" : "AWS" }
    }

    /// In the order in which they are made.
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
        /// Nothing can be said: the right to read is missing, nobody answered, or what it hangs on is unreadable.
        case unreadable
    }
}

extension SetupObject.ID: CustomStringConvertible {
    package var description: String { "\(kind.title) \(name)" }
}

/// A property that is not as it shall be.
package struct SetupDifference: Hashable, Sendable {
    /// The property in its cloud's own words: `appRoleAssignmentRequired`, `ClientIDList`.
    package let property: String
    /// What is there; empty when nothing is.
    package let found: [String]
    /// What shall be there; empty when nothing shall.
    package let wanted: [String]

    package init(_ property: String, found: [String] = [], wanted: [String] = []) {
        self.property = property
        self.found = found
        self.wanted = wanted
    }
}

/// Something that is no difference, yet worth knowing before or after.
package struct SetupNote: Hashable, Sendable {
    /// A short stable name: `provider-without-slash`.
    package let id: String
    /// What it is and what to do, whole sentences.
    package let text: String

    package init(_ id: String, _ text: String) {
        self.id = id
        self.text = text
    }
}

/// A step of a set-up that is under way, for whoever watches it.
package struct SetupProgress: Hashable, Sendable {
    package let object: SetupObject.ID
    package let phase: Phase

    package init(_ object: SetupObject.ID, _ phase: Phase) {
        self.object = object
        self.phase = phase
    }

    package enum Phase: Hashable, Sendable {
        case reading
        /// What is being done, in the imperative: `create`, `set appRoleAssignmentRequired`.
        case writing(String)
        /// The cloud does not show or take it yet; asked again after the pause.
        case waiting(String, pause: Duration)
        /// It is as it shall be; whether anything had to be done.
        case done(changed: Bool)
        /// Removed, or kept and why.
        case removed
        case kept(String)
        case failed(Failure)
    }
}
