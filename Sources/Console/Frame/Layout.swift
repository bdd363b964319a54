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

    /// Parts the screen, detail beside the list when it is wide, below it when it is high, in its place when it
    /// is read alone.
    package init(size: Size, hasDetail: Bool, isAlone: Bool = false) {
        var body = Rect(size)
        (header, body) = body.splitTop(size.rows >= 6 ? 1 : 0)
        (tabs, body) = body.splitTop(size.rows >= 10 ? 1 : 0)
        (body, footer) = body.splitBottom(size.rows >= 4 ? 1 : 0)
        if hasDetail, isAlone {
            (divider, detail) = body.splitTop(body.rows >= 3 ? 1 : 0)
            body = Rect(row: body.endRow, columns: body.columns, rows: 0)
        } else if hasDetail, body.columns >= 110 {
            let (left, rest) = body.splitLeft(body.columns * 3 / 5)
            (divider, detail) = rest.splitLeft(2)
            body = left
        } else if hasDetail, body.rows >= 12 {
            let (upper, lower) = body.splitBottom(min(16, body.rows * 2 / 5))
            (divider, detail) = lower.splitTop(1)
            body = upper
        } else {
            divider = Rect(columns: 0, rows: 0)
            detail = divider
        }
        (heading, list) = body.splitTop(body.rows >= 4 ? 1 : 0)
    }
}
