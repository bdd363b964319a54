/// A query in JMESPath, in which every inserted value becomes a literal.
///
/// Only the fixed text around the inserted values is syntax of the query:
///
///     let query: JMESPath = "appRoles[?value==\(role)].id"
///
/// Source: JMESPath specification, literal expressions.
package struct JMESPath: Hashable, Sendable {
    package let text: String
}

extension JMESPath: ExpressibleByStringInterpolation {
    package init(stringLiteral text: StaticString) {
        self.text = text.description
    }

    package init(stringInterpolation: StringInterpolation) {
        text = stringInterpolation.text
    }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        package init(literalCapacity: Int, interpolationCount: Int) {}

        package mutating func appendLiteral(_ literal: StaticString) {
            text += literal.description
        }

        /// Inserts a string as a literal for comparisons.
        package mutating func appendInterpolation(_ value: String) {
            appendInterpolation(JSONValue.string(value))
        }

        /// Inserts a JSON value as a literal for comparisons.
        ///
        /// Comparisons ignore the order of an object's members.
        package mutating func appendInterpolation(_ value: JSONValue) {
            text += "`" + value.compactText.replacing("`", with: "\\`") + "`"
        }
    }
}
