import CredentialDelivery
package import Federation
import FoundationEssentials
import Glibc
import Transport

/// Writes credentials into the shared credentials file of AWS's tools atomically.
package struct CredentialsFileWriter {
    private static let advice = "Set AWS_SHARED_CREDENTIALS_FILE to the path of a file that you may write."

    private static let sizeLimit = 4 << 20

    private let path: String

    /// Selects the file in `AWS_SHARED_CREDENTIALS_FILE` or, if the variable is empty, `~/.aws/credentials`.
    package init(environment: [String: String]) {
        let named = environment["AWS_SHARED_CREDENTIALS_FILE"].flatMap { $0.isEmpty ? nil : $0 }
        path = named ?? (environment["HOME"] ?? "") + "/.aws/credentials"
    }

    /// Writes the profile; if the file is a symbolic link, replaces the link's target.
    ///
    /// A lock prevents concurrent writes by other cambist processes, but not by other programs.
    ///
    /// - Throws: ``CommandFailure`` when the credentials are malformed, or the file cannot be read or written; the old
    ///   file is kept.
    package func write(_ credentials: SessionCredentials, profile: String) throws(CommandFailure) {
        let target = URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false)
        try SafeFile.makeDirectory(of: target, fix: Self.advice)
        let descriptor = open("\(target).lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw CommandFailure(
                .notPermitted,
                code: "not-written",
                "\(target).lock cannot be created: \(String(cString: strerror(errno))).",
                fix: Self.advice
            )
        }
        defer { close(descriptor) }
        flock(descriptor, LOCK_EX)
        var file = CredentialsFile(try data(of: target))
        do throws(UnprintableMember) {
            try file.put(credentials, profile: profile)
        } catch {
            throw CommandFailure(error)
        }
        try SafeFile.write(file.data, to: target)
    }

    private func data(of path: String) throws(CommandFailure) -> Data {
        do throws(FileReadError) {
            return try BoundedFile.read(path, limit: Self.sizeLimit)
        } catch {
            let fix: String
            switch error.reason {
            case .missing: return Data()
            case .unreadable: fix = "Make the file readable for your user: chmod 600 \(ShellWord.posix(path))"
            case .link, .notRegular, .notUTF8, .tooLarge:
                fix =
                    "Set AWS_SHARED_CREDENTIALS_FILE to the path of a regular file of at most "
                    + "\(Self.sizeLimit >> 20) MB."
            }
            throw CommandFailure(
                .notPermitted,
                code: "not-read",
                "\(error); the file is unchanged.",
                fix: fix
            )
        }
    }
}
