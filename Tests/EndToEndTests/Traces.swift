import Foundation
import Testing

/// The places where a program's secrets can be found: files, readable process memory, a screen.
struct Traces {
    /// The start of every token: a JSON header whose first member is the algorithm.
    static let token = "eyJhbGciOi"

    let secrets: [String]

    /// Looks for these, each of which must be long enough not to be found by chance.
    init(of secrets: [String]) throws {
        try #require(!secrets.isEmpty && secrets.allSatisfy { $0.count >= 10 })
        self.secrets = secrets
    }

    /// The command lines and environments that show a secret, of the processes that were started in a directory.
    ///
    /// Others have nothing to do with us: a lab gives the same key to every administrator.
    func processes(of directories: String...) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.filter { Int($0) != nil }.flatMap { process -> [String] in
            let environment = FileManager.default.contents(atPath: "/proc/\(process)/environ") ?? Data()
            let home = String(decoding: environment, as: UTF8.self)
            guard directories.contains(where: home.contains) else { return [] }
            return ["cmdline", "environ"].map { "/proc/\(process)/\($0)" }.filter(has)
        }
    }

    /// The files below a directory that hold a secret, but for those named.
    func files(under directory: String, except known: Set<String> = []) -> [String] {
        let names = FileManager.default.enumerator(atPath: directory)?.allObjects as? [String] ?? []
        return names.filter { !known.contains($0) && has("\(directory)/\($0)") }
    }

    /// Whether a text has a secret.
    func areIn(_ text: String) -> Bool {
        secrets.contains(where: text.contains)
    }

    private func has(_ file: String) -> Bool {
        guard let data = FileManager.default.contents(atPath: file) else { return false }
        return areIn(String(decoding: data, as: UTF8.self))
    }
}
