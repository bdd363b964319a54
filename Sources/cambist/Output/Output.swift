import Azure
import Federation
import FoundationEssentials
import Glibc
import Operations
import Transport

/// The only code that prints.
///
/// Results go to stdout, and everything else goes to stderr.
enum Report {
    /// Writes a result and a newline; adds `--config`, if set, to cambist commands in the result.
    ///
    /// - Throws: ``CommandFailure`` if stdout cannot be written.
    static func answer(_ text: String) throws(CommandFailure) {
        try answer(ConfigurationReference?.ofProcess.naming(in: text), isStyled: false)
    }

    /// Writes a result and a newline; a styled text can contain the program's own escape sequences.
    ///
    /// - Throws: ``CommandFailure`` if stdout cannot be written.
    static func answer(_ text: String, isStyled: Bool) throws(CommandFailure) {
        try answer(lines: text + "\n", isStyled: isStyled)
    }

    /// Writes a result of several lines, each with its newline; makes invisible characters visible.
    ///
    /// A styled text is written unchanged, because the text contains the program's own escape sequences. Its values are
    /// already escaped.
    ///
    /// - Throws: ``CommandFailure`` if stdout cannot be written.
    static func answer(lines: String, isStyled: Bool = false) throws(CommandFailure) {
        let problem = write(isStyled ? lines : VisibleText.escaped(lines), to: STDOUT_FILENO)
        if problem == 0 { return }
        if problem == EPIPE {
            Program.killAll()
            FileDescriptors.endByPipe()
        }
        throw .answered(
            .notPermitted,
            messages: ["The output cannot be written to stdout: \(String(cString: strerror(problem)))."]
        )
    }

    /// Writes a value as one JSON object.
    ///
    /// - Throws: ``CommandFailure`` if stdout cannot be written.
    static func answer(_ value: any Encodable) throws(CommandFailure) {
        try answer(text(value), isStyled: false)
    }

    /// Returns a value as a JSON object on several lines.
    ///
    /// - Throws: ``CommandFailure`` if the value cannot be encoded as JSON.
    static func text(_ value: any Encodable) throws(CommandFailure) -> String {
        try json(value, [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    }

    /// Writes a value as a JSON object on one line, for a stream of objects.
    ///
    /// - Throws: ``CommandFailure`` if stdout cannot be written.
    static func answer(line value: any Encodable) throws(CommandFailure) {
        try answer(json(value, [.sortedKeys, .withoutEscapingSlashes]), isStyled: false)
    }

    /// Returns a value as a JSON object on one line.
    ///
    /// - Throws: ``CommandFailure`` if the value cannot be encoded as JSON.
    static func line(_ value: any Encodable) throws(CommandFailure) -> String {
        try json(value, [.sortedKeys, .withoutEscapingSlashes])
    }

    /// Erases the last lines of stdout, which must be a terminal.
    ///
    /// - Throws: ``CommandFailure`` if stdout cannot be written.
    static func erase(lines: Int) throws(CommandFailure) {
        try answer(lines: "\u{1B}[\(lines)A\u{1B}[J", isStyled: true)
    }

    /// Writes one line to stderr; adds `--config`, if set, to cambist commands in the text.
    ///
    /// Line breaks, for example in quoted values, become spaces.
    static func say(_ text: String) {
        writePartialLine(VisibleText.line(ConfigurationReference?.ofProcess.naming(in: text)) + "\n")
    }

    /// Writes a text of several lines, such as a usage text, to stderr.
    static func say(lines: String) {
        writePartialLine(VisibleText.escaped(lines) + "\n")
    }

    /// Writes a part of a line to stderr; ignores a failure, because a failure cannot be reported elsewhere.
    static func writePartialLine(_ text: String) {
        _ = write(text, to: STDERR_FILENO)
    }

    /// Writes the name of the program and the reason for a failure on one line.
    static func reportError(_ problem: String) {
        say("cambist: \(problem)")
    }

    private static func json(
        _ value: any Encodable,
        _ formatting: JSONEncoder.OutputFormatting
    ) throws(CommandFailure) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = formatting
        encoder.dateEncodingStrategy = .iso8601
        if let key = CodingUserInfoKey.configuration, let configuration = ConfigurationReference?.ofProcess {
            encoder.userInfo[key] = configuration
        }
        guard let data = try? encoder.encode(value) else {
            throw .answered(.internalError, messages: ["The output cannot be encoded as JSON."])
        }
        return VisibleText.json(String(decoding: data, as: UTF8.self))
    }

    /// Writes the whole text; returns 0, or the value of `errno` after an error.
    private static func write(_ text: String, to descriptor: Int32) -> Int32 {
        FileDescriptors.writeAll(Data(text.utf8), to: descriptor)
    }
}
