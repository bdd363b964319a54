import TestSupport
import Testing

@testable import Drawing

@Suite(.computing) struct CanvasTests {
    /// Strings of wide, combining, joined, and hostile characters.
    private static let pieces = [
        "a", " ", "é", "e\u{301}", "\u{301}", "漢", "字", "👩‍💻", "🇩🇪", "\u{1B}[31m", "\u{202E}", "\n", "\t",
        "\u{7F}", "\u{85}", "ﷺ", "─", "\u{200B}", "한", "\u{E000}", "\u{10FFFF}", "ｆ", "\u{FE0F}", "…",
    ]

    private static func text(using generator: inout SeededGenerator) -> String {
        (0..<Int.random(in: 0..<30, using: &generator)).reduce("") { text, _ in
            text + (pieces.randomElement(using: &generator) ?? "")
        }
    }

    private static func rect(using generator: inout SeededGenerator) -> Rect {
        Rect(
            column: Int.random(in: -5..<25, using: &generator),
            row: Int.random(in: -3..<12, using: &generator),
            columns: Int.random(in: 0..<25, using: &generator),
            rows: Int.random(in: 0..<12, using: &generator)
        )
    }

    @Test(arguments: UInt64(0)..<300)
    func `text is never drawn outside its area`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var canvas = Canvas(size: Size(columns: 20, rows: 8))
        canvas.fill(canvas.bounds, Style(.faint))
        let area = Self.rect(using: &generator)
        for _ in 0..<5 {
            let point = Point(
                column: Int.random(in: -10..<30, using: &generator),
                row: Int.random(in: -3..<12, using: &generator)
            )
            canvas.put(Self.text(using: &generator), at: point, in: area, Style(.bad))
        }
        for row in 0..<8 {
            for column in 0..<20 where !area.contains(Point(column: column, row: row)) {
                #expect(canvas[column: column, row: row].style == Style(.faint), "seed \(seed)")
            }
        }
    }

    @Test(arguments: UInt64(0)..<300)
    func `every wide glyph has two cells after any drawing`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var canvas = Canvas(size: Size(columns: 12, rows: 1))
        for _ in 0..<10 {
            let column = Int.random(in: 0..<12, using: &generator)
            let text = Self.text(using: &generator)
            canvas.put(text, at: Point(column: column, row: 0), in: canvas.bounds)
        }
        let row = Array(canvas.row(0))
        for (column, cell) in row.enumerated() {
            let isFollowed = column + 1 < row.count && row[column + 1].isContinuation
            #expect((cell.glyph.columns == 2) == isFollowed, "seed \(seed), column \(column)")
        }
        #expect(row.filter { !$0.isContinuation }.reduce(0) { $0 + $1.glyph.columns } == 12)
    }

    @Test(arguments: UInt64(0)..<100)
    func `in ASCII, every cell is ASCII and keeps its position`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let text = Self.text(using: &generator)
        var unicode = Canvas(size: Size(columns: 60, rows: 1))
        var ascii = Canvas(size: Size(columns: 60, rows: 1), characterSet: .ascii)
        let end = unicode.put(text, at: Point(column: 0, row: 0), in: unicode.bounds)
        #expect(ascii.put(text, at: Point(column: 0, row: 0), in: ascii.bounds) == end)
        #expect(ascii.text.allSatisfy { $0.isASCII })
    }

    @Test
    func `half a wide glyph is not drawn at the edge`() {
        var canvas = Canvas(size: Size(columns: 3, rows: 1))
        canvas.put("a漢字", at: Point(column: 0, row: 0), in: canvas.bounds)
        #expect(canvas.text == "a漢\n")
        canvas.put("漢字", at: Point(column: 0, row: 0), in: canvas.bounds)
        #expect(canvas.text == "漢\n")
    }

    @Test
    func `a line draws its spans in order`() {
        var canvas = Canvas(size: Size(columns: 10, rows: 1))
        let end = canvas.put(
            Line("ab", .good) + Line("cd", .bad),
            at: Point(column: 1, row: 0),
            in: canvas.bounds
        )
        #expect(end == 5)
        #expect(canvas.text == " abcd\n")
        #expect(canvas.styleText == ".ggbb\n")
    }
}
