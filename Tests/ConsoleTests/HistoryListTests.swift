import Drawing
import Federation
import Foundation
import TestSupport
import Testing

@testable import Console

/// The pages of the history, which are requested when lines become visible.
@Suite(.computing) struct HistoryListTests {
    private static func records(_ numbers: Range<Int>, mapping: String = "audit") throws -> [ExchangeRecord] {
        let mapping = try ConsoleFixture.mapping(mapping)
        return numbers.map { ConsoleFixture.record(of: mapping, number: 9000 - $0, before: Double($0) * 60) }
    }

    /// Returns the page that an effect requests.
    private static func requestedPage(_ effects: [Effect]) -> (page: HistoryPage, request: Request)? {
        for case .readHistory(let page, let request) in effects { return (page, request) }
        return nil
    }

    private static let key = Panel.ID.history.script

    /// Returns the page that is requested after repeating a key.
    private static func requestedPage(
        pressing key: String,
        in state: inout ConsoleState
    ) throws -> (page: HistoryPage, request: Request)? {
        for _ in 0..<20 {
            if let page = requestedPage(try ConsoleFixture.press(key, in: &state)) { return page }
        }
        return nil
    }

    /// A console that shows the newest page.
    private static func opened(_ numbers: Range<Int> = 0..<200) throws -> ConsoleState {
        var state = ConsoleFixture.console()
        let first = try #require(requestedPage(try ConsoleFixture.press(key, in: &state)))
        #expect(first.page.place == .newest)
        #expect(first.page.limit == state.layout.list.rows + 60)
        ConsoleFixture.send(.historyRead(first.request, .success(try records(numbers))), to: &state)
        return state
    }

    @Test func `the panel requests the newest page when it opens, and more near the end`() throws {
        var state = ConsoleFixture.console()
        let first = try #require(Self.requestedPage(try ConsoleFixture.press(Self.key, in: &state)))
        #expect(first.page.limit == state.layout.list.rows + 60, "the visible lines and some more")
        #expect(try ConsoleFixture.press("j", in: &state).isEmpty, "one page at a time")
        let more = ConsoleFixture.send(
            .historyRead(first.request, .success(try Self.records(0..<200))),
            to: &state
        )
        #expect(Self.requestedPage(more) == nil)
        #expect(state.history.position == "1/200+")
        let second = try #require(try Self.requestedPage(pressing: "<PgDn>", in: &state))
        #expect(second.page.place == .before(9000 - 199))
        ConsoleFixture.send(
            .historyRead(second.request, .success(try Self.records(200..<230))),
            to: &state
        )
        let end = try ConsoleFixture.press("G", in: &state)
        #expect(end.isEmpty, "there are no more pages")
        #expect(state.history.position == "230/230")
    }

    @Test func `G reads the oldest page, and scrolling up reads the pages before it`() throws {
        var state = try Self.opened()
        let oldest = try #require(Self.requestedPage(try ConsoleFixture.press("G", in: &state)))
        #expect(oldest.page.place == .oldest)
        #expect(state.history.count == 200, "the earlier page is shown until the oldest is read")
        ConsoleFixture.send(
            .historyRead(oldest.request, .success(try Self.records(8000..<8200))),
            to: &state
        )
        #expect(state.history.selected?.id == 9000 - 8199)
        #expect(state.history.position == "−1")
        let more = try #require(try Self.requestedPage(pressing: "<PgUp>", in: &state))
        #expect(more.page.place == .after(9000 - 8000))
        let selected = state.history.selected
        let line = state.cursor.selected - state.cursor.top
        ConsoleFixture.send(.historyRead(more.request, .success(try Self.records(7800..<8000))), to: &state)
        #expect(state.history.count == 400)
        #expect(state.history.selected == selected)
        #expect(state.cursor.selected - state.cursor.top == line, "the selected line does not move")
        let newest = try #require(Self.requestedPage(try ConsoleFixture.press("g", in: &state)))
        #expect(newest.page.place == .newest)
        ConsoleFixture.send(.historyRead(newest.request, .success(try Self.records(0..<200))), to: &state)
        #expect(state.history.position == "1/200+")
    }

    @Test func `reading forward from the oldest page ends with the latest exchanges`() throws {
        var state = try Self.opened()
        let oldest = try #require(Self.requestedPage(try ConsoleFixture.press("G", in: &state)))
        ConsoleFixture.send(.historyRead(oldest.request, .success(try Self.records(200..<400))), to: &state)
        ConsoleFixture.send(.exchanged(.background, try Self.records(-1..<0)[0]), to: &state)
        #expect(state.history.count == 200, "the list does not show the newest exchanges")
        let more = try #require(try Self.requestedPage(pressing: "<PgUp>", in: &state))
        ConsoleFixture.send(.historyRead(more.request, .success(try Self.records(1..<200))), to: &state)
        #expect(state.history.count == 400)
        #expect(try ConsoleFixture.press("g", in: &state).isEmpty)
        #expect(state.history.selected?.id == 9001)
    }

    @Test func `each edit of the filter requests a page at once, and earlier results are dropped`() throws {
        var state = ConsoleFixture.console()
        let first = try #require(Self.requestedPage(try ConsoleFixture.press(Self.key, in: &state)))
        try ConsoleFixture.press("/de", in: &state)
        let second = try #require(Self.requestedPage(try ConsoleFixture.press("n", in: &state)))
        #expect(second.page.query.words == ["den"])
        #expect(state.history.isSearching)
        ConsoleFixture.send(
            .historyRead(first.request, .success(try Self.records(0..<200))),
            to: &state
        )
        #expect(state.history.count == 0)
        let third = try #require(Self.requestedPage(try ConsoleFixture.press("<Esc>", in: &state)))
        #expect(third.page.query.words.isEmpty)
        #expect(!state.history.isSearching)
    }

    @Test func `the store applies a filter to the whole history`() {
        #expect(HistoryQuery(Filter("Audit denied")).words == ["audit", "denied"])
        #expect(HistoryQuery(Filter("/aud.*t/ x")).expression?.pattern == "aud.*t")
        #expect(HistoryQuery(Filter("state:fail")).outcome == .failed)
        #expect(HistoryQuery(Filter("state:ok x")).outcome == .ok)
        #expect(HistoryQuery(Filter("")).outcome == nil)
    }

    @Test(arguments: ["/[/", "state:bogus", "node:elsewhere"])
    func `an unsatisfiable filter requests no page`(filter: String) throws {
        var state = try Self.opened()
        try ConsoleFixture.press("/", in: &state)
        var effects: [Effect] = []
        for character in filter { effects = try ConsoleFixture.press(String(character), in: &state) }
        #expect(Self.requestedPage(effects) == nil)
        #expect(state.history.count == 0)
        #expect(state.filterProblem != nil)
    }

    @Test func `n and N wrap around both ends of the history`() throws {
        var state = try Self.opened()
        let filtered = try #require(Self.requestedPage(try ConsoleFixture.press("/audit<Enter>", in: &state)))
        ConsoleFixture.send(.historyRead(filtered.request, .success(try Self.records(0..<200))), to: &state)
        let oldest = try #require(Self.requestedPage(try ConsoleFixture.press("N", in: &state)))
        #expect(oldest.page.place == .oldest)
        ConsoleFixture.send(.historyRead(oldest.request, .success(try Self.records(8000..<8200))), to: &state)
        #expect(state.history.position == "−1")
        let newest = try #require(Self.requestedPage(try ConsoleFixture.press("n", in: &state)))
        #expect(newest.page.place == .newest)
    }

    @Test func `a page that cannot be read keeps the list and shows a notice`() throws {
        var state = try Self.opened()
        let oldest = try #require(Self.requestedPage(try ConsoleFixture.press("G", in: &state)))
        ConsoleFixture.send(
            .historyRead(oldest.request, .failure(HistoryProblem("It is corrupt."))),
            to: &state
        )
        #expect(state.history.count == 200)
        #expect(state.notice?.text == "It is corrupt.")
        #expect(try ConsoleFixture.press("j", in: &state).isEmpty, "the failed request is not repeated")
    }

    @Test func `an exchange of this run is shown once, whether or not the page has it`() throws {
        var state = ConsoleFixture.console()
        let first = try #require(Self.requestedPage(try ConsoleFixture.press(Self.key, in: &state)))
        let live = try Self.records(0..<1)[0]
        ConsoleFixture.send(.exchanged(.background, live), to: &state)
        let other = ConsoleFixture.record(of: try ConsoleFixture.mapping("other"), number: 1, before: 1)
        ConsoleFixture.send(.exchanged(.background, other), to: &state)
        #expect(state.history.count == 2)
        ConsoleFixture.send(
            .historyRead(first.request, .success(try Self.records(0..<3))),
            to: &state
        )
        #expect(state.history.count == 4)
        #expect(state.history[0].mapping == "other")
    }

    @Test func `an unreadable history shows its error, and this run's exchanges remain`() throws {
        var state = ConsoleFixture.console()
        let first = try #require(Self.requestedPage(try ConsoleFixture.press(Self.key, in: &state)))
        let problem = HistoryProblem(
            "The history h is corrupt. Nothing is stored. Rename the file; cambist then creates a new one."
        )
        ConsoleFixture.send(.historyRead(first.request, .failure(problem)), to: &state)
        try expectFrame(view(state), "history-damaged")
        ConsoleFixture.send(.exchanged(.background, try Self.records(0..<1)[0]), to: &state)
        #expect(state.history.count == 1)
    }

    @Test func `a word matches a fingerprint only with four or more hexadecimal digits`() throws {
        let record = ConsoleFixture.record(of: try ConsoleFixture.mapping("vault"))
        #expect(record.token?.fingerprint.contains("9a77") == true)
        #expect(HistoryQuery(Filter("9a77")).matches(record))
        #expect(HistoryQuery(Filter("vault 9A77")).matches(record))
        #expect(!HistoryQuery(Filter("9a7")).matches(record))
    }

    @Test func `Enter shows the mapping of an exchange`() throws {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press(Self.key, in: &state)
        let mapping = try #require(state.history.selected?.mapping)
        try ConsoleFixture.press("<Enter>", in: &state)
        #expect(state.panel == .mappings)
        #expect(state.mappings.list.selected?.id == mapping)
    }

    @Test func `a frame reads only the visible lines of a list of a hundred thousand`() throws {
        var state = ConsoleFixture.console()
        let first = try #require(Self.requestedPage(try ConsoleFixture.press(Self.key, in: &state)))
        ConsoleFixture.send(
            .historyRead(first.request, .success(try Self.records(0..<100_000))),
            to: &state
        )
        try ConsoleFixture.press("<PgDn>", in: &state)
        #expect(state.shownLines.count < 30)
        #expect(state.history.selected != nil)
    }
}
