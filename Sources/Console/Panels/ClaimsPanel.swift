import Drawing
import Federation

import struct Foundation.Date

extension Panel {
    /// What the selected mapping's token says.
    static let claims = Panel(
        title: "Claims",
        help: "What the selected mapping's token says of its identity",
        columns: { _ in
            [
                Column("CLAIM", minimum: 8, ideal: 12, priority: 0),
                Column("VALUE", minimum: 12, comfort: 40, ideal: 64, priority: 1, cut: .middle),
                Column("MEANING", minimum: 40, ideal: 200, priority: 2),
            ]
        },
        count: { $0.claimLines.count },
        cells: { state, line in
            let claim = state.claimLines[line]
            if let change = claim.change { return [change.mark + change.name, change.value, Line()] }
            return [
                Line(claim.name, claim.isVolatile ? .faint : .accent),
                Line(claim.shown(in: state), claim.ink), Line(claim.meaning, .faint),
            ]
        },
        times: { state, line in
            state.claimLines[line].date.map { [$0 > state.now ? .left($0) : .ago($0)] } ?? []
        },
        detail: { state in
            let cursor = state.claimsView.cursor
            let lines = state.claimLines
            guard lines.indices.contains(cursor.selected) else { return nil }
            let claim = lines[cursor.selected]
            return Detail(title: claim.name) { columns in
                if let change = claim.change { return change.longText.wrapped(to: columns).map { Line($0) } }
                let meaning = claim.meaning.isEmpty ? [] : claim.meaning.wrapped(to: columns) + [""]
                return meaning.map { Line($0, .faint) } + claim.longText.wrapped(to: columns).map { Line($0) }
            }
        },
        empty: { state in
            guard let row = state.roster.selected else { return ["No mapping is selected."] }
            if let comparison = state.shownComparison, state.claimsView.filter.isEmpty {
                return [
                    Line("The claims of \(row.id) are those of \(comparison.title)."), "d shows all of them.",
                ]
            }
            return state.claimsView.filter.isEmpty
                ? [Line("No token of \(row.id) has been seen yet."), "r asks for one."]
                : ["No claim matches the filter.", "Esc shows all of them again."]
        },
        cursor: \.claimsView.cursor,
        filter: { $0.claimsView.filter },
        setFilter: { $0.claimsView.filter = $1 }
    )
}

/// A fact about a token, or one of its claims.
struct ClaimLine: Hashable, Sendable {
    let name: String
    let value: JSONValue
    var ink = ResolvedStyle.text
    /// How it differs from the claim that it is compared with.
    let change: ClaimChange?

    init(_ name: String, _ value: JSONValue, change: ClaimChange? = nil) {
        self.name = name
        self.value = value
        self.change = change
    }

    /// What is known of the signature.
    init(signature finding: SignatureFinding?) {
        name = "signature"
        change = nil
        value = .string(finding?.text ?? "not verified yet")
        ink = finding?.ink ?? .faint
    }

    /// What it says, in a few words; empty for what nobody documents.
    var meaning: String {
        switch name {
        case "token": "its fingerprint, whether it is news, and who gave it"
        case "signature": "whether a key that the issuer publishes made it"
        default: ClaimMeaning.of(name.hasPrefix("header.") ? String(name.dropFirst(7)) : name)?.text ?? ""
        }
    }

    /// Whether it differs in every token though nothing changed.
    var isVolatile: Bool { ClaimMeaning.of(name)?.isVolatile ?? false }

    var text: String { value.string ?? value.compactText }

    /// The instant that a numeric date claim stands for.
    var date: Date? {
        guard ["exp", "iat", "nbf"].contains(name), let seconds = value.integer else { return nil }
        return Date(timeIntervalSince1970: Double(seconds))
    }

    /// On one line; an instant with its distance from now.
    func shown(in state: ConsoleState) -> String {
        guard let date else { return text }
        let distance = date > state.now ? RelativeTime.left(date) : RelativeTime.ago(date)
        return "\(state.clockText.dateAndTime(date))  \(distance.text(at: state.now))"
    }

    /// As much of the value as one can want to read here.
    var longText: String {
        let limit = 4000
        let text = text
        let rest = text.utf8.count - limit
        return rest > 0 ? text.prefix(limit) + " … and about \(rest) more characters" : text
    }
}

/// The lines of the panel, and what they were made of.
struct ClaimsPage: Hashable, Sendable {
    struct Basis: Hashable, Sendable {
        let mapping: RoleMapping.ID?
        let fingerprint: String?
        let received: Date?
        let signature: SignatureFinding?
        let comparison: ClaimComparison?
        let filter: Filter
    }

    let basis: Basis
    let shown: [ClaimLine]
}

extension ConsoleState {
    /// The claims that decide come first, in this order.
    private static let leading = [
        "aud", "iss", "sub", "oid", "roles", "appid", "azp", "tid", "iat", "nbf", "exp",
    ]

    /// The lines of the page that pass the filter.
    fileprivate var claimLines: [ClaimLine] { claimsPage?.shown ?? [] }

    /// Makes the page of the panel shown anew where what it was made of changed.
    mutating func settleClaims() {
        guard panel == .claims else { return }
        let token = roster.selected?.lastRecord?.token
        let basis = ClaimsPage.Basis(
            mapping: roster.selected?.id,
            fingerprint: token?.fingerprint,
            received: token?.received,
            signature: token.flatMap { signatures[$0.fingerprint] },
            comparison: shownComparison,
            filter: claimsView.filter
        )
        if claimsPage?.basis == basis { return }
        claimsPage = token.map { ClaimsPage(basis: basis, shown: claimLines(of: $0)) }
    }

    private func claimLines(of token: TokenFacts) -> [ClaimLine] {
        if let comparison = shownComparison { return changes(of: token, from: comparison) }
        let payload = token.claims.payload
        let others = payload.keys.filter { !Self.leading.contains($0) }.sorted()
        let names = Self.leading.filter { payload[$0] != nil } + others
        let novelty = token.seenBefore ? "the same as before" : "new"
        let lines =
            [
                ClaimLine(
                    "token",
                    .string("\(token.fingerprint), \(novelty), from \(token.source.rawValue)")
                ),
                ClaimLine(signature: signatures[token.fingerprint]),
            ]
            + names.map { ClaimLine($0, payload[$0] ?? .null) }
            + token.claims.header.keys.sorted().map {
                ClaimLine("header.\($0)", token.claims.header[$0] ?? .null)
            }
        let filter = claimsView.filter
        return filter.isEmpty ? lines : lines.filter { filter.matches(SearchText("\($0.name) \($0.text)")) }
    }

    /// The comparison, when it is about the mapping shown.
    var shownComparison: ClaimComparison? {
        comparison.flatMap { $0.mapping == roster.selected?.id ? $0 : nil }
    }

    /// What differs; claims that differ in every token come last.
    private func changes(of token: TokenFacts, from comparison: ClaimComparison) -> [ClaimLine] {
        let differences = token.claims.differences(from: comparison.claims)
        if differences.isEmpty { return [] }
        let sorted = differences.filter { !$0.isVolatile } + differences.filter(\.isVolatile)
        let lines =
            [ClaimLine("compared", .string("\(token.fingerprint) with \(comparison.title)"))]
            + sorted.map { ClaimLine($0.name, .null, change: ClaimChange(difference: $0)) }
        let filter = claimsView.filter
        return filter.isEmpty ? lines : lines.filter { filter.matches(SearchText($0.name)) }
    }
}
