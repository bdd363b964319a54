/// Why the console came to an end.
enum ConsoleEnding: Hashable, Sendable {
    case quit
    /// A signal asked for it: its number.
    case signal(Int32)
    case terminalLost
    /// There is nothing to show: what the command line asks for cannot be opened.
    case failed
}
