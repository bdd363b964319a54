package import Diagnosis
package import Federation
package import FoundationEssentials
import Glibc
import Transport

/// The objects that setups on this host made, changed, or removed, for explanations in later processes.
///
/// Each event is a line of JSON in a file of the state directory. A write is recorded before its request is sent, so
/// the log of an interrupted setup shows every object that the setup may have changed. When the file exceeds 2 MiB,
/// events older than one hour are dropped. Of the newer events, at most the latest 5,000 are kept.
package struct SetupChangeLog: Sendable {
    private struct Entry: Codable {
        let at: Date
        let mapping: String
        let kind: String
        let name: String?
        /// `nil` in a line of an earlier version, which recorded only accepted writes.
        let event: Event?
    }

    /// The steps of a write.
    fileprivate enum Event: String, Codable {
        /// The request is about to be sent.
        case sent
        /// The cloud accepted the write, or a later read found the object in the desired state.
        case made
        /// The cloud refused the write and changed nothing.
        case refused
        /// The object no longer exists.
        case removed
    }

    /// The changes of a mapping's setup in the last hour: the latest change, and the kinds of all changed objects.
    package struct Changes: Hashable, Sendable {
        package var latest: SetupChange?
        package var kinds: Set<SetupObject.Kind> = []
    }

    /// The longest propagation delay of the clouds in seconds, apart from the lifetime of a host's cached tokens.
    private static let age: TimeInterval = 3600
    private static let sizeLimit = 4 * 1024 * 1024

    private let path: String?

    /// Creates the log in a state directory; without a directory, nothing is recorded.
    package init(directory: String?) {
        path = directory.map { $0 + "/setup-changes.jsonl" }
    }

    /// Records a step that may change an object; an error of the log does not fail the setup.
    package func record(_ progress: SetupProgress, of mappings: [RoleMapping.ID], at now: Date) {
        guard let path, let event = Event(progress.phase) else { return }
        var entries = mappings.map {
            Entry(
                at: now,
                mapping: $0,
                kind: progress.object.kind.rawValue,
                name: progress.object.name,
                event: event
            )
        }
        var status = stat()
        if stat(path, &status) == 0, status.st_size > Self.sizeLimit / 2 {
            entries = read().filter { now.timeIntervalSince($0.at) < Self.age }.suffix(5000) + entries
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
    ///
    /// A write without a recorded result counts as unconfirmed (for example, the process ended during the write).
    package func changes(of mapping: RoleMapping.ID, at now: Date) -> Changes {
        var objects: [String: (made: Date?, sent: Date?)] = [:]
        for entry in read() where entry.mapping == mapping && abs(now.timeIntervalSince(entry.at)) < Self.age
        {
            let object = "\(entry.kind) \(entry.name ?? "")"
            switch entry.event ?? .made {
            case .sent: objects[object, default: (nil, nil)].sent = entry.at
            case .made: objects[object] = (entry.at, nil)
            case .refused: objects[object]?.sent = nil
            case .removed: objects[object] = nil
            }
        }
        var changes = Changes()
        for (object, at) in objects {
            let found = [
                at.made.map { SetupChange(at: $0) }, at.sent.map { SetupChange(at: $0, isConfirmed: false) },
            ].compactMap(\.self)
            guard let latest = found.max() else { continue }
            changes.latest = max(changes.latest ?? latest, latest)
            if let kind = SetupObject.Kind(rawValue: String(object.prefix { $0 != " " })) {
                changes.kinds.insert(kind)
            }
        }
        return changes
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

extension SetupChangeLog.Event {
    /// Converts a step of a setup to an event; `nil` for a step without a write.
    fileprivate init?(_ phase: SetupProgress.Phase) {
        switch phase {
        case .writing: self = .sent
        case .answered(let isAccepted): self = isAccepted ? .made : .refused
        case .done(changed: true): self = .made
        case .removed: self = .removed
        case .reading, .waiting, .done(changed: false), .kept, .failed: return nil
        }
    }
}
