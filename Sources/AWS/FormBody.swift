package import Federation
import Foundation

/// The body of a call in AWS's Query protocol: `Action=…&Version=…&…`, in the order it was built.
package struct FormBody: Hashable, Sendable {
    private var fields: [String] = []

    package init(action: String, version: String) {
        append("Action", action)
        append("Version", version)
    }

    /// Adds one parameter.
    package mutating func append(_ name: String, _ value: String) {
        fields.append("\(name.percentEncoded)=\(value.percentEncoded)")
    }

    /// Adds a list as `name.member.1`, `name.member.2`, ….
    package mutating func append(_ name: String, list values: [String]) {
        for (index, value) in values.enumerated() {
            append("\(name).member.\(index + 1)", value)
        }
    }

    /// The text to send.
    package var text: Secret {
        Secret(fields.joined(separator: "&"))
    }

    package static let contentType = "application/x-www-form-urlencoded; charset=utf-8"
}

extension String {
    /// Percent-encoded but for RFC 3986's unreserved characters; a space is `%20`, as every AWS service takes it.
    package var percentEncoded: String {
        utf8.reduce(into: "") { text, byte in
            if byte.isUnreserved {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += "%" + byte.hexadecimal.uppercased()
            }
        }
    }
}

extension UInt8 {
    /// Whether this is one of RFC 3986's unreserved characters: `A-Z a-z 0-9 - . _ ~`.
    fileprivate var isUnreserved: Bool {
        switch self {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
        default: false
        }
    }

    /// Two lower-case hexadecimal digits.
    fileprivate var hexadecimal: String {
        let digits = String(self, radix: 16)
        return digits.utf8.count == 1 ? "0" + digits : digits
    }
}

extension Sequence<UInt8> {
    /// Lower-case hexadecimal digits, two a byte.
    package var hexadecimal: String {
        map(\.hexadecimal).joined()
    }
}
