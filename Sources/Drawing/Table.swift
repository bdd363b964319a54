/// A column of a table: what it wants, and what it takes when there is little room.
package struct Column: Hashable, Sendable {
    package enum Alignment: Hashable, Sendable {
        case left
        case right
    }

    package let title: String
    /// Below this it is left out.
    package let minimum: Int
    /// As wide as this before less wanted columns are taken in.
    package let comfort: Int
    /// More than this it does not need.
    package let ideal: Int
    /// Columns with a higher number give way first; those with the same share what is over.
    package let priority: Int
    package let alignment: Alignment
    /// Where a text that does not fit gives way.
    package let cut: String.Cut
    /// Blanks between it and the next one.
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
    /// How much room a table of them needs to have all of them in and each as wide as is comfortable.
    package var breadth: Int {
        reduce(0) { $0 + $1.comfort + $1.gap } - (map(\.gap).min() ?? 0)
    }
}

/// Where the columns of a table stand in the room there is.
package struct TableLayout: Hashable, Sendable {
    package struct Place: Hashable, Sendable {
        /// Which of the columns.
        package let index: Int
        package let column: Int
        package let columns: Int
    }

    /// The columns that are shown, from left to right.
    package let places: [Place]

    /// Takes columns in while there is room, the most wanted first, each as wide as is comfortable; what is
    /// over then widens them, in the same order, to what they need; those that are wanted equally share it.
    package init(_ columns: [Column], in width: Int) {
        let wanted = columns.indices.sorted { (columns[$0].priority, $0) < (columns[$1].priority, $1) }
        var widths: [Int: Int] = [:]
        // The last column has no gap behind it; which one that is, is not known before.
        var spare = width + (columns.map(\.gap).min() ?? 0)
        for index in wanted {
            let room = spare - columns[index].gap
            guard room >= columns[index].minimum || widths.isEmpty else { break }
            widths[index] = max(0, min(room, columns[index].comfort))
            spare = room - widths[index, default: 0]
        }
        for priority in Set(columns.map(\.priority)).sorted() {
            var equals = wanted.filter { columns[$0].priority == priority && widths[$0] != nil }
            // Whoever needs least is served first; what it leaves is for the others.
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
    /// Draws a table's row at the top of `area`, with the words marked that were looked for.
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
