import CCurses
package import Drawing
import Glibc

/// The terminal on standard input and output, drawn with ncurses.
///
/// The actor runs on a dedicated thread, the only one that calls ncurses. A process can have only one such terminal.
package actor CursesTerminal: Terminal {
    /// The screen size; valid once the terminal is open.
    package private(set) var size = Size(columns: 80, rows: 24)
    package private(set) var characterSet = TerminalCharacterSet.ascii
    package private(set) var depth = ColorDepth.none

    private var usesMouse = false
    /// Whether the terminal belongs to tmux; GNU screen would print a passthrough sequence as text.
    private var isInTmux = false
    private var reply = BackgroundReply()
    private let executor = TerminalThread()
    /// The canvas currently displayed; `nil` if the next canvas must be drawn completely.
    private var shown: Canvas?
    private var type = ""
    private var listener: (@Sendable (TerminalEvent) -> Void)?
    /// The events that arrived before a listener was set.
    private var unhandled: [TerminalEvent] = []

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    package nonisolated var thread: any TaskExecutor { executor }

    private init() {}

    /// Opens the terminal.
    ///
    /// - Parameters:
    ///   - usesColor: Whether styles differ by color; if not, styles differ by attributes alone.
    ///   - variables: The environment variables; `TERM`, `TMUX`, and `STY` are read.
    /// - Returns: The open terminal.
    /// - Throws: ``TerminalError`` if the terminal cannot be opened.
    package static func open(
        usesColor: Bool,
        variables: [String: String]
    ) async throws(TerminalError) -> CursesTerminal {
        guard cc_prepare() else { throw .failed }
        let terminal = CursesTerminal()
        terminal.executor.start { [weak terminal] found in terminal?.assumeIsolated { $0.respond(to: found) }
        }
        try await terminal.start(usesColor: usesColor, variables)
        return terminal
    }

    /// Returns unused heap memory to the system, for example after a large configuration was read.
    package static func trimMemory() {
        cc_trim_memory()
    }

    /// Makes all threads share two heaps (glibc: arenas); call this before threads start.
    ///
    /// By default, glibc creates up to eight heaps for each core. Each heap can keep memory that the heap's threads
    /// have freed.
    package static func limitHeaps() {
        cc_limit_heaps()
    }

    package func listen(_ listener: @escaping @Sendable (TerminalEvent) -> Void) {
        self.listener = listener
        unhandled.forEach(listener)
        unhandled = []
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

    package func copy(_ text: String) -> Bool {
        guard NotificationSequence.isSupported(by: type) else { return false }
        write(ClipboardSequence(text: text, isInTmux: isInTmux).sequence)
        return true
    }

    package func requestBackground() {
        guard depth != .none, NotificationSequence.isSupported(by: type) else { return }
        write(BackgroundReply.query(isInTmux: isInTmux))
    }

    package func run(_ command: String) -> Int {
        let status = unsafe cc_run(command)
        shown = nil
        measure()
        send(.resumed)
        send(.resized(size))
        return Int(status)
    }

    package func ring() {
        write("\u{7}")
    }

    package func notify(_ text: String) {
        guard NotificationSequence.isSupported(by: type) else { return }
        write(NotificationSequence(text: text, isInTmux: isInTmux).sequence)
    }

    private func write(_ text: String) {
        let bytes = Array(text.utf8)
        unsafe cc_write(bytes, Int32(bytes.count))
    }

    package func suspend() {
        cc_suspend()
    }

    package func setAlarm(after delay: Duration?) {
        cc_alarm(delay.map { Self.milliseconds($0) } ?? -1)
    }

    /// Returns the delay rounded up to whole milliseconds, limited to 0…1 year.
    static func milliseconds(_ delay: Duration) -> Int64 {
        let year = Duration.seconds(31_536_000)
        return Int64((min(max(delay, .zero), year) / .milliseconds(1)).rounded(.up))
    }

    package func close() {
        cc_close()
    }
}

extension CursesTerminal {
    private func start(usesColor: Bool, _ variables: [String: String]) throws(TerminalError) {
        let type = variables["TERM", default: ""]
        switch cc_open() {
        case CC_OK: break
        case CC_NOT_A_TERMINAL: throw .notATerminal
        case CC_TERM_UNSET: throw .typeUnset
        case CC_TERM_UNKNOWN: throw .typeUnknown(type)
        case CC_TERM_INCAPABLE: throw .incapable(type)
        default: throw .failed
        }
        self.type = type
        characterSet = cc_is_utf8() ? .unicode : .ascii
        isInTmux = Passthrough.isAvailable(variables)
        depth = usesColor ? ColorDepth(colors: Int(cc_colors())) : .none
        measure()
    }

    private func respond(to found: Int32) {
        if found & Int32(CC_SIGNAL.rawValue) != 0 { readSignals() }
        if found & Int32(CC_ALARM.rawValue) != 0 { send(.alarm) }
        if found & Int32(CC_INPUT.rawValue) != 0 { readInput() }
        if found & Int32(CC_LOST.rawValue) != 0 { lose() }
    }

    private func send(_ event: TerminalEvent) {
        if let listener { listener(event) } else { unhandled.append(event) }
    }

    private func readInput() {
        while true {
            let input = cc_read()
            switch input.kind {
            case CC_NOTHING: return send(keys: reply.pause())
            case CC_HANGUP: return lose()
            case CC_TEXT:
                let (keys, isLight) = reply.read(input.value)
                send(keys: keys)
                if let isLight { send(.background(isLight: isLight)) }
            default:
                send(keys: reply.abandon())
                if let event = TerminalEvent(input) { send(event) }
            }
        }
    }

    private func send(keys scalars: [UInt32]) {
        for scalar in scalars {
            if let key = Key(scalar: scalar) { send(.key(key)) }
        }
    }

    private func readSignals() {
        while case let number = cc_signal(), number != 0 {
            switch number {
            case SIGWINCH:
                measure()
                send(.resized(size))
            case SIGTSTP:
                suspend()
            case SIGCONT:
                cc_resume()
                shown = nil
                measure()
                send(.resumed)
                send(.resized(size))
            case SIGHUP:
                // SIGHUP is also sent when the terminal is closed.
                if cc_is_lost() { lose() } else { send(.reload) }
            default:
                send(.terminated(number))
            }
        }
    }

    private func lose() {
        send(.lost)
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

    /// Draws a row; skips unchanged cells unless the old or the new row has wide glyphs.
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
        let attributes = cc_attributes(theme.attributes(of: cell.style, depth: depth))
        unsafe cc_put(
            Int32(row),
            Int32(column),
            cell.glyph.base.value,
            marks,
            Int32(cell.glyph.columns),
            attributes
        )
    }
}

extension ColorDepth {
    fileprivate init(colors: Int) {
        self = Self.allCases.last { $0.rawValue <= colors } ?? .none
    }
}

extension cc_attributes {
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

/// The reason that the console cannot open the terminal.
package enum TerminalError: Error, Hashable, Sendable {
    case notATerminal
    case typeUnset
    case typeUnknown(String)
    /// The terminal cannot move the cursor or clear the screen.
    case incapable(String)
    case failed
}

extension TerminalError: CustomStringConvertible {
    package var description: String {
        let advice = "Without a terminal, run: `cambist test --all`"
        let another = "TERM=xterm-256color cambist"
        return switch self {
        case .notATerminal: "The console needs a terminal as standard input and output. \(advice)"
        case .typeUnset: "TERM is not set, so the terminal's type is unknown. Run: \(another). \(advice)"
        case .typeUnknown(let name):
            "This host does not know the terminal type \(name) (TERM). Run: \(another), or install the package "
                + "ncurses-term. \(advice)"
        case .incapable(let name):
            "A terminal of type \(name) (TERM) cannot show the console. In a terminal that can, run: \(another). "
                + advice
        case .failed: "The terminal could not be set up. \(advice)"
        }
    }
}
