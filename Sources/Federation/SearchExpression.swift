import CPCRE
import Synchronization

/// A case-insensitive regular expression from user input.
///
/// The syntax is Perl's, as PCRE2 implements it. `^` and `$` match at the start and the end of each line of a text.
///
/// Some expressions, such as `(a+)+$`, need an exponential number of steps. Therefore, each search has a budget of
/// steps. A search that uses up its budget reports no match.
package struct SearchExpression: Hashable, Sendable {
    private static let stepsPerSearch = 100_000

    package let pattern: String
    private let compiled: CompiledPattern

    /// Compiles an expression; `nil` if it is invalid.
    package init?(_ pattern: String) {
        do throws(PatternError) {
            try self.init(parsing: pattern)
        } catch {
            return nil
        }
    }

    /// Compiles an expression.
    ///
    /// - Throws: ``PatternError`` if it is invalid.
    package init(parsing pattern: String) throws(PatternError) {
        self.pattern = pattern
        compiled = try CompiledPattern(pattern)
    }

    package static func == (left: SearchExpression, right: SearchExpression) -> Bool {
        left.pattern == right.pattern
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(pattern)
    }

    /// Returns the range of the first match that is not empty.
    package func range(in text: String) -> Range<String.Index>? {
        var budget = Self.stepsPerSearch
        return range(in: text, budget: &budget)
    }

    /// Returns the range of the first match that is not empty; several searches can share a budget of steps.
    ///
    /// A search with little backtracking does not reduce `budget`. A search that fails (for example, at the memory
    /// limit) sets `budget` to 0. With a budget of 0, the result is `nil`.
    package func range(in text: String, budget: inout Int) -> Range<String.Index>? {
        guard budget > 0 else { return nil }
        guard let found = compiled.firstMatch(in: text.utf8.span, budget: &budget) else { return nil }
        let start = text.utf8.index(text.startIndex, offsetBy: found.lowerBound)
        return start..<text.utf8.index(start, offsetBy: found.count)
    }
}

/// PCRE2's reason why a pattern is not a regular expression.
package struct PatternError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    fileprivate init(code: CInt) {
        var message = [UInt8](repeating: 0, count: 256)
        let length = pcre2_get_error_message_8(code, &message, message.count)
        description = String(decoding: message.prefix(max(0, Int(length))), as: UTF8.self)
    }
}

/// A pattern compiled by PCRE2, with the memory for one search; concurrent searches wait for each other.
private final class CompiledPattern: Sendable {
    private let matcher: Mutex<Matcher>

    init(_ pattern: String) throws(PatternError) {
        matcher = Mutex(try Matcher(pattern))
    }

    /// Returns the bytes of the first match that is not empty.
    func firstMatch(in text: Span<UInt8>, budget: inout Int) -> Range<Int>? {
        matcher.withLock { $0.firstMatch(in: text, budget: &budget) }
    }
}

private struct Matcher: ~Copyable {
    /// The maximum length of a pattern in bytes.
    private static let longestPattern = 4096
    /// The maximum depth of parentheses; the compiler is recursive.
    private static let deepestParentheses: UInt32 = 100
    /// The maximum memory for backtracking, in KiB; also limits the depth of recursion.
    private static let heapLimit: UInt32 = 8192
    /// The number of steps per byte of text that do not reduce the budget.
    private static let ordinarySteps = 20

    /// The options for compiling a pattern.
    ///
    /// The automatic callouts count all steps of a search. PCRE2's own limit counts the steps of each start position
    /// separately.
    private static let options =
        PCRE2_UTF | PCRE2_UCP | PCRE2_CASELESS | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C
        | PCRE2_AUTO_CALLOUT | PCRE2_NO_UTF_CHECK

    private let code: OpaquePointer
    private let context: OpaquePointer
    private let data: OpaquePointer

    init(_ pattern: String) throws(PatternError) {
        guard let settings = pcre2_compile_context_create_8(nil) else {
            throw PatternError(code: PCRE2_ERROR_NOMEMORY)
        }
        defer { pcre2_compile_context_free_8(settings) }
        pcre2_set_max_pattern_length_8(settings, Self.longestPattern)
        pcre2_set_parens_nest_limit_8(settings, Self.deepestParentheses)
        pcre2_set_newline_8(settings, UInt32(PCRE2_NEWLINE_ANYCRLF))
        var error: CInt = 0
        var offset = 0
        let bytes = Array(pattern.utf8)
        guard let code = pcre2_compile_8(bytes, bytes.count, Self.options, &error, &offset, settings) else {
            throw PatternError(code: error)
        }
        guard let context = pcre2_match_context_create_8(nil) else {
            pcre2_code_free_8(code)
            throw PatternError(code: PCRE2_ERROR_NOMEMORY)
        }
        guard let data = pcre2_match_data_create_8(1, nil) else {
            pcre2_match_context_free_8(context)
            pcre2_code_free_8(code)
            throw PatternError(code: PCRE2_ERROR_NOMEMORY)
        }
        pcre2_set_heap_limit_8(context, Self.heapLimit)
        // Only the callouts limit the steps.
        pcre2_set_match_limit_8(context, .max)
        (self.code, self.context, self.data) = (code, context, data)
    }

    deinit {
        pcre2_match_data_free_8(data)
        pcre2_match_context_free_8(context)
        pcre2_code_free_8(code)
    }

    func firstMatch(in text: Span<UInt8>, budget: inout Int) -> Range<Int>? {
        var left = CLongLong(Self.ordinarySteps * (text.count + 1) + budget)
        let result = withUnsafeMutablePointer(to: &left) { left in
            pcre2_set_callout_8(context, cpcre_count_step, left)
            let options = PCRE2_NOTEMPTY | PCRE2_NO_UTF_CHECK
            return text.withUnsafeBufferPointer { text in
                pcre2_match_8(code, text.baseAddress, text.count, 0, options, data, context)
            }
        }
        budget = min(budget, max(0, Int(left)))
        guard result >= 0 else {
            if result != PCRE2_ERROR_NOMATCH { budget = 0 }
            return nil
        }
        guard let bounds = pcre2_get_ovector_pointer_8(data), bounds[0] < bounds[1] else { return nil }
        return bounds[0]..<bounds[1]
    }
}
