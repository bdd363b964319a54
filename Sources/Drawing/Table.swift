/// A column of a table, with its minimum, comfortable, and ideal widths.
package struct Column: Hashable, Sendable {
    package enum Alignment: Hashable, Sendable {
        case left
        case right
    }

    package let title: String
    /// The minimum width; the column is omitted if it would be narrower.
    package let minimum: Int
    /// The width reserved for the column before columns of lower priority are added.
    package let preferred: Int
    /// The maximum useful width.
    package let ideal: Int
    /// The rank of the column: columns with higher numbers are omitted first; columns with equal numbers share spare
    /// space.
    package let priority: Int
    package let alignment: Alignment
    package let cut: String.TruncationPosition
    /// The number of spaces before the next column.
    package let gap: Int

    package init(
        _ title: String,
        minimum: Int,
        preferred: Int? = nil,
        ideal: Int? = nil,
        priority: Int,
        alignment: Alignment = .left,
        cut: String.TruncationPosition = .end,
        gap: Int = 2
    ) {
        self.title = title
        self.minimum = minimum
        self.ideal = max(minimum, ideal ?? minimum)
        self.preferred = min(max(minimum, preferred ?? minimum), self.ideal)
        self.priority = priority
        self.alignment = alignment
        self.cut = cut
        self.gap = gap
    }
}

extension [Column] {
    /// The width of a table with all columns at their comfortable widths.
    package var preferredColumns: Int {
        reduce(0) { $0 + $1.preferred + $1.gap } - (map(\.gap).min() ?? 0)
    }
}

/// The positions of a table's columns for a given width.
package struct TableLayout: Hashable, Sendable {
    package struct Place: Hashable, Sendable {
        /// The column's index in the table.
        package let index: Int
        package let column: Int
        package let columns: Int
    }

    /// The visible columns, left to right.
    package let places: [Place]

    /// Adds columns at their comfortable widths, by priority, as long as they fit.
    ///
    /// Remaining space then widens the columns to their ideal widths, in the same order; columns of equal priority
    /// share it.
    package init(_ columns: [Column], in width: Int) {
        let wanted = columns.indices.sorted { (columns[$0].priority, $0) < (columns[$1].priority, $1) }
        var widths: [Int: Int] = [:]
        // The last column needs no gap after it, but which one that is depends on the result.
        var spare = width + (columns.map(\.gap).min() ?? 0)
        for index in wanted {
            let room = spare - columns[index].gap
            guard room >= columns[index].minimum || widths.isEmpty else { break }
            widths[index] = max(0, min(room, columns[index].preferred))
            spare = room - widths[index, default: 0]
        }
        for priority in Set(columns.map(\.priority)).sorted() {
            var equals = wanted.filter { columns[$0].priority == priority && widths[$0] != nil }
            // The column that needs the least space is sized first; its unused share goes to the others.
            equals.sort {
                columns[$0].ideal - widths[$0, default: 0] < columns[$1].ideal - widths[$1, default: 0]
            }
            for (served, index) in equals.enumerated() {
                let taken = widths[index, default: 0]
                let more = min(spare / (equals.count - served), columns[index].ideal - taken)
                widths[index] = taken + more
                spare -= more
            }
        }
        var column = 0
        places = widths.keys.sorted().map { index in
            let taken = widths[index, default: 0]
            defer { column += taken + columns[index].gap }
            return Place(index: index, column: column, columns: taken)
        }
    }
}

extension Canvas {
    /// Draws a row of cells at the top of `area`, with the given words highlighted.
    package mutating func put(
        _ cells: [Line],
        of columns: [Column],
        by layout: TableLayout,
        in area: Rect,
        marking words: [String] = [],
        isSelected: Bool = false
    ) {
        let row = area.splitTop(1).top
        for place in layout.places {
            let column = columns[place.index]
            let line = cells[place.index].fitted(to: place.columns, cut: column.cut)
            let indent = column.alignment == .right ? place.columns - line.columns : 0
            let start = Point(column: row.column + place.column + indent, row: row.row)
            put(line.marking(words), at: start, in: row, isSelected: isSelected)
        }
    }
}
