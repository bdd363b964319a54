import Foundation

/// A value whose changes reach its readers late, each reader in its own time.
struct Replicated<Value: Sendable>: Sendable {
    private struct Version {
        let value: Value?
        let visibility: Visibility
    }

    /// Oldest first; the last one is what was written last.
    private var versions: [Version] = []

    /// What was written last, which the next write starts from; `nil` when it was deleted.
    var latest: Value? {
        versions.last?.value
    }

    /// What a reader sees.
    func value(for reader: Reader, at now: Date) -> Value? {
        versions.last { $0.visibility[reader] <= now }?.value
    }

    /// Whether nobody will see a value again.
    func isGone(at now: Date) -> Bool {
        latest == nil && versions.allSatisfy { $0.visibility.isComplete(at: now) }
    }

    /// Writes a value, or deletes it; a change is never seen before the one it follows.
    mutating func write(_ value: Value?, visibility: Visibility, at now: Date) {
        let ordered = versions.last.map { visibility.notBefore($0.visibility) } ?? visibility
        let complete = versions.lastIndex { $0.visibility.isComplete(at: now) } ?? versions.startIndex
        versions.removeFirst(complete - versions.startIndex)
        versions.append(Version(value: value, visibility: ordered))
    }
}

/// Who reads what IAM stores.
enum Reader: Sendable {
    /// IAM's own Get and List operations.
    case iam
    /// STS, when it checks an exchange or a session.
    case sts
}

/// When a change is seen.
struct Visibility: Hashable, Sendable {
    let iam: Date
    let sts: Date

    subscript(reader: Reader) -> Date {
        switch reader {
        case .iam: iam
        case .sts: sts
        }
    }

    /// Whether all readers see it.
    func isComplete(at now: Date) -> Bool {
        iam <= now && sts <= now
    }

    /// The same, or as late as `other` where that is later.
    func notBefore(_ other: Visibility) -> Visibility {
        Visibility(iam: max(iam, other.iam), sts: max(sts, other.sts))
    }
}

/// Replicated values by name.
struct ReplicatedTable<Value: Sendable>: Sendable {
    private var entries: [String: Replicated<Value>] = [:]

    /// What was written last under a name.
    func latest(_ name: String) -> Value? {
        entries[name]?.latest
    }

    /// What a reader sees under a name.
    func value(_ name: String, for reader: Reader, at now: Date) -> Value? {
        entries[name]?.value(for: reader, at: now)
    }

    /// What a reader sees, in the order of the names.
    func values(for reader: Reader, at now: Date) -> [Value] {
        entries.sorted { $0.key < $1.key }.compactMap { $0.value.value(for: reader, at: now) }
    }

    /// How many values there are now.
    var count: Int {
        entries.values.count { $0.latest != nil }
    }

    /// Writes a value, or deletes it.
    mutating func write(_ value: Value?, to name: String, visibility: Visibility, at now: Date) {
        entries[name, default: Replicated()].write(value, visibility: visibility, at: now)
        if entries[name]?.isGone(at: now) == true { entries[name] = nil }
    }
}
