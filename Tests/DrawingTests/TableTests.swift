import TestSupport
import Testing

@testable import Drawing

@Suite(.computing) struct TableTests {
    private static let columns = [
        Column("A", minimum: 5, priority: 0),
        Column("B", minimum: 4, preferred: 6, ideal: 20, priority: 1),
        Column("C", minimum: 6, ideal: 8, priority: 3, alignment: .right),
        Column("D", minimum: 6, ideal: 8, priority: 2, cut: .middle),
    ]

    @Test(arguments: 0..<80)
    func `columns are side by side within the width`(width: Int) {
        let places = TableLayout(Self.columns, in: width).places
        #expect(places.allSatisfy { $0.column + $0.columns <= max(width, 0) })
        for (left, right) in zip(places, places.dropFirst()) {
            #expect(left.column + left.columns + 2 <= right.column)
        }
    }

    @Test(arguments: [
        (5, [0]), (10, [0]), (11, [0, 1]), (20, [0, 1]), (21, [0, 1, 3]), (28, [0, 1, 3]),
        (29, [0, 1, 2, 3]),
    ])
    func `columns of low priority are omitted first`(width: Int, shown: [Int]) {
        #expect(TableLayout(Self.columns, in: width).places.map(\.index) == shown)
    }

    @Test
    func `spare room goes to columns of high priority first`() {
        #expect(TableLayout(Self.columns, in: 40).places.map(\.columns) == [5, 17, 6, 6])
        #expect(TableLayout(Self.columns, in: 100).places.map(\.columns) == [5, 20, 8, 8])
    }

    @Test(arguments: [
        (30, [9, 9, 8]), (31, [9, 10, 8]), (40, [9, 19, 8]), (26, [7, 7, 8]), (17, [7, 8]),
    ])
    func `columns of equal priority share spare room`(width: Int, widths: [Int]) {
        let columns = [
            Column("A", minimum: 5, ideal: 9, priority: 0), Column("B", minimum: 5, ideal: 40, priority: 0),
            Column("C", minimum: 8, priority: 1),
        ]
        #expect(TableLayout(columns, in: width).places.map(\.columns) == widths)
    }

    @Test(arguments: [
        (["ab", "0123456789abc"], [7, 13]), (["ab", "0"], [10, 10]), (["0123456789abc", "0"], [13, 7]),
        (["0123456789abc", ""], [10, 10]), (["0123456789abc", "0123456789abc"], [10, 10]),
        (["a", "0123456789012345678901234567890"], [1, 19]),
    ])
    func `a column that cuts a cell takes the width that other cells do not need`(
        _ cells: [String],
        _ widths: [Int]
    ) {
        let columns = [
            Column("A", minimum: 5, ideal: 10, priority: 0), Column("B", minimum: 5, ideal: 10, priority: 1),
        ]
        let layout = TableLayout(columns, in: 22, showing: [cells.map { Line($0) }])
        #expect(layout.places.map(\.columns) == widths)
    }

    @Test
    func `columns of equal priority share the width that no cell needs`() {
        let columns = [
            Column("A", minimum: 8, priority: 0), Column("B", minimum: 5, priority: 1),
            Column("C", minimum: 5, priority: 1),
        ]
        let cells = [Line("a"), Line("0123456789"), Line("0123456789")]
        let layout = TableLayout(columns, in: 22, showing: [cells])
        #expect(layout.places.map(\.columns) == [1, 8, 9])
    }

    @Test
    func `a cell extends over empty cells, and a short form replaces a line that does not fit`() {
        let columns = [
            Column("A", minimum: 5, priority: 0), Column("B", minimum: 5, priority: 1),
            Column("C", minimum: 5, priority: 2),
        ]
        let layout = TableLayout(columns, in: 19)
        func text(_ cells: [Line]) -> String {
            var canvas = Canvas(size: Size(columns: 19, rows: 1))
            canvas.put(cells, of: columns, by: layout, in: canvas.bounds)
            return canvas.text
        }
        #expect(text([Line("abcdefghijkl"), Line(), Line("c")]) == "abcdefghijkl  c\n")
        #expect(text([Line("abcdefghijkl"), Line("b"), Line("c")]) == "abcd…  b      c\n")
        let short = Line("requires x").orShort(Line("no"))
        #expect(text([Line("a"), short, Line("c")]) == "a      no     c\n")
        #expect(text([Line("a"), short, Line()]) == "a      requires x\n")
    }

    @Test
    func `cells are aligned, cut, and highlighted`() {
        var canvas = Canvas(size: Size(columns: 30, rows: 1))
        let layout = TableLayout(Self.columns, in: 30)
        canvas.put(
            [Line("Abcdefgh"), Line("b"), Line("cc"), Line("abcdefghij")],
            of: Self.columns,
            by: layout,
            in: canvas.bounds,
            marking: ["bc"],
            isSelected: true
        )
        #expect(canvas.text == "Abcd…  b            cc  abc…ij\n")
        #expect(canvas.styleText == "#MM##..#............##..#MM###\n")
    }

    @Test(arguments: [
        (0.0, "────"), (1.0, "━━━━"), (0.5, "━━──"), (0.125, "╸───"), (0.001, "╸───"), (-1, "────"),
        (9, "━━━━"),
        (.nan, "────"), (0.6, "━━╸─"),
    ])
    func `a gauge is filled in half cells and keeps its width`(fraction: Double, bar: String) {
        #expect(Gauge(fraction).line(columns: 4, .good).spans.map(\.text).joined() == bar)
    }
}
