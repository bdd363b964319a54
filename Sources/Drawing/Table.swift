/// A column of a table, with its minimum, preferred, and ideal widths.
package struct Column: Hashable, Sendable {
    package enum Alignment: Hashable, Sendable {
        case left
        case right
    }

    package let title: String
    /// The width below which the column is omitted; the first column by ``priority`` is never omitted.
    package let minimum: Int
    /// The width that the column gets first, if possible; spare space can widen the column later.
    package let preferred: Int
    /// The width up to which spare space widens the column; a longer title or cell can widen the column further.
    package let ideal: Int
    /// The rank: columns with higher numbers are omitted first, and columns with equal numbers share spare space.
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
    /// The table width at which all columns have their ideal widths.
    package var idealColumns: Int {
        reduce(0) { $0 + $1.ideal + $1.gap } - (map(\.gap).min() ?? 0)
    }

    /// The table width at which all columns have their preferred widths.
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

    /// Creates the layout of the columns for a width.
    ///
    /// The steps, each in the order of the priority:
    /// - Each column gets the preferred width, as long as the minimum width fits.
    /// - Spare space widens the columns to their ideal widths. Columns of equal priority share the space.
    /// - A column that still cuts its title or a cell of `rows` gets space that no other column needs.
    package init(_ columns: [Column], in width: Int, showing rows: [[Line]] = []) {
        let wanted = columns.indices.sorted { (columns[$0].priority, $0) < (columns[$1].priority, $1) }
        var widths: [Int: Int] = [:]
        // No gap follows the last column. The last column is not known yet, so the smallest gap is added to the width.
        var spare = width + (columns.map(\.gap).min() ?? 0)
        for index in wanted {
            let room = spare - columns[index].gap
            guard room >= columns[index].minimum || widths.isEmpty else { break }
            widths[index] = max(0, min(room, columns[index].preferred))
            spare = room - widths[index, default: 0]
        }
        for priority in Set(columns.map(\.priority)).sorted() {
            var equals = wanted.filter { columns[$0].priority == priority && widths[$0] != nil }
            // The column that needs the least space comes first, and its unused share goes to the other columns.
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
        if !rows.isEmpty {
            let needs = Self.needs(of: rows, in: columns, shown: widths.keys.sorted(), limit: max(0, width))
            Self.widenCutColumns(&widths, of: columns, for: needs, spare: max(0, spare))
        }
        var column = 0
        places = widths.keys.sorted().map { index in
            let taken = widths[index, default: 0]
            defer { column += taken + columns[index].gap }
            return Place(index: index, column: column, columns: taken)
        }
    }

    /// Widens the columns that cut text, with space that other columns do not need for their text.
    ///
    /// Columns of equal priority share the space. The other columns get unused space back.
    private static func widenCutColumns(
        _ widths: inout [Int: Int],
        of columns: [Column],
        for needs: [Int: Int],
        spare: Int
    ) {
        func missing(_ index: Int) -> Int { needs[index, default: 0] - widths[index, default: 0] }
        let shown = widths.keys.sorted()
        guard shown.contains(where: { missing($0) > 0 }) else { return }
        var free = spare
        var donations: [(index: Int, columns: Int)] = []
        for index in shown where missing(index) < 0 {
            donations.append((index, -missing(index)))
            free -= missing(index)
            widths[index] = needs[index]
        }
        for priority in Set(columns.map(\.priority)).sorted() {
            let cut = shown.filter { columns[$0].priority == priority && missing($0) > 0 }
            for (served, index) in cut.sorted(by: { missing($0) < missing($1) }).enumerated() {
                let more = min(missing(index), free / (cut.count - served))
                widths[index, default: 0] += more
                free -= more
            }
        }
        for donation in donations {
            let more = min(donation.columns, free)
            widths[donation.index, default: 0] += more
            free -= more
        }
    }

    /// Returns the width that each shown column needs for its title and its cells.
    ///
    /// Cells are measured up to `limit`.
    private static func needs(
        of rows: [[Line]],
        in columns: [Column],
        shown: [Int],
        limit: Int
    ) -> [Int: Int] {
        var needs = Dictionary(uniqueKeysWithValues: shown.map { ($0, columns[$0].title.count) })
        for row in rows {
            for (place, index) in shown.enumerated() {
                // Skip a left-aligned cell before an empty cell, because the cell's text can extend over the empty
                // cell.
                let isFollowed = place == shown.count - 1 || !row[shown[place + 1]].isEmpty
                if !isFollowed, columns[index].alignment == .left { continue }
                needs[index] = max(needs[index, default: 0], row[index].columns(upTo: limit))
            }
        }
        return needs
    }
}

extension Canvas {
    /// Draws a row of cells at the top of `area`, with the given words highlighted.
    ///
    /// A left-aligned cell that is too wide extends over the empty cells after it.
    package mutating func put(
        _ cells: [Line],
        of columns: [Column],
        by layout: TableLayout,
        in area: Rect,
        marking words: [String] = [],
        isSelected: Bool = false
    ) {
        let row = area.splitTop(1).top
        for (order, place) in layout.places.enumerated() {
            let column = columns[place.index]
            let following = layout.places[(order + 1)...].prefix { cells[$0.index].isEmpty }
            let end = following.last ?? place
            let room = column.alignment == .left ? end.column + end.columns - place.column : place.columns
            let line = cells[place.index].fitted(to: room, cut: column.cut)
            let indent = column.alignment == .right ? place.columns - line.columns : 0
            let start = Point(column: row.column + place.column + indent, row: row.row)
            put(line.marking(words), at: start, in: row, isSelected: isSelected)
        }
    }
}
