import Foundation

/// The only place that prints: answers go to stdout, everything else to stderr.
enum Report {
    /// Writes an answer and a line end.
    static func answer(_ text: String) {
        write(text + "\n", to: .standardOutput)
    }

    /// Writes an answer of several lines, each of which has its line end.
    static func answer(lines: String) {
        write(lines, to: .standardOutput)
    }

    /// Writes a value as one JSON object.
    static func answer(_ value: any Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        answer(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// Writes a value as a JSON object on one line, as a stream of them has it.
    static func answer(line value: any Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        answer(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// Writes one line for the person at the terminal.
    static func say(_ text: String) {
        write(text + "\n", to: .standardError)
    }

    /// Writes a part of a line for the person at the terminal.
    static func sketch(_ text: String) {
        write(text, to: .standardError)
    }

    /// Writes why a command failed, one line, with the name of the program before it.
    static func complain(_ problem: String) {
        say("cambist: \(problem)")
    }

    /// A closed pipe ends the program by its signal, as it does with every filter; there is nothing to tell whom.
    private static func write(_ text: String, to handle: FileHandle) {
        try? handle.write(contentsOf: Data(text.utf8))
    }
}
