/// A column of a table with its possible widths.
package struct Column: Hashable, Sendable {
    package enum Alignment: Hashable, Sendable {
        case left
        case right
    }

    package let title: String
    /// The smallest width; with less room the column is omitted.
    package let minimum: Int
    /// The width that the column gets before columns of lower priority are added.
    package let comfort: Int
    /// The largest useful width.
    package let ideal: Int
    /// Columns with a higher number are omitted first; equal numbers share spare room.
    package let priority: Int
    package let alignment: Alignment
    package let cut: String.Cut
    /// The spaces before the next column.
    package let gap: Int

    package init(
        _ title: String,
        minimum: Int,
        comfort: Int? = nil,
        ideal: Int? = nil,
        priority: Int,
        alignment: Alignment = .left,
        cut: String.Cut = .end,
        gap: Int = 2
    ) {
        self.title = title
        self.minimum = minimum
        self.ideal = max(minimum, ideal ?? minimum)
        self.comfort = min(max(minimum, comfort ?? minimum), self.ideal)
        self.priority = priority
        self.alignment = alignment
        self.cut = cut
        self.gap = gap
    }
}

extension [Column] {
    /// The width of a table with all columns at their comfortable widths.
    package var breadth: Int {
        reduce(0) { $0 + $1.comfort + $1.gap } - (map(\.gap).min() ?? 0)
    }
}

/// The places of a table's columns in a given width.
package struct TableLayout: Hashable, Sendable {
    package struct Place: Hashable, Sendable {
        /// The index of the column.
        package let index: Int
        package let column: Int
        package let columns: Int
    }

    /// The visible columns from left to right.
    package let places: [Place]

    /// Adds columns at their comfortable widths by priority while there is room.
    ///
    /// Spare room then widens them to their ideal widths, in the same order; equal priorities share it.
    package init(_ columns: [Column], in width: Int) {
        let wanted = columns.indices.sorted { (columns[$0].priority, $0) < (columns[$1].priority, $1) }
        var widths: [Int: Int] = [:]
        // The last column has no gap after it; which one that is, is not known yet.
        var spare = width + (columns.map(\.gap).min() ?? 0)
        for index in wanted {
            let room = spare - columns[index].gap
            guard room >= columns[index].minimum || widths.isEmpty else { break }
            widths[index] = max(0, min(room, columns[index].comfort))
            spare = room - widths[index, default: 0]
        }
        for priority in Set(columns.map(\.priority)).sorted() {
            var equals = wanted.filter { columns[$0].priority == priority && widths[$0] != nil }
            // The column that needs least comes first and leaves its share to the others.
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
    /// Draws a row at the top of `area` with words highlighted.
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
