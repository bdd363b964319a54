import Federation

/// A YAML document as a tree of elements with positions.
///
/// The text may be malicious, so the size, the depth, and the number of values are limited.
package struct YAMLDocument {
    /// The maximum size, in bytes.
    package static let maximumSize = 4 << 20
    /// The maximum number of values, with aliases expanded.
    package static let maximumValueCount = 300_000
    package static let maximumDepth = 64

    /// The root of the document; `nil` if the document is empty or cannot be parsed.
    package let root: YAMLElement?
    /// Versions of ``root`` that contain other occurrences of repeated keys.
    ///
    /// ``root`` contains the last occurrence of each repeated key.
    package let alternativeRoots: [YAMLElement]
    /// The reason why the document cannot be parsed.
    package let problem: YAMLProblem?

    /// Parses `text`, with or without a byte order mark.
    package init(parsing text: String) {
        do throws(YAMLProblem) {
            guard text.utf8.count <= Self.maximumSize else {
                let limit = "\(Self.maximumSize >> 20) MB"
                throw .overLimit("more than \(limit)", accepted: "at most \(limit)")
            }
            let hasMark = text.unicodeScalars.first == "\u{FEFF}"
            let node = try YAMLComposer.root(of: hasMark ? String(text.unicodeScalars.dropFirst()) : text)
            root = node.map(YAMLElement.init(top:))
            alternativeRoots = node?.alternativeVersions.map(YAMLElement.init(top:)) ?? []
            problem = nil
        } catch {
            (root, alternativeRoots) = (nil, [])
            problem = error
        }
    }
}

extension YAMLProblem {
    static func overLimit(_ found: String, accepted: String) -> Self {
        Self(place: .wholeFile, keyPath: "", found: found, accepted: accepted)
    }
}
