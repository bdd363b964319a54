import Federation
import FoundationEssentials
import Transport

/// The sessions of hubs, the mappings whose credentials assume further roles.
///
/// The mappings that name a hub in `via` are the hub's spokes. The spokes share the hub's cached session, and can
/// join a running exchange of the hub.
actor HubSessions {
    /// The properties that determine a hub's session.
    struct Key: Hashable, Sendable {
        let mapping: RoleMapping
        let identity: ManagedIdentity

        init(_ mapping: RoleMapping, _ identity: ManagedIdentity) {
            self.mapping = mapping.session
            self.identity = identity
        }
    }

    /// The minimum remaining lifetime of a session whose credentials may still assume a role.
    private static let margin = Duration.seconds(60)
    /// The time for which a hub's failure is cached; during this time, spokes start no other exchange of the hub.
    private static let failureLife = Duration.seconds(2)

    private let time: any TimeSource
    private var sessions: [Key: ObtainedSession] = [:]
    private var running: [Key: Task<ObtainedSession, Never>] = [:]
    /// The number of calls of ``removeAll(of:)``; if the number changes during an exchange, the session is not stored.
    private var removals = 0

    init(time: any TimeSource) {
        self.time = time
    }

    /// Returns the hub's session from the cache, from a running exchange, or from a new exchange.
    ///
    /// - Parameters:
    ///   - key: The hub.
    ///   - age: The maximum age of a cached result; `nil` for any age.
    ///   - obtain: Runs the hub's exchange.
    /// - Returns: The session, and whether it was cached.
    func session(
        of key: Key,
        noOlderThan age: Duration?,
        _ obtain: @escaping @Sendable () async -> ObtainedSession
    ) async -> (session: ObtainedSession, isCached: Bool) {
        if let cached = sessions[key], isUsable(cached, age) { return (cached, true) }
        if let task = running[key] { return (await task.value, false) }
        return (await publish(key, obtain), false)
    }

    /// Runs a hub's exchange; spokes can join the running exchange.
    func publish(
        _ key: Key,
        _ obtain: @escaping @Sendable () async -> ObtainedSession
    ) async -> ObtainedSession {
        let task = Task { await obtain() }
        let removals = removals
        running[key] = task
        let session = await task.value
        if running[key] == task { running[key] = nil }
        guard self.removals == removals else { return session }
        // A failure does not replace credentials that still work.
        if session.credentials != nil || !(sessions[key].map { isUsable($0, nil) } ?? false) {
            sessions[key] = session
        }
        return session
    }

    /// Stores credentials that an earlier process obtained.
    func adopt(_ session: ObtainedSession, for key: Key) {
        sessions[key] = session
    }

    /// The usable credentials of a hub, if any.
    func credentials(of key: Key) -> SessionCredentials? {
        sessions[key].flatMap { isUsable($0, nil) ? $0.credentials : nil }
    }

    /// Drops a hub's cached session if its credentials have this access key ID.
    func remove(_ key: Key, _ accessKeyID: String) {
        if sessions[key]?.credentials?.accessKeyID == accessKeyID { sessions[key] = nil }
    }

    /// Drops every session of a mapping, including the session of a running exchange.
    func removeAll(of id: RoleMapping.ID) {
        removals += 1
        sessions = sessions.filter { $0.key.mapping.id != id }
        running = running.filter { $0.key.mapping.id != id }
    }

    private func isUsable(_ session: ObtainedSession, _ age: Duration?) -> Bool {
        let elapsed = time.uptime - session.at
        if let age, elapsed >= age { return false }
        guard let credentials = session.credentials else { return elapsed < Self.failureLife }
        let offset = session.clockOffset?.offset ?? .zero
        let end = RenewalSchedule.localExpiration(
            credentials.expiration,
            issued: credentials.issued,
            offset: offset
        )
        return end.since(time.now) > Self.margin
    }
}

/// The results of the steps that obtain credentials, and the records of the steps.
struct ObtainedSession: Sendable {
    var steps: [StepRecord] = []
    /// The uptime at which the result arrived.
    let at: Duration
    var facts: TokenFacts?
    var token: AccessToken?
    var credentials: SessionCredentials?
    /// AWS's clock minus the local clock.
    var clockOffset: ClockOffset?
    var answer: AnswerFacts?
}

extension ObtainedSession {
    /// The failure of the first step that failed, if any.
    var failure: Failure? {
        steps.first { $0.outcome == .failed }?.failure
    }
}
