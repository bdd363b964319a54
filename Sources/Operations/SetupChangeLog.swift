package import Federation
package import Foundation
import Transport

/// The objects that setups on this host made or changed, for explanations in later processes.
///
/// Each change is a line of JSON in a file of the state directory; changes older than every delay of the clouds are
/// dropped when the file has grown.
package struct SetupChangeLog: Sendable {
    /// A change of one object for one mapping.
    private struct Entry: Codable {
        let at: Date
        let mapping: String
        let kind: String
    }

    /// The latest changes of a mapping's setup.
    package struct Changes: Hashable, Sendable {
        package var latest: Date?
        package var kinds: Set<SetupObject.Kind> = []
    }

    /// No delay of the clouds is longer, except that of a host's cached tokens.
    private static let age: TimeInterval = 3600
    private static let sizeLimit = 256 * 1024

    private let path: String?

    /// The log in a state directory; without one, nothing is recorded.
    package init(directory: String?) {
        path = directory.map { $0 + "/setup-changes.jsonl" }
    }

    /// Records that an object was made or changed; a failure to write is not one of the setup.
    package func record(_ object: SetupObject.ID, of mappings: [RoleMapping.ID], at now: Date) {
        guard let path else { return }
        var entries = mappings.map { Entry(at: now, mapping: $0, kind: object.kind.rawValue) }
        let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
        if size > Self.sizeLimit / 2 {
            entries = read().filter { now.timeIntervalSince($0.at) < Self.age }.suffix(500) + entries
            try? SafeFile.write(Self.lines(entries), to: path)
            return
        }
        try? SafeFile.makeDirectory(of: path, fix: "")
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return }
        _ = FileDescriptors.writeAll(Data(Self.lines(entries).utf8), to: descriptor)
        close(descriptor)
    }

    /// Returns the changes of a mapping's setup in the last hour.
    package func changes(of mapping: RoleMapping.ID, at now: Date) -> Changes {
        read().filter { $0.mapping == mapping && abs(now.timeIntervalSince($0.at)) < Self.age }
            .reduce(into: Changes()) { changes, entry in
                changes.latest = max(changes.latest ?? entry.at, entry.at)
                if let kind = SetupObject.Kind(rawValue: entry.kind) { changes.kinds.insert(kind) }
            }
    }

    private func read() -> [Entry] {
        guard let path, let text = try? BoundedFile.utf8(path, limit: Self.sizeLimit) else { return [] }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return text.split(separator: "\n").compactMap { try? decoder.decode(Entry.self, from: Data($0.utf8)) }
    }

    private static func lines(_ entries: [Entry]) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        encoder.dateEncodingStrategy = .iso8601
        return entries.compactMap { try? encoder.encode($0) }
            .map { String(decoding: $0, as: UTF8.self) + "\n" }.joined()
    }
}
