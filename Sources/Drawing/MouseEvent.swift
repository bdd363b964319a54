/// A mouse action and its position.
package struct MouseEvent: Hashable, Sendable {
    package enum Action: Hashable, Sendable {
        case press
        case wheelUp
        case wheelDown
    }

    package let action: Action
    package let place: Point

    package init(_ action: Action, at place: Point) {
        self.action = action
        self.place = place
    }
}
