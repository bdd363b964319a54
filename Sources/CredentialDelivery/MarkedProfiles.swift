import Federation
import FoundationEssentials

/// A `~/.aws/config` file, in which cambist replaces only the lines between two markers.
package struct MarkedProfiles: Hashable, Sendable {
    /// The first line of the section.
    package static let begin = "# BEGIN cambist: written by `cambist config aws-profile --all`"
    /// The last line of the section.
    package static let end = "# END cambist"

    /// The lines before the section; all lines of a file without the section.
    private let before: [String]
    /// The lines between the markers; `nil` in a file without the section.
    package let lines: [String]?
    private let after: [String]

    /// Parses a file.
    ///
    /// - Returns: `nil` if only one marker exists, a marker occurs more than once, or the markers are in the wrong
    ///   order.
    package init?(_ text: String) {
        var all = text.components(separatedBy: "\n")
        if all.last == "" { all.removeLast() }
        let begins = all.indices.filter { all[$0] == Self.begin }
        let ends = all.indices.filter { all[$0] == Self.end }
        guard begins.count <= 1, begins.count == ends.count else { return nil }
        guard let begin = begins.first, let end = ends.first else {
            (before, lines, after) = (all, nil, [])
            return
        }
        guard begin < end else { return nil }
        before = Array(all[..<begin])
        lines = Array(all[(begin + 1)..<end])
        after = Array(all[(end + 1)...])
    }

    /// The names of the profiles outside the section.
    package var otherProfiles: Set<String> {
        Set(
            (before + after).compactMap { line in
                let heading = line.trimmed
                guard heading.hasPrefix("["), let close = heading.firstIndex(of: "]") else { return nil }
                let name = heading[heading.index(after: heading.startIndex)..<close]
                    .trimmed
                guard name.hasPrefix("profile") else { return name }
                return name.dropFirst("profile".count).trimmed { " \t\"'".contains($0) }
            }
        )
    }

    /// Returns the file with `lines` between the markers; appends the section to a file without a section.
    package func replaced(by lines: [String]) -> String {
        let gap = self.lines == nil && before.last.map { !$0.isEmpty } == true ? [""] : []
        return (before + gap + [Self.begin] + lines + [Self.end] + after).joined(separator: "\n") + "\n"
    }
}
