/// A column of a table: what it wants, and what it takes when there is little room.
package struct Column: Hashable, Sendable {
    package enum Alignment: Hashable, Sendable {
        case left
        case right
    }

    package let title: String
    /// Below this it is left out.
    package let minimum: Int
    /// More than this it does not need.
    package let ideal: Int
    /// Columns with a higher number give way first.
    package let priority: Int
    package let alignment: Alignment
    /// Where a text that does not fit gives way.
    package let cut: String.Cut
    /// Blanks between it and the next one.
    package let gap: Int

    package init(
        _ title: String,
        minimum: Int,
        ideal: Int? = nil,
        priority: Int,
        alignment: Alignment = .left,
        cut: String.Cut = .end,
        gap: Int = 2
    ) {
        self.title = title
        self.minimum = minimum
        self.ideal = max(minimum, ideal ?? minimum)
        self.priority = priority
        self.alignment = alignment
        self.cut = cut
        self.gap = gap
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

    /// Leaves out columns until the rest fits at its minimum, then gives what is over to the most wanted first.
    package init(_ columns: [Column], in width: Int) {
        var shown = Set(columns.indices)
        func used() -> Int {
            shown.reduce(0) { $0 + columns[$1].minimum + ($1 == shown.max() ? 0 : columns[$1].gap) }
        }
        while shown.count > 1, used() > width,
            let last = shown.max(by: { (columns[$0].priority, $0) < (columns[$1].priority, $1) })
        {
            shown.remove(last)
        }
        var widths = Dictionary(uniqueKeysWithValues: shown.map { ($0, columns[$0].minimum) })
        var spare = width - used()
        for index in shown.sorted(by: { (columns[$0].priority, $0) < (columns[$1].priority, $1) }) {
            let more = min(max(0, spare), columns[index].ideal - columns[index].minimum)
            widths[index, default: 0] += more
            spare -= more
        }
        var column = 0
        places = shown.sorted().map { index in
            let taken = min(widths[index, default: 0], max(0, width - column))
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
