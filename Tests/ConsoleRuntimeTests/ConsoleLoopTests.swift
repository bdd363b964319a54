import Console
import Drawing
import Federation
import Foundation
import Operations
import Synchronization
import TestSupport
import Testing

@testable import ConsoleRuntime

/// Records the effects that the terminal does not perform itself.
private actor EffectRecorder {
    private(set) var all: [Effect] = []

    func record(_ effect: Effect) { all.append(effect) }
}

/// A clock that advances a millisecond each time it is read.
private final class ReadingTime: TimeSource {
    private let reads = Atomic(0)

    var uptime: Duration { .milliseconds(reads.wrappingAdd(1, ordering: .relaxed).newValue) }
    var now: Date { Date(timeIntervalSince1970: 1_800_000_000) + uptime.seconds }

    func sleep(for duration: Duration) async throws {}
}

/// The loop with a terminal that records its frames.
@Suite(.limited) struct ConsoleLoopTests {
    private let terminal = RecordingTerminal(size: Size(columns: 80, rows: 24))
    private let time = ManualTime()
    private let effects = EffectRecorder()
    private let runtime: ConsoleRuntime

    init() {
        let options = ConsoleOptions(
            context: ContextOptions(variables: [:], warn: { _ in }),
            writeStarter: { _ throws(CommandFailure) in throw Self.unexpected }
        )
        runtime = ConsoleRuntime(options, time: time)
    }

    private static let unexpected = CommandFailure(.internalError, code: "test", "Not expected.", fix: "")

    private var mailbox: Mailbox { runtime.mailbox }

    private func run(
        on terminal: RecordingTerminal? = nil,
        time: (any TimeSource)? = nil
    ) async -> ConsoleExitReason {
        let time = time ?? self.time
        let loop = ConsoleLoop(
            terminal: terminal ?? self.terminal,
            time: time,
            characters: .unicode,
            mailbox: runtime.mailbox
        ) {
            [runtime, effects] (effect: Effect, terminal: isolated RecordingTerminal) -> (
                @Sendable () async -> Void
            )? in
            guard let work = runtime.perform(effect, on: terminal) else { return nil }
            return { @Sendable in
                await effects.record(effect)
                await work()
            }
        }
        let state = ConsoleState(now: time.now, size: Size(columns: 1, rows: 1), localTime: .utc)
        let reason = await loop.run(state)
        await loop.work.waitUntilEnded()
        return reason
    }

    @Test func `the console exits even if an effect ignores its cancellation`() async {
        let (hasStarted, started) = AsyncStream.makeStream(of: Void.self)
        let (isReleased, release) = AsyncStream.makeStream(of: Void.self)
        let loop = ConsoleLoop(terminal: terminal, time: time, characters: .unicode, mailbox: mailbox) {
            [mailbox] (effect: Effect, _: isolated RecordingTerminal) -> (@Sendable () async -> Void)? in
            guard effect == .reloadConfiguration else {
                if effect == .quit { mailbox.end(.quit) }
                return nil
            }
            return { @Sendable in
                // A separate task ignores the cancellation, as a program can ignore SIGTERM.
                await Task {
                    started.finish()
                    for await _ in isReleased {}
                }.value
            }
        }
        press(.control("r"))
        let state = ConsoleState(now: time.now, size: Size(columns: 1, rows: 1), localTime: .utc)
        async let reason = loop.run(state)
        for await _ in hasStarted {}
        press(.character("Q"))
        #expect(await reason == .quit)
        #expect(await terminal.calls == ["close"])
        release.finish()
        await loop.work.waitUntilEnded()
    }

    @Test func `work that was requested before the console quits still begins`() async {
        press(.control("r"), .character("Q"))
        #expect(await run() == .quit)
        #expect(await effects.all == [.reloadConfiguration])
    }

    private func press(_ keys: Key...) {
        for key in keys { mailbox.send(.key(key)) }
    }

    @Test
    func `all pending messages are applied before a frame is drawn`() async throws {
        mailbox.send(.configured(Configuration(), origin: "here"))
        mailbox.send(.noticed(Notice(.info, "saved")))
        mailbox.send(.resized(Size(columns: 60, rows: 12)))
        press(.control("r"))
        async let result = run()
        await terminal.waitForFrames(2)
        press(.character("Q"))
        #expect(await result == .quit)
        let frames = await terminal.frames
        #expect(frames.count == 2)
        #expect(frames[0].size == Size(columns: 80, rows: 24), "the first frame precedes every message")
        #expect(frames[1].size == Size(columns: 60, rows: 12))
        #expect(await effects.all == [.reloadConfiguration])
    }

    /// Sends more results than one frame has time for.
    private func flood(count: Int = 1000) {
        for number in 1...count { mailbox.send(.opening("step \(number).")) }
    }

    @Test
    func
        `a frame is drawn before all results of a flood are applied, and the operator's input is applied first`()
        async
    {
        let terminal = RecordingTerminal(size: Size(columns: 80, rows: 24), firesAlarms: true)
        flood()
        mailbox.send(.resized(Size(columns: 60, rows: 12)))
        async let result = run(on: terminal, time: ReadingTime())
        while await !terminal.frames.contains(where: { $0.text.contains("step 1000.") }) {
            await Task.yield()
        }
        let frames = await terminal.frames
        #expect(frames[1].size == Size(columns: 60, rows: 12))
        let steps = frames.dropFirst().map {
            $0.text.firstMatch(of: /step (\d+)\./).flatMap { Int($0.1) } ?? 0
        }
        #expect((1...16).contains(steps[0]))
        #expect(zip(steps, steps.dropFirst()).allSatisfy { $1 - $0 <= 16 }, "\(steps)")
        press(.character("Q"))
        #expect(await result == .quit)
    }

    @Test
    func `during a flood of messages, a keypress is drawn in the next frame`() async {
        let terminal = RecordingTerminal(
            size: Size(columns: 80, rows: 24),
            firesAlarms: true,
            onFrame: { [mailbox] number in
                if number == 3 { mailbox.send(.key(.character("Q"))) }
            }
        )
        flood(count: 10_000)
        #expect(await run(on: terminal, time: ReadingTime()) == .quit)
        #expect(await terminal.frames.count <= 4)
    }

    @Test
    func `results cause a frame at most every 16 ms`() async {
        mailbox.send(.opening("first."))
        async let result = run()
        await terminal.waitForFrames(2)
        mailbox.send(.opening("second."))
        await terminal.waitForAlarms(3)
        #expect(await terminal.frames.count == 2)
        #expect(await terminal.alarms.last == .milliseconds(16))
        await terminal.send(.alarm)
        await terminal.waitForFrames(3)
        #expect(await terminal.frames[2].text.contains("second."))
        press(.character("Q"))
        _ = await result
    }

    @Test
    func `a frozen screen applies the messages that arrived once it is unfrozen`() async {
        press(.character("Z"))
        mailbox.send(.opening("ready."))
        async let result = run()
        await terminal.waitForFrames(2)
        #expect(await terminal.frames[1].text.contains("frozen"))
        #expect(await !terminal.frames[1].text.contains("ready."))
        time.advance(by: .seconds(60))
        press(.character("Z"))
        await terminal.waitForFrames(3)
        #expect(await terminal.frames[2].text.contains("ready."))
        press(.character("Q"))
        _ = await result
    }

    @Test
    func `the terminal performs its own effects at once`() async {
        press(.control("l"), .control("z"), .character("Q"))
        #expect(await run() == .quit)
        #expect(await terminal.calls == ["redraw", "suspend", "close"])
        #expect(await effects.all == [])
    }

    @Test(arguments: [
        (TerminalEvent.terminated(15), ConsoleExitReason.signal(15)), (.lost, .terminalLost),
        (.key(.character("Q")), .quit),
    ])
    func `the terminal is closed, however the console ends`(event: TerminalEvent, result: ConsoleExitReason)
        async
    {
        async let end = run()
        await terminal.send(event)
        #expect(await end == result)
        #expect(await terminal.calls == ["close"])
    }

    @Test
    func `the alarm is set to the next whole second while a countdown is visible`() async throws {
        time.advance(by: .milliseconds(250))
        let role = try #require(RoleARN("arn:aws:iam::111122223333:role/r"))
        let mapping = RoleMapping(
            id: "m",
            identity: "i",
            audience: "a",
            roleARN: role,
            region: "eu-west-1",
            sessionName: "s"
        )
        let record = ExchangeRecord(
            id: 1,
            at: time.now,
            mapping: "m",
            identity: "i",
            roleARN: role,
            steps: [],
            credentialExpiry: time.now + 300
        )
        mailbox.send(.configured(Configuration(mappings: [mapping]), origin: "here"))
        mailbox.send(.exchanged(.background, record))
        async let result = run()
        await terminal.waitForFrames(2)
        #expect(await terminal.alarms == [nil, .milliseconds(750)])
        time.advance(by: .milliseconds(750))
        await terminal.send(.alarm)
        await terminal.waitForFrames(3)
        #expect(await terminal.frames[2].text.contains("4m 59s"))
        press(.character("Q"))
        _ = await result
    }
}
