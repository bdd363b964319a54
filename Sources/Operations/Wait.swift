import ExchangeEngine
import Federation
import Foundation
import Propagation
import Transport
import UnixSignals

/// A wait for one mapping: a watch that is told line by line, whichever process runs it.
struct Wait {
    /// How it ended; with a signal the watch may be unknown.
    struct End: Sendable {
        var watch: Watch?
        var signal: Int32?
    }

    private enum Event: Sendable {
        case watch(WatchRunner.Event)
        case timeout
        case signal(Int32)
    }

    private let workspace: Workspace
    private let mapping: RoleMapping
    private let limit: Duration?
    private let tell: (WaitLine) -> Void

    /// Makes a wait that has not begun; `tell` hears of every attempt.
    init(
        _ workspace: Workspace,
        _ mapping: RoleMapping,
        limit: Duration?,
        tell: @escaping (WaitLine) -> Void
    ) {
        self.workspace = workspace
        self.mapping = mapping
        self.limit = limit
        self.tell = tell
    }

    /// Waits until the mapping works, cannot work, the limit is reached, or a signal comes.
    func run(until signals: UnixSignalsSequence) async -> End {
        let (events, feed) = AsyncStream.makeStream(of: Event.self)
        let keeper = WatchRunner(
            book: workspace.historian,
            time: workspace.time,
            surroundings: workspace.watchSurroundings { [engine = workspace.engine] mapping, options in
                await engine.exchange(mapping, options: options).record
            }
        ) { feed.yield(.watch($0)) }
        var configuration = workspace.configuration
        configuration.mappings = [mapping]
        await keeper.use(configuration)
        return await withTaskGroup { group in
            group.addTask { await keeper.run() }
            group.addTask {
                for await signal in signals { feed.yield(.signal(signal.rawValue)) }
            }
            if let limit {
                group.addTask { [time = workspace.time] in
                    if (try? await time.sleep(for: limit)) != nil { feed.yield(.timeout) }
                }
            }
            let pace = PropagationTiming(speed: configuration.watchSpeed)
            let isOurs = await keeper.watch(mapping.id, patience: limit.map { max($0, pace.patience) })
            let end = await follow(events, keeper, isOurs: isOurs)
            group.cancelAll()
            return end
        }
    }

    /// Tells of the watch until it ends, or we do; one that another process began goes on without us then.
    private func follow(
        _ events: AsyncStream<Event>,
        _ keeper: WatchRunner,
        isOurs: Bool
    ) async -> End {
        var told = 0
        for await event in events {
            switch event {
            case .watch(.stood(let kept)) where kept.watch.id == mapping.id:
                if kept.watch.attempts > told, let line = WaitLine(kept.watch) { tell(line) }
                told = max(told, kept.watch.attempts)
            case .watch(.ended(let watch)) where watch.id == mapping.id:
                tell(WaitLine(ended: watch))
                return End(watch: watch)
            case .watch(.estimated(_, let estimate)):
                Report.say(estimate.sentence)
            case .timeout where isOurs:
                await keeper.stop(mapping.id, isExpired: true)
            case .timeout:
                guard let watch = await keeper.leave(mapping.id, isExpired: true, after: limit) else {
                    continue
                }
                tell(WaitLine(ended: watch))
                return End(watch: watch)
            case .signal(let signal):
                if isOurs {
                    await keeper.stop(mapping.id)
                } else {
                    _ = await keeper.leave(mapping.id, isExpired: false)
                }
                return End(signal: signal)
            default: break
            }
        }
        return End(signal: SIGINT)
    }
}

extension WaitEstimate {
    /// What is learned from past waits, for a person.
    var sentence: String {
        guard !isTooFew else {
            let waits = count == 1 ? "wait" : "waits"
            return "No estimate yet: \(count) past \(waits) of this kind, \(Self.fewest) are needed."
        }
        func text(_ duration: Duration?) -> String {
            duration.map { "within \(DurationText.format($0))" } ?? "not seen to end"
        }
        return "Past waits of this kind: half \(text(median)), 90 % \(text(ninety)) (n = \(count))."
    }
}

extension UnixSignal {
    /// Its number.
    fileprivate var rawValue: Int32 { self == .sigterm ? SIGTERM : SIGINT }
}
