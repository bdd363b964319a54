import CCurses
package import Drawing
import Glibc

/// The terminal on standard input and output, by ncurses.
///
/// It runs on a thread of its own, which is the only one to call ncurses. A process has one at a time.
package actor CursesTerminal: Terminal {
    /// How large the screen is; known once it is open.
    package private(set) var size = Size(columns: 80, rows: 24)
    /// Whether it can show more than ASCII.
    package private(set) var repertoire = TerminalCharacterSet.ascii
    package private(set) var depth = ColorDepth.none

    private var usesMouse = false
    /// Whether tmux or screen stands between this terminal and the operator's.
    private var isMultiplexed = false
    private let executor = TerminalThread()
    /// What the screen shows now; `nil` when that is not known.
    private var shown: Canvas?
    /// The value of `TERM`.
    private var type = ""
    private var listener: (@Sendable (TerminalEvent) -> Void)?
    /// What happened before there was a listener.
    private var untold: [TerminalEvent] = []

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    package nonisolated var thread: any TaskExecutor { executor }

    private init() {}

    /// Takes the terminal; `type` is the value of `TERM`, for the message of an error.
    ///
    /// Without colour, styles differ by attributes alone, whatever the terminal can. Throws ``TerminalError``
    /// when there is no terminal, or none that can show a screen.
    package static func open(
        usesColor: Bool,
        type: String?
    ) async throws(TerminalError) -> CursesTerminal {
        guard cc_prepare() else { throw .failed }
        let terminal = CursesTerminal()
        terminal.executor.start { [weak terminal] found in terminal?.assumeIsolated { $0.respond(to: found) }
        }
        try await terminal.start(usesColor: usesColor, type: type ?? "")
        return terminal
    }

    /// Gives memory that was needed for a moment, such as to read a large configuration, back to the machine.
    package static func giveBackMemory() {
        cc_give_back_memory()
    }

    package func listen(_ listener: @escaping @Sendable (TerminalEvent) -> Void) {
        self.listener = listener
        untold.forEach(listener)
        untold = []
    }

    package func show(_ canvas: Canvas) {
        guard canvas != shown else { return }
        if canvas.theme != shown?.theme { shown = nil }
        if canvas.usesMouse != usesMouse {
            usesMouse = canvas.usesMouse
            cc_use_mouse(usesMouse)
        }
        for row in 0..<min(canvas.size.rows, size.rows) {
            draw(row, of: canvas)
        }
        shown = canvas
        cc_show(Int32(canvas.cursor?.row ?? -1), Int32(canvas.cursor?.column ?? 0))
    }

    package func redraw() {
        cc_forget()
        shown = nil
    }

    package func copy(_ text: String) {
        write(ClipboardSequence(text: text, isMultiplexed: isMultiplexed).sequence)
    }

    package func ring() {
        write("\u{7}")
    }

    package func notify(_ text: String) {
        guard NotificationSequence.isSupported(by: type) else { return }
        write(NotificationSequence(text: text, isMultiplexed: isMultiplexed).sequence)
    }

    private func write(_ text: String) {
        let bytes = Array(text.utf8)
        unsafe cc_write(bytes, Int32(bytes.count))
    }

    package func suspend() {
        cc_suspend()
    }

    package func setAlarm(after delay: Duration?) {
        cc_alarm(delay.map { Int64(($0 / .milliseconds(1)).rounded(.up)) } ?? -1)
    }

    package func close() {
        cc_close()
    }
}

extension CursesTerminal {
    private func start(usesColor: Bool, type: String) throws(TerminalError) {
        switch cc_open() {
        case CC_OK: break
        case CC_NOT_A_TERMINAL: throw .notATerminal
        case CC_TERM_UNSET: throw .typeUnset
        case CC_TERM_UNKNOWN: throw .typeUnknown(type)
        case CC_TERM_INCAPABLE: throw .incapable(type)
        default: throw .failed
        }
        self.type = type
        repertoire = cc_is_utf8() ? .unicode : .ascii
        isMultiplexed = type.hasPrefix("tmux") || type.hasPrefix("screen")
        depth = usesColor ? ColorDepth(colors: Int(cc_colors())) : .none
        measure()
    }

    private func respond(to found: Int32) {
        if found & Int32(CC_SIGNAL.rawValue) != 0 { readSignals() }
        if found & Int32(CC_ALARM.rawValue) != 0 { tell(.alarm) }
        if found & Int32(CC_INPUT.rawValue) != 0 { readInput() }
        if found & Int32(CC_LOST.rawValue) != 0 { lose() }
    }

    private func tell(_ event: TerminalEvent) {
        if let listener { listener(event) } else { untold.append(event) }
    }

    private func readInput() {
        while true {
            let input = cc_read()
            switch input.kind {
            case CC_NOTHING: return
            case CC_HANGUP: return lose()
            default: if let event = TerminalEvent(input) { tell(event) }
            }
        }
    }

    private func readSignals() {
        while case let number = cc_signal(), number != 0 {
            switch number {
            case SIGWINCH:
                measure()
                tell(.resized(size))
            case SIGTSTP:
                suspend()
            case SIGCONT:
                cc_resume()
                shown = nil
                measure()
                tell(.resumed)
                tell(.resized(size))
            case SIGHUP:
                // Whoever closes the terminal sends it too.
                if cc_is_lost() { lose() } else { tell(.reload) }
            default:
                tell(.terminated(number))
            }
        }
    }

    private func lose() {
        tell(.lost)
        close()
    }

    private func measure() {
        var columns: Int32 = 0
        var rows: Int32 = 0
        unsafe cc_resize(&columns, &rows)
        let measured = Size(columns: Int(columns), rows: Int(rows))
        if measured != size { shown = nil }
        size = measured
    }

    /// Draws the cells of a row that changed; all of it where a wide glyph stands or stood.
    private func draw(_ row: Int, of canvas: Canvas) {
        let cells = canvas.row(row)
        let before = shown.flatMap { $0.size == canvas.size ? $0.row(row) : nil }
        if cells == before { return }
        let isMixed =
            cells.contains(where: \.isContinuation) || before?.contains(where: \.isContinuation) ?? false
        for (column, cell) in cells.enumerated() where column < size.columns && !cell.isContinuation {
            if !isMixed, let before, before[before.startIndex + column] == cell { continue }
            put(cell, row: row, column: column, as: canvas.theme)
        }
    }

    private func put(_ cell: Canvas.Cell, row: Int, column: Int, as theme: Theme) {
        let marks = cell.glyph.marks.map(\.value) + [0, 0, 0]
        let look = cc_look(theme.attributes(of: cell.style, depth: depth))
        unsafe cc_put(
            Int32(row),
            Int32(column),
            cell.glyph.base.value,
            marks,
            Int32(cell.glyph.columns),
            look
        )
    }
}

extension ColorDepth {
    /// The deepest palette that so many colours hold.
    fileprivate init(colors: Int) {
        self = Self.allCases.last { $0.rawValue <= colors } ?? .none
    }
}

extension cc_look {
    fileprivate init(_ attributes: Attributes) {
        var traits: UInt32 = 0
        if attributes.isBold { traits |= CC_BOLD.rawValue }
        if attributes.isDim { traits |= CC_DIM.rawValue }
        if attributes.isUnderlined { traits |= CC_UNDERLINED.rawValue }
        if attributes.isReversed { traits |= CC_REVERSED.rawValue }
        self.init(
            traits: Int32(traits),
            foreground: attributes.foreground.map { Int32($0.index) } ?? -1,
            background: attributes.background.map { Int32($0.index) } ?? -1
        )
    }
}
