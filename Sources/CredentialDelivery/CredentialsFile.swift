package import Federation
package import FoundationEssentials

/// An AWS shared credentials file; replaces the credentials of a profile.
///
/// The file is processed as bytes, to preserve comments in any encoding and both kinds of line endings.
package struct CredentialsFile: Hashable, Sendable {
    /// The keys that are replaced; other keys of the profile are preserved.
    private static let keys = ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"]
    private static let lineFeed = UInt8(ascii: "\n")

    /// The lines, including line endings; the last line may have none.
    private var lines: [Data]

    package init(_ data: Data) {
        lines = data.split(separator: Self.lineFeed, omittingEmptySubsequences: false)
            .map { $0 + [Self.lineFeed] }
        let last = lines.popLast()?.dropLast() ?? Data()
        if !last.isEmpty { lines.append(last) }
    }

    package var data: Data {
        Data(lines.joined())
    }

    /// Replaces the credentials of a profile, or appends the profile if it does not exist.
    ///
    /// - Throws: ``UnprintableMember`` if a value or the profile name contains a character that could end the line
    ///   early. After an error, the file is unchanged.
    package mutating func put(
        _ credentials: SessionCredentials,
        profile: String
    ) throws(UnprintableMember) {
        let variables = try CredentialVariables(credentials)
        guard Self.isHeading(profile) else { throw UnprintableMember(member: "profile") }
        let values = [variables.accessKeyID, variables.secretAccessKey, variables.sessionToken]
        let entries = zip(Self.keys, values).map { line("\($0) = \($1)") }
        guard let section = section(of: profile) else {
            endLastLine()
            if let last = lines.last, !Self.text(last).isEmpty { lines.append(line("")) }
            lines += [line("[\(profile)]")] + entries
            return
        }
        let kept = lines[section].filter { !Self.isReplaced($0) }
        if section.isEmpty { endLastLine() }
        lines.replaceSubrange(section, with: entries + kept)
    }

    /// Whether the profile name is valid between brackets: not empty, without brackets and control characters.
    private static func isHeading(_ profile: String) -> Bool {
        !profile.isEmpty
            && profile.unicodeScalars.allSatisfy { scalar in
                scalar != "[" && scalar != "]" && scalar.properties.generalCategory != .control
                    && scalar.properties.generalCategory != .lineSeparator
                    && scalar.properties.generalCategory != .paragraphSeparator
            }
    }

    /// Returns the text as a line, with the line ending used in the file's first line.
    private func line(_ text: String) -> Data {
        let usesCRLF = lines.first.map { $0.suffix(2) == Data([UInt8(ascii: "\r"), Self.lineFeed]) } ?? false
        return Data((text + (usesCRLF ? "\r\n" : "\n")).utf8)
    }

    private mutating func endLastLine() {
        guard let last = lines.last, last.last != Self.lineFeed else { return }
        lines[lines.count - 1] = last + line("")
    }

    /// Returns the lines after a profile's heading, up to the next heading.
    private func section(of profile: String) -> Range<Int>? {
        guard let heading = lines.firstIndex(where: { Self.heading($0) == profile }) else { return nil }
        let end = lines[(heading + 1)...].firstIndex { Self.heading($0) != nil } ?? lines.endIndex
        return heading + 1..<end
    }

    private static func heading(_ line: Data) -> String? {
        let text = text(line)
        guard text.hasPrefix("["), let end = text.firstIndex(of: "]") else { return nil }
        return text[text.index(after: text.startIndex)..<end].trimmed
    }

    private static func isReplaced(_ line: Data) -> Bool {
        let text = text(line)
        guard let equals = text.firstIndex(of: "=") else { return false }
        return keys.contains(text[..<equals].trimmed.lowercased())
    }

    private static func text(_ line: Data) -> String {
        String(decoding: line, as: UTF8.self).trimmed
    }
}
