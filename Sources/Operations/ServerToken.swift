package import Federation
import FoundationEssentials
import Glibc
import Transport

/// The authorization token of the container endpoint.
package enum ServerToken {
    /// The minimum number of characters of a token that cannot be guessed.
    private static let shortest = 32
    private static let longest = 4096

    /// Returns the token in `file`, or a new token if `file` is `nil` or does not exist.
    ///
    /// If `file` does not exist, the new token is stored in `file`.
    ///
    /// - Throws: ``CommandFailure`` when the file cannot be used.
    package static func of(
        file: String?,
        warn: (String) -> Void
    ) throws(CommandFailure) -> Secret {
        guard let file else { return random() }
        guard FileManager.default.fileExists(atPath: file) else {
            let token = random()
            try SafeFile.create(token.reveal(), at: file)
            return token
        }
        let text = try text(of: file, warn)
        guard !text.contains(where: \.isNewline) else {
            throw CommandFailure(
                .configuration,
                code: "token-file",
                "\(file) contains a newline, and SDKs reject such a token.",
                fix: "Write the token without a newline: printf %s TOKEN > \(ShellWord.posix(file))"
            )
        }
        guard text.utf8.count >= shortest, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw CommandFailure(
                .configuration,
                code: "token-file",
                "\(file) contains \(Count(text.utf8.count, "byte")); a token has at least \(shortest) printable ASCII "
                    + "characters without spaces.",
                fix: "Remove the file; the next start writes a new token."
            )
        }
        return Secret(text)
    }

    private static func text(of file: String, _ warn: (String) -> Void) throws(CommandFailure) -> String {
        let data: Data
        do throws(FileReadError) {
            data = try BoundedFile.read(file, limit: longest)
        } catch {
            throw CommandFailure(
                .notPermitted,
                code: "token-file",
                "The token file \(error).",
                fix: "Name a readable regular file, or a file that does not exist yet."
            )
        }
        // A mounted secret is a symbolic link, so the mode of the link's target is checked.
        var status = stat()
        if stat(file, &status) == 0, status.st_mode & 0o077 != 0 {
            warn("\(file) can be read by other users: chmod 600 \(ShellWord.posix(file))")
        }
        guard let text = String(data: data, encoding: .utf8), !text.isEmpty else {
            throw CommandFailure(
                .notPermitted,
                code: "token-file",
                "\(file) contains no token.",
                fix: "Remove the file; the next start writes a new token."
            )
        }
        return text
    }

    private static func random() -> Secret {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
        return Secret(Data(bytes).base64URL)
    }
}
