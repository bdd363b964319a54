import FoundationEssentials

/// A JSON value of any type, such as a claim or a condition value of a policy.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])
}

extension JSONValue: Encodable {
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}

extension JSONValue {
    /// The member named `key`, if this value is an object with that member.
    package subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members[key]
    }

    /// The string, if this value is a string.
    package var string: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    /// The number, if this value is an integer.
    package var integer: Int? {
        guard case .integer(let value) = self else { return nil }
        return value
    }

    /// The members, if this value is an object.
    package var members: [String: JSONValue]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    /// The strings in an array, or a single string as an array of one; other values are skipped.
    package var strings: [String] {
        switch self {
        case .string(let value): [value]
        case .array(let values): values.compactMap(\.string)
        default: []
        }
    }

    /// Single-line JSON with sorted keys, unescaped slashes, and invisible characters as `\u` escapes.
    package var compactText: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { return "null" }
        return VisibleText.json(String(decoding: data, as: UTF8.self))
    }
}
