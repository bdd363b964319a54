package import Transport

/// A policy file that the configuration names.
package enum PolicyFile {
    /// The largest policy file; IAM's own limits are below.
    private static let sizeLimit = 256 << 10

    /// Returns the file's text.
    ///
    /// - Throws: ``FileReadError`` when it is missing, not regular, too large, or not UTF-8.
    package static func read(_ path: String) throws(FileReadError) -> String {
        try BoundedFile.utf8(path, limit: sizeLimit)
    }
}
