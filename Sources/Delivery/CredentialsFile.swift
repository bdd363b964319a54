package import Federation
import Foundation

/// The text of an AWS shared credentials file, in which one profile is replaced and nothing else touched.
package struct CredentialsFile: Hashable, Sendable {
    /// The keys that are ours to write; other keys of the profile stay.
    private static let keys = ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"]

    private var lines: [String]

    package init(text: String) {
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last?.isEmpty == true { lines.removeLast() }
    }

    /// The text to write; it ends with a line end.
    package var text: String {
        lines.map { $0 + "\n" }.joined()
    }

    /// Puts credentials into a profile, which is added at the end when there is none of that name.
    package mutating func put(_ credentials: SessionCredentials, profile: String) {
        let values = [
            credentials.accessKeyID, credentials.secretAccessKey.reveal(), credentials.sessionToken.reveal(),
        ]
        let entries = zip(Self.keys, values).map { "\($0) = \($1)" }
        guard let section = section(of: profile) else {
            if let last = lines.last, !last.trimmingCharacters(in: .whitespaces).isEmpty { lines.append("") }
            lines += ["[\(profile)]"] + entries
            return
        }
        let kept = section.filter { !Self.isOurs(lines[$0]) }.map { lines[$0] }
        lines.replaceSubrange(section, with: entries + kept)
    }

    /// The lines below a profile's heading, up to the next heading.
    private func section(of profile: String) -> Range<Int>? {
        guard let heading = lines.firstIndex(where: { Self.heading($0) == profile }) else { return nil }
        let end = lines[(heading + 1)...].firstIndex { Self.heading($0) != nil } ?? lines.endIndex
        return heading + 1..<end
    }

    private static func heading(_ line: String) -> String? {
        let trimmed = line.trimmingCharacters(in: .whitespaces)
        guard trimmed.hasPrefix("["), let end = trimmed.firstIndex(of: "]") else { return nil }
        return trimmed[trimmed.index(after: trimmed.startIndex)..<end].trimmingCharacters(in: .whitespaces)
    }

    private static func isOurs(_ line: String) -> Bool {
        guard let equals = line.firstIndex(of: "=") else { return false }
        return keys.contains(line[..<equals].trimmingCharacters(in: .whitespaces).lowercased())
    }
}
