package import Federation

package import struct FoundationEssentials.Date

/// A filter for exchanges; a property that is `nil` or empty does not restrict the result.
package struct HistoryFilter: Hashable, Sendable {
    package var mapping: RoleMapping.ID?
    package var identity: ManagedIdentity.ID?
    /// `ok` or `failed`; exchanges have no other outcome.
    package var outcome: StepOutcome?
    /// The earliest time.
    package var since: Date?
    /// The texts to search for; an exchange must contain all of them.
    ///
    /// In the history file, a text may occur in the mapping's name, the identity's name, the role's ARN, or the failure
    /// (code and message). A text of four or more hexadecimal digits may also occur in the token's fingerprint.
    package var texts: [String]
    /// A regular expression to search for in the mapping's name, the identity's name, the role's ARN, and the failure.
    ///
    /// The expression must match at least one of these texts.
    package var expression: SearchExpression?
    /// Further conditions on exchanges; only the local history evaluates them.
    package var terms: [HistoryTerm] = []

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
        expression: SearchExpression? = nil,
        terms: [HistoryTerm] = []
    ) {
        self.mapping = mapping
        self.identity = identity
        self.outcome = outcome
        self.since = since
        self.texts = texts
        self.expression = expression
        self.terms = terms
    }
}

extension HistoryFilter {
    /// Returns the SQL condition for the rows of `exchange` that match the filter and the position.
    ///
    /// A unary `+` before a text column keeps SQLite from collecting and sorting all matches. SQLite scans the IDs in
    /// order instead and stops when the page is full.
    func condition(at position: HistoryPosition) -> SQL {
        var conditions: [SQL] = []
        switch position {
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
        for (index, term) in terms.enumerated() { conditions.append(Self.condition(of: term, number: index)) }
        return conditions.isEmpty ? "TRUE" : conditions.joined(separator: " AND ")
    }

    /// Returns the conditions for one text.
    ///
    /// Because of the first condition, SQLite skips all rows if the text does not occur anywhere.
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

    /// Returns the condition for one term.
    ///
    /// A comparison with an absent failure is NULL, so the condition of an excluding term uses `IS NOT TRUE`.
    private static func condition(of term: HistoryTerm, number: Int) -> SQL {
        let (labels, tokens) = ("term\(number)", "termtoken\(number)")
        let condition: SQL =
            switch term.property {
            case .anything where term.searchesFingerprints:
                """
                (\(isLabelled(labels)) OR EXISTS (
                    SELECT 1 FROM detail WHERE detail.id = exchange.id AND detail.token IN \(sql: tokens)))
                """
            case .anything: isLabelled(labels)
            case .identity: "+identity IN \(sql: labels)"
            case .account, .role: "+role IN \(sql: labels)"
            case .code: "+failure IN \(sql: labels)"
            case .mapping: "+mapping IN \(sql: labels)"
            }
        if term.isExcluding { return "(\(condition)) IS NOT TRUE" }
        // Because of the first condition, SQLite skips all rows if nothing matches.
        return term.searchesFingerprints
            ? condition : "(EXISTS (SELECT 1 FROM \(sql: labels)) AND \(condition))"
    }

    private static func isLabelled(_ table: String) -> SQL {
        """
        (+mapping IN \(sql: table) OR +identity IN \(sql: table) OR +role IN \(sql: table)
            OR +failure IN \(sql: table))
        """
    }

    /// Whether the search includes fingerprints: the text has at least four characters, all hexadecimal digits.
    private static func isFingerprint(_ text: String) -> Bool {
        text.count >= 4 && text.allSatisfy(\.isHexDigit)
    }

    /// The common table expressions of a query.
    ///
    /// - `matchN`: the labels that contain text N.
    /// - `tokenN`: the tokens whose fingerprint contains text N.
    /// - `termN` and `termtokenN`: the labels and the tokens that term N matches.
    /// - `searched`: the labels that match the regular expression.
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
        for (index, term) in terms.enumerated() {
            let number: SQL = "\(sql: String(index))"
            let function: SQL = "\(sql: TermSearch.name)"
            tables.append(
                "term\(number) AS MATERIALIZED (SELECT id FROM label WHERE \(function)(\(number), text)),"
            )
            if term.searchesFingerprints {
                tables.append(
                    """
                    termtoken\(number) AS MATERIALIZED (
                        SELECT id FROM token WHERE \(function)(\(number), fingerprint)
                    ),
                    """
                )
            }
        }
        if expression != nil {
            tables.append(
                "searched AS MATERIALIZED (SELECT id FROM label WHERE \(sql: LabelSearch.name)(text)),"
            )
        }
        return tables.joined(separator: "\n")
    }

    /// Returns the `LIKE` pattern that matches a text anywhere.
    private static func pattern(_ text: String) -> String {
        let escaped = text.reduce(into: "") { escaped, character in
            if "%_\\".contains(character) { escaped.append("\\") }
            escaped.append(character)
        }
        return "%\(escaped)%"
    }
}
