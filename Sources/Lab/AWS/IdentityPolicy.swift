import Federation
import Foundation

/// A policy of what its bearer may do.
///
/// The lab asks it about IAM's actions only, and evaluates no conditions: a statement that has one counts for nothing.
struct IdentityPolicy: Sendable {
    private let statements: [Statement]

    private struct Statement {
        let isAllowance: Bool
        let actions: Matcher
        let resources: Matcher
    }

    /// `Action` or `NotAction`, `Resource` or `NotResource`.
    private struct Matcher {
        let patterns: [String]
        let isInverted: Bool

        func matches(_ text: String, ignoringCase: Bool) -> Bool {
            let text = ignoringCase ? text.lowercased() : text
            let found = patterns.contains { Glob.matches(ignoringCase ? $0.lowercased() : $0, text) }
            return found != isInverted
        }
    }

    enum Decision: Sendable {
        case allowed
        case explicitlyDenied
        case notAllowed
    }

    /// Reads a document.
    ///
    /// - Throws: `MalformedPolicyDocument` with the text that IAM refuses such a document with.
    init(parsing text: String) throws(AWSFault) {
        guard let document = try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)) else {
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
            statements.append(try Self.statement(value))
        }
        self.statements = statements.compactMap(\.self)
    }

    /// A policy that allows actions on every resource.
    init(allowing actions: [String]) {
        let everything = Matcher(patterns: ["*"], isInverted: false)
        statements = [
            Statement(
                isAllowance: true,
                actions: Matcher(patterns: actions, isInverted: false),
                resources: everything
            )
        ]
    }

    /// What the policy says of an action on a resource.
    func decision(action: String, resource: String) -> Decision {
        let matching = statements.filter {
            $0.actions.matches(action, ignoringCase: true)
                && $0.resources.matches(resource, ignoringCase: false)
        }
        if matching.contains(where: { !$0.isAllowance }) { return .explicitlyDenied }
        return matching.isEmpty ? .notAllowed : .allowed
    }

    private static func statement(_ value: JSONValue) throws(AWSFault) -> Statement {
        guard case .object(let members) = value, let effect = members["Effect"]?.string,
            ["Allow", "Deny"].contains(effect)
        else { throw syntaxError }
        if members["Principal"] != nil || members["NotPrincipal"] != nil {
            throw malformed("Policy document should not specify a principal.")
        }
        guard let actions = matcher("Action", in: members) else {
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
        // A statement with a condition stays, so that its grammar was checked, and matches nothing.
        let isConditional = members["Condition"] != nil
        return Statement(
            isAllowance: effect == "Allow",
            actions: isConditional ? Matcher(patterns: [], isInverted: false) : actions,
            resources: resources
        )
    }

    private static func matcher(_ name: String, in members: [String: JSONValue]) -> Matcher? {
        if let patterns = members[name]?.strings, !patterns.isEmpty {
            return Matcher(patterns: patterns, isInverted: false)
        }
        if let patterns = members["Not" + name]?.strings, !patterns.isEmpty {
            return Matcher(patterns: patterns, isInverted: true)
        }
        return nil
    }

    private static let syntaxError = malformed("Syntax errors in policy.")

    private static func malformed(_ message: String) -> AWSFault {
        AWSFault(400, "MalformedPolicyDocument", message)
    }
}

extension JSONValue {
    /// The elements of an array; any other value as the only one.
    fileprivate var elements: [JSONValue] {
        if case .array(let values) = self { values } else { [self] }
    }
}

/// Patterns in which `*` stands for any run of characters and `?` for one.
enum Glob {
    static func matches(_ pattern: String, _ text: String) -> Bool {
        matches(Array(pattern.utf8)[...], Array(text.utf8)[...])
    }

    private static func matches(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        var (pattern, text) = (pattern, text)
        var retry: (pattern: ArraySlice<UInt8>, text: ArraySlice<UInt8>)?
        while let character = text.first {
            if pattern.first == UInt8(ascii: "*") {
                pattern = pattern.dropFirst()
                retry = (pattern, text)
            } else if let sign = pattern.first, sign == UInt8(ascii: "?") || sign == character {
                (pattern, text) = (pattern.dropFirst(), text.dropFirst())
            } else if let last = retry {
                retry = (last.pattern, last.text.dropFirst())
                (pattern, text) = (last.pattern, last.text.dropFirst())
            } else {
                return false
            }
        }
        return pattern.allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
