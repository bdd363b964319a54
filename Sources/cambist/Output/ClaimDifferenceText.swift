import Federation
import Operations

/// The differences between the claims of two tokens, one per line.
///
/// Claims that differ in every token, such as `iat`, come last and are dimmed or marked.
struct ClaimDifferenceText {
    let differences: [ClaimDifference]
    /// Whether the output can contain dimmed text.
    let isStyled: Bool

    var text: String {
        if differences.isEmpty { return "The claims are the same." }
        let width = differences.map(\.name.count).max() ?? 0
        let stable = differences.filter { !$0.isVolatile }.map { line($0, width: width) }
        let volatile = differences.filter(\.isVolatile).map { difference in
            let line = line(difference, width: width)
            return isStyled ? "\u{1B}[2m\(line)\u{1B}[0m" : line + "  (differs in every token)"
        }
        let none =
            stable.isEmpty ? ["The claims are the same, except those that differ in every token."] : []
        return (none + stable + volatile).joined(separator: "\n")
    }

    private func line(_ difference: ClaimDifference, width: Int) -> String {
        let name = VisibleText.oneLine(difference.name)
        let padded = name + String(repeating: " ", count: max(0, width - name.count))
        switch difference.change {
        case .added(let value): return "+ \(padded)  \(shown(value))"
        case .removed(let value): return "- \(padded)  \(shown(value))"
        case .changed(let old, let new): return "~ \(padded)  \(shown(old)) -> \(shown(new))"
        }
    }

    private func shown(_ value: JSONValue) -> String {
        VisibleText.oneLine(value.string ?? value.compactText)
    }
}

/// An element of `differences` in the output of `claims --json`.
struct ClaimDifferenceReport: Encodable {
    let claim: String
    /// `added`, `removed`, or `changed`.
    let change: String
    let from: Nullable<JSONValue>
    let to: Nullable<JSONValue>
    /// Whether the claim differs in every token.
    let volatile: Bool

    init(_ difference: ClaimDifference) {
        claim = difference.name
        volatile = difference.isVolatile
        switch difference.change {
        case .added(let value): (change, from, to) = ("added", Nullable(nil), Nullable(value))
        case .removed(let value): (change, from, to) = ("removed", Nullable(value), Nullable(nil))
        case .changed(let old, let new): (change, from, to) = ("changed", Nullable(old), Nullable(new))
        }
    }
}
