package import Federation
import GRDB

package import struct Foundation.Date

/// Which exchanges are asked for; what is absent does not restrict.
package struct HistoryFilter: Hashable, Sendable {
    package var mapping: RoleMapping.ID?
    package var identity: ManagedIdentity.ID?
    /// `ok` or `failed`; an exchange has no other outcome.
    package var outcome: StepOutcome?
    /// The earliest instant.
    package var since: Date?
    /// Texts each of which is in the mapping's, the identity's or the role's name, or in the failure's code or
    /// message.
    package var texts: [String]

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
        texts: [String]
    ) {
        self.mapping = mapping
        self.identity = identity
        self.outcome = outcome
        self.since = since
        self.texts = texts
    }
}

extension HistoryFilter {
    /// The condition on a row of `exchange`, newest first and below `before`.
    ///
    /// The texts' columns carry a `+`, which keeps SQLite from collecting and sorting every match: it goes
    /// down the identifiers and stops when the page is full.
    func condition(before: Int?) -> SQL {
        var conditions: [SQL] = []
        if let before { conditions.append("id < \(before)") }
        if let since { conditions.append("id >= \(since.microseconds)") }
        if let mapping { conditions.append("mapping = (SELECT id FROM label WHERE text = \(mapping))") }
        if let identity { conditions.append("identity = (SELECT id FROM label WHERE text = \(identity))") }
        if let outcome { conditions.append("failed = \(outcome == .failed)") }
        for name in texts.indices.map({ "match\($0)" }) {
            conditions.append(
                """
                EXISTS (SELECT 1 FROM \(sql: name)) AND (+mapping IN \(sql: name) OR +identity IN \(sql: name)
                    OR +role IN \(sql: name) OR +failure IN \(sql: name))
                """
            )
        }
        return conditions.isEmpty ? "TRUE" : conditions.joined(separator: " AND ")
    }

    /// For each text a table of the labels that have it in them, `match0` and so on, to stand before a query.
    var matches: SQL {
        texts.enumerated().map { index, text in
            let escaped = text.reduce(into: "") { escaped, character in
                if "%_\\".contains(character) { escaped.append("\\") }
                escaped.append(character)
            }
            return """
                match\(sql: String(index)) AS MATERIALIZED (
                    SELECT id FROM label WHERE text LIKE \("%\(escaped)%") ESCAPE '\\'
                ),
                """ as SQL
        }.joined(separator: "\n")
    }
}

extension Date {
    /// Whole microseconds since 1970.
    var microseconds: Int {
        Int((timeIntervalSince1970 * 1_000_000).rounded())
    }
}
