import Foundation

/// A temporary directory of a test, removed with its last reference.
final class TemporaryDirectory: Sendable {
    /// The absolute path, without a trailing slash.
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "azure-tests-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Writes a file and returns its path.
    func write(_ name: String, _ text: String, mode: Int = 0o600) throws -> String {
        try write(name, Data(text.utf8), mode: mode)
    }

    /// Writes a file and returns its path.
    func write(_ name: String, _ data: Data, mode: Int = 0o600) throws -> String {
        let file = path + "/" + name
        try data.write(to: URL(filePath: file))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        return file
    }
}
