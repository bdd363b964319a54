import Federation
import FoundationEssentials
import TrustPolicy

/// An identity-based policy.
///
/// The simulator evaluates policies only for actions of IAM and STS. A statement with a condition has no effect,
/// because the simulator does not support conditions.
struct IdentityPolicy: Sendable {
    private let statements: [Statement]

    private struct Statement {
        let allows: Bool
        /// The actions in lower case, because actions are case-insensitive.
        let actions: Matcher
        let resources: Matcher
    }

    /// The patterns in `Action` or `Resource`, or the inverted patterns in `NotAction` or `NotResource`.
    private struct Matcher {
        var patterns: [String]
        var isInverted = false

        func matches(_ text: String) -> Bool {
            patterns.contains { WildcardPattern($0).matches(text) } != isInverted
        }
    }

    enum Decision: Sendable {
        case allowed
        case explicitlyDenied
        case notAllowed
    }

    /// Parses a policy document.
    ///
    /// - Throws: `MalformedPolicyDocument`, with IAM's message.
    init(parsing text: String) throws(AWSFault) {
        guard let document = JSONValue(text: text) else {
            throw Self.malformed("This policy contains invalid Json")
        }
        guard case .object(let members) = document, let statement = members["Statement"] else {
            throw Self.syntaxError
        }
        if let version = members["Version"], !["2008-10-17", "2012-10-17"].contains(version.string) {
            throw Self.malformed("The policy must contain a valid version string")
        }
        var statements: [Statement] = []
        for value in statement.elements {
            guard case .object(let members) = value else { throw Self.syntaxError }
            let statement = try Self.statement(members)
            if members["Condition"] == nil { statements.append(statement) }
        }
        self.statements = statements
    }

    /// Evaluates an action on a resource.
    func decision(action: String, resource: String) -> Decision {
        let matching = statements.filter {
            $0.actions.matches(action.lowercased()) && $0.resources.matches(resource)
        }
        if matching.contains(where: { !$0.allows }) { return .explicitlyDenied }
        return matching.isEmpty ? .notAllowed : .allowed
    }

    private static func statement(_ members: [String: JSONValue]) throws(AWSFault) -> Statement {
        guard let effect = members["Effect"]?.string, ["Allow", "Deny"].contains(effect) else {
            throw syntaxError
        }
        if members["Principal"] != nil || members["NotPrincipal"] != nil {
            throw malformed("Policy document should not specify a principal.")
        }
        guard var actions = matcher("Action", in: members) else {
            throw malformed("Policy statement must contain actions.")
        }
        guard actions.patterns.allSatisfy({ $0 == "*" || $0.contains(":") }) else {
            throw malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
        }
        guard let resources = matcher("Resource", in: members) else {
            throw malformed("Policy statement must contain resources.")
        }
        if let resource = resources.patterns.first(where: { $0 != "*" && !$0.hasPrefix("arn:") }) {
            throw malformed("Resource \(resource) must be in ARN format or \"*\".")
        }
        actions.patterns = actions.patterns.map { $0.lowercased() }
        return Statement(allows: effect == "Allow", actions: actions, resources: resources)
    }

    private static func matcher(_ name: String, in members: [String: JSONValue]) -> Matcher? {
        for (key, isInverted) in [(name, false), ("Not" + name, true)] {
            if let patterns = members[key]?.strings, !patterns.isEmpty {
                return Matcher(patterns: patterns, isInverted: isInverted)
            }
        }
        return nil
    }

    private static let syntaxError = malformed("Syntax errors in policy.")

    private static func malformed(_ message: String) -> AWSFault {
        AWSFault(400, "MalformedPolicyDocument", message)
    }
}

extension JSONValue {
    /// The elements of an array; any other value is treated as an array with one element.
    fileprivate var elements: [JSONValue] {
        if case .array(let values) = self { values } else { [self] }
    }
}
