/// Why the console came to an end.
enum ConsoleEnding: Hashable, Sendable {
    case quit
    /// A signal asked for it: its number.
    case signal(Int32)
    case terminalLost
}
