package import Drawing

/// Which part of the screen holds what; parts that there is no room for are empty.
package struct Layout: Hashable, Sendable {
    package let header: Rect
    package let tabs: Rect
    /// The names of the list's columns.
    package let heading: Rect
    package let list: Rect
    /// The line between list and detail, across or down.
    package let divider: Rect
    package let detail: Rect
    package let footer: Rect

    /// Narrower than this a detail does not stand beside a list.
    private static let detailColumns = 44
    /// Lower than this a screen shows no detail below a list.
    private static let rowsForDetail = 12

    /// Parts the screen: the detail in the list's place when it is read alone, beside the list when that leaves
    /// the list all of its columns, else below it when the screen is high.
    ///
    /// So a wider screen never shows a column less. What a short list leaves of the rows is the detail's.
    ///
    /// - Parameters:
    ///   - size: The screen's.
    ///   - hasDetail: Whether there is something to say of the selected line.
    ///   - isAlone: Whether the detail is read in the list's place.
    ///   - breadth: How many columns the list's table needs to show all that it has.
    ///   - detailRows: How high a detail below a long list is at most, its title included.
    ///   - lines: How many lines the list has; `nil` where that changes while the operator types.
    package init(
        size: Size,
        hasDetail: Bool,
        isAlone: Bool = false,
        breadth: Int = 0,
        detailRows: Int = 16,
        lines: Int? = nil
    ) {
        var body = Rect(size)
        (header, body) = body.splitTop(size.rows >= 6 ? 1 : 0)
        (tabs, body) = body.splitTop(size.rows >= 10 ? 1 : 0)
        (body, footer) = body.splitBottom(size.rows >= 4 ? 1 : 0)
        if hasDetail, isAlone {
            (divider, detail) = body.splitTop(body.rows >= 3 ? 1 : 0)
            body = Rect(row: body.endRow, columns: body.columns, rows: 0)
        } else if hasDetail, body.columns >= breadth + 2 + Self.detailColumns + 2 {
            let (left, rest) = body.splitLeft(max(breadth + 2, body.columns * 3 / 5))
            (divider, detail) = rest.splitLeft(2)
            body = left
        } else if hasDetail, body.rows >= Self.rowsForDetail {
            let spare = lines.map { body.rows - max(2, $0) - 2 } ?? 0
            let (upper, lower) = body.splitBottom(max(min(detailRows, body.rows * 2 / 5), spare))
            (divider, detail) = lower.splitTop(1)
            body = upper
        } else {
            divider = Rect(columns: 0, rows: 0)
            detail = divider
        }
        (heading, list) = body.splitTop(body.rows >= 4 ? 1 : 0)
    }
}
