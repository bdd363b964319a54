import Foundation

/// A regular expression that somebody typed, to be looked for in many texts, capitals or not.
///
/// Some expressions, such as `(a+)+$`, need more steps than anyone waits for. Only so much patience is had with
/// one; what was not found until then counts as not there.
package struct SearchExpression: Hashable, Sendable {
    /// Enough for any text that is shown: a thousandth of a second or two.
    private static let patienceForOne = 10

    package let pattern: String
    private let expression: NSRegularExpression

    /// Reads an expression; `nil` when it is none.
    package init?(_ pattern: String) {
        guard let expression = try? NSRegularExpression(pattern: pattern, options: .caseInsensitive) else {
            return nil
        }
        self.pattern = pattern
        self.expression = expression
    }

    /// Where it first is in a text, if that is more than nothing.
    package func range(in text: String) -> Range<String.Index>? {
        var patience = Self.patienceForOne
        return range(in: text, patience: &patience)
    }

    /// The same for one of many texts; `patience` is what is left of it for all of them.
    ///
    /// A search that backtracks little, as nearly all do, takes nothing of it. When it is used up nothing is found any
    /// more.
    package func range(in text: String, patience: inout Int) -> Range<String.Index>? {
        guard patience > 0 else { return nil }
        var found: NSRange?
        // Progress is reported where a search begins, which is at each character, and while it goes on for long.
        let ordinary = 2 * text.utf16.count + 2
        var left = ordinary + patience
        expression.enumerateMatches(
            in: text,
            options: .reportProgress,
            range: NSRange(text.startIndex..., in: text)
        ) { match, flags, stop in
            if flags.contains(.progress) {
                left -= 1
                if left <= 0 { stop.pointee = true }
            } else if let match, match.range.length > 0 {
                found = match.range
                stop.pointee = true
            }
        }
        patience = min(patience, left)
        return found.flatMap { Range($0, in: text) }
    }
}
