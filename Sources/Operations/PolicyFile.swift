import Federation
import Foundation
import Provisioning
import Transport

/// A policy file named in the configuration.
enum PolicyFile {
    /// The largest policy file; IAM's own limits are below.
    private static let sizeLimit = 256 << 10

    /// Reads the file as UTF-8 text.
    ///
    /// - Throws: ``DesiredStateError`` when it cannot be read.
    static func read(_ path: String) throws(DesiredStateError) -> String {
        let data: Data
        do throws(FileReadError) {
            data = try BoundedFile.read(path, limit: sizeLimit)
        } catch {
            throw .policyUnreadable(file: path, reason: "\(error).")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw .policyUnreadable(file: path, reason: "it is not UTF-8 text.")
        }
        return text
    }
}
