package import struct FoundationEssentials.Date

/// A comparison of the objects in both clouds with the mappings' requirements, in creation order.
///
/// The operator approves a plan. Each object contains the state that cambist read. If the state in the cloud has
/// changed since the read, `setup apply` refuses to change the object.
package struct SetupPlan: Hashable, Sendable {
    package var objects: [SetupObject]
    /// The credentials with which the objects were read.
    package var sources: [CloudSource]

    package init(objects: [SetupObject] = [], sources: [CloudSource] = []) {
        self.objects = objects
        self.sources = sources
    }

    /// Whether every object exists as required.
    package var isInSync: Bool { objects.allSatisfy { $0.state == .ok } }
    /// The objects whose state could not be read.
    package var unreadable: [SetupObject] { objects.filter { $0.state == .unreadable } }
    /// The objects to create or change.
    package var pending: [SetupObject] {
        objects.filter { $0.state == .missing || $0.state == .different }
    }

    /// Returns those objects with the given IDs that `setup apply` can change.
    ///
    /// An object with an obstacle blocks every selected object that depends on it.
    package func changeable(among ids: [SetupObject.ID]) -> [SetupObject] {
        let selection = Set(ids)
        var blocked: Set<SetupObject.ID> = []
        return objects.filter { object in
            guard selection.contains(object.id) else { return false }
            let isBlocked = object.obstacle != nil || !blocked.isDisjoint(with: object.dependencies)
            if isBlocked { blocked.insert(object.id) }
            return !isBlocked
        }
    }
}

/// The credentials with which a cloud or an account was read.
package struct CloudSource: Hashable, Sendable, Encodable {
    package let cloud: SetupObject.Cloud
    /// The AWS account; `nil` for Azure.
    package let account: String?
    /// The display name of the credentials: `identity admin`, `az login`, `profile audit`.
    package let credentials: String
    /// The time of the read; `nil` in a report whose parts were all read at one time.
    package let at: Date?

    private enum CodingKeys: String, CodingKey {
        case cloud
        case account
        case credentials
        case at = "readAt"
    }

    package init(
        _ cloud: SetupObject.Cloud,
        account: String? = nil,
        credentials: String,
        at: Date? = nil
    ) {
        self.cloud = cloud
        self.account = account
        self.credentials = credentials
        self.at = at
    }

    /// A sentence with the service and the credentials.
    ///
    /// Example: "Microsoft Graph was read with a token from az login."
    package var sentence: String {
        switch cloud {
        case .azure:
            "Microsoft Graph was read with a token "
                + (credentials.hasPrefix("identity ")
                    ? "of the identity `\(credentials.dropFirst("identity ".count))`."
                    : "from \(credentials).")
        case .aws:
            "\(account.map { "IAM of account \($0)" } ?? "IAM") was read using \(credentials)."
        }
    }
}

/// An object in one of the clouds, compared with the requirements of the mappings.
package struct SetupObject: Hashable, Sendable, Identifiable {
    package let id: ID
    package var state: State
    /// The properties that would change; for a missing object, all of its properties.
    package var differences: [SetupDifference]
    /// Remarks that are not differences, most severe first.
    package var notes: [SetupNote]
    /// Whether the object has cambist's ownership tag; `nil` if its tags are unknown.
    package var isManaged: Bool?
    /// The reason that the object cannot be read, created, or changed.
    package var obstacle: Failure?
    /// The objects that must exist before this object.
    package var dependencies: [ID]
    /// The compared properties; `nil` if the object could not be read.
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

    /// The identifier of an object, stable across plans.
    package struct ID: Hashable, Sendable {
        package let kind: Kind
        /// The object's name in its cloud: a display name, URL, or role name; `WHOLE/PART` for a part of an object.
        package let name: String

        package init(_ kind: Kind, _ name: String) {
            self.kind = kind
            self.name = name
        }
    }

    package enum Cloud: String, CaseIterable, Hashable, Sendable, Encodable {
        case azure
        case aws

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

        /// The display name of the kind: `service principal`.
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
        /// Read permission is missing, the cloud did not respond, or a dependency is unreadable.
        case unreadable
    }
}

extension SetupObject.ID: CustomStringConvertible {
    package var description: String { "\(kind.title) \(name)" }
}

/// The values that a plan compared, by property name.
///
/// If any of the values changes, a new plan is required.
package struct SetupBasis: Hashable, Sendable {
    package typealias Properties = [String: [String]]

    /// The values that the configuration requires.
    package let desired: Properties
    /// The values that the cloud returned; `nil` if the object did not exist.
    package let observed: Properties?

    package init(desired: Properties, observed: Properties?) {
        self.desired = desired
        self.observed = observed
    }
}

/// A property that differs from the desired state.
package struct SetupDifference: Hashable, Sendable {
    /// The property's name in the cloud's API: `appRoleAssignmentRequired`, `ClientIDList`.
    package let property: String
    /// The current values; empty if there are none.
    package let found: [String]
    /// The required values; empty if the property is to be removed.
    package let wanted: [String]

    package init(_ property: String, found: [String] = [], wanted: [String] = []) {
        self.property = property
        self.found = found
        self.wanted = wanted
    }
}

/// A remark on an object; it does not describe a difference.
package struct SetupNote: Hashable, Sendable {
    /// A stable identifier: `provider-without-slash`.
    package let id: String
    /// The finding and the advice, in complete sentences.
    package let text: String

    package init(_ id: String, _ text: String) {
        self.id = id
        self.text = text
    }
}

/// A progress report of a running setup.
package struct SetupProgress: Hashable, Sendable {
    package let object: SetupObject.ID
    package let phase: Phase

    package init(_ object: SetupObject.ID, _ phase: Phase) {
        self.object = object
        self.phase = phase
    }

    package enum Phase: Hashable, Sendable {
        case reading
        /// A write is starting; the text is imperative: `create`, `set appRoleAssignmentRequired`.
        case writing(String)
        /// The cloud accepted the write, or refused the write and changed nothing.
        case answered(isAccepted: Bool)
        /// The cloud does not show or accept the write yet; the text is the reason.
        ///
        /// Setup asks the cloud again after `pause`.
        case waiting(String, pause: Duration)
        /// The object is in the desired state.
        case done(changed: Bool)
        case removed
        /// The object was not deleted; the text is the reason.
        case kept(String)
        case failed(Failure)
    }
}

// The JSON output of `setup plan --json`.
extension SetupObject: Encodable {
    private enum CodingKeys: String, CodingKey {
        case cloud, kind, name, state, diff, notes, ours, error
    }

    /// Encodes all properties except the dependencies and the compared properties.
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
