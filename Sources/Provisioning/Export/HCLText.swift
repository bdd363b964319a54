/// Formats values in HashiCorp Configuration Language (HCL).
///
/// Source: HCL native syntax specification, templates and quoted literals.
enum HCLText {
    /// Returns a quoted string; escapes the template sequences `${` and `%{` as `$${` and `%%{`.
    static func quoted(_ text: String) -> String {
        var result = "\""
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "$" where rest.first == "{", "%" where rest.first == "{":
                result.unicodeScalars.append(contentsOf: [scalar, scalar])
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                result += "\\u" + String(scalar.value, radix: 16).leftPadded(to: 4)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// Returns an object key, quoted unless it is an identifier.
    static func key(_ name: String) -> String {
        name.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_\-]*/) == nil ? quoted(name) : name
    }
}

extension String {
    fileprivate func leftPadded(to count: Int) -> String {
        String(repeating: "0", count: Swift.max(0, count - self.count)) + self
    }
}

extension ScriptValue {
    /// Returns the value as an HCL expression; a variable becomes a reference such as `aws_iam_role.cambist.name`.
    func hcl(indent: String = "") -> String {
        let deeper = indent + "  "
        switch self {
        case .text(let text): return HCLText.quoted(text)
        case .variable(let reference): return reference
        case .integer(let value): return String(value)
        case .number(let value): return String(value)
        case .boolean(let value): return String(value)
        case .null: return "null"
        case .list(let values) where values.isEmpty: return "[]"
        case .list(let values) where values.count == 1:
            return "[\(values[0].hcl(indent: indent))]"
        case .list(let values):
            return "[\n" + values.map { "\(deeper)\($0.hcl(indent: deeper)),\n" }.joined() + "\(indent)]"
        case .members(let members) where members.isEmpty: return "{}"
        case .members(let members):
            let attributes = members.map { (HCLText.key($0.name), $0.value.hcl(indent: deeper)) }
            return "{\n" + HCLBlock.aligned(attributes, indent: deeper) + "\(indent)}"
        }
    }
}
