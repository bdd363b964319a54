import Federation

/// A check whether the database delivers notifications; poolers in transaction mode drop notifications silently.
///
/// The probe does not send through the listener's connection, because a pooler can return a session's own notifications
/// with a response. The probe sends several notifications, because a pooler can deliver a single notification by
/// chance (during a transaction of the listener).
struct NotificationProbe: Sendable {
    /// The prefix of each probe's payload; the space distinguishes the payload from a node's name.
    static let prefix = "probe "
    /// The number of notifications, all of which must arrive.
    static let count = 3
    /// The time between two notifications, and the time limit for the arrival of the last notification.
    static let interval = Duration.milliseconds(1500)

    let settings: ConnectionSettings
    let channel: String
    let payload = prefix + String(UInt64.random(in: 0 ... .max), radix: 16)

    /// Sends the notifications and waits until the last notification should have arrived.
    ///
    /// - Throws: ``FleetError`` if a notification cannot be sent.
    func send(time: any TimeSource) async throws(FleetError) {
        for _ in 0..<Self.count {
            try await sendOne(time)
            try? await time.sleep(for: Self.interval)
        }
    }

    private func sendOne(_ time: any TimeSource) async throws(FleetError) {
        let store = FleetStore(settings, time: time)
        defer { store.close() }
        try await store.notify(channel, payload)
    }
}
