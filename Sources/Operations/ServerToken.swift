import Federation
import Foundation

/// The token that every request to a server of credentials must carry.
enum ServerToken {
    /// The token of the file, a new one in the file where there is none, or one of this run alone.
    ///
    /// - Throws: ``CommandFailure`` when the file cannot be used.
    static func of(file: String?) throws(CommandFailure) -> Secret {
        guard let file else { return fresh() }
        guard FileManager.default.fileExists(atPath: file) else {
            let token = fresh()
            try SafeFile.create(token.reveal(), at: file)
            return token
        }
        let text = try text(of: file)
        guard !text.contains(where: \.isNewline) else {
            throw CommandFailure(
                .configuration,
                code: "token-file",
                "\(file) has a line end, with which SDKs refuse the token.",
                fix: "Write it without one: printf %s TOKEN > \(ShellWord.posix(file))"
            )
        }
        return Secret(text)
    }

    private static func text(of file: String) throws(CommandFailure) -> String {
        // A mounted secret is a link to its file.
        let target = URL(filePath: file).resolvingSymlinksInPath().path
        let attributes = try? FileManager.default.attributesOfItem(atPath: target)
        guard attributes?[.type] as? FileAttributeType == .typeRegular else {
            throw CommandFailure(
                .notPermitted,
                code: "token-file",
                "\(file) is no file.",
                fix: "Name a file, or one that is to be made."
            )
        }
        if let mode = attributes?[.posixPermissions] as? Int, mode & 0o077 != 0 {
            Report.complain("\(file) can be read by other users: chmod 600 \(ShellWord.posix(file))")
        }
        guard let text = try? String(contentsOfFile: file, encoding: .utf8), !text.isEmpty else {
            throw CommandFailure(
                .notPermitted,
                code: "token-file",
                "\(file) holds no token that can be read.",
                fix: "Remove the file to have a new one made."
            )
        }
        return text
    }

    private static func fresh() -> Secret {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
        return Secret(Data(bytes).base64URL)
    }
}
