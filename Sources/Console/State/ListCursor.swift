/// Which line of a list is selected and which is the first one shown.
package struct ListCursor: Hashable, Sendable {
    package private(set) var selected = 0
    package private(set) var top = 0

    /// Selects a line; ``settle(count:height:)`` brings it into range and into view.
    mutating func select(_ line: Int) {
        selected = max(0, line)
    }

    /// Follows its line, above which so many came; what is shown stays where it is.
    mutating func shift(by lines: Int) {
        selected += lines
        top += lines
    }

    /// Brings the selection into a list of `count` lines and into view of `height` of them.
    mutating func settle(count: Int, height: Int) {
        selected = min(selected, max(0, count - 1))
        top = min(top, max(0, count - height), selected)
        top = max(top, selected - max(1, height) + 1)
    }

    /// Scrolls text that has no selection: the selected line is the first one shown.
    mutating func settleScrolling(count: Int, height: Int) {
        selected = min(selected, max(0, count - height))
        top = selected
    }
}
