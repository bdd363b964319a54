import Drawing
package import Federation

import struct FoundationEssentials.Date

/// The claims of the selected mapping's token, the findings on signatures, and the token to compare with.
struct ClaimsState: Hashable, Sendable {
    /// The values from which the lines are built; a change of a value rebuilds the lines.
    private struct Basis: Hashable {
        let mapping: RoleMapping.ID?
        let fingerprint: String?
        let received: Date?
        let comparison: ClaimComparison?
        let trust: TrustPanelModel.Basis?
        let isUnfolded: Bool
        /// The keyboard key that unfolds the claims.
        let openKey: String
    }

    private static let groups: [(title: String, names: [String])] = [
        ("CALLER", ["sub", "oid", "appid", "azp", "tid"]),
        ("AUDIENCE", ["aud", "iss", "roles"]),
        ("VALIDITY", ["iat", "nbf", "exp"]),
    ]
    private static let others = "OTHER"

    static func isGrouped(_ name: String) -> Bool {
        groups.contains { $0.names.contains(name) }
    }

    var list = ListModel<ClaimLine>()
    /// The findings on signatures, by the fingerprint of the token.
    var signatures: [String: SignatureFinding] = [:]
    var comparison: ClaimComparison?
    /// Whether each claim of the last group, `OTHER`, has a separate line.
    var isUnfolded = false

    /// Whether Enter on the line folds the group `OTHER`; only on the first line of the unfolded group.
    func canFold(_ claim: ClaimLine) -> Bool { isUnfolded && !claim.group.isEmpty && claim.isOther }

    private var comparing: Request?
    private var valueWidth = 36
    private var configurationWidth = 6
    private var trustWidth = 10
    private var meaningWidth = 0
    private var basis: Basis?

    /// The widths that the table's values need, within limits, in terminal columns.
    var widths: (value: Int, configuration: Int, trust: Int, meaning: Int) {
        (valueWidth, configurationWidth, trustWidth, meaningWidth)
    }

    /// Returns the comparison of a mapping's claims, if any.
    func comparison(for id: RoleMapping.ID?) -> ClaimComparison? {
        comparison.flatMap { $0.mapping == id ? $0 : nil }
    }

    mutating func beginComparison(_ request: Request) {
        comparing = request
    }

    /// Stores the claims for the comparison; ignores the answer to an older request.
    ///
    /// - Returns: A notice if the claims could not be read.
    mutating func finishComparison(_ request: Request, _ answer: Result<ClaimComparison, HistoryProblem>)
        -> Notice?
    {
        guard request == comparing else { return nil }
        comparing = nil
        switch answer {
        case .success(let found): comparison = found
        case .failure(let problem): return Notice(.error, problem.text)
        }
        return nil
    }

    /// Requests a check of a token's signature, once per token.
    mutating func verifySignature(of row: MappingRow?) -> [Effect] {
        guard let row, let token = row.lastRecord?.token, signatures[token.fingerprint] == nil else {
            return []
        }
        signatures[token.fingerprint] = .requested
        return [.verifySignature(row.id, fingerprint: token.fingerprint)]
    }

    /// Rebuilds the lines if an input changed.
    mutating func refresh(
        for row: MappingRow?,
        _ identity: ManagedIdentity?,
        _ trust: TrustPanelModel?,
        openKey: String
    ) {
        let token = row?.lastRecord?.token
        let comparison = comparison(for: row?.id)
        let basis = Basis(
            mapping: row?.id,
            fingerprint: token?.fingerprint,
            received: token?.received,
            comparison: comparison,
            trust: trust?.basis,
            isUnfolded: isUnfolded || !list.filter.isEmpty,
            openKey: openKey
        )
        if self.basis == basis { return }
        self.basis = basis
        guard let row, let token else { return list.replace(with: []) }
        if let comparison { return list.replace(with: differences(of: token, from: comparison)) }
        let checks = ClaimChecks(mapping: row.mapping, identity: identity, claims: token.claims, trust: trust)
        let lines = lines(of: token, checks, basis)
        let instant = 40
        valueWidth = lines.reduce(36) { width, line in
            line.folded > 0 ? width : max(width, line.date == nil ? line.text.columns(upTo: 64) : instant)
        }
        configurationWidth = lines.reduce(6) { max($0, $1.configuration.line.columns) }
        trustWidth = lines.reduce(10) { max($0, $1.trust.line.columns) }
        meaningWidth = lines.reduce(0) { max($0, $1.meaning.columns(upTo: 100)) }
        list.replace(with: lines)
    }

    private func lines(of token: TokenFacts, _ checks: ClaimChecks, _ basis: Basis) -> [ClaimLine] {
        let payload = token.claims.payload
        let expected = checks.mapping.appRole == nil ? [] : ["roles"]
        let grouped = Self.groups.flatMap { group in
            let names = group.names.filter { name in
                // In Entra's tokens, nbf equals iat.
                if name == "nbf", payload["nbf"] == payload["iat"] { return false }
                return payload[name] != nil || expected.contains(name)
            }
            return names.enumerated().map { order, name in
                var line = ClaimLine(name, payload[name] ?? .null)
                line.group = order == 0 ? group.title : ""
                line.configuration = checks.configuration(name)
                line.trust = checks.trustPolicy(name)
                return line
            }
        }
        let known = Set(Self.groups.flatMap(\.names))
        let claims = payload.keys.filter { !known.contains($0) }.sorted().map { ($0, payload[$0] ?? .null) }
        let header = token.claims.header.keys.sorted().map {
            ("header.\($0)", token.claims.header[$0] ?? .null)
        }
        var others = (claims + header).map { ClaimLine($0.0, $0.1) }
        if others.isEmpty { return grouped }
        if !basis.isUnfolded {
            others = [ClaimLine(folded: others.count, openKey: basis.openKey)]
        }
        others[0].group = Self.others
        return grouped + others
    }

    /// Returns the differences; claims that differ in every new token, such as `iat`, come last.
    private func differences(of token: TokenFacts, from comparison: ClaimComparison) -> [ClaimLine] {
        let differences = token.claims.differences(from: comparison.claims)
        if differences.isEmpty { return [] }
        let sorted = differences.filter { !$0.isVolatile } + differences.filter(\.isVolatile)
        return [ClaimLine("compared", .string("\(token.fingerprint) with \(comparison.title)"))]
            + sorted.map { ClaimLine($0.name, .null, difference: $0) }
    }
}

/// A line of the Claims panel: a claim, a parameter of the header, or a difference from another token.
struct ClaimLine: ListEntry {
    let name: String
    let value: JSONValue
    var style = ResolvedStyle.text
    /// The difference from the same claim of the other token; `nil` outside a comparison.
    let difference: ClaimDifference?
    /// The title of the group that begins with this line; empty for the other lines.
    var group = ""
    var configuration = ClaimCheck.free
    var trust = ClaimCheck.free
    /// The number of claims that the line summarizes; 0 for a single claim.
    let folded: Int

    var id: String { name }

    init(_ name: String, _ value: JSONValue, difference: ClaimDifference? = nil) {
        self.name = name
        self.value = value
        self.difference = difference
        folded = 0
    }

    /// Creates a line that summarizes several claims.
    init(folded count: Int, openKey: String) {
        name = "\(count) claims"
        value = .string("\(openKey) to expand")
        style = .faint
        difference = nil
        folded = count
    }

    /// The meaning of the claim; empty for an undocumented claim.
    var meaning: String {
        ClaimMeaning.of(name.hasPrefix("header.") ? String(name.dropFirst(7)) : name)?.text ?? ""
    }

    /// Whether the configuration or the trust policy requires a different value.
    var isDifferent: Bool { configuration.isDifferent || trust.isDifferent }

    /// Whether the claim belongs to the group `OTHER`.
    var isOther: Bool { !ClaimsState.isGrouped(name) }

    /// Whether the value differs in every new token.
    var isVolatile: Bool { ClaimMeaning.of(name)?.isVolatile ?? false }

    /// The value; several texts are separated by commas.
    var text: String {
        if let text = value.string { return text }
        guard case .array(let elements) = value else { return value.compactText }
        let texts = elements.compactMap(\.string)
        return texts.count == elements.count ? texts.joined(separator: ", ") : value.compactText
    }

    /// The value for the clipboard; if the mapping's token lacks the claim, the other token's value.
    var copyText: String {
        switch difference?.change {
        case .added(let value), .removed(let value), .changed(_, let value): value.string ?? value.compactText
        case nil: text
        }
    }

    var filterText: String { difference == nil ? "\(name) \(text)" : name }

    /// The instant of `exp`, `iat`, or `nbf`; `nil` for other claims and outside the years 1 to 9999.
    var date: Date? {
        guard ["exp", "iat", "nbf"].contains(name), let seconds = value.integer else { return nil }
        return Instant(unixSeconds: seconds)?.date
    }
}

/// The claims of another token, for a comparison with a mapping's token.
package struct ClaimComparison: Hashable, Sendable {
    /// The origin of claims that the console must read first.
    package enum Source: Hashable, Sendable {
        /// The latest token with a different fingerprint, from the mapping's history.
        case previous(than: String)
        /// A file with a token or its claims.
        case file(String)
    }

    let mapping: RoleMapping.ID
    /// The name of the other token.
    let title: String
    let claims: Claims

    package init(mapping: RoleMapping.ID, title: String, claims: Claims) {
        self.mapping = mapping
        self.title = title
        self.claims = claims
    }
}

/// The state of a signature check; reasons are full sentences.
package enum SignatureFinding: Hashable, Sendable {
    case requested
    case verified
    /// The signature could not be checked.
    case unverified(reason: String)
    /// The signature does not match the issuer's key with the ID in the token's header.
    case invalid(reason: String)

    var text: String {
        switch self {
        case .requested: "signature ↻"
        case .verified: "signature ✓"
        case .unverified(let reason): "signature ▲ not verified: \(reason)"
        case .invalid(let reason): "signature ✕ invalid: \(reason)"
        }
    }

    /// Whether the check ended without a confirmation of the signature.
    var isDoubtful: Bool {
        switch self {
        case .requested, .verified: false
        case .unverified, .invalid: true
        }
    }

    var style: ResolvedStyle {
        switch self {
        case .requested: .pending
        case .verified: .good
        case .unverified: .caution
        case .invalid: .bad
        }
    }
}
