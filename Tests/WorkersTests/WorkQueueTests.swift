import Testing

@testable import Workers

/// What a queue decides; threads are played by the test, instants are numbers.
struct WorkQueueTests {
    private typealias Queue = WorkQueue<String, Int>

    private var queue = Queue(limit: 2)

    @Test mutating func `the first work brings a thread, which does it and then leads`() {
        #expect(queue.add("a", isFromWorker: false) == .newcomer)
        #expect(next() == "run a")
        #expect(next() == "lead")
    }

    @Test mutating func `work is done in the order in which it came`() {
        _ = queue.add("a", isFromWorker: false)
        _ = queue.add("b", isFromWorker: false)
        _ = queue.add("c", isFromWorker: false)
        #expect([next(), next(), next()] == ["run a", "run b", "run c"])
    }

    @Test mutating func `there are never more threads than allowed`() {
        let calls = (0..<4).map { queue.add("\($0)", isFromWorker: false) }
        #expect(calls == [.newcomer, .newcomer, nil, nil])
    }

    @Test mutating func `an idle thread is called before one comes new`() {
        _ = queue.add("a", isFromWorker: false)
        _ = (next(), next())
        #expect(queue.add("b", isFromWorker: false) == .leader)
        _ = queue.leaderReturned()
        #expect(next() == "run b")
        #expect(queue.add("c", isFromWorker: false) == .newcomer)
    }

    @Test mutating func `one who follows is called before the one who leads`() {
        becomeIdle()
        #expect(queue.add("a", isFromWorker: false) == .follower)
        #expect(queue.add("b", isFromWorker: false) == .leader)
        #expect(queue.add("c", isFromWorker: false) == nil)
    }

    @Test mutating func `a leader is called once for each time it waits`() {
        _ = queue.add("a", isFromWorker: false)
        _ = (next(), next())
        #expect(queue.add("b", isFromWorker: false) == .leader)
        #expect(queue.add("c", isFromWorker: false) == .newcomer)
    }

    @Test mutating func `a thread keeps the one piece of work that it leaves`() {
        becomeIdle()
        #expect(queue.add("a", isFromWorker: true) == nil)
        #expect(queue.add("b", isFromWorker: true) == .follower)
    }

    @Test mutating func `what sleeps is done when it is due, earliest first`() {
        _ = queue.add("late", at: 20)
        _ = queue.add("early", at: 10)
        #expect(next(at: 5) == "lead until 10")
        _ = queue.leaderReturned()
        #expect(next(at: 10) == "run early")
        #expect(next(at: 19) == "lead until 20")
        _ = queue.leaderReturned()
        #expect(next(at: 25) == "run late")
        #expect(next(at: 25) == "lead")
    }

    @Test mutating func `what is due at the same instant is done in the order in which it came`() {
        for name in ["a", "b", "c"] { _ = queue.add(name, at: 10) }
        #expect([next(at: 10), next(at: 10), next(at: 10)] == ["run a", "run b", "run c"])
    }

    @Test mutating func `the first sleeper brings a thread`() {
        #expect(queue.add("a", at: 10) == .newcomer)
    }

    @Test mutating func `a leader is called for a sleeper that is due before all others`() {
        becomeIdle()
        #expect(queue.add("a", at: 10) == .leader)
        _ = queue.leaderReturned()
        #expect(next(at: 0) == "lead until 10")
        #expect(queue.add("b", at: 20) == nil)
        #expect(queue.add("c", at: 5) == .leader)
    }

    @Test mutating func `another leads while the leader works and something sleeps`() {
        becomeIdle()
        _ = queue.add("a", at: 10)
        #expect(queue.leaderReturned() == .follower)
        #expect(next(at: 0) == "lead until 10")
    }

    @Test mutating func `nobody is called to lead where nothing sleeps`() {
        becomeIdle()
        #expect(queue.leaderReturned() == nil)
    }

    @Test mutating func `one comes to wait for a sleeper while nobody leads`() {
        becomeIdle()
        _ = queue.leaderReturned()
        #expect(queue.add("a", at: 10) == .follower)
    }

    /// Two threads, one that leads and one that follows.
    private mutating func becomeIdle() {
        _ = queue.add("x", isFromWorker: false)
        _ = queue.add("y", isFromWorker: false)
        let actions = (0..<4).map { _ in next() }
        #expect(actions == ["run x", "run y", "lead", "follow"])
    }

    /// What the next thread that asks is told.
    private mutating func next(at now: Int = 0) -> String {
        switch queue.next(now: { now }) {
        case .run(let job): "run \(job)"
        case .lead(let instant): instant.map { "lead until \($0)" } ?? "lead"
        case .follow: "follow"
        }
    }
}
