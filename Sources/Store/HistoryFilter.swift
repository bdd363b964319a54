package import Federation
import GRDB

package import struct Foundation.Date

/// A filter of exchanges; an absent member does not restrict.
package struct HistoryFilter: Hashable, Sendable {
    package var mapping: RoleMapping.ID?
    package var identity: ManagedIdentity.ID?
    /// `ok` or `failed`; an exchange has no other outcome.
    package var outcome: StepOutcome?
    /// The earliest instant.
    package var since: Date?
    /// Texts that all occur in the mapping's, the identity's or the role's name, in the token's fingerprint, or in
    /// the failure's code or message.
    package var texts: [String]
    /// An expression that one of these names, or the failure, matches.
    package var expression: SearchExpression?

    package init(
        mapping: RoleMapping.ID? = nil,
        identity: ManagedIdentity.ID? = nil,
        outcome: StepOutcome? = nil,
        since: Date? = nil,
        text: String? = nil
    ) {
        self.init(
            mapping: mapping,
            identity: identity,
            outcome: outcome,
            since: since,
            texts: text.map { [$0] } ?? []
        )
    }

    package init(
        mapping: RoleMapping.ID? = nil,
        identity: ManagedIdentity.ID? = nil,
        outcome: StepOutcome? = nil,
        since: Date? = nil,
        texts: [String],
        expression: SearchExpression? = nil
    ) {
        self.mapping = mapping
        self.identity = identity
        self.outcome = outcome
        self.since = since
        self.texts = texts
        self.expression = expression
    }
}

extension HistoryFilter {
    /// The condition on a row of `exchange`, including its place.
    ///
    /// The texts' columns carry a `+`, which keeps SQLite from collecting and sorting every match: it goes
    /// down the identifiers and stops when the page is full.
    func condition(at place: HistoryPlace) -> SQL {
        var conditions: [SQL] = []
        switch place {
        case .newest, .oldest: break
        case .before(let id): conditions.append("id < \(id)")
        case .after(let id): conditions.append("id > \(id)")
        }
        if let since { conditions.append("id >= \(since.microseconds)") }
        if let mapping { conditions.append("mapping = (SELECT id FROM label WHERE text = \(mapping))") }
        if let identity { conditions.append("identity = (SELECT id FROM label WHERE text = \(identity))") }
        if let outcome { conditions.append("failed = \(outcome == .failed)") }
        for (index, text) in texts.enumerated() { conditions += Self.conditions(of: text, number: index) }
        if expression != nil {
            conditions.append("EXISTS (SELECT 1 FROM searched) AND \(Self.isLabelled("searched"))")
        }
        return conditions.isEmpty ? "TRUE" : conditions.joined(separator: " AND ")
    }

    /// The first condition spares SQLite the rows when no label contains the text.
    private static func conditions(of text: String, number: Int) -> [SQL] {
        let (labels, tokens) = ("match\(number)", "token\(number)")
        guard isFingerprint(text) else {
            return ["EXISTS (SELECT 1 FROM \(sql: labels))", isLabelled(labels)]
        }
        return [
            "(EXISTS (SELECT 1 FROM \(sql: labels)) OR EXISTS (SELECT 1 FROM \(sql: tokens)))",
            """
            (\(isLabelled(labels)) OR EXISTS (SELECT 1 FROM \(sql: tokens)) AND EXISTS (
                SELECT 1 FROM detail WHERE detail.id = exchange.id AND detail.token IN \(sql: tokens)))
            """,
        ]
    }

    private static func isLabelled(_ table: String) -> SQL {
        """
        (+mapping IN \(sql: table) OR +identity IN \(sql: table) OR +role IN \(sql: table)
            OR +failure IN \(sql: table))
        """
    }

    /// Whether a text may be part of a fingerprint.
    private static func isFingerprint(_ text: String) -> Bool {
        text.count >= 4 && text.allSatisfy(\.isHexDigit)
    }

    /// Common table expressions for a query: `match0` … with the labels that contain each text, `token0` … with the
    /// tokens whose fingerprint does, and `searched` with the labels that match the expression.
    var matches: SQL {
        var tables = texts.enumerated().flatMap { index, text -> [SQL] in
            let labels: SQL = "match\(sql: String(index))"
            let tokens: SQL = "token\(sql: String(index))"
            let pattern = Self.pattern(text)
            let first: SQL =
                "\(labels) AS MATERIALIZED (SELECT id FROM label WHERE text LIKE \(pattern) ESCAPE '\\'),"
            guard Self.isFingerprint(text) else { return [first] }
            return [
                first,
                """
                \(tokens) AS MATERIALIZED (
                    SELECT id FROM token WHERE fingerprint LIKE \(pattern) ESCAPE '\\'
                ),
                """,
            ]
        }
        if expression != nil {
            tables.append(
                "searched AS MATERIALIZED (SELECT id FROM label WHERE \(sql: LabelSearch.name)(text)),"
            )
        }
        return tables.joined(separator: "\n")
    }

    /// The `LIKE` pattern of a text anywhere in another.
    private static func pattern(_ text: String) -> String {
        let escaped = text.reduce(into: "") { escaped, character in
            if "%_\\".contains(character) { escaped.append("\\") }
            escaped.append(character)
        }
        return "%\(escaped)%"
    }
}
