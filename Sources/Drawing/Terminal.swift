/// A terminal that shows frames and reads keys.
package protocol Terminal: Actor {
    /// The terminal's thread, for tasks that would otherwise switch threads at each step.
    nonisolated var thread: any TaskExecutor { get }
    var size: Size { get }

    /// Sets the listener, which also receives the events before it was set.
    func listen(_ listener: @escaping @Sendable (TerminalEvent) -> Void)
    /// Shows a frame; unchanged cells are not sent.
    func show(_ canvas: Canvas)
    /// Makes the next frame send all cells.
    func redraw()
    /// Copies a text to the operator's clipboard, if the terminal supports it.
    func copy(_ text: String)
    /// Rings the bell.
    func ring()
    /// Shows a desktop notification, if the terminal supports it.
    func notify(_ text: String)
    /// Suspends the process until the shell continues it.
    func suspend()
    /// Sets the alarm, which replaces an earlier one; `nil` clears it.
    func setAlarm(after delay: Duration?)
    /// Restores the terminal.
    func close()
}

/// An event of a terminal.
package enum TerminalEvent: Hashable, Sendable {
    case key(Key)
    case mouse(MouseEvent)
    case resized(Size)
    /// The alarm that was set.
    case alarm
    /// The process continues after a suspension.
    case resumed
    /// A signal requests a reload of the configuration.
    case reload
    /// A signal of this number ends the process.
    case terminated(Int32)
    /// The terminal was closed.
    case lost
}
