import Federation

/// A JSON value that contains variables of a script.
indirect enum ScriptValue: Hashable, Sendable {
    case text(String)
    /// A string that the script determines at run time.
    case variable(String)
    case integer(Int)
    case number(Double)
    case boolean(Bool)
    case null
    case list([ScriptValue])
    case members([Member])

    /// A named value of an object; the script keeps the order of an object's members.
    struct Member: Hashable, Sendable {
        let name: String
        let value: ScriptValue
    }
}

extension ScriptValue {
    /// The order of the first members; the remaining members follow alphabetically.
    private static let order = [
        "Version", "Id", "Sid", "Effect", "Principal", "NotPrincipal", "Action", "Key",
    ]

    /// Converts a JSON value; a string that is a key in `variables` becomes a variable.
    init(_ json: JSONValue, variables: [String: String] = [:]) {
        switch json {
        case .null: self = .null
        case .bool(let value): self = .boolean(value)
        case .integer(let value): self = .integer(value)
        case .number(let value): self = .number(value)
        case .string(let value): self = variables[value].map(ScriptValue.variable) ?? .text(value)
        case .array(let values): self = .list(values.map { ScriptValue($0, variables: variables) })
        case .object(let members):
            let names = members.keys.sorted { (Self.rank($0), $0) < (Self.rank($1), $1) }
            self = .members(
                names.map { name in
                    Member(name: name, value: ScriptValue(members[name] ?? .null, variables: variables))
                }
            )
        }
    }

    private static func rank(_ name: String) -> Int {
        order.firstIndex(of: name) ?? order.count
    }

    /// Whether the value is an empty list or object.
    var isEmpty: Bool {
        switch self {
        case .list(let values): values.isEmpty
        case .members(let members): members.isEmpty
        default: false
        }
    }
}

extension ScriptValue {
    /// Returns the value with every occurrence of `old` replaced by `new`.
    func replacing(_ old: ScriptValue, with new: ScriptValue) -> ScriptValue {
        if self == old { return new }
        return switch self {
        case .list(let values): .list(values.map { $0.replacing(old, with: new) })
        case .members(let members):
            .members(members.map { Member(name: $0.name, value: $0.value.replacing(old, with: new)) })
        default: self
        }
    }
}
