import Azure
import Federation
import FoundationEssentials

/// A token's claims as text, one per line; `iat`, `nbf`, and `exp` as dates and relative times.
struct ClaimsText {
    private static let instants: Set = ["iat", "nbf", "exp"]

    let claims: Claims
    /// The result of the signature check; `nil` without `--verify`.
    let signature: TokenSignature?
    let now: Date
    let localTime: LocalTime

    var text: String {
        let names = claims.payload.keys.sorted()
        let width = names.map(\.count).max() ?? 0
        let header =
            "signed with \(claims.algorithm ?? "?"), key \(claims.keyID ?? "?"), \(verdict)"
        let lines = names.map { name in
            let meaning = ClaimMeaning.of(name).map { "  (\($0.text))" } ?? ""
            return name.padding(to: width) + "  " + value(name) + meaning
        }
        return ([header] + lines).joined(separator: "\n")
    }

    private var verdict: String {
        switch signature {
        case nil: "signature not verified"
        case .verified: "signature verified"
        case .unverified(let reason): "signature not verified: \(reason)"
        case .invalid(let reason): "signature INVALID: \(reason)"
        }
    }

    private func value(_ name: String) -> String {
        guard let value = claims.payload[name] else { return "" }
        if Self.instants.contains(name), let date = value.integer.flatMap(Instant.init(unixSeconds:))?.date {
            return instant(date)
        }
        return VisibleText.oneLine(value.string ?? value.compactText)
    }

    private func instant(_ date: Date) -> String {
        let distance = date.since(now)
        let relative =
            distance >= .zero
            ? "in \(DurationText.format(distance))" : "\(DurationText.format(.zero - distance)) ago"
        return "\(date.formatted(.iso8601))  (\(relative)\(local(date)))"
    }

    /// Returns the local time with its offset from UTC; empty if the offset is 0.
    private func local(_ date: Date) -> String {
        localTime.offset(at: date) == 0 ? "" : "; \(localTime.text(of: date))"
    }
}
