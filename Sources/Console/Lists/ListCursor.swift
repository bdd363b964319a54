/// The selected line of a list and the first line shown.
package struct ListCursor: Hashable, Sendable {
    package private(set) var selected = 0
    package private(set) var top = 0

    /// Selects a line; a later ``clamp(count:height:)`` scrolls to the line.
    mutating func select(_ line: Int) {
        selected = max(0, line)
    }

    /// Moves selection and view together, for example after lines were added above.
    mutating func shift(by lines: Int) {
        selected = max(0, selected + lines)
        top = max(0, top + lines)
    }

    /// Clamps the selection to a list of `count` lines, and scrolls a view of `height` lines to the selection.
    mutating func clamp(count: Int, height: Int) {
        selected = min(selected, max(0, count - 1))
        top = min(top, max(0, count - height), selected)
        top = max(top, selected - max(1, height) + 1)
    }

    /// Clamps the view of a text; the selected line becomes the first visible line.
    mutating func clampScrolling(count: Int, height: Int) {
        selected = min(selected, max(0, count - height))
        top = selected
    }
}
