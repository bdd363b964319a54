import Foundation
import Testing

/// A search for secrets in files, in process environments, and in text.
struct SecretSearch {
    /// The prefix of every token: a JSON header whose first member is the algorithm.
    static let token = "eyJhbGciOi"

    /// The beginnings of all secrets that labs issue: tokens, and the secret keys and tokens of sessions.
    static let issued = SecretSearch(secrets: [token, "LabSessionSecret", "LabSessionToken"])

    /// The size of the largest file that is searched, in bytes.
    private static let limit = 1 << 26

    let secrets: [String]

    private init(secrets: [String]) {
        self.secrets = secrets
    }

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
            let environment = Self.contents(of: "/proc/\(process)/environ") ?? Data()
            let home = String(decoding: environment, as: UTF8.self)
            guard directories.contains(where: home.contains) else { return [] }
            return ["cmdline", "environ"].map { "/proc/\(process)/\($0)" }
                .filter { Self.contents(of: $0).map(matches) ?? false }
        }
    }

    /// Records an issue if a process that uses a directory has a secret in its command line or environment.
    func expectNoProcesses(of directory: String) {
        let found = processes(of: directory)
        #expect(found.isEmpty, "secrets in processes")
    }

    /// Returns the files below a directory that contain a secret or are too large to search, except the known ones.
    ///
    /// Only regular files are read: a link may lead to an endless device, and a pipe waits for a writer.
    func files(under directory: String, except known: Set<String> = []) -> [String] {
        let names = FileManager.default.enumerator(atPath: directory)?.allObjects as? [String] ?? []
        return names.filter { name in
            guard !known.contains(name), let data = Self.contents(of: "\(directory)/\(name)") else {
                return false
            }
            return data.count > Self.limit || matches(data)
        }
    }

    /// Whether `text` contains a secret.
    func matches(_ text: String) -> Bool {
        matches(Data(text.utf8))
    }

    private func matches(_ data: Data) -> Bool {
        secrets.contains { data.range(of: Data($0.utf8)) != nil }
    }

    /// Returns the contents of a regular file, or more bytes than the limit if it is too large.
    ///
    /// Programs that other tests start at the same time do not inherit the file.
    private static func contents(of file: String) -> Data? {
        let descriptor = open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return status.st_size > limit ? Data(count: limit + 1) : try? handle.readToEnd()
    }
}
