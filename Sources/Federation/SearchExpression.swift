import Foundation

/// A regular expression from user input, matched against many texts, ignoring case.
///
/// `^` and `$` match at the start and the end of each line of a text.
///
/// Some expressions, such as `(a+)+$`, need an exponential number of steps. A search stops when its budget is used up
/// and then reports no match.
package struct SearchExpression: Hashable, Sendable {
    /// The maximum number of the regex engine's progress reports in a single search, 1–2 ms in total.
    ///
    /// The reports of a search with little backtracking do not count.
    private static let reportsPerSearch = 10

    package let pattern: String
    private let expression: NSRegularExpression

    /// Compiles an expression; `nil` if it is invalid.
    package init?(_ pattern: String) {
        let options: NSRegularExpression.Options = [.caseInsensitive, .anchorsMatchLines]
        guard let expression = try? NSRegularExpression(pattern: pattern, options: options) else {
            return nil
        }
        self.pattern = pattern
        self.expression = expression
    }

    /// The first match that is not empty.
    package func range(in text: String) -> Range<String.Index>? {
        var budget = Self.reportsPerSearch
        return range(in: text, budget: &budget)
    }

    /// The first match in one of many texts that share a budget of progress reports.
    ///
    /// A search with little backtracking, the usual case, does not reduce `budget`. When the budget is used
    /// up, searches return `nil`.
    package func range(in text: String, budget: inout Int) -> Range<String.Index>? {
        guard budget > 0 else { return nil }
        var found: NSRange?
        // Progress is reported at each start position, and repeatedly in a long search.
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
