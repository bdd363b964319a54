import ExchangeEngine
package import Federation
import FoundationEssentials
import Glibc
package import Propagation
import Transport
package import UnixSignals

/// Waits until mappings work, and reports the attempts of the mappings' watches.
///
/// The watches run in this process or in other processes.
package struct Wait {
    package enum Event: Sendable {
        case attempted(Watch)
        case ended(Watch)
        case estimated(WaitEstimate)
    }

    /// The result of the wait: the watches that ended, and the signal (if any) that ended the wait.
    package struct End: Sendable {
        package var watches: [Watch] = []
        package var signal: Int32?
    }

    private enum Input: Sendable {
        case watch(WatchRunner.Event)
        case timeout
        case signal(Int32)
    }

    /// The maximum number of concurrent attempts.
    private static let width = 16

    private let context: ApplicationContext
    private let mappings: [RoleMapping.ID]
    private let limit: Duration?
    private let report: (Event) -> Void

    package init(
        _ context: ApplicationContext,
        _ mappings: [RoleMapping],
        limit: Duration?,
        report: @escaping (Event) -> Void
    ) {
        self.context = context
        self.mappings = mappings.map(\.id)
        self.limit = limit
        self.report = report
    }

    /// Waits until every watch has ended, the time limit expires, or a signal arrives.
    package func run(until signals: UnixSignalsSequence) async -> End {
        let (inputs, continuation) = AsyncStream.makeStream(of: Input.self)
        let semaphore = AsyncSemaphore(width: Self.width)
        let runner = WatchRunner(
            configuration: context.configuration,
            only: Set(mappings),
            store: context.history,
            time: context.time,
            dependencies: context.watchDependencies { [engine = context.engine] mapping, options in
                await semaphore.withPermit { await engine.exchange(mapping, options: options).record }
            }
        ) { continuation.yield(.watch($0)) }
        return await withTaskGroup { group in
            group.addTask { await runner.run() }
            group.addTask {
                for await signal in signals { continuation.yield(.signal(signal.rawValue)) }
            }
            if let limit {
                group.addTask { [time = context.time] in
                    if (try? await time.sleep(for: limit)) != nil { continuation.yield(.timeout) }
                }
            }
            let timing = PropagationTiming(speed: context.configuration.current.watchSpeed)
            var own: Set<RoleMapping.ID> = []
            for mapping in mappings
            where await runner.watch(mapping, timeout: limit.map { max($0, timing.timeLimit) }) {
                own.insert(mapping)
            }
            let end = await follow(inputs, runner, own: own)
            group.cancelAll()
            return end
        }
    }

    /// Reports the watches until the wait ends; watches of other processes continue after the wait.
    private func follow(
        _ inputs: AsyncStream<Input>,
        _ runner: WatchRunner,
        own: Set<RoleMapping.ID>
    ) async -> End {
        var reported: [RoleMapping.ID: Int] = [:]
        var pending = Set(mappings)
        var end = End()
        func finish(_ watch: Watch) {
            guard pending.remove(watch.id) != nil else { return }
            report(.ended(watch))
            end.watches.append(watch)
        }
        for await input in inputs {
            switch input {
            case .watch(.updated(let stored)) where pending.contains(stored.watch.id):
                let watch = stored.watch
                if watch.attempts > reported[watch.id, default: 0] { report(.attempted(watch)) }
                reported[watch.id] = max(reported[watch.id, default: 0], watch.attempts)
            case .watch(.ended(let watch)):
                finish(watch)
            case .watch(.estimated(_, let estimate)):
                report(.estimated(estimate))
            case .timeout:
                for id in pending.intersection(own) { await runner.stop(id, isExpired: true) }
                for id in pending.subtracting(own) {
                    let watch = await runner.detach(from: id, isExpired: true, after: limit)
                    if let watch { finish(watch) }
                }
            case .signal(let signal):
                for id in pending {
                    if own.contains(id) {
                        await runner.stop(id)
                    } else {
                        _ = await runner.detach(from: id, isExpired: false)
                    }
                }
                end.signal = signal
                return end
            case .watch: break
            }
            if pending.isEmpty { return end }
        }
        end.signal = SIGINT
        return end
    }
}

extension UnixSignal {
    fileprivate var rawValue: Int32 { self == .sigterm ? SIGTERM : SIGINT }
}
