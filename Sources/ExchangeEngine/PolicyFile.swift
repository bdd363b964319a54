package import Transport

/// Reads policy files named in the configuration.
package enum PolicyFile {
    /// The maximum file size, in bytes; IAM's own limits are lower.
    private static let sizeLimit = 256 << 10

    /// Returns the text of a file.
    ///
    /// - Throws: ``FileReadError`` if the file is missing, not regular, too large, or not UTF-8.
    package static func read(_ path: String) throws(FileReadError) -> String {
        try BoundedFile.utf8(path, limit: sizeLimit)
    }
}
