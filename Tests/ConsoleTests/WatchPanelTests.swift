import Drawing
import Federation
import Foundation
import Propagation
import TestSupport
import Testing

@testable import Console

/// The Watch panel, and watched mappings in other panels.
@Suite(.computing) struct WatchPanelTests {
    @Test(arguments: [(80, 24), (120, 40), (40, 10), (20, 5), (200, 50)])
    func `the Watch panel has a frame in each size`(columns: Int, rows: Int) throws {
        var state = try WatchFixture.console(columns: columns, rows: rows)
        ConsoleFixture.open(.watch, in: &state)
        try expectFrame(view(state), "watch-\(columns)x\(rows)")
    }

    @Test(arguments: [(1, "billing"), (2, "without-process"), (3, "ended")])
    func `each kind of watch has its detail`(line: Int, name: String) throws {
        var state = try WatchFixture.console(columns: 100, rows: 40)
        ConsoleFixture.open(.watch, in: &state)
        try ConsoleFixture.press(String(repeating: "j", count: line), in: &state)
        try expectFrame(view(state), "watch-\(name)")
    }

    @Test func `the watches are sorted by the duration that WAITED shows, now and later`() throws {
        var state = try ConsoleFixture.everyState()
        let ids = state.mappings.rows.map(\.mapping.id)
        let start = ConsoleFixture.start
        for (id, seconds) in [(ids[0], 30.0), (ids[1], 300.0)] {
            let watch = Watch(of: id, at: start - seconds, timing: PropagationTiming())
            ConsoleFixture.send(.watched(WatchFixture.storedWatch(watch), isHere: true), to: &state)
        }
        // Waited 100 s, and ended 3000 s ago.
        var ended = Watch(of: ids[2], at: start - 3100, timing: PropagationTiming())
        _ = ended.event(.expired(start - 3000))
        ConsoleFixture.send(.pastWatchesLoaded([ended]), to: &state)
        ConsoleFixture.open(.watch, in: &state)
        state.watches.list.sort(by: ListOrder("WAITED"))
        let order = { (state: ConsoleState) in (0..<3).map { state.watches.list[$0].watch.mapping } }
        #expect(order(state) == [ids[0], ids[2], ids[1]])
        state.watches.list.sort(by: ListOrder("WAITED", isDescending: true))
        #expect(order(state) == [ids[1], ids[2], ids[0]])
        ConsoleFixture.send(.ticked(start + 200), to: &state)
        #expect(order(state) == [ids[1], ids[0], ids[2]])
    }

    @Test func `a watch that no process runs shows no next attempt`() throws {
        var state = try WatchFixture.console(columns: 100, rows: 40)
        ConsoleFixture.open(.watch, in: &state)
        try ConsoleFixture.press("j", in: &state)
        #expect(view(state).text.contains("next attempt in"), "a process runs this watch")
        #expect(view(state).text.contains("attempt at"))
        try ConsoleFixture.press("j", in: &state)
        let text = view(state).text
        #expect(text.contains("No process runs this watch."))
        #expect(text.contains("paused; `cambist wait` continues the watch"))
        #expect(!text.contains("next attempt") && !text.contains("attempt at"))
    }

    @Test func `watched mappings are shown as waiting, on the timeline as well`() throws {
        var state = try WatchFixture.console(columns: 100, rows: 24)
        #expect(state.mappings["audit"]?.status == .waiting)
        ConsoleFixture.open(.timeline, in: &state)
        try expectFrame(view(state), "watch-timeline")
    }

    @Test func `w requests a watch and shows it at once`() throws {
        var state = try ConsoleFixture.everyState()
        let id = try #require(state.mappings.list.selected?.id)
        #expect(try ConsoleFixture.press("w", in: &state) == [.watch(id)])
        #expect(state.mappings[id]?.status == .waiting)
        let watch = Watch(of: id, at: state.now, timing: PropagationTiming())
        ConsoleFixture.send(.watched(WatchFixture.storedWatch(watch), isHere: true), to: &state)
        #expect(try ConsoleFixture.press("w", in: &state).isEmpty, "the mapping is already watched")
        #expect(try ConsoleFixture.press("W", in: &state) == [.endWatch(id)])
    }

    @Test func `w and W apply to the marked mappings`() throws {
        var state = try ConsoleFixture.everyState()
        #expect(
            try ConsoleFixture.press("<Space><Space>w", in: &state) == [.watch("audit"), .watch("billing")]
        )
        #expect(state.notice?.text == "Watching 2 mappings.")
        #expect(state.mappings["billing"]?.status == .waiting)
        try ConsoleFixture.press("W", in: &state)
        #expect(state.notice?.text == "None of these mappings is watched; w starts a watch.")
    }

    @Test func `a read-only console starts no watch`() throws {
        var state = try ConsoleFixture.everyState(isReadOnly: true)
        #expect(try ConsoleFixture.press("w", in: &state).isEmpty)
        #expect(state.notice?.text.contains("read-only") == true)
    }

    @Test func `when a watch ends, a notice appears and the mapping is no longer waiting`() throws {
        var state = try ConsoleFixture.everyState()
        let mapping = try #require(state.mappings.list.selected?.mapping)
        let watch = WatchFixture.watch(
            mapping,
            before: 60,
            Array(repeating: WatchFixture.record(mapping), count: 3)
        )
        let running = Watch(of: mapping.id, at: watch.began, timing: PropagationTiming())
        ConsoleFixture.send(.watched(WatchFixture.storedWatch(running), isHere: true), to: &state)
        let effects = ConsoleFixture.send(.watchEnded(watch), to: &state)
        #expect(effects == [.announce(Notification(watch: watch, ringsBell: true, channel: .osc9))])
        #expect(state.notice?.text == "\(mapping.id) works.")
        #expect(state.mappings[mapping.id]?.plan == nil)
        #expect(state.watches[mapping.id] == nil)
        #expect(state.watches.list.count == 1)
    }

    @Test func `at most five notifications per minute are sent, and none when notifications are disabled`()
        throws
    {
        let mapping = try ConsoleFixture.mapping("audit")
        let records = Array(repeating: WatchFixture.record(mapping), count: 3)
        let watch = WatchFixture.watch(mapping, before: 60, records)
        var notifier = Notifier()
        let start = ConsoleFixture.start
        let notified = (0..<20).map { notifier.notification(of: watch, at: start + Double($0)) != nil }
        #expect(notified.count { $0 } == 5)
        #expect(notifier.notification(of: watch, at: start + 61) != nil)
        notifier.apply(ConsoleSettings(ringsBell: false, notification: .off))
        #expect(notifier.notification(of: watch, at: start + 999) == nil)
    }

    @Test func `a notification has no control characters`() throws {
        let mapping = try ConsoleFixture.mapping("a\u{1B}]0;b\u{7}c\n")
        let watch = WatchFixture.watch(mapping, before: 1, [])
        let notification = Notification(watch: watch, ringsBell: true, channel: .osc9)
        #expect(notification.text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F })
    }
}
