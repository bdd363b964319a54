import Foundation

/// A regular expression that a user typed, searched in many texts without regard to case.
///
/// Some expressions, such as `(a+)+$`, need an exponential number of steps. A search ends after a fixed number of
/// steps; a match not found by then does not count.
package struct SearchExpression: Hashable, Sendable {
    /// Enough for any text on the screen: one or two milliseconds.
    private static let stepsForOne = 10

    package let pattern: String
    private let expression: NSRegularExpression

    /// Compiles an expression; `nil` when it is malformed.
    package init?(_ pattern: String) {
        guard let expression = try? NSRegularExpression(pattern: pattern, options: .caseInsensitive) else {
            return nil
        }
        self.pattern = pattern
        self.expression = expression
    }

    /// The first match in a text that is not empty.
    package func range(in text: String) -> Range<String.Index>? {
        var budget = Self.stepsForOne
        return range(in: text, budget: &budget)
    }

    /// The first match in one of many texts; `budget` is the number of steps left for all of them.
    ///
    /// A search that backtracks little, as nearly all do, does not use the budget. When it is used up, nothing is found
    /// more.
    package func range(in text: String, budget: inout Int) -> Range<String.Index>? {
        guard budget > 0 else { return nil }
        var found: NSRange?
        // Progress is reported where a search begins, at each character, and repeatedly in a long search.
        let ordinary = 2 * text.utf16.count + 2
        var left = ordinary + budget
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
        budget = min(budget, left)
        return found.flatMap { Range($0, in: text) }
    }
}
