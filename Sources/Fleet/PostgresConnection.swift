import Federation
import FoundationEssentials
import Glibc
import Synchronization

/// A connection to PostgreSQL with its own thread for the calls of libpq.
///
/// No thread of Swift's concurrency pool waits for the network. The first job opens the connection. After a loss, the
/// next job opens the connection again. Between jobs, the thread waits for notifications.
final class PostgresConnection: Sendable {
    /// An event of the connection; events that arrive during a job are reported after the job.
    enum Event: Hashable, Sendable {
        case notified(DatabaseNotification)
        case disconnected
    }

    private struct Job {
        let id: Int
        let run: @Sendable (PostgresSession) -> Void
    }

    private struct State {
        var jobs: [Job] = []
        var canceled: Set<Int> = []
        var running: Int?
        var count = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    private let pipe: SignalPipe?
    /// The notifications and the loss of the connection; only one task may read the stream.
    let events: AsyncStream<Event>
    private let continuation: AsyncStream<Event>.Continuation

    init(_ settings: ConnectionSettings, time: any TimeSource) {
        (events, continuation) = AsyncStream.makeStream(
            of: Event.self,
            bufferingPolicy: .bufferingNewest(4096)
        )
        pipe = SignalPipe()
        let isStarted = pipe.map { pipe in
            startThread { [self] in
                let session = PostgresSession(settings, time: time, wakeup: pipe.reading)
                run(session, pipe)
                session.close()
                pipe.close()
                continuation.finish()
            }
        }
        if isStarted == true { return }
        pipe?.close()
        state.withLock { $0.isClosed = true }
        continuation.finish()
    }

    /// The number of jobs that were canceled and have not ended.
    var canceledCount: Int { state.withLock(\.canceled.count) }

    /// Closes the connection; jobs that have not begun fail.
    func close() {
        state.withLock { state in
            guard !state.isClosed else { return }
            state.isClosed = true
            pipe?.signal()
        }
    }

    /// Runs a job on the connection's thread.
    ///
    /// If the task is canceled while the job waits for the server, the connection is closed.
    ///
    /// - Throws: The job's error, and ``FleetError/canceled``.
    @discardableResult
    func perform<Value: Sendable>(
        _ body: @escaping @Sendable (PostgresSession) throws(FleetError) -> Value
    ) async throws(FleetError) -> Value {
        let id = state.withLock { state in
            state.count += 1
            return state.count
        }
        // If the task is canceled after its job has ended, the ID is still in the set.
        defer { state.withLock { _ = $0.canceled.remove(id) } }
        let result: Result<Value, FleetError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let job = Job(id: id) { session in
                    do throws(FleetError) {
                        if session.isCanceled() { throw .canceled }
                        continuation.resume(returning: .success(try body(session)))
                    } catch {
                        continuation.resume(returning: .failure(error))
                    }
                }
                let isAccepted = state.withLock { state in
                    guard !state.isClosed else { return false }
                    state.jobs.append(job)
                    pipe?.signal()
                    return true
                }
                if !isAccepted { continuation.resume(returning: .failure(.canceled)) }
            }
        } onCancel: {
            state.withLock { state in
                guard !state.isClosed else { return }
                state.canceled.insert(id)
                pipe?.signal()
            }
        }
        return try result.get()
    }

    private func run(_ session: PostgresSession, _ pipe: SignalPipe) {
        session.isCanceled = { [self] in
            state.withLock { state in
                state.isClosed || state.running.map(state.canceled.contains) ?? false
            }
        }
        while true {
            let (job, isClosed) = state.withLock { state in
                let job = state.jobs.isEmpty ? nil : state.jobs.removeFirst()
                state.running = job?.id
                return (job, state.isClosed)
            }
            if let job {
                let wasConnected = session.isConnected
                job.run(session)
                state.withLock { $0.running = nil }
                publish(session, wasConnected: wasConnected)
            } else if isClosed {
                return
            } else {
                waitForInput(session, pipe)
            }
        }
    }

    /// Sleeps until a job is added or the server sends data.
    private func waitForInput(_ session: PostgresSession, _ pipe: SignalPipe) {
        let events = Int16(truncatingIfNeeded: POLLIN)
        var polled = [pollfd(fd: pipe.reading, events: events, revents: 0)]
        if let socket = session.socket { polled.append(pollfd(fd: socket, events: events, revents: 0)) }
        _ = poll(&polled, nfds_t(polled.count), -1)
        if polled[0].revents != 0 { SignalPipe.drain(pipe.reading) }
        if polled.count > 1, polled[1].revents != 0 {
            _ = session.consumeIdleInput()
            publish(session, wasConnected: true)
        }
    }

    private func publish(_ session: PostgresSession, wasConnected: Bool) {
        for notification in session.takeNotifications() { continuation.yield(.notified(notification)) }
        if wasConnected, !session.isConnected { continuation.yield(.disconnected) }
    }
}
