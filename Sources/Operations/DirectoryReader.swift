import Azure
import Diagnosis
package import Federation
import Foundation
import Transport

/// Reads the directory for explanations, and caches the results with the time of each read.
///
/// Concurrent equal requests are joined, so that many mappings of one identity and audience cause one read.
package actor DirectoryReader {
    /// The lifetime of cached results, which is that of ``RoleInspector``.
    private static let lifetime = Duration.seconds(300)

    /// The facts of a mapping, or the error that prevented the read, with its time.
    struct Reading: Sendable {
        let facts: Result<AssignmentFacts?, CloudError>
        let at: Date
    }

    /// The properties that determine what is read.
    private struct Key: Hashable {
        let identity: ManagedIdentity.ID
        let audience: String
        let appRole: String?
        let principal: String?
    }

    private let time: any TimeSource
    private var readings: [Key: Reading] = [:]
    private var running: [Key: Task<Reading, Never>] = [:]
    /// Whether a subject is missing in the directory, and when that was read.
    private var subjects: [String: (isMissing: Bool, at: Date)] = [:]

    package init(time: any TimeSource) {
        self.time = time
    }

    /// Returns the facts of a mapping; `principal` is the identity's object ID, where a token shows it.
    func reading(
        of mapping: RoleMapping,
        principal: String?,
        isFresh: Bool,
        _ lookup: AppRoleAssignmentLookup
    ) async -> Reading {
        let key = Key(
            identity: mapping.identity,
            audience: mapping.audience,
            appRole: mapping.appRole,
            principal: principal
        )
        if !isFresh, let known = readings[key], isRecent(known.at) { return known }
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
        running[key] = nil
        readings[key] = reading
        return reading
    }

    /// Returns the subjects of a trust policy that no service principal of the tenant has.
    ///
    /// - Throws: ``CloudError`` when Graph does not respond or refuses.
    func missing(
        _ ids: [String],
        isFresh: Bool,
        _ lookup: AppRoleAssignmentLookup
    ) async throws(CloudError) -> Set<String> {
        var missing: Set<String> = []
        for id in ids {
            let isMissing: Bool
            if !isFresh, let known = subjects[id], isRecent(known.at) {
                isMissing = known.isMissing
            } else {
                isMissing = try await !lookup.missing([id]).isEmpty
                subjects[id] = (isMissing, time.now)
            }
            if isMissing { missing.insert(id) }
        }
        return missing
    }

    /// Drops all results, after a change of the directory or of the configuration.
    package func removeAll() {
        readings = [:]
        subjects = [:]
    }

    private func isRecent(_ date: Date) -> Bool {
        let age = time.now.since(date)
        return age >= .zero && age < Self.lifetime
    }
}
