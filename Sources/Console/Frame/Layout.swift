package import Drawing

/// The parts of the screen; a part without room is empty.
package struct Layout: Hashable, Sendable {
    package let header: Rect
    package let tabs: Rect
    /// The rows for the list's subject (for example, the mapping of the claims).
    package let subject: Rect
    /// The titles of the list's columns.
    package let heading: Rect
    package let list: Rect
    /// The line between list and detail.
    package let divider: Rect
    package let detail: Rect
    package let footer: Rect

    /// The minimum number of columns of a detail beside a list.
    private static let detailColumns = 44
    /// The minimum number of rows for a list with a detail below it.
    private static let rowsForDetail = 12

    /// Divides the screen.
    ///
    /// The detail has the first of these positions that is possible:
    /// 1. in place of the list, if `isAlone` is set
    /// 2. beside the list, if all of the list's columns fit
    /// 3. below the list, on a tall screen
    ///
    /// A wider screen never shows fewer columns. A detail below a short list also gets the list's unused rows.
    ///
    /// - Parameters:
    ///   - size: The size of the screen.
    ///   - hasDetail: Whether the selected line has a detail.
    ///   - isAlone: Whether the detail replaces the list.
    ///   - subjectRows: The number of rows for the list's subject, above the column titles.
    ///   - preferredColumns: The width of the list's table with all of its columns, in terminal columns.
    ///   - idealColumns: The maximum width that the list's table can use, in terminal columns.
    ///   - detailRows: The maximum number of rows of a detail below a long list, including its title.
    ///   - lines: The number of lines of the list; `nil` for a filtered list, because typing changes the number.
    package init(
        size: Size,
        hasDetail: Bool,
        isAlone: Bool = false,
        subjectRows: Int = 0,
        preferredColumns: Int = 0,
        idealColumns: Int = 0,
        detailRows: Int = 16,
        lines: Int? = nil
    ) {
        var body = Rect(size)
        (header, body) = body.splitTop(size.rows >= 6 ? 1 : 0)
        (tabs, body) = body.splitTop(size.rows >= 10 ? 1 : 0)
        (body, footer) = body.splitBottom(size.rows >= 4 ? 1 : 0)
        (subject, body) = body.splitTop(size.rows >= 8 && !(hasDetail && isAlone) ? subjectRows : 0)
        if hasDetail, isAlone {
            (divider, detail) = body.splitTop(body.rows >= 3 ? 1 : 0)
            body = Rect(row: body.endRow, columns: body.columns, rows: 0)
        } else if hasDetail, body.columns >= preferredColumns + 2 + Self.detailColumns + 2 {
            let most = body.columns - max(Self.detailColumns + 4, body.columns / 3)
            let (left, rest) = body.splitLeft(max(preferredColumns + 2, min(idealColumns + 2, most)))
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
