import Console
import Drawing
import Federation
import Foundation
import Operations
import TestSupport
import Testing

@testable import ConsoleRuntime

/// Records the effects that the terminal does not perform itself.
private actor EffectRecorder {
    private(set) var all: [Effect] = []

    func record(_ effect: Effect) { all.append(effect) }
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

    private func run() async -> ConsoleExitReason {
        let loop = ConsoleLoop(
            terminal: terminal,
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
        let state = ConsoleState(now: time.now, size: Size(columns: 1, rows: 1), timeZone: .gmt)
        return await loop.run(state)
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
