package import Federation
import Transport

/// The body of a call in AWS's Query protocol: `Action=…&Version=…&…`, in the order it was built.
package struct FormBody: Sendable {
    private var fields: [(name: String, value: String)] = []

    package init(action: String, version: String) {
        append("Action", action)
        append("Version", version)
    }

    /// Adds one parameter.
    package mutating func append(_ name: String, _ value: String) {
        fields.append((name, value))
    }

    /// Adds a list as `name.member.1`, `name.member.2`, ….
    package mutating func append(_ name: String, list values: [String]) {
        for (index, value) in values.enumerated() {
            append("\(name).member.\(index + 1)", value)
        }
    }

    /// The text to send.
    package var text: Secret {
        Secret(FormEncoding.encode(fields))
    }

    package static let contentType = "application/x-www-form-urlencoded; charset=utf-8"
}
