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

    /// Adds a parameter when there is a value.
    package mutating func append(_ name: String, ifAny value: String?) {
        if let value { append(name, value) }
    }

    /// Adds a list as `name.member.1`, `name.member.2`, …; an empty one as `name=`.
    package mutating func append(_ name: String, list values: [String]) {
        if values.isEmpty { append(name, "") }
        for (index, value) in values.enumerated() {
            append("\(name).member.\(index + 1)", value)
        }
    }

    /// Adds tags as `Tags.member.1.Key`, `Tags.member.1.Value`, …, in the order of their keys.
    package mutating func append(tags: [String: String]) {
        for (index, tag) in tags.sorted(by: { $0.key < $1.key }).enumerated() {
            append("Tags.member.\(index + 1).Key", tag.key)
            append("Tags.member.\(index + 1).Value", tag.value)
        }
    }

    /// The text to send.
    package var text: Secret {
        Secret(FormEncoding.encode(fields))
    }

    package static let contentType = "application/x-www-form-urlencoded; charset=utf-8"
}
