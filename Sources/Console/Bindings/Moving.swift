import Drawing

extension Binding {
    static let down = move("down", [.character("j"), .down], "One line down") { line, _ in line + 1 }
    static let up = move("up", [.character("k"), .up], "One line up") { line, _ in line - 1 }
    static let pageDown = move("page-down", [.pageDown, .control("f")], "One page down") { $0 + $1 }
    static let pageUp = move("page-up", [.pageUp, .control("b")], "One page up") { $0 - $1 }
    static let halfPageDown = move("half-page-down", [.control("d")], "Half a page down") { $0 + $1 / 2 }
    static let halfPageUp = move("half-page-up", [.control("u")], "Half a page up") { $0 - $1 / 2 }
    static let top = end("top", [.character("g"), .home], "The first line", isLast: false)
    static let bottom = end("bottom", [.character("G"), .end], "The last line", isLast: true)

    private static func end(_ id: String, _ keys: [Key], _ help: String, isLast: Bool) -> Binding {
        Binding(id, keys, help: help, isMove: true) { state in
            state.moveToEnd(isLast)
            return []
        }
    }

    /// Moves the cursor of the panel shown from its line by lines or pages.
    private static func move(
        _ id: String,
        _ keys: [Key],
        _ help: String,
        to target: @escaping @Sendable (_ line: Int, _ page: Int) -> Int
    ) -> Binding {
        Binding(id, keys, help: help, isMove: true) { state in
            state.move(target)
            return []
        }
    }
}
