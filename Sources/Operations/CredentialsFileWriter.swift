import CredentialDelivery
import Federation
import Foundation

/// Puts credentials into AWS's shared credentials file, whole or not at all.
struct CredentialsFileWriter {
    private static let advice = "Name a file that you may write in AWS_SHARED_CREDENTIALS_FILE."

    private let path: String

    /// The file that `AWS_SHARED_CREDENTIALS_FILE` names, else `~/.aws/credentials`.
    init(environment: [String: String]) {
        let named = environment["AWS_SHARED_CREDENTIALS_FILE"].flatMap { $0.isEmpty ? nil : $0 }
        path = named ?? (environment["HOME"] ?? "") + "/.aws/credentials"
    }

    /// Writes the profile while no other cambist does; a link is followed, so that the file it names is replaced.
    ///
    /// - Throws: ``CommandFailure`` when the file cannot be read or written; it is then as it was.
    func write(_ credentials: SessionCredentials, profile: String) throws(CommandFailure) {
        let target = URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false)
        try makeDirectory(of: target)
        let descriptor = open("\(target).lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw CommandFailure(
                .notPermitted,
                code: "not-written",
                "\(target).lock cannot be made: \(String(cString: strerror(errno))).",
                fix: Self.advice
            )
        }
        defer { close(descriptor) }
        flock(descriptor, LOCK_EX)
        var file = CredentialsFile(try data(of: target))
        file.put(credentials, profile: profile)
        try SafeFile.write(file.data, to: target)
    }

    private func data(of path: String) throws(CommandFailure) -> Data {
        guard FileManager.default.fileExists(atPath: path) else { return Data() }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure(
                .notPermitted,
                code: "not-read",
                "\(path) cannot be read; it stays as it is.",
                fix: "Make it readable for yourself: chmod 600 \(ShellWord.posix(path))"
            )
        }
        return data
    }

    private func makeDirectory(of path: String) throws(CommandFailure) {
        let directory = (path as NSString).deletingLastPathComponent
        do {
            try FileManager.default.createDirectory(
                atPath: directory,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw CommandFailure(
                .notPermitted,
                code: "not-written",
                "The directory \(directory) cannot be made.",
                fix: Self.advice
            )
        }
    }
}
