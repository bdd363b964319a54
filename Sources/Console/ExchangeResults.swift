import Federation

/// The running exchanges that the operator started, and the counts for a notice.
struct ExchangeResults: Hashable, Sendable {
    private var running: [Request: Purpose] = [:]
    /// The number of exchanges in the current batch; a batch ends when no exchange is running.
    private var started = 0
    private var failed: [RoleMapping.ID] = []

    mutating func begin(_ request: Request, _ purpose: Purpose) {
        if running.isEmpty { (started, failed) = (0, []) }
        running[request] = purpose
        started += 1
    }

    /// Records the end of an exchange.
    ///
    /// - Returns: The notice about the exchange or its batch; `nil` for an exchange that the operator did not start.
    mutating func end(
        _ request: Request,
        _ record: ExchangeRecord,
        _ times: ClockText,
        _ keymap: Keymap
    ) -> Notice? {
        guard let purpose = running.removeValue(forKey: request) else { return nil }
        if record.outcome == .failed { failed.append(record.mapping) }
        if started == 1 {
            return Self.result(
                of: record,
                named: record.mapping,
                purpose,
                times,
                hint: " \(keymap.label(of: .explain)) explains, \(keymap.label(of: .copyFix)) copies the fix."
            )
        }
        if !running.isEmpty {
            return Notice(.info, "\(started - running.count) of \(started) done …")
        }
        let succeeded = "\(started - failed.count) \(purpose.ended)"
        if failed.isEmpty { return Notice(.info, "\(succeeded).") }
        let names = Confirmation.listed(failed.sorted(), atMost: 3)
        return Notice(.error, "\(succeeded), \(failed.count) failed: \(names)")
    }

    /// Returns the notice about an exchange; `hint` lists the next keys after a failure.
    static func result(
        of record: ExchangeRecord,
        named name: String,
        _ purpose: Purpose,
        _ times: ClockText,
        hint: String = ""
    ) -> Notice {
        let latency = DurationColumn.latency(record.duration)
        if let step = record.steps.first(where: { $0.outcome == .failed }) {
            let code = step.failure?.code ?? "unknown error"
            return Notice(
                .error,
                "\(name): \(step.step.rawValue) failed, \(code) (\(latency)).\(hint)"
            )
        }
        let warned = record.steps.filter { $0.outcome == .warn }
        let warning =
            warned.isEmpty ? "" : ", with a warning: \(warned.map(\.step.rawValue).joined(separator: ", "))"
        guard purpose == .refresh, let expiry = record.credentialExpiry else {
            return Notice(
                warned.isEmpty ? .info : .warning,
                "\(name): every step passed (\(latency))\(warning)"
            )
        }
        let until = times.timeOfDay(expiry, seenFrom: record.at)
        return Notice(
            warned.isEmpty ? .info : .warning,
            "\(name): credentials until \(until) (\(latency))\(warning)"
        )
    }
}

extension Purpose {
    /// The word for a successful exchange.
    fileprivate var ended: String {
        switch self {
        case .refresh: "exchanged"
        case .test: "passed"
        }
    }
}
