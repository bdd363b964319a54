/// A number of columns and rows.
package struct Size: Hashable, Sendable {
    package var columns: Int
    package var rows: Int

    package init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
    }
}

extension Size {
    /// Parses `80x24`; returns `nil` for other text and for numbers outside the range 1 to 1000.
    package init?(_ text: String) {
        let numbers = text.lowercased().split(separator: "x", omittingEmptySubsequences: false).map {
            Int($0)
        }
        guard numbers.count == 2, let columns = numbers[0], let rows = numbers[1],
            (1...1000).contains(columns), (1...1000).contains(rows)
        else { return nil }
        self.init(columns: columns, rows: rows)
    }
}

/// The position of a cell; row 0 is at the top, column 0 on the left.
package struct Point: Hashable, Sendable {
    package var column: Int
    package var row: Int

    package init(column: Int, row: Int) {
        self.column = column
        self.row = row
    }
}

/// A rectangular area of the screen.
///
/// Its width and height are never negative.
package struct Rect: Hashable, Sendable {
    package let column: Int
    package let row: Int
    package let columns: Int
    package let rows: Int

    package init(column: Int = 0, row: Int = 0, columns: Int, rows: Int) {
        self.column = column
        self.row = row
        self.columns = max(0, columns)
        self.rows = max(0, rows)
    }

    package init(_ size: Size) {
        self.init(columns: size.columns, rows: size.rows)
    }

    package var size: Size { Size(columns: columns, rows: rows) }
    package var isEmpty: Bool { columns == 0 || rows == 0 }
    /// The column after the last column.
    package var endColumn: Int { column + columns }
    /// The row after the last row.
    package var endRow: Int { row + rows }

    package func contains(_ point: Point) -> Bool {
        (column..<endColumn).contains(point.column) && (row..<endRow).contains(point.row)
    }

    /// Returns the area shared with `other`.
    package func intersection(_ other: Rect) -> Rect {
        let left = max(column, other.column)
        let top = max(row, other.row)
        return Rect(
            column: left,
            row: top,
            columns: min(endColumn, other.endColumn) - left,
            rows: min(endRow, other.endRow) - top
        )
    }

    /// Returns the area reduced by the given number of columns and rows on each side.
    package func inset(columns horizontal: Int = 0, rows vertical: Int = 0) -> Rect {
        Rect(
            column: column + min(horizontal, columns),
            row: row + min(vertical, rows),
            columns: columns - 2 * horizontal,
            rows: rows - 2 * vertical
        )
    }

    /// Splits the area into the first `count` rows and the rest.
    package func splitTop(_ count: Int) -> (top: Rect, rest: Rect) {
        let taken = min(max(0, count), rows)
        return (
            Rect(column: column, row: row, columns: columns, rows: taken),
            Rect(column: column, row: row + taken, columns: columns, rows: rows - taken)
        )
    }

    /// Splits the area into the last `count` rows and the rest above them.
    package func splitBottom(_ count: Int) -> (rest: Rect, bottom: Rect) {
        let (rest, bottom) = splitTop(rows - min(max(0, count), rows))
        return (rest, bottom)
    }

    /// Splits the area into the first `count` columns and the rest.
    package func splitLeft(_ count: Int) -> (left: Rect, rest: Rect) {
        let taken = min(max(0, count), columns)
        return (
            Rect(column: column, row: row, columns: taken, rows: rows),
            Rect(column: column + taken, row: row, columns: columns - taken, rows: rows)
        )
    }

    /// Returns a centered rectangle of the given size, reduced to fit.
    package func centered(_ size: Size) -> Rect {
        let width = min(size.columns, columns)
        let height = min(size.rows, rows)
        return Rect(
            column: column + (columns - width) / 2,
            row: row + (rows - height) / 2,
            columns: width,
            rows: height
        )
    }
}
