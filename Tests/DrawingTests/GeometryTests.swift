import TestSupport
import Testing

@testable import Drawing

@Suite(.computing) struct GeometryTests {
    @Test(
        arguments: [
            ("80x24", Size(columns: 80, rows: 24)), ("300X100", Size(columns: 300, rows: 100)),
            ("1x1", Size(columns: 1, rows: 1)),
            ("80", nil), ("0x5", nil), ("80x", nil), ("80x24x2", nil), ("-1x5", nil), ("80x1001", nil),
            ("axb", nil),
        ] as [(String, Size?)]
    )
    func `a size is parsed as columns by rows`(text: String, size: Size?) {
        #expect(Size(text) == size)
    }

    @Test(arguments: [0, 1, 5, 10, 11])
    func `the parts of a split add up to the whole`(count: Int) {
        let area = Rect(column: 2, row: 3, columns: 10, rows: 10)
        let (top, below) = area.splitTop(count)
        #expect(top.rows + below.rows == 10 && top.endRow == below.row && below.endRow == area.endRow)
        let (above, bottom) = area.splitBottom(count)
        #expect(above.rows + bottom.rows == 10 && bottom.rows == min(count, 10))
        let (left, right) = area.splitLeft(count)
        #expect(left.columns + right.columns == 10 && left.endColumn == right.column)
    }

    @Test
    func `the intersection of separate areas is empty`() {
        let left = Rect(columns: 5, rows: 5)
        #expect(left.intersection(Rect(column: 5, row: 0, columns: 5, rows: 5)).isEmpty)
        #expect(
            left.intersection(Rect(column: -3, row: 2, columns: 5, rows: 9))
                == Rect(row: 2, columns: 2, rows: 3)
        )
    }
}
