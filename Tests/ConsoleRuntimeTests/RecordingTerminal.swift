import Drawing

/// A terminal that records its frames and calls.
actor RecordingTerminal: Terminal {
    private(set) var frames: [Canvas] = []
    private(set) var calls: [String] = []
    private(set) var alarms: [Duration?] = []
    let size: Size
    nonisolated let thread: any TaskExecutor = globalConcurrentExecutor

    private var listener: (@Sendable (TerminalEvent) -> Void)?
    private var pending: [TerminalEvent] = []
    private var waitingForAlarms: (count: Int, continuation: CheckedContinuation<Void, Never>)?
    private var waiting: (count: Int, continuation: CheckedContinuation<Void, Never>)?

    /// Whether an alarm goes off as soon as it is set.
    private let firesAlarms: Bool
    /// Receives the number of each frame before it is shown.
    private let onFrame: @Sendable (Int) -> Void

    init(size: Size, firesAlarms: Bool = false, onFrame: @escaping @Sendable (Int) -> Void = { _ in }) {
        self.size = size
        self.firesAlarms = firesAlarms
        self.onFrame = onFrame
    }

    /// Sends an event, or queues it until a listener exists.
    func send(_ event: TerminalEvent) {
        if let listener { listener(event) } else { pending.append(event) }
    }

    /// Waits until `count` frames have been shown.
    func waitForFrames(_ count: Int) async {
        if frames.count >= count { return }
        await withCheckedContinuation { waiting = (count, $0) }
    }

    /// Waits until the alarm has been set `count` times.
    func waitForAlarms(_ count: Int) async {
        if alarms.count >= count { return }
        await withCheckedContinuation { waitingForAlarms = (count, $0) }
    }

    func listen(_ listener: @escaping @Sendable (TerminalEvent) -> Void) {
        self.listener = listener
        pending.forEach(listener)
        pending = []
    }

    func show(_ canvas: Canvas) {
        frames.append(canvas)
        onFrame(frames.count)
    }

    func setAlarm(after delay: Duration?) {
        alarms.append(delay)
        if firesAlarms, delay != nil { listener?(.alarm) }
        if let waitingForAlarms, alarms.count >= waitingForAlarms.count {
            self.waitingForAlarms = nil
            waitingForAlarms.continuation.resume()
        }
        guard let waiting, frames.count >= waiting.count else { return }
        self.waiting = nil
        waiting.continuation.resume()
    }

    func copy(_ text: String) -> Bool {
        calls.append("copy \(text)")
        return true
    }
    func requestBackground() { calls.append("askBackground") }
    func run(_ command: String) -> Int {
        calls.append("run \(command)")
        return 0
    }
    func ring() { calls.append("ring") }
    func notify(_ text: String) { calls.append("notify \(text)") }
    func redraw() { calls.append("redraw") }
    func suspend() { calls.append("suspend") }
    func close() { calls.append("close") }
}
