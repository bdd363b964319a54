import ExchangeEngine
package import Federation
import Foundation
package import Propagation
package import UnixSignals

/// A wait until one mapping works: a watch, run by this process or another, whose attempts are reported.
package struct Wait {
    /// An event of the wait.
    package enum Event: Sendable {
        case attempted(Watch)
        case ended(Watch)
        case estimated(WaitEstimate)
    }

    /// The end of the wait: the watch, or the signal that interrupted it.
    package struct End: Sendable {
        package var watch: Watch?
        package var signal: Int32?
    }

    private enum Input: Sendable {
        case watch(WatchRunner.Event)
        case timeout
        case signal(Int32)
    }

    private let context: ApplicationContext
    private let mapping: RoleMapping
    private let limit: Duration?
    private let report: (Event) -> Void

    package init(
        _ context: ApplicationContext,
        _ mapping: RoleMapping,
        limit: Duration?,
        report: @escaping (Event) -> Void
    ) {
        self.context = context
        self.mapping = mapping
        self.limit = limit
        self.report = report
    }

    /// Waits until the mapping works, cannot work, the limit passes, or a signal arrives.
    package func run(until signals: UnixSignalsSequence) async -> End {
        let (inputs, continuation) = AsyncStream.makeStream(of: Input.self)
        let runner = WatchRunner(
            configuration: context.configuration,
            only: mapping.id,
            store: context.history,
            time: context.time,
            dependencies: context.watchDependencies { [engine = context.engine] mapping, options in
                await engine.exchange(mapping, options: options).record
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
            let isOwn = await runner.watch(mapping.id, patience: limit.map { max($0, timing.timeLimit) })
            let end = await follow(inputs, runner, isOwn: isOwn)
            group.cancelAll()
            return end
        }
    }

    /// Reports the watch until it or the wait ends; a watch that another process began then continues there.
    private func follow(_ inputs: AsyncStream<Input>, _ runner: WatchRunner, isOwn: Bool) async -> End {
        var reported = 0
        for await input in inputs {
            switch input {
            case .watch(.updated(let stored)) where stored.watch.id == mapping.id:
                if stored.watch.attempts > reported { report(.attempted(stored.watch)) }
                reported = max(reported, stored.watch.attempts)
            case .watch(.ended(let watch)) where watch.id == mapping.id:
                report(.ended(watch))
                return End(watch: watch)
            case .watch(.estimated(_, let estimate)):
                report(.estimated(estimate))
            case .timeout where isOwn:
                await runner.stop(mapping.id, isExpired: true)
            case .timeout:
                guard let watch = await runner.detach(from: mapping.id, isExpired: true, after: limit) else {
                    continue
                }
                report(.ended(watch))
                return End(watch: watch)
            case .signal(let signal):
                if isOwn {
                    await runner.stop(mapping.id)
                } else {
                    _ = await runner.detach(from: mapping.id, isExpired: false)
                }
                return End(signal: signal)
            case .watch: break
            }
        }
        return End(signal: SIGINT)
    }
}

extension UnixSignal {
    fileprivate var rawValue: Int32 { self == .sigterm ? SIGTERM : SIGINT }
}
