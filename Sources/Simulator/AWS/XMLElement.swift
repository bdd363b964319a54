/// An XML element of a response.
struct XMLElement: Hashable, Sendable {
    let name: String
    let content: Content

    enum Content: Hashable, Sendable {
        case text(String)
        case elements([XMLElement])
    }

    init(_ name: String, _ text: String) {
        self.name = name
        content = .text(text)
    }

    init(_ name: String, _ elements: [XMLElement]) {
        self.name = name
        content = .elements(elements)
    }

    /// Creates a list in the format of the Query protocol: one `member` for each value.
    init<Value>(_ name: String, members values: [Value], _ content: (Value) -> [XMLElement]) {
        self.init(name, values.map { XMLElement("member", content($0)) })
    }

    /// Creates a list of strings.
    init(_ name: String, members values: [String]) {
        self.init(name, values.map { XMLElement("member", $0) })
    }
}

extension XMLElement {
    /// Returns the element as the root of a document with a namespace.
    func document(namespace: String) -> String {
        var text = ""
        write(to: &text, attributes: " xmlns=\"\(Self.escaped(namespace))\"", indentation: "")
        return text
    }

    private func write(to text: inout String, attributes: String = "", indentation: String) {
        switch content {
        case .text(let value):
            text += "\(indentation)<\(name)\(attributes)>\(Self.escaped(value))</\(name)>\n"
        case .elements(let elements) where elements.isEmpty:
            text += "\(indentation)<\(name)\(attributes)/>\n"
        case .elements(let elements):
            text += "\(indentation)<\(name)\(attributes)>\n"
            for element in elements {
                element.write(to: &text, indentation: indentation + "  ")
            }
            text += "\(indentation)</\(name)>\n"
        }
    }

    /// Escapes markup, and replaces each control character that XML 1.0 forbids with U+FFFD.
    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { escaped, scalar in
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "\r": escaped += "&#xD;"
            case "\t", "\n", "\u{20}"...: escaped.unicodeScalars.append(scalar)
            default: escaped += "\u{FFFD}"
            }
        }
    }
}
