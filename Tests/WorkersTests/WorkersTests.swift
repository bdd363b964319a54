import Synchronization
import Testing

@testable import Workers

struct WorkersTests {
    private let workers = Workers(limit: 2)

    @Test func `many tasks are all done`() async {
        let sum = await withTaskExecutorPreference(workers) {
            await withTaskGroup(of: Int.self) { group in
                for number in 1...10_000 { group.addTask { number } }
                return await group.reduce(0, +)
            }
        }
        #expect(sum == 50_005_000)
    }

    @Test func `tasks that wait for each other all go on`() async {
        let (stream, continuation) = AsyncStream<Int>.makeStream()
        let received = await withTaskExecutorPreference(workers) {
            async let numbers = stream.reduce(into: []) { $0.append($1) }
            for number in 0..<1000 {
                continuation.yield(number)
                await Task.yield()
            }
            continuation.finish()
            return await numbers
        }
        #expect(received == Array(0..<1000))
    }

    @Test func `work that sleeps is done, the shortest sleep first`() async {
        let woken = Mutex<[Int]>([])
        await withCheckedContinuation { continuation in
            for milliseconds in [60, 20, 40] {
                Sleep(of: milliseconds) { milliseconds in
                    let isLast = woken.withLock {
                        $0.append(milliseconds)
                        return $0.count == 3
                    }
                    if isLast { continuation.resume() }
                }.begin(on: workers)
            }
        }
        #expect(woken.withLock { $0 } == [20, 40, 60])
    }
}

/// A job that is not to begin before its time.
private struct Sleep {
    let milliseconds: Int
    let wake: @Sendable (Int) -> Void

    init(of milliseconds: Int, wake: @escaping @Sendable (Int) -> Void) {
        self.milliseconds = milliseconds
        self.wake = wake
    }

    func begin(on workers: Workers) {
        let delayed = Delayed(workers: workers, delay: .milliseconds(milliseconds))
        Task(executorPreference: delayed) { [milliseconds, wake] in wake(milliseconds) }
    }
}

/// Hands every job on with a delay.
private final class Delayed: TaskExecutor {
    private let workers: Workers
    private let delay: Duration

    init(workers: Workers, delay: Duration) {
        self.workers = workers
        self.delay = delay
    }

    func enqueue(_ job: consuming ExecutorJob) {
        workers.enqueue(job, after: delay, tolerance: nil, clock: ContinuousClock())
    }
}
