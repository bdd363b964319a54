import Federation
import Foundation
import TestSupport
import Testing

@testable import Console

/// The history as the console has it: pages that are asked for when lines come into view.
struct HistoryBookTests {
    private static func records(_ numbers: Range<Int>, mapping: String = "audit") throws -> [ExchangeRecord] {
        let mapping = try ConsoleFixture.mapping(mapping)
        return numbers.map { ConsoleFixture.record(of: mapping, number: 9000 - $0, before: Double($0) * 60) }
    }

    /// The page that an effect asks for.
    private static func asked(_ effects: [Effect]) -> (page: HistoryPage, request: Request)? {
        for case .readHistory(let page, let request) in effects { return (page, request) }
        return nil
    }

    private static let key = Panel.ID.history.script

    @Test func `the panel asks for the newest page when it is come to, and for more near the end`() throws {
        var state = ConsoleFixture.console()
        let first = try #require(Self.asked(try ConsoleFixture.press(Self.key, in: &state)))
        #expect(first.page.before == nil)
        #expect(first.page.limit == 200)
        let none = try ConsoleFixture.press("j", in: &state)
        #expect(none.isEmpty, "one page at a time")
        let more = ConsoleFixture.send(
            .historyRead(first.request, .success(try Self.records(0..<200))),
            to: &state
        )
        #expect(Self.asked(more) == nil)
        #expect(state.exchanges.count == 200)
        let second = try #require(Self.asked(try ConsoleFixture.press("G", in: &state)))
        #expect(second.page.before == 9000 - 199)
        ConsoleFixture.send(
            .historyRead(second.request, .success(try Self.records(200..<230))),
            to: &state
        )
        #expect(state.exchanges.count == 230)
        let end = try ConsoleFixture.press("G", in: &state)
        #expect(end.isEmpty, "there is no more")
    }

    @Test func `an answer to an older question is dropped`() throws {
        var state = ConsoleFixture.console()
        let first = try #require(Self.asked(try ConsoleFixture.press(Self.key, in: &state)))
        try ConsoleFixture.press("/denied<Enter>", in: &state)
        let again = ConsoleFixture.send(
            .historyRead(first.request, .success(try Self.records(0..<200))),
            to: &state
        )
        #expect(state.exchanges.count == 0)
        let second = try #require(Self.asked(again))
        #expect(second.page.query.words == ["denied"])
    }

    @Test func `a filter is what the store looks for`() {
        #expect(HistoryQuery(Filter("Audit denied")).words == ["audit", "denied"])
        #expect(HistoryQuery(Filter("state:fail")).outcome == .failed)
        #expect(HistoryQuery(Filter("state:ok x")).outcome == .ok)
        #expect(HistoryQuery(Filter("")).outcome == nil)
    }

    @Test func `an exchange of this run is shown once, whether the page has it already or not`() throws {
        var state = ConsoleFixture.console()
        let first = try #require(Self.asked(try ConsoleFixture.press(Self.key, in: &state)))
        let live = try Self.records(0..<1)[0]
        ConsoleFixture.send(.exchanged(.background, live), to: &state)
        let other = ConsoleFixture.record(of: try ConsoleFixture.mapping("other"), number: 1, before: 1)
        ConsoleFixture.send(.exchanged(.background, other), to: &state)
        #expect(state.exchanges.count == 2)
        ConsoleFixture.send(
            .historyRead(first.request, .success(try Self.records(0..<3))),
            to: &state
        )
        #expect(state.exchanges.count == 4)
        #expect(state.exchanges[0].mapping == "other")
    }

    @Test func `a history that cannot be read is said, and this run's exchanges are still there`() throws {
        var state = ConsoleFixture.console()
        let first = try #require(Self.asked(try ConsoleFixture.press(Self.key, in: &state)))
        let problem = HistoryProblem("The history h is damaged. Nothing is kept; move the file away.")
        ConsoleFixture.send(.historyRead(first.request, .failure(problem)), to: &state)
        try expectFrame(view(state), "history-damaged")
        ConsoleFixture.send(.exchanged(.background, try Self.records(0..<1)[0]), to: &state)
        #expect(state.exchanges.count == 1)
    }

    @Test func `Enter goes to the mapping of an exchange`() throws {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press(Self.key, in: &state)
        let mapping = try #require(state.exchanges.selected?.mapping)
        try ConsoleFixture.press("<Enter>", in: &state)
        #expect(state.panel == .mappings)
        #expect(state.roster.selected?.id == mapping)
    }

    @Test func `a frame and a key cost the same with a hundred thousand lines`() throws {
        var state = ConsoleFixture.console()
        let first = try #require(Self.asked(try ConsoleFixture.press(Self.key, in: &state)))
        ConsoleFixture.send(
            .historyRead(first.request, .success(try Self.records(0..<100_000))),
            to: &state
        )
        try ConsoleFixture.press("<PgDn>", in: &state)
        #expect(state.shownLines.count < 30)
        #expect(state.exchanges.selected != nil)
    }
}
