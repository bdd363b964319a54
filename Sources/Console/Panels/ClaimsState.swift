import Drawing
package import Federation

import struct Foundation.Date

/// The claims of the selected mapping's token, their signature, and the token that they are compared with.
struct ClaimsState: Hashable, Sendable {
    /// The values from which the lines are made; they are made again when one changes.
    private struct Basis: Hashable {
        let mapping: RoleMapping.ID?
        let fingerprint: String?
        let received: Date?
        let signature: SignatureFinding?
        let comparison: ClaimComparison?
    }

    /// The claims that decide, which come first.
    private static let leading = [
        "aud", "iss", "sub", "oid", "roles", "appid", "azp", "tid", "iat", "nbf", "exp",
    ]

    var list = ListModel<ClaimLine>()
    /// The findings by the tokens' fingerprints.
    var signatures: [String: SignatureFinding] = [:]
    var comparison: ClaimComparison?
    private var comparing: Request?
    private var basis: Basis?

    /// Returns the comparison of a mapping's claims.
    func comparison(for id: RoleMapping.ID?) -> ClaimComparison? {
        comparison.flatMap { $0.mapping == id ? $0 : nil }
    }

    mutating func beginComparison(_ request: Request) {
        comparing = request
    }

    /// Stores the claims to compare with, unless another request followed; returns the notice of a failure.
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

    /// Requests the check of a token's signature, once for each token.
    mutating func verifySignature(of row: MappingRow?) -> [Effect] {
        guard let row, let token = row.lastRecord?.token, signatures[token.fingerprint] == nil else {
            return []
        }
        signatures[token.fingerprint] = .requested
        return [.verifySignature(row.id, fingerprint: token.fingerprint)]
    }

    /// Makes the lines again when the mapping, its token, the signature, or the comparison changed.
    mutating func refresh(for row: MappingRow?) {
        let token = row?.lastRecord?.token
        let comparison = comparison(for: row?.id)
        let basis = Basis(
            mapping: row?.id,
            fingerprint: token?.fingerprint,
            received: token?.received,
            signature: token.flatMap { signatures[$0.fingerprint] },
            comparison: comparison
        )
        if self.basis == basis { return }
        self.basis = basis
        list.replace(with: token.map { lines(of: $0, comparison) } ?? [])
    }

    private func lines(of token: TokenFacts, _ comparison: ClaimComparison?) -> [ClaimLine] {
        if let comparison { return differences(of: token, from: comparison) }
        let payload = token.claims.payload
        let others = payload.keys.filter { !Self.leading.contains($0) }.sorted()
        let names = Self.leading.filter { payload[$0] != nil } + others
        let novelty = token.seenBefore ? "cached" : "new"
        let head = [
            ClaimLine("token", .string("\(token.fingerprint), \(novelty), from \(token.source.rawValue)")),
            ClaimLine(signature: signatures[token.fingerprint]),
        ]
        return head + names.map { ClaimLine($0, payload[$0] ?? .null) }
            + token.claims.header.keys.sorted().map {
                ClaimLine("header.\($0)", token.claims.header[$0] ?? .null)
            }
    }

    /// Returns the differences; claims that differ between all tokens come last.
    private func differences(of token: TokenFacts, from comparison: ClaimComparison) -> [ClaimLine] {
        let differences = token.claims.differences(from: comparison.claims)
        if differences.isEmpty { return [] }
        let sorted = differences.filter { !$0.isVolatile } + differences.filter(\.isVolatile)
        return [ClaimLine("compared", .string("\(token.fingerprint) with \(comparison.title)"))]
            + sorted.map { ClaimLine($0.name, .null, difference: $0) }
    }
}

/// A claim, a fact about the token, or a difference from another token.
struct ClaimLine: ListEntry {
    let name: String
    let value: JSONValue
    var style = ResolvedStyle.text
    /// The difference from the claim that it is compared with.
    let difference: ClaimDifference?

    var id: String { name }

    init(_ name: String, _ value: JSONValue, difference: ClaimDifference? = nil) {
        self.name = name
        self.value = value
        self.difference = difference
    }

    init(signature finding: SignatureFinding?) {
        name = "signature"
        difference = nil
        value = .string(finding?.text ?? "not verified yet")
        style = finding?.style ?? .faint
    }

    /// The meaning of the claim; empty for an undocumented one.
    var meaning: String {
        switch name {
        case "token": "SHA-256 prefix; new or cached; source"
        case "signature": "checked with the keys that the issuer publishes"
        default: ClaimMeaning.of(name.hasPrefix("header.") ? String(name.dropFirst(7)) : name)?.text ?? ""
        }
    }

    /// Whether the value differs between all tokens.
    var isVolatile: Bool { ClaimMeaning.of(name)?.isVolatile ?? false }

    var text: String { value.string ?? value.compactText }

    var filterText: String { difference == nil ? "\(name) \(text)" : name }

    /// The instant of a numeric date claim; `nil` outside the years 1 to 9999.
    var date: Date? {
        guard ["exp", "iat", "nbf"].contains(name), let seconds = value.integer else { return nil }
        return Instant(unixSeconds: seconds)?.date
    }
}

/// The claims of another token, to compare a mapping's token with.
package struct ClaimComparison: Hashable, Sendable {
    /// The origin of the other claims.
    package enum Source: Hashable, Sendable {
        /// The mapping's last token in the history that differs from this fingerprint.
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

/// The result of checking a token's signature.
///
/// The reasons are sentences.
package enum SignatureFinding: Hashable, Sendable {
    case requested
    case verified
    /// The signature could not be checked.
    case unverified(reason: String)
    /// None of the issuer's published keys made the signature.
    case invalid(reason: String)

    var text: String {
        switch self {
        case .requested: "↻ verifying"
        case .verified: "✓ verified with the issuer's published key"
        case .unverified(let reason): "▲ not verified: \(reason)"
        case .invalid(let reason): "✕ invalid: \(reason)"
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
