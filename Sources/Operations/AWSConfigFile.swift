package import CredentialDelivery
import Federation
import FoundationEssentials
import Transport

/// The configuration file of AWS's tools; cambist maintains the profiles between two marker lines.
package struct AWSConfigFile {
    private static let sizeLimit = 4 << 20

    package let path: String

    /// Selects the file in `AWS_CONFIG_FILE` or, if the variable is empty, `~/.aws/config`; resolves symbolic links.
    package init(environment: [String: String]) {
        let named = environment["AWS_CONFIG_FILE"].flatMap { $0.isEmpty ? nil : $0 }
        let file = named ?? (environment["HOME"] ?? "") + "/.aws/config"
        path = URL(filePath: file).resolvingSymlinksInPath().path(percentEncoded: false)
    }

    /// Reads the file and finds the section between the markers; a missing file counts as empty.
    ///
    /// - Throws: ``CommandFailure`` when the file cannot be read, has only one of the markers, has a marker twice, or
    ///   has the markers in the wrong order.
    package func section() throws(CommandFailure) -> MarkedProfiles {
        let text: String
        do throws(FileReadError) {
            text = try BoundedFile.utf8(path, limit: Self.sizeLimit)
        } catch {
            guard error.reason == .missing else {
                throw CommandFailure(
                    .notPermitted,
                    code: "not-read",
                    "\(error); the file is unchanged.",
                    fix: "Name another file in AWS_CONFIG_FILE."
                )
            }
            text = ""
        }
        if let section = MarkedProfiles(text) { return section }
        throw CommandFailure(
            .configuration,
            code: "markers",
            "\(path) must have one line `\(MarkedProfiles.begin)`, then one line `\(MarkedProfiles.end)`.",
            fix: "Remove these lines and the text between them."
        )
    }

    /// Replaces the file atomically.
    ///
    /// - Throws: ``CommandFailure`` when the file cannot be written; the old file is kept.
    package func write(_ text: String) throws(CommandFailure) {
        try SafeFile.makeDirectory(of: path, fix: "Name another file in AWS_CONFIG_FILE.")
        try SafeFile.write(text, to: path)
    }
}
