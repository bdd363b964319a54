import Drawing
import Foundation
import Propagation
import TestSupport
import Testing

@testable import Console

@Suite(.computing) struct BindingTests {
    @Test(arguments: Panel.ID.allCases)
    func `no two bindings of a panel share a key`(panel: Panel.ID) {
        let keys = Binding.all.filter { $0.panels?.contains(panel) ?? true }.flatMap(\.keys)
        #expect(Set(keys).count == keys.count)
    }

    @Test
    func `every binding has a unique name and a help text`() {
        let names = Set(Binding.all.map(\.id))
        #expect(names.count == Binding.all.count)
        #expect(Self.onlyInHelp.isSubset(of: names))
        for binding in Binding.all {
            #expect(!binding.keys.isEmpty && !binding.help.isEmpty, "\(binding.id)")
            #expect(binding.help.last != ".", "\(binding.id)")
        }
    }

    @Test
    func `the help lists every binding with its keys and text`() throws {
        var state = ConsoleFixture.console(columns: 200, rows: 80)
        ConsoleFixture.open(.help, in: &state)
        #expect(state.lineCount == Binding.all.count)
        for (line, binding) in Binding.all.enumerated() {
            let cells = Panel.ID.help.panel.cells(state, line).map(\.text)
            #expect(cells.contains(binding.help) && cells.contains(binding.id))
            #expect(cells[0] == binding.keys.map(\.label).joined(separator: " "))
        }
    }

    @Test(arguments: Panel.ID.allCases)
    func `the footer shows the available bindings that have a label`(panel: Panel.ID)
        throws
    {
        var state = try ConsoleFixture.full(columns: 400, rows: 40)
        ConsoleFixture.open(panel, in: &state)
        let footer = try #require(view(state).text.split(separator: "\n").last)
        let wanted = Binding.all.filter { $0.isOffered(in: state) }
            .compactMap { binding in binding.label.map { "\(binding.keys[0].label) \($0)" } }
        let words = wanted.joined(separator: "  ")
        #expect(footer.trimmingCharacters(in: .whitespaces) == words)
    }

    /// The keys of some panels that their footers leave to the help, because others are needed more often.
    private static let onlyInHelp: Set<Binding.ID> = [
        "refresh-all", "test-all", "unmark", "mark-listed", "columns", "group", "fold", "fold-all", "sign-in",
        "forget", "next-match", "previous-match", "invert", "previous-mapping", "next-mapping", "zoom-out",
    ]

    @Test(arguments: Panel.ID.allCases)
    func `the footer or the help offers every key that works on the selected line`(panel: Panel.ID) throws {
        let states = try [
            ConsoleFixture.everyState(), ConsoleFixture.full(),
            WatchFixture.console(columns: 400, rows: 40),
        ]
        for var state in states {
            ConsoleFixture.open(panel, in: &state)
            for line in 0..<max(1, min(state.lineCount, 12)) {
                state.cursor.select(line)
                ConsoleFixture.send(.ticked(state.now), to: &state)
                state.notice = nil
                for binding in Binding.all where binding.panels?.contains(panel) == true {
                    guard binding.obstacle(in: state) == nil, !binding.isMove else { continue }
                    let isShown = binding.label != nil || Self.onlyInHelp.contains(binding.id)
                    #expect(isShown, "\(binding.id) in \(panel.rawValue), line \(line)")
                }
            }
        }
    }

    @Test(arguments: [
        (0, "r refresh  t test  W stop  e explain  x clear"),
        (3, "r refresh  t test  w watch  e explain  x clear"),
    ])
    func `the footer of Watch offers the key for a running or an ended watch`(
        line: Int,
        beginning: String
    ) throws {
        var state = try WatchFixture.console(columns: 120, rows: 40)
        ConsoleFixture.open(.watch, in: &state)
        state.cursor.select(line)
        ConsoleFixture.send(.ticked(state.now), to: &state)
        let footer = try #require(view(state).text.split(separator: "\n").last)
        #expect(footer.trimmingCharacters(in: .whitespaces).hasPrefix(beginning), "\(footer)")
    }

    @Test(arguments: Panel.ID.allCases)
    func `every key that the footer offers has an effect`(panel: Panel.ID) throws {
        let states = try [
            ConsoleFixture.console(), ConsoleFixture.everyState(), ConsoleFixture.full(),
            ConsoleFixture.hostile(),
        ]
        for var state in states {
            ConsoleFixture.open(panel, in: &state)
            for line in 0..<max(1, min(state.lineCount, 12)) {
                state.cursor.select(line)
                ConsoleFixture.send(.ticked(state.now), to: &state)
                state.notice = nil
                for binding in Binding.all where binding.label != nil && binding.isOffered(in: state) {
                    var pressed = state
                    let effects = binding.perform(&pressed)
                    let notice = pressed.notice?.text ?? ""
                    pressed.notice = state.notice
                    #expect(!effects.isEmpty || pressed != state, "\(binding.id), line \(line): \(notice)")
                }
            }
        }
    }

    @Test
    func `a key of another panel shows the panel where it works`() throws {
        var state = try ConsoleFixture.everyState()
        ConsoleFixture.open(.log, in: &state)
        try ConsoleFixture.press("d", in: &state)
        #expect(state.notice == Notice(.warning, "compare works in Mappings, Claims."))
        ConsoleFixture.open(.claims, in: &state)
        try ConsoleFixture.press("s", in: &state)
        #expect(
            state.notice?.text
                == "sort works in Mappings, Watch, History, Identities, Roles, Timeline, Fleet, Log."
        )
    }

    @Test(arguments: Panel.ID.allCases)
    func `every panel has a key`(panel: Panel.ID) throws {
        var state = ConsoleFixture.console()
        ConsoleFixture.open(panel, in: &state)
        #expect(state.panel == panel)
    }

    @Test
    func `Tab cycles through the panels`() throws {
        var state = ConsoleFixture.console()
        for panel in Panel.lists.dropFirst() + [.mappings] {
            try ConsoleFixture.press("<Tab>", in: &state)
            #expect(state.panel == panel)
        }
        try ConsoleFixture.press("<S-Tab>", in: &state)
        #expect(state.panel == .help)
    }

    @Test func `the help needs no more than 80 columns`() {
        for binding in Binding.all {
            #expect(binding.help.columns() <= 63, "\(binding.id)")
        }
    }
}

/// Texts that name keys.
@Suite(.computing) struct KeyTextTests {
    /// The default keys of all bindings, as texts name them.
    private static let labels = Set(Binding.all.flatMap { $0.keys.map(\.label) })

    /// The key of the command palette, which is not a binding.
    private static let fixedKey = "Tab completes"

    private static let sources = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Sources/Console")

    @Test func `no text contains the default key of a binding, because the configuration can change it`()
        throws
    {
        let files = try #require(
            FileManager.default.enumerator(at: Self.sources, includingPropertiesForKeys: nil)
        )
        var count = 0
        for case let file as URL in files where file.pathExtension == "swift" {
            count += 1
            let text = try String(contentsOf: file, encoding: .utf8)
            for line in text.split(separator: "\n")
            where !line.contains("///") && !line.contains(Self.fixedKey) {
                // A key begins a text or a clause, and a verb follows: "; r requests one".
                for match in line.matches(of: /(?:"|[;:.,] )(\S{1,5}) (?:[a-z]+s|to)\b/) {
                    let word = String(match.output.1)
                    #expect(
                        !Self.labels.contains(word) || ["a", "A"].contains(word),
                        "\(file.lastPathComponent): \(line)"
                    )
                }
            }
        }
        #expect(count > 40)
    }

    @Test(arguments: [
        ("refresh", "<F5>", "exchange"), ("back", "<F6>", "filter"), ("begin-watch", "<F7>", "watch"),
    ])
    func `a text names the configured key`(binding: String, key: String, topic: String) throws {
        var state = try ConsoleFixture.everyState()
        state.appearance.keymap = try Keymap([binding: key])
        let label = String(key.dropFirst().dropLast())
        switch topic {
        case "exchange":
            ConsoleFixture.open(.history, in: &state)
            state.history = HistoryList()
            #expect(
                Panel.ID.history.panel.empty(state).contains { $0.text.hasPrefix("\(label) in Mappings") }
            )
        case "filter":
            state.filter = Filter("no-such-mapping")
            #expect(state.panel.panel.empty(state).contains { $0.text == "\(label) clears it." })
        default:
            state.mappings.list.reveal("audit")
            try ConsoleFixture.press("W", in: &state)
            #expect(state.notice?.text == "audit is not watched; \(label) starts a watch.")
        }
    }
}
