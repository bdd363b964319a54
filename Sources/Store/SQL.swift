/// The text of an SQL statement, and the values of its parameters.
///
/// An interpolated value becomes a parameter: `"id = \(id)"` has the text `id = ?` and the value of `id`. An
/// interpolated `SQL` value keeps its own parameters. Only `\(sql:)` inserts plain text, which must not contain
/// external input.
struct SQL: ExpressibleByStringInterpolation, Sendable {
    /// The text, with a question mark for each value.
    let text: String
    let values: [SQLValue]

    init(stringLiteral text: String) {
        self.init(text: text, values: [])
    }

    init(stringInterpolation: StringInterpolation) {
        self.init(text: stringInterpolation.text, values: stringInterpolation.values)
    }

    fileprivate init(text: String, values: [SQLValue]) {
        self.text = text
        self.values = values
    }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""
        fileprivate var values: [SQLValue] = []

        init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + interpolationCount)
        }

        mutating func appendLiteral(_ literal: String) {
            text += literal
        }

        mutating func appendInterpolation(_ value: Int?) {
            append(value.map(SQLValue.integer))
        }

        mutating func appendInterpolation(_ value: Bool?) {
            append(value.map { .integer($0 ? 1 : 0) })
        }

        mutating func appendInterpolation(_ value: Double?) {
            append(value.map(SQLValue.real))
        }

        mutating func appendInterpolation(_ value: String?) {
            append(value.map(SQLValue.text))
        }

        mutating func appendInterpolation(_ part: SQL) {
            text += part.text
            values += part.values
        }

        mutating func appendInterpolation(sql part: String) {
            text += part
        }

        private mutating func append(_ value: SQLValue?) {
            text += "?"
            values.append(value ?? .null)
        }
    }
}

extension [SQL] {
    /// Joins the parts into one statement, with the separator between them.
    func joined(separator: String) -> SQL {
        SQL(text: map(\.text).joined(separator: separator), values: flatMap(\.values))
    }
}

/// The value of a parameter, or an argument of an SQL function.
enum SQLValue: Hashable, Sendable {
    case null
    case integer(Int)
    case real(Double)
    case text(String)

    /// The integer; `nil` for another type.
    var integer: Int? {
        guard case .integer(let value) = self else { return nil }
        return value
    }

    /// The text; `nil` for another type.
    var text: String? {
        guard case .text(let value) = self else { return nil }
        return value
    }
}

/// An SQL function with a Boolean result.
struct SQLFunction: Sendable {
    let name: String
    let argumentCount: Int
    let body: @Sendable ([SQLValue]) -> Bool
}
