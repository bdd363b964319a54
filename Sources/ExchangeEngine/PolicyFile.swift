import Federation
package import Foundation
package import Transport

/// Reads policy files named in the configuration.
package enum PolicyFile {
    /// The maximum file size, in bytes; IAM's own limits are lower.
    private static let sizeLimit = 256 << 10

    /// Returns the time of the last change of a file, if it exists.
    package static func lastChange(of path: String) -> Date? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Instant(unixSeconds: status.st_mtim.tv_sec)?.date
    }

    /// Returns the text of a file.
    ///
    /// - Throws: ``FileReadError`` if the file is missing, not regular, too large, or not UTF-8.
    package static func read(_ path: String) throws(FileReadError) -> String {
        try BoundedFile.utf8(path, limit: sizeLimit)
    }
}
