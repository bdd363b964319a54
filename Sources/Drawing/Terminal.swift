/// Where frames are shown and keys come from.
package protocol Terminal: Actor {
    /// The thread it runs on, for tasks that would otherwise wake another one between two of its steps.
    nonisolated var thread: any TaskExecutor { get }
    var size: Size { get }

    /// Tells what happens from now on, and what happened before.
    func listen(_ listener: @escaping @Sendable (TerminalEvent) -> Void)
    /// Shows a frame; cells that are as before cost nothing.
    func show(_ canvas: Canvas)
    /// Sends everything with the next frame.
    func redraw()
    /// Puts a text on the clipboard of whoever sits at the terminal, where that can.
    func copy(_ text: String)
    /// Rings the bell.
    func ring()
    /// Shows a line on the desktop of whoever sits at the terminal, where that can.
    func notify(_ text: String)
    /// Stops the process until the shell continues it.
    func suspend()
    /// Sets the one alarm; `nil` for none.
    func setAlarm(after delay: Duration?)
    /// Gives the terminal back as it was.
    func close()
}

/// Something that happened at a terminal.
package enum TerminalEvent: Hashable, Sendable {
    case key(Key)
    case mouse(MouseEvent)
    case resized(Size)
    /// The alarm that was set.
    case alarm
    /// The process goes on after having been stopped: time has passed.
    case resumed
    /// A signal asks to read the configuration again.
    case reload
    /// A signal asks the process to end: its number.
    case terminated(Int32)
    /// The terminal is gone; nothing can be shown any more.
    case lost
}
