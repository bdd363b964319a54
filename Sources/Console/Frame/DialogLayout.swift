import Drawing

/// The areas of an overlay's parts on the screen, for drawing and for the mouse.
struct DialogLayout {
    let area: Rect
    /// The text before the items or answers.
    let lines: [Line]
    /// The rows for the items or for the text of a question.
    let list: Rect
    /// The index of the first item shown.
    let first: Int
    private let itemCount: Int
    /// The areas of the answers No and Yes to a question; empty in other overlays.
    private(set) var no = Rect(columns: 0, rows: 0)
    private(set) var yes = Rect(columns: 0, rows: 0)

    private init(area: Rect, lines: [Line] = [], list: Rect, first: Int = 0, itemCount: Int = 0) {
        self.area = area
        self.lines = lines
        self.list = list
        self.first = first
        self.itemCount = itemCount
    }

    init(of confirmation: Confirmation, in size: Size) {
        let changes = confirmation.changes(columns: max(20, min(size.columns - 8, 110)))
        let longest = changes.map(\.columns).max() ?? 0
        let wanted = max(36, confirmation.question.columns(upTo: size.columns) + 6, longest + 6)
        let width = min(wanted, max(0, size.columns - 2), changes.isEmpty ? 70 : 116)
        let lines = changes.isEmpty ? confirmation.names.wrapped(to: width - 6).map { Line($0) } : changes
        let area = Rect(size).centered(Size(columns: width, rows: min(lines.count + 5, size.rows)))
        let inner = area.inset(columns: 3, rows: 1)
        let list = inner.splitTop(1).rest.splitTop(max(0, area.rows - 5)).top
        self.init(area: area, lines: lines, list: list)
        let answers = inner.splitBottom(1).bottom
        no = answers.splitLeft(" No ".count).left
        yes = answers.splitLeft(" No ".count + 2).rest.splitLeft(" Yes ".count).left
    }

    init(of menu: Menu, in state: ConsoleState) {
        let items = menu.items(in: state)
        if case .welcome(let path) = menu.kind {
            self.init(welcoming: items.count, path: path, in: state.size)
            return
        }
        let labels = items.map { $0.label.columns() }.max() ?? 0
        let notes = items.map { $0.note.columns() }.max() ?? 0
        let width = max(menu.title.columns(upTo: 60), labels + 2 + notes) + 6
        let size = state.size
        let area = Rect(size).centered(
            Size(columns: min(width, size.columns), rows: min(items.count + 4, size.rows))
        )
        let list = area.inset(columns: 1, rows: 1).splitTop(2).rest
        self.init(
            area: area,
            list: list,
            first: max(0, menu.cursor.selected - list.rows + 1),
            itemCount: items.count
        )
    }

    /// Lays out a palette, whose items are above its input line.
    init(of palette: Palette, in state: ConsoleState) {
        let count = palette.items(in: state).count
        let end = state.layout.footer.row
        let rows = min(count, max(0, end - 1))
        let area = Rect(row: end - rows - 1, columns: state.size.columns, rows: rows + 1)
        self.init(area: area, list: area.splitTop(1).rest, itemCount: count)
    }

    /// Lays out the welcome screen: an introduction above the items, with a third of the free rows above both.
    private init(welcoming count: Int, path: String, in size: Size) {
        let columns = min(76, size.columns - 4)
        func paragraph(_ text: String) -> [Line] { text.wrapped(to: columns).map { Line($0, .faint) } }
        let introduction =
            [Line("cambist", .accent), Line()]
            + paragraph("Exchanges tokens of Azure managed identities for AWS session credentials.")
            + [Line()]
            + paragraph("\(path) does not exist yet.") + [Line()]
        let lines = Array(introduction.suffix(max(0, size.rows - count)))
        let top = max(0, (size.rows - introduction.count - count) / 3)
        let area = Rect(
            column: max(0, (size.columns - columns) / 2),
            row: top,
            columns: columns,
            rows: size.rows - top
        )
        self.init(area: area, lines: lines, list: area.splitTop(lines.count).rest, itemCount: count)
    }

    /// Returns the index of the item at a position; `nil` outside the items.
    func item(at place: Point) -> Int? {
        guard list.contains(place) else { return nil }
        let index = first + place.row - list.row
        return index < itemCount ? index : nil
    }

    /// Returns the answer at a position; `nil` between and around the answers.
    func answer(at place: Point) -> Bool? {
        if yes.contains(place) { return true }
        return no.contains(place) ? false : nil
    }
}
