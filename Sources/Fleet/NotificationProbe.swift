import Federation

/// A check that notifications are delivered: poolers in transaction mode drop them silently.
///
/// The notifications are sent through other connections, because a pooler can return a session's own notification with
/// the response of the statement that sent it. Several notifications are sent, because a single notification could
/// arrive by chance: a pooler delivers a notification that is sent during a transaction of the listener.
struct NotificationProbe: Sendable {
    /// The beginning of the payload of each probe; the space distinguishes it from the name of a node.
    static let prefix = "probe "
    /// The number of notifications, which must all arrive.
    static let count = 3
    /// The time between two notifications, which is also the time limit for the arrival of the last notification.
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
