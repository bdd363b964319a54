import Federation
import Foundation
import Provisioning

/// A file of the configuration that holds a policy.
enum PolicyFile {
    /// The file's text.
    ///
    /// - Throws: ``DesiredStateError`` when it cannot be read.
    static func read(_ path: String) throws(DesiredStateError) -> String {
        guard let data = FileManager.default.contents(atPath: path) else {
            let reason =
                FileManager.default.fileExists(atPath: path) ? "it may not be read." : "it does not exist."
            throw .policyUnreadable(file: path, reason: reason)
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw .policyUnreadable(file: path, reason: "it is not text in UTF-8.")
        }
        return text
    }
}
