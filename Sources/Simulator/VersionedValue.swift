/// A value with its earlier versions, which some readers may still see.
///
/// Each version has a mark that determines when each reader sees the version.
struct VersionedValue<Value: Sendable, Mark: Sendable>: Sendable {
    /// The versions, oldest first; `nil` is a deletion.
    private var versions: [(value: Value?, mark: Mark)] = []

    /// The value as last written; `nil` after a deletion.
    var latest: Value? { versions.last?.value }

    /// The mark of the last write.
    var latestMark: Mark? { versions.last?.mark }

    /// Returns the value of the newest visible version; `nil` after a deletion or without a visible version.
    func latest(where isVisible: (Mark) -> Bool) -> Value? {
        versions.last { isVisible($0.mark) }?.value
    }

    /// Whether all marks satisfy a condition.
    func allSatisfy(_ condition: (Mark) -> Bool) -> Bool {
        versions.allSatisfy { condition($0.mark) }
    }

    /// Writes a version; `nil` deletes the value.
    mutating func write(_ value: Value?, _ mark: Mark) {
        versions.append((value, mark))
    }

    /// Drops the versions before the newest version that every reader sees.
    mutating func dropVersions(before isSeen: (Mark) -> Bool) {
        versions.removeFirst(versions.lastIndex { isSeen($0.mark) } ?? 0)
    }
}
