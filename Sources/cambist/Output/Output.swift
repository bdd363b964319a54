import Azure
import Federation
import FoundationEssentials
import Glibc
import Operations
import Transport

/// The only code that prints: results go to stdout, everything else to stderr.
enum Report {
    /// Writes a result and a newline; the commands in the result name the configuration file of `--config`.
    ///
    /// - Throws: ``CommandFailure`` if stdout cannot be written.
    static func answer(_ text: String) throws(CommandFailure) {
        try answer(ConfigurationReference?.ofProcess.naming(in: text), isStyled: false)
    }

    /// Writes a result and a newline; a styled text contains the program's own escape sequences.
    ///
    /// - Throws: ``CommandFailure`` if stdout cannot be written.
    static func answer(_ text: String, isStyled: Bool) throws(CommandFailure) {
        try answer(lines: text + "\n", isStyled: isStyled)
    }

    /// Writes a result of several lines, each with its newline; invisible characters are made visible.
    ///
    /// A styled text contains the program's own escape sequences, and its values are already escaped.
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
    /// - Throws: ``CommandFailure`` when the value cannot be encoded as JSON.
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
    /// - Throws: ``CommandFailure`` when the value cannot be encoded as JSON.
    static func line(_ value: any Encodable) throws(CommandFailure) -> String {
        try json(value, [.sortedKeys, .withoutEscapingSlashes])
    }

    /// Erases the last lines of stdout, which must be a terminal.
    ///
    /// - Throws: ``CommandFailure`` if stdout cannot be written.
    static func erase(lines: Int) throws(CommandFailure) {
        try answer(lines: "\u{1B}[\(lines)A\u{1B}[J", isStyled: true)
    }

    /// Writes one line to stderr for the user; line breaks in quoted values become spaces, and commands name the
    /// configuration file.
    static func say(_ text: String) {
        writePartialLine(VisibleText.line(ConfigurationReference?.ofProcess.naming(in: text)) + "\n")
    }

    /// Writes the program's own text of several lines, such as a usage text, to stderr.
    static func say(lines: String) {
        writePartialLine(VisibleText.escaped(lines) + "\n")
    }

    /// Writes a part of a line to stderr; a failure is ignored, because there is no other place to report it.
    static func writePartialLine(_ text: String) {
        _ = write(text, to: STDERR_FILENO)
    }

    /// Writes the reason for a failure on one line, after the name of the program.
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

    /// Writes a whole text; returns the value of `errno`, or 0.
    private static func write(_ text: String, to descriptor: Int32) -> Int32 {
        FileDescriptors.writeAll(Data(text.utf8), to: descriptor)
    }
}
