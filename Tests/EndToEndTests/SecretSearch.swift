import Foundation
import Testing

/// A search for secrets in files, in process environments, and in text.
struct SecretSearch {
    /// The prefix of every token: a JSON header whose first member is the algorithm.
    static let token = "eyJhbGciOi"

    let secrets: [String]

    /// Creates a search; each secret must be long enough to exclude accidental matches.
    init(of secrets: [String]) throws {
        try #require(!secrets.isEmpty && secrets.allSatisfy { $0.count >= 10 })
        self.secrets = secrets
    }

    /// Returns the command lines and environments with a secret, of processes whose environment names a directory.
    ///
    /// Other processes do not count: labs of other tests have the same administrator keys.
    func processes(of directories: String...) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.filter { Int($0) != nil }.flatMap { process -> [String] in
            let environment = FileManager.default.contents(atPath: "/proc/\(process)/environ") ?? Data()
            let home = String(decoding: environment, as: UTF8.self)
            guard directories.contains(where: home.contains) else { return [] }
            return ["cmdline", "environ"].map { "/proc/\(process)/\($0)" }.filter(has)
        }
    }

    /// Returns the files below a directory that contain a secret, except the known ones.
    func files(under directory: String, except known: Set<String> = []) -> [String] {
        let names = FileManager.default.enumerator(atPath: directory)?.allObjects as? [String] ?? []
        return names.filter { !known.contains($0) && has("\(directory)/\($0)") }
    }

    /// Whether `text` contains a secret.
    func matches(_ text: String) -> Bool {
        secrets.contains(where: text.contains)
    }

    private func has(_ file: String) -> Bool {
        guard let data = FileManager.default.contents(atPath: file) else { return false }
        return matches(String(decoding: data, as: UTF8.self))
    }
}
