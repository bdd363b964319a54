package import Diagnosis
package import Drawing
package import Federation
package import Foundation

/// Everything the screen depends on; a frame is a function of this value.
package struct ConsoleState: Hashable, Sendable {
    /// The wall clock as the last tick told it.
    package internal(set) var now: Date
    package internal(set) var size: Size
    /// Where the mappings come from, as the header shows it; `nil` before there is a configuration.
    package internal(set) var origin: String?
    /// What is being done before there is one.
    package internal(set) var opening = "Reading the configuration …"
    package internal(set) var roster = MappingList()
    /// Past exchanges, this run's among them.
    package internal(set) var exchanges = HistoryList()
    /// HTTP calls of this run.
    package internal(set) var transfers = EventList<Transfer>(
        capacity: 5000,
        order: ListOrder("TIME", isDescending: true)
    )
    package internal(set) var identities = IdentityState()
    package internal(set) var hostSources = HostSources.unasked
    /// What this process's variables say of the host.
    let host: HostFacts?
    package internal(set) var roles = RoleState()
    package internal(set) var setup = SetupState()
    package internal(set) var trust = TrustState()
    package internal(set) var clocks = CloudClocks()
    package internal(set) var watches = WatchList()
    /// What the claims shown are compared with, and the request for it.
    var comparison: ClaimComparison?
    var comparing: Request?
    /// How often somebody was told of an end, and how the configuration wants it.
    var announcer = Notifier()
    package internal(set) var clockText: ClockText
    package internal(set) var panel = Panel.ID.mappings
    package internal(set) var overlay: Overlay?
    package internal(set) var notice: Notice?
    package internal(set) var keymap = Keymap.standard
    package internal(set) var theme = Theme.dark
    package internal(set) var usesMouse = false
    /// Whether the command line wants the mouse, whatever the configuration says.
    let wantsMouse: Bool
    /// The theme that the operator wants instead of the configuration's.
    var chosenTheme: String?
    /// The configuration's themes: name to slot to attributes.
    var ownThemes: [String: [String: [String: String]]] = [:]
    /// Whether what asks the clouds or throws something away is refused.
    package let isReadOnly: Bool
    /// What came since the screen was frozen; `nil` while it is not.
    private var held: [Message]?
    /// The filters and cursors of panels whose lines are made from something else's.
    var claimsView = ListView()
    /// The claims as the panel last showed them.
    var claimsPage: ClaimsPage?
    var helpView = ListView()
    /// How far the detail is scrolled that is read alone; `nil` while the list is there.
    var reading: ListCursor?
    /// What is known of the signatures of tokens, by the tokens' fingerprints.
    var signatures: [String: SignatureFinding] = [:]
    var trustView = ListView()
    /// The trust policy as the panel last showed it.
    var trustPage: TrustPanelModel?
    /// The identities as the configuration has them.
    var configuredIdentities: [ManagedIdentity.ID: ManagedIdentity] = [:]
    /// The panels that Esc goes back to, the latest last.
    var trail: [Panel.ID] = []
    private var lastRequest = Request.background

    /// A console that knows nothing yet; with `theme` that one instead of the configuration's.
    package init(
        now: Date,
        size: Size,
        timeZone: TimeZone,
        theme: String? = nil,
        usesMouse: Bool = false,
        isReadOnly: Bool = false,
        host: HostFacts? = nil
    ) {
        chosenTheme = theme
        if let theme { self.theme = (try? Theme.named(theme, own: [:])) ?? self.theme }
        wantsMouse = usesMouse
        self.usesMouse = usesMouse
        self.now = now
        self.size = size
        self.isReadOnly = isReadOnly
        self.host = host
        clockText = ClockText(zone: timeZone, isUTC: false)
    }

    /// The themes that can be chosen.
    var themeNames: [String] { Theme.builtIn.map(\.name) + ownThemes.keys.sorted() }

    var isFrozen: Bool { held != nil }

    mutating func freeze() -> [Effect] {
        held = []
        return []
    }

    /// Applies what was held back.
    mutating func thaw() -> [Effect] {
        let messages = held ?? []
        held = nil
        return messages.flatMap { update(&self, $0) }
    }

    /// Holds a message back while the screen is frozen; the operator's own are not.
    mutating func holdsBack(_ message: Message) -> Bool {
        switch message {
        case .key, .mouse, .resized, .noticed, .reloadRequested: return false
        default: break
        }
        guard held != nil else { return false }
        held?.append(message)
        return true
    }

    /// Numbers a new question.
    mutating func nextRequest() -> Request {
        lastRequest = Request(number: lastRequest.number + 1)
        return lastRequest
    }
}

extension ConsoleState {
    /// How the screen is parted for the panel shown.
    package var layout: Layout {
        let shown = panel.panel
        let lines = lineCount
        return Layout(
            size: size,
            hasDetail: lines > 0,
            isAlone: reading != nil,
            breadth: shown.breadth?(self) ?? shown.columns(self).breadth,
            detailRows: shown.detailRows,
            lines: filter.isEmpty ? lines : nil
        )
    }

    /// The lines of the detail that is read alone, as the screen shows them.
    var readLines: [Line] {
        panel.panel.detail(self)?.lines(layout.detail.inset(columns: 1).columns) ?? []
    }

    /// Moves the cursor, or what is read, from its line by lines or pages.
    mutating func move(_ target: (_ line: Int, _ page: Int) -> Int) {
        if var moved = reading {
            moved.select(target(moved.selected, max(2, layout.detail.rows)))
            reading = moved
        } else {
            cursor.select(target(cursor.selected, max(2, layout.list.rows)))
        }
    }

    /// Moves to the first or to the last line; of the past, that is far more than what was read.
    mutating func moveToEnd(_ isLast: Bool) {
        if panel == .history, reading == nil {
            exchanges.go(to: isLast ? .oldest : .newest)
        } else {
            move { _, _ in isLast ? .max : 0 }
        }
    }

    /// The cursor of the panel shown.
    package internal(set) var cursor: ListCursor {
        get { self[keyPath: panel.panel.cursor] }
        set { self[keyPath: panel.panel.cursor] = newValue }
    }

    /// The filter of the panel shown.
    package internal(set) var filter: Filter {
        get { panel.panel.filter(self) }
        set { panel.panel.setFilter(&self, newValue) }
    }

    /// How many lines the panel shown has.
    var lineCount: Int { panel.panel.count(self) }

    /// The lines of the panel shown that are on the screen.
    var shownLines: Range<Int> { shownLines(in: layout) }

    /// The same where the layout is known.
    func shownLines(in layout: Layout) -> Range<Int> {
        let top = cursor.top
        return top..<max(top, min(lineCount, top + layout.list.rows))
    }

    mutating func show(_ id: Panel.ID) {
        reading = nil
        if id == panel { return }
        trail.removeAll { $0 == id }
        trail.append(panel)
        panel = id
        if id == .history { exchanges.refresh() }
    }

    /// Asks for the page of the history that the lines shown call for.
    mutating func askForHistory() -> [Effect] {
        guard panel == .history, !isFrozen, filterProblem == nil else { return [] }
        let layout = layout
        let lines = shownLines(in: layout)
        var asking = self
        let ask = exchanges.wanted(showing: lines, of: layout.list.rows) { asking.nextRequest() }
        guard let ask else { return [] }
        _ = nextRequest()
        return [.readHistory(ask.page, ask.request)]
    }

    mutating func goBack() {
        if reading != nil {
            reading = nil
            return
        }
        panel = trail.popLast() ?? .mappings
    }

    /// Brings the cursor of the panel shown into its list and into view.
    mutating func settle() {
        settleTrust()
        settleClaims()
        if reading != nil, lineCount == 0 { reading = nil }
        if var settled = reading {
            settled.settleScrolling(count: readLines.count, height: layout.detail.rows)
            reading = settled
        } else {
            let (count, height) = (lineCount, layout.list.rows)
            cursor.settle(count: count, height: height)
        }
    }

    /// When the frame next changes though nothing happens; `nil` when it does not.
    package var nextTick: Date? {
        if isFrozen { return nil }
        let shown = panel.panel
        let selected = cursor.selected
        let lines = reading == nil ? shownLines : selected..<min(lineCount, selected + 1)
        let times = lines.flatMap { shown.times(self, $0) }
        let work = panel == .setup ? setup.pending.map { RelativeTime.lasting($0.since) } : nil
        return (times.map { $0.nextChange(after: now) } + [roster.nextChange, work?.nextChange(after: now)])
            .compactMap { $0 }.min()
    }
}

/// The cursor and the filter of a list.
struct ListView: Hashable, Sendable {
    var cursor = ListCursor()
    var filter = Filter()
}

/// How far the clouds' clocks are from ours, as last measured.
package struct CloudClocks: Hashable, Sendable {
    package internal(set) var azure: ClockOffset?
    package internal(set) var aws: ClockOffset?
}
