import Federation
import FoundationEssentials
import Glibc

extension VersionedValue where Mark == Visibility {
    /// Returns the value visible to a reader.
    func value(for reader: Reader, at now: Date) -> Value? {
        latest { $0[reader] <= now }
    }

    /// Whether the deletion of the value is visible to all readers.
    func isGone(at now: Date) -> Bool {
        latest == nil && allSatisfy { $0.isComplete(at: now) }
    }

    /// Writes a value; `nil` deletes it.
    ///
    /// Changes become visible in the order of the writes.
    mutating func write(_ value: Value?, visibility: Visibility, at now: Date) {
        dropVersions { $0.isComplete(at: now) }
        write(value, latestMark.map(visibility.notBefore) ?? visibility)
    }
}

/// A reader of IAM entities.
enum Reader: Sendable {
    /// IAM's own Get and List operations.
    case iam
    /// STS, and IAM's checks of callers and principals.
    case sts
}

/// The times at which a change becomes visible to each reader.
struct Visibility: Hashable, Sendable {
    let iam: Date
    let sts: Date

    subscript(reader: Reader) -> Date {
        switch reader {
        case .iam: iam
        case .sts: sts
        }
    }

    /// Whether the change is visible to all readers.
    func isComplete(at now: Date) -> Bool {
        iam <= now && sts <= now
    }

    /// Returns the later time for each reader.
    func notBefore(_ other: Visibility) -> Visibility {
        Visibility(iam: max(iam, other.iam), sts: max(sts, other.sts))
    }
}

/// Values by name; each change has a separate delay for each reader.
struct ReplicatedTable<Value: Sendable>: Sendable {
    private var entries: [String: VersionedValue<Value, Visibility>] = [:]

    /// Returns the value with this name, as last written.
    func latest(_ name: String) -> Value? {
        entries[name]?.latest
    }

    /// Returns the value with this name, as visible to a reader.
    func value(_ name: String, for reader: Reader, at now: Date) -> Value? {
        entries[name]?.value(for: reader, at: now)
    }

    /// Returns the values visible to a reader, sorted by name.
    func values(for reader: Reader, at now: Date) -> [Value] {
        entries.sorted { $0.key < $1.key }.compactMap { $0.value.value(for: reader, at: now) }
    }

    /// The number of values, as last written.
    var count: Int {
        entries.values.count { $0.latest != nil }
    }

    /// Writes a value; `nil` deletes it.
    mutating func write(_ value: Value?, to name: String, visibility: Visibility, at now: Date) {
        entries[name, default: VersionedValue()].write(value, visibility: visibility, at: now)
        if entries[name]?.isGone(at: now) == true { entries[name] = nil }
    }
}

/// Draws the propagation delay of each change in IAM.
struct ChangeClock: Sendable {
    private let delays: AWSSetup.PropagationDelays
    private let speed: Speed
    private let seed: Seed
    private var changes = 0

    init(delays: AWSSetup.PropagationDelays, speed: Speed, seed: Seed) {
        self.delays = delays
        self.speed = speed
        self.seed = seed
    }

    /// Returns the times at which a change made now becomes visible.
    mutating func visibility(now: Date) -> Visibility {
        changes += 1
        let isLate = delays.oneLateReadIn > 0 && changes.isMultiple(of: delays.oneLateReadIn)
        let reads = isLate ? draw("iam", from: delays.reads) : .zero
        return Visibility(
            iam: now + speed.scaled(reads).seconds,
            sts: now + speed.scaled(draw("sts", from: delays.sts)).seconds
        )
    }

    private func draw(_ name: String, from range: ClosedRange<Duration>) -> Duration {
        range.lowerBound + (range.upperBound - range.lowerBound)
            * seed.fraction("settling \(name) \(changes)")
    }
}
