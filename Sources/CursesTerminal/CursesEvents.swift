import CCurses
import Drawing

extension TerminalEvent {
    /// Converts a function key, a named key, or a mouse action from ncurses; returns `nil` for other input.
    init?(_ input: cc_input) {
        switch input.kind {
        case CC_FUNCTION: self = .key(.function(Int(input.value)))
        case CC_KEY: self.init(key: Key(cc_key(input.value)))
        case CC_MOUSE: self.init(mouse: input)
        default: return nil
        }
    }

    private init?(key: Key?) {
        guard let key else { return nil }
        self = .key(key)
    }

    private init?(mouse input: cc_input) {
        let place = Point(column: Int(input.column), row: Int(input.row))
        switch cc_mouse(input.value) {
        case CC_PRESS: self = .mouse(MouseEvent(.press, at: place))
        case CC_WHEEL_UP: self = .mouse(MouseEvent(.wheelUp, at: place))
        case CC_WHEEL_DOWN: self = .mouse(MouseEvent(.wheelDown, at: place))
        default: return nil
        }
    }
}

extension Key {
    /// Returns the key for a character code; control codes are 96 below the code of their lowercase letter.
    init?(scalar value: UInt32) {
        switch value {
        case 0x09: self = .tab
        case 0x0A, 0x0D: self = .enter
        case 0x08, 0x7F: self = .backspace
        case 0x1B: self = .escape
        case 0..<0x20:
            guard let letter = Unicode.Scalar(value + 0x60) else { return nil }
            self = .control(Character(letter))
        default:
            guard let scalar = Unicode.Scalar(value) else { return nil }
            self = .character(Character(scalar))
        }
    }

    fileprivate init?(_ key: cc_key) {
        switch key {
        case CC_UP: self = .up
        case CC_DOWN: self = .down
        case CC_LEFT: self = .left
        case CC_RIGHT: self = .right
        case CC_HOME: self = .home
        case CC_END: self = .end
        case CC_PAGE_UP: self = .pageUp
        case CC_PAGE_DOWN: self = .pageDown
        case CC_ENTER: self = .enter
        case CC_BACKSPACE: self = .backspace
        case CC_DELETE: self = .delete
        case CC_INSERT: self = .insert
        case CC_BACK_TAB: self = .backTab
        default: return nil
        }
    }
}
