import Federation
import YAMLReader

/// Entries to add to a configuration file without changing its existing lines.
package struct ConfigurationAddition: Hashable, Sendable {
    /// The lines of the entries below `identities:`, without the indentation of the file.
    private let identities: [String]
    /// The lines of the entries below `mappings:`.
    private let mappings: [String]

    package init(identities: [String], mappings: [String]) {
        self.identities = identities
        self.mappings = mappings
    }

    /// Lines to insert into a text.
    package struct Insertion: Hashable, Sendable {
        /// The number of lines of the text before the insertion.
        package let line: Int
        package let lines: [String]
    }

    /// Returns the insertions into a text, in the order of its lines.
    ///
    /// - Throws: ``ConfigurationAdditionError`` if the text is not valid YAML or a section is not written in block
    ///   form.
    package func insertions(in text: String) throws(ConfigurationAdditionError) -> [Insertion] {
        let source = NumberedText(text)
        var insertions: [Insertion] = []
        var missing: [String] = []
        let document = YAMLDocument(parsing: text)
        if document.problem != nil { throw ConfigurationAdditionError(key: "", reason: .unreadable) }
        var findings = Findings()
        let root = document.root
        guard root.map({ $0.isEmpty || $0.isBlockGroup }) ?? true else {
            throw ConfigurationAdditionError(key: "", reason: .notBlock(line: 1))
        }
        let members = root?.members(&findings) ?? []
        let indentation = members.lazy.compactMap { $0.element.column }.first.map { $0 - 1 } ?? 0
        let starts = members.compactMap(\.element.line).sorted()
        for (key, lines) in [("identities", identities), ("mappings", mappings)] where !lines.isEmpty {
            guard let element = members.first(where: { $0.key == key })?.element, let start = element.line
            else {
                missing += ["\(key):"] + lines.map { Self.step + $0 }
                continue
            }
            let end = starts.first { $0 > start }.map { $0 - 1 } ?? source.end(after: start)
            if element.isEmpty {
                guard source.isBare(line: start) else {
                    throw ConfigurationAdditionError(key: key, reason: .notBlock(line: start))
                }
                insertions.append(
                    Insertion(line: start, lines: lines.map { source.indented($0, indentation + 2) })
                )
                continue
            }
            let entries = element.members(&findings) ?? []
            guard element.isBlockGroup, let first = entries.first?.element, let column = first.column,
                entries.allSatisfy({ ($0.element.line ?? 0) > start && ($0.element.line ?? 0) <= end })
            else { throw ConfigurationAdditionError(key: key, reason: .notBlock(line: start)) }
            insertions.append(
                Insertion(
                    line: source.lastLine(before: end, indentation: indentation),
                    lines: lines.map { source.indented($0, column - 1) }
                )
            )
        }
        if !missing.isEmpty {
            insertions.append(
                Insertion(
                    line: source.end(after: starts.last ?? 0),
                    lines: missing.map { source.indented($0, indentation) }
                )
            )
        }
        return insertions.sorted { $0.line < $1.line }
    }

    /// Returns a text with the entries inserted; all existing bytes stay in their order.
    ///
    /// - Throws: ``ConfigurationAdditionError`` if the text is not valid YAML or a section is not written in block
    ///   form.
    package func applied(to text: String) throws(ConfigurationAdditionError) -> String {
        let source = NumberedText(text)
        var result = ""
        var next = 0
        for insertion in try insertions(in: text) {
            result += source.lines[next..<insertion.line].joined()
            next = insertion.line
            if let last = result.unicodeScalars.last, last != "\n" { result += source.lineEnd }
            result += insertion.lines.map { $0 + source.lineEnd }.joined()
        }
        return result + source.lines[next...].joined()
    }

    private static let step = "  "
}

/// The reason that entries cannot be added to a file.
package struct ConfigurationAdditionError: Error, Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
        /// The text is not YAML.
        case unreadable
        /// The section that begins on this line is in braces, or is an alias or a scalar.
        case notBlock(line: Int)
    }

    /// The section; empty for the whole file.
    package let key: String
    package let reason: Reason
}

extension ConfigurationAdditionError: CustomStringConvertible {
    package var description: String {
        let name = key.isEmpty ? "The file" : "The section \(key)"
        return switch reason {
        case .unreadable: "The file is not valid YAML."
        case .notBlock(let line):
            "\(name) (line \(line)) is not a block of indented entries; entries can be added only to a block."
        }
    }
}

/// The lines of a text with their line endings.
private struct NumberedText {
    let lines: [String]
    let lineEnd: String

    init(_ text: String) {
        var lines: [String] = []
        var line = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            line.append(scalar)
            guard scalar == "\n" else { continue }
            lines.append(String(line))
            line = String.UnicodeScalarView()
        }
        if !line.isEmpty { lines.append(String(line)) }
        self.lines = lines
        lineEnd =
            lines.first?.unicodeScalars.suffix(2).elementsEqual("\r\n".unicodeScalars) == true ? "\r\n" : "\n"
    }

    func indented(_ line: String, _ columns: Int) -> String {
        String(repeating: " ", count: columns) + line
    }

    /// Returns the number of lines up to the end of the YAML document that contains this line.
    func end(after line: Int) -> Int {
        lines.indices.dropFirst(line).first { index in
            ["...", "---"].contains { mark in
                let rest = lines[index].unicodeScalars.dropFirst(3)
                return lines[index].hasPrefix(mark) && (rest.first.map { $0.properties.isWhitespace } ?? true)
            } && (line > 0 || lines[index].hasPrefix("..."))
        } ?? lines.count
    }

    /// Returns the number of lines up to the end of a section, without trailing blank lines and comments.
    func lastLine(before end: Int, indentation: Int) -> Int {
        var end = end
        while end > 0 {
            let text = lines[end - 1]
            let blanks = text.unicodeScalars.prefix { $0 == " " }.count
            let content = text.unicodeScalars.drop { $0.properties.isWhitespace }
            guard content.isEmpty || content.first == "#" && blanks <= indentation else { return end }
            end -= 1
        }
        return end
    }

    /// Whether a line contains no value after its key; a comment may follow the key.
    func isBare(line: Int) -> Bool {
        guard lines.indices.contains(line - 1),
            let colon = lines[line - 1].unicodeScalars.firstIndex(of: ":")
        else { return false }
        let rest = lines[line - 1].unicodeScalars[colon...].dropFirst().drop { $0.properties.isWhitespace }
        return rest.isEmpty || rest.first == "#"
    }
}
