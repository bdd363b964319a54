import Federation
import TrustPolicy

/// The proposals as entries of the configuration file, with their evidence as comments.
package struct ProposalText: Hashable, Sendable {
    /// The lines of the entries below `identities:`, without the indentation of the file.
    package let identities: [String]
    /// The lines of the entries below `mappings:`.
    package let mappings: [String]

    private static let step = "  "

    package init(_ report: DiscoveryReport) {
        identities = report.identities.flatMap(Self.lines)
        mappings = report.mappings.flatMap(Self.lines)
    }

    /// A configuration file that contains only the proposals.
    package var document: String {
        [("identities:", identities), ("mappings:", mappings)].filter { !$0.1.isEmpty }
            .flatMap { [$0.0] + $0.1.map { Self.step + $0 } }
            .map { $0 + "\n" }.joined()
    }

    private static func lines(_ identity: ProposedIdentity) -> [String] {
        entry(
            identity.name,
            identity.evidence,
            [
                ("source", identity.tokenFile == nil ? nil : "file"),
                ("token_file", identity.tokenFile),
                ("tenant_id", identity.tenantID),
                ("client_id", identity.clientID),
                ("system_assigned", identity.isSystemAssigned ? "true" : nil),
                ("principal_id", identity.principalID),
            ],
            literal: ["system_assigned"]
        )
    }

    private static func lines(_ mapping: ProposedMapping) -> [String] {
        entry(
            mapping.name,
            mapping.evidence,
            [
                ("identity", mapping.identity), ("via", mapping.via), ("audience", mapping.audience),
                ("app_role", mapping.appRole), ("role_arn", "\(mapping.roleARN)"),
                ("external_id", mapping.externalID), ("region", mapping.region),
                ("duration", mapping.duration.map { "\($0)s" }), ("session_name", mapping.sessionName),
            ]
        )
    }

    private static func entry(
        _ name: String,
        _ evidence: [String],
        _ values: [(key: String, value: String?)],
        literal: Set<String> = []
    ) -> [String] {
        let pairs = values.compactMap { key, value in
            value.map { step + "\(key): \(literal.contains(key) ? $0 : scalar($0))" }
        }
        return evidence.flatMap { wrapped(VisibleText.oneLine($0, limit: 1000)).map { "# " + $0 } } + [
            "\(scalar(name)):"
        ] + pairs
    }

    /// The maximum width of a comment's text, in columns; fits the console's confirmation at 110 columns.
    private static let width = 98

    private static func wrapped(_ text: String) -> [String] {
        text.split(separator: " ").reduce(into: [""]) { lines, word in
            let last = lines[lines.count - 1]
            if last.isEmpty {
                lines[lines.count - 1] = String(word)
            } else if last.count + 1 + word.count <= width {
                lines[lines.count - 1] += " " + word
            } else {
                lines.append(String(word))
            }
        }
    }

    /// Returns a text as a scalar of YAML 1.1 and 1.2 that every parser reads as a string.
    static func scalar(_ text: String) -> String {
        let isPlain =
            text.first.map { $0.isASCII && $0.isLetter || $0 == "/" } ?? false
            && text.last != ":"
            && text.unicodeScalars.allSatisfy {
                $0.isASCII
                    && ($0.properties.isAlphabetic || ("0"..."9").contains($0)
                        || "_-./:@+=".unicodeScalars.contains($0))
            }
        let words: Set = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"]
        if text.isGUID || isPlain && !words.contains(text.lowercased()) { return text }
        return "\"" + text.unicodeScalars.map(escaped).joined() + "\""
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        if scalar == "\"" || scalar == "\\" { return "\\\(scalar)" }
        guard VisibleText.isInvisible(scalar) || scalar.value > 0x7E else { return String(scalar) }
        let digits = String(scalar.value, radix: 16)
        return "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
    }
}
