/// A terminal that displays frames and reads keys.
package protocol Terminal: Actor {
    /// The executor of the terminal's thread.
    ///
    /// A task on this executor calls the terminal without switching threads.
    nonisolated var thread: any TaskExecutor { get }
    var size: Size { get }

    /// Sets the listener; the first listener also receives the events that arrived earlier.
    func listen(_ listener: @escaping @Sendable (TerminalEvent) -> Void)
    /// Displays a frame; normally, only changed cells are sent.
    func show(_ canvas: Canvas)
    /// Causes the next frame to be sent completely.
    func redraw()
    /// Asks the terminal to copy a text to the clipboard.
    ///
    /// - Returns: Whether the request was sent; the terminal does not confirm a request.
    func copy(_ text: String) -> Bool
    /// Asks the terminal for its background color; the reply, if any, is an event.
    func requestBackground()
    /// Runs a shell command in place of the console until the command exits; returns the exit status.
    func run(_ command: String) -> Int
    func ring()
    /// Asks the terminal to display a desktop notification.
    func notify(_ text: String)
    /// Restores the terminal, and stops the process until the process receives SIGCONT.
    func suspend()
    /// Sets the alarm in place of any earlier alarm; `nil` cancels the alarm.
    func setAlarm(after delay: Duration?)
    /// Restores the terminal's original state.
    func close()
}

/// An event from the terminal, a signal, or the alarm.
package enum TerminalEvent: Hashable, Sendable {
    case key(Key)
    case mouse(MouseEvent)
    case resized(Size)
    /// The reply to the background color query.
    case background(isLight: Bool)
    /// The time set with ``Terminal/setAlarm(after:)`` has elapsed.
    case alarm
    /// The console has the terminal again after a suspension or a shell command.
    case resumed
    /// A signal requested a configuration reload.
    case reload
    /// A signal that ends the process, by number.
    case terminated(Int32)
    /// The terminal has been closed.
    case lost
}

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
