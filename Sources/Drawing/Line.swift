/// A line of text made of spans with different styles.
package struct Line: Hashable, Sendable {
    package struct Span: Hashable, Sendable {
        package let text: String
        package let style: ResolvedStyle
    }

    package private(set) var spans: [Span]
    /// The spans of a shorter form, which is shown where the line does not fit.
    private var shortForm: [Span] = []

    package init(_ text: String = "", _ style: ResolvedStyle = .text) {
        spans = text.isEmpty ? [] : [Span(text: text, style: style)]
    }

    package var text: String { spans.map(\.text).joined() }
    package var columns: Int { spans.reduce(0) { $0 + $1.text.columns() } }
    package var isEmpty: Bool { spans.isEmpty }

    /// Returns the width in columns; stops counting once `limit` is exceeded.
    package func columns(upTo limit: Int) -> Int {
        var total = 0
        for span in spans where total <= limit { total += span.text.columns(upTo: limit - total) }
        return total
    }

    /// Returns the line with a shorter form, which is shown where the whole line does not fit.
    package func orShort(_ short: Line) -> Line {
        var line = self
        line.shortForm = short.spans
        return line
    }

    /// Returns both lines as one line without a shorter form; `left` is not copied if it has no other references.
    package static func + (left: consuming Line, right: Line) -> Line {
        left += right
        return left
    }

    package static func += (left: inout Line, right: Line) {
        left.spans += right.spans
        left.shortForm = []
    }

    /// Returns the line, or its shorter form if the line does not fit, truncated to a number of columns.
    package func fitted(to columns: Int, cut: String.TruncationPosition = .end) -> Line {
        if !shortForm.isEmpty, self.columns(upTo: columns) > columns {
            var short = Line()
            short.spans = shortForm
            return short.fitted(to: columns, cut: cut)
        }
        var left = columns
        var line = Line()
        for (index, span) in spans.enumerated() {
            let width = span.text.columns(upTo: left)
            let isLast = index == spans.count - 1
            if width < left || width == left && isLast {
                line.spans.append(span)
                left -= width
                continue
            }
            if left < 1 { break }
            line += Line(
                isLast ? span.text.fitted(to: left, cut: cut) : span.text.prefix(columns: left - 1) + "…",
                span.style
            )
            break
        }
        return line
    }

    /// Returns the line without its first columns; every character of the line must be one column wide.
    package func dropping(columns: Int) -> Line {
        var left = columns
        return spans.reduce(Line()) { line, span in
            let width = span.text.columns()
            defer { left = max(0, left - width) }
            if left == 0 { return line + Line(span.text, span.style) }
            return left >= width ? line : line + Line(String(span.text.dropFirst(left)), span.style)
        }
    }

    /// Returns the parts on as few lines as possible, with `gap` spaces between parts.
    ///
    /// A part that is wider than a line is cut.
    package static func flow(_ parts: [Line], gap: Int, columns: Int) -> [Line] {
        flow(parts, separator: Line(String(repeating: " ", count: gap)), columns: columns)
    }

    /// Returns the parts on as few lines as possible, with a separator between parts.
    ///
    /// A part that is wider than a line is cut.
    package static func flow(_ parts: [Line], separator: Line, columns: Int) -> [Line] {
        var lines: [Line] = []
        for part in parts {
            if let last = lines.last, last.columns + separator.columns + part.columns <= columns {
                lines[lines.count - 1] += separator + part
            } else {
                lines.append(part.fitted(to: columns))
            }
        }
        return lines
    }

    /// Returns the line with matches of the words highlighted; `words` must be in lower case.
    ///
    /// Repeated and overlapping matches are not always highlighted.
    package func marking(_ words: [String]) -> Line {
        words.isEmpty ? self : spans.reduce(Line()) { $0 + Self.mark(words[...], in: $1) }
    }

    private static func mark(_ words: ArraySlice<String>, in span: Span) -> Line {
        guard let word = words.first else { return Line(span.text, span.style) }
        guard let range = span.text.range(ofLowercase: word) else {
            return mark(words.dropFirst(), in: span)
        }
        let before = Span(text: String(span.text[..<range.lowerBound]), style: span.style)
        let after = Span(text: String(span.text[range.upperBound...]), style: span.style)
        return mark(words.dropFirst(), in: before) + Line(String(span.text[range]), .match)
            + mark(words.dropFirst(), in: after)
    }
}

extension Line: ExpressibleByStringLiteral {
    package init(stringLiteral text: String) {
        self.init(text)
    }
}

extension String {
    /// Returns the first occurrence of a lowercase word, ignoring the case of this text.
    fileprivate func range(ofLowercase word: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            var here = start
            var there = word.startIndex
            while there < word.endIndex, here < endIndex,
                self[here].lowercased() == String(word[there])
            {
                here = index(after: here)
                there = word.index(after: there)
            }
            if there == word.endIndex { return start..<here }
            start = index(after: start)
        }
        return nil
    }
}
