import Azure
import Diagnosis
package import Federation
import FoundationEssentials
import Transport

/// The requests to the Entra directory that explanations need.
protocol DirectoryLookup: Sendable {
    /// Reads the audience's application and the identity's assignment; `nil` if the identity's object ID is unknown.
    func facts(of mapping: RoleMapping, principal: String?) async throws(CloudError) -> AssignmentFacts?

    /// Returns whether no service principal of the tenant has this object ID.
    func isMissing(_ id: String) async throws(CloudError) -> Bool
}

/// Reads the directory for explanations, and caches the results with the time of each read.
///
/// Concurrent requests for mappings with the same identity, audience, and app role share one read. An error in reading
/// a mapping's facts is also cached. However, an error other than a refusal does not replace a recent result.
package actor DirectoryReader {
    /// The lifetime of cached results; ``RoleInspector`` uses the same lifetime.
    private static let lifetime = Duration.seconds(300)

    /// The result of reading a mapping's facts, with the time of the read.
    struct Reading: Sendable {
        let facts: Result<AssignmentFacts?, CloudError>
        let at: Date
    }

    private struct Key: Hashable {
        let identity: ManagedIdentity.ID
        let audience: String
        let appRole: String?
        let principal: String?
    }

    private let time: any TimeSource
    private var readings: [Key: Reading] = [:]
    private var running: [Key: Task<Reading, Never>] = [:]
    /// The results of looking up object IDs from trust policies, with the time of each read.
    private var subjects: [String: (isMissing: Bool, at: Date)] = [:]
    private var runningSubjects: [String: Task<Result<Bool, CloudError>, Never>] = [:]

    package init(time: any TimeSource) {
        self.time = time
    }

    /// Returns the facts about a mapping's app role assignment.
    ///
    /// `principal` is the identity's object ID, if a token contains the ID. With `isFresh`, cached results are ignored.
    func reading(
        of mapping: RoleMapping,
        principal: String?,
        isFresh: Bool,
        _ lookup: some DirectoryLookup
    ) async -> Reading {
        let key = Key(
            identity: mapping.identity,
            audience: mapping.audience,
            appRole: mapping.appRole,
            principal: principal
        )
        if !isFresh, let known = cached(key) { return known }
        if let task = running[key] { return await task.value }
        let task = Task { [time] in
            do throws(CloudError) {
                let facts = try await lookup.facts(of: mapping, principal: principal)
                return Reading(facts: .success(facts), at: time.now)
            } catch {
                return Reading(facts: .failure(error), at: time.now)
            }
        }
        running[key] = task
        let reading = await task.value
        // The result is not kept if all results were dropped during the read.
        guard running[key] == task else { return reading }
        running[key] = nil
        if !reading.isUnanswered || cached(key) == nil { readings[key] = reading }
        return reading
    }

    /// Returns those object IDs that belong to no service principal of the tenant.
    ///
    /// - Throws: ``CloudError`` when Graph does not respond or refuses a request.
    func missing(
        _ ids: [String],
        isFresh: Bool,
        _ lookup: some DirectoryLookup
    ) async throws(CloudError) -> Set<String> {
        var missing: Set<String> = []
        for id in ids where try await isMissing(id, isFresh: isFresh, lookup) { missing.insert(id) }
        return missing
    }

    /// Drops all results, including the results of running reads.
    ///
    /// Callers use this function after a change of the directory or the configuration.
    package func removeAll() {
        readings = [:]
        running = [:]
        subjects = [:]
        runningSubjects = [:]
    }

    private func isMissing(
        _ id: String,
        isFresh: Bool,
        _ lookup: some DirectoryLookup
    ) async throws(CloudError) -> Bool {
        if !isFresh, let known = subjects[id], isRecent(known.at) { return known.isMissing }
        if let task = runningSubjects[id] { return try await task.value.get() }
        let task = Task { () -> Result<Bool, CloudError> in
            do throws(CloudError) {
                return .success(try await lookup.isMissing(id))
            } catch {
                return .failure(error)
            }
        }
        runningSubjects[id] = task
        let result = await task.value
        guard runningSubjects[id] == task else { return try result.get() }
        runningSubjects[id] = nil
        if case .success(let isMissing) = result { subjects[id] = (isMissing, time.now) }
        return try result.get()
    }

    private func cached(_ key: Key) -> Reading? {
        readings[key].flatMap { isRecent($0.at) ? $0 : nil }
    }

    private func isRecent(_ date: Date) -> Bool {
        let age = time.now.since(date)
        return age >= .zero && age < Self.lifetime
    }
}

extension DirectoryReader.Reading {
    /// Whether the read failed for a reason other than a refusal by the directory.
    fileprivate var isUnanswered: Bool {
        if case .failure(let error) = facts { error.failure.kind != .refused } else { false }
    }
}
