import Federation

/// A block of a Terraform file: its type, labels, and contents.
struct HCLBlock: Hashable, Sendable {
    enum Item: Hashable, Sendable {
        case attribute(String, ScriptValue)
        /// An attribute with a `jsonencode` expression.
        case json(String, ScriptValue)
        case block(HCLBlock)
    }

    let type: String
    var labels: [String] = []
    /// The lines of the comment above the block.
    var comment: [String] = []
    let items: [Item]

    init(_ type: String, _ labels: String..., comment: [String] = [], items: [Item]) {
        self.type = type
        self.labels = labels
        self.comment = comment
        self.items = items
    }

    /// Formats the block like `terraform fmt`.
    func text(indent: String = "") -> String {
        let deeper = indent + "  "
        let head = ([type] + labels.map(HCLText.quoted)).joined(separator: " ")
        var text = comment.map { "\(indent)# \($0)\n" }.joined() + "\(indent)\(head) {"
        if items.isEmpty { return text + "}\n" }
        text += "\n"
        var attributes: [(String, String)] = []
        var hasLines = false
        for item in items {
            switch item {
            case .attribute(let name, let value):
                attributes.append((name, value.hcl(indent: deeper)))
            case .json(let name, let value):
                attributes.append((name, "jsonencode(\(value.hcl(indent: deeper)))"))
            case .block(let block):
                text += Self.aligned(attributes, indent: deeper)
                hasLines = hasLines || !attributes.isEmpty
                attributes = []
                text += (hasLines ? "\n" : "") + block.text(indent: deeper)
                hasLines = true
            }
        }
        if hasLines, !attributes.isEmpty { text += "\n" }
        return text + Self.aligned(attributes, indent: deeper) + "\(indent)}\n"
    }

    /// Formats each attribute on its own line; aligns the equals signs of consecutive single-line values.
    static func aligned(_ attributes: [(name: String, value: String)], indent: String) -> String {
        var text = ""
        var run: [(name: String, value: String)] = []
        func end() {
            let width = run.map(\.name.count).max() ?? 0
            for (name, value) in run {
                text += "\(indent)\(name)\(String(repeating: " ", count: width - name.count)) = \(value)\n"
            }
            run = []
        }
        for attribute in attributes {
            if attribute.value.contains("\n") { end() }
            run.append(attribute)
            if attribute.value.contains("\n") { end() }
        }
        end()
        return text
    }
}
