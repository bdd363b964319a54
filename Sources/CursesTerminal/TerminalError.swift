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
        let advice = "Without a terminal run: cambist test --all"
        return switch self {
        case .notATerminal: "The console needs a terminal as standard input and output. \(advice)"
        case .typeUnset: "TERM is not set, so the terminal's type is unknown. \(advice)"
        case .typeUnknown(let name): "The terminal type \(name) (TERM) is unknown. \(advice)"
        case .incapable(let name): "A terminal of type \(name) (TERM) cannot show the console. \(advice)"
        case .failed: "The terminal could not be set up. \(advice)"
        }
    }
}
