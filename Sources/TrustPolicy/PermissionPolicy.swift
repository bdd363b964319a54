import Federation

/// An identity-based policy, reduced to the elements that matter for assuming a role.
package struct PermissionPolicy: Hashable, Sendable {
    /// The result of evaluating policies for an action on a resource.
    package enum Decision: Hashable, Sendable {
        case allowed
        /// The result depends on conditions that cambist does not evaluate.
        case conditional
        case denied
        /// No statement allows the action.
        case notAllowed
    }

    private struct Statement: Hashable {
        let allows: Bool
        let actions: Matcher
        let resources: Matcher
        let isConditional: Bool
    }

    /// `Action` or `NotAction`, `Resource` or `NotResource`.
    private struct Matcher: Hashable {
        let patterns: [WildcardPattern]
        let isInverted: Bool

        init?(_ name: String, in statement: JSONValue, folded: Bool) {
            guard
                let (value, isInverted) = statement[name].map({ ($0, false) })
                    ?? statement["Not" + name].map({ ($0, true) })
            else { return nil }
            patterns = value.strings.map { WildcardPattern(folded ? $0.lowercased() : $0) }
            self.isInverted = isInverted
        }

        func matches(_ text: String) -> Bool { patterns.contains { $0.matches(text) } != isInverted }
    }

    private let statements: [Statement]

    /// Parses a document; `nil` if the document is not a policy.
    package init?(document: String) {
        guard let json = JSONValue(text: document), let statement = json["Statement"] else { return nil }
        let elements: [JSONValue] = if case .array(let values) = statement { values } else { [statement] }
        var statements: [Statement] = []
        for element in elements {
            guard let effect = element["Effect"]?.string, ["Allow", "Deny"].contains(effect),
                let actions = Matcher("Action", in: element, folded: true),
                let resources = Matcher("Resource", in: element, folded: false)
            else { return nil }
            statements.append(
                Statement(
                    allows: effect == "Allow",
                    actions: actions,
                    resources: resources,
                    isConditional: element["Condition"] != nil
                )
            )
        }
        self.statements = statements
    }

    /// Evaluates all policies of an identity for an action on a resource.
    package static func decide(
        _ policies: [PermissionPolicy],
        action: String,
        resource: String
    ) -> Decision {
        let matching = policies.flatMap(\.statements).filter {
            $0.actions.matches(action.lowercased()) && $0.resources.matches(resource)
        }
        let (allowing, denying) = (matching.filter(\.allows), matching.filter { !$0.allows })
        if denying.contains(where: { !$0.isConditional }) { return .denied }
        if allowing.isEmpty { return .notAllowed }
        return denying.isEmpty && allowing.contains { !$0.isConditional } ? .allowed : .conditional
    }
}
