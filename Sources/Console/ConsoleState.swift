package import Diagnosis
package import Drawing
package import Federation
package import FoundationEssentials

/// The state of the console; a frame is a function of this value.
package struct ConsoleState: Hashable, Sendable {
    /// The wall-clock time of the last tick.
    package internal(set) var now: Date
    package internal(set) var size: Size
    package internal(set) var clockText: ClockText
    var configuration = ConfigurationStatus()
    package internal(set) var appearance: Appearance
    var clocks = CloudClocks()
    /// Facts about the host from this process's environment variables.
    let host: HostFacts?
    /// The host's name, which is the default name of the node.
    let hostName: String
    /// The configuration file for the option `--config` in suggested commands; `nil` if the commands need no option.
    let reference: ConfigurationReference?
    /// Whether the console refuses the actions with ``Binding/isChange``.
    package let isReadOnly: Bool
    var notifier = Notifier()
    /// The results of the exchanges that the operator starts.
    var exchanges = ExchangeResults()

    package internal(set) var mappings = MappingList()
    var claims = ClaimsState()
    package internal(set) var trust = TrustState()
    var explain = ExplainState()
    package internal(set) var watches = WatchList()
    /// Past exchanges, including this run's.
    package internal(set) var history = HistoryList()
    package internal(set) var identities = IdentityState()
    package internal(set) var roles = RoleState()
    package internal(set) var setup = SetupState()
    package internal(set) var fleet = FleetState()
    /// The latest HTTP requests of this run; by default, the list shows the newest last.
    package internal(set) var log = ListModel<LoggedTransfer>(
        order: ListOrder("TIME", isDescending: true),
        shown: ListOrder("TIME"),
        capacity: 10_000,
        followsEnd: true
    )
    /// The names of the visible columns of Mappings, in display order.
    var mappingColumns = MappingColumn.defaults
    var timelineZoom = TimelineZoom.day
    var help = ListModel<HelpEntry>()

    package internal(set) var panel = Panel.ID.mappings
    /// The panels that Esc returns to, the latest last.
    private var trail: [Panel.ID] = []
    package internal(set) var overlay: Overlay?
    package internal(set) var notice: Notice?
    /// The last click on a line, for double clicks.
    var click: Click?
    /// The scroll position of a detail that replaces its list; `nil` while the list is visible.
    var reading: ListCursor?
    /// The first visible line of a detail beside or below its list.
    var detailTop = 0
    /// Whether the screen is frozen.
    ///
    /// On a frozen screen, messages that are not urgent wait in the runtime's mailbox.
    package internal(set) var isFrozen = false
    private var lastRequest = Request.background

    /// Creates a console without a configuration; `theme` overrides the configuration's theme.
    package init(
        now: Date,
        size: Size,
        localTime: LocalTime,
        theme: String? = nil,
        usesMouse: Bool = false,
        isReadOnly: Bool = false,
        host: HostFacts? = nil,
        hostName: String = "localhost",
        reference: ConfigurationReference? = nil
    ) {
        self.now = now
        self.size = size
        self.isReadOnly = isReadOnly
        self.host = host
        self.hostName = hostName
        self.reference = reference
        clockText = ClockText(localTime, isUTC: false)
        appearance = Appearance(theme: theme, wantsMouse: usesMouse)
        setHelp()
    }

    mutating func nextRequest() -> Request {
        lastRequest = Request(number: lastRequest.number + 1)
        return lastRequest
    }
}

extension ConsoleState {
    /// The maximum time until a tick, in seconds: a year.
    private static let tickHorizon = 31_536_000.0

    /// The parts of the screen for the current panel.
    package var layout: Layout {
        let shown = panel.panel
        let lines = lineCount
        let columns = shown.preferredColumns == nil ? shown.columns(self) : []
        let preferredColumns = shown.preferredColumns?(self) ?? columns.preferredColumns
        return Layout(
            size: size,
            hasDetail: lines > 0,
            isAlone: reading != nil,
            subjectRows: subjectLines(rows: size.rows >= Self.rowsForSubject ? 2 : 1).count,
            preferredColumns: preferredColumns,
            idealColumns: shown.idealColumns?(self) ?? max(preferredColumns, columns.idealColumns),
            detailRows: shown.detailRows,
            lines: filter.isEmpty ? lines : nil
        )
    }

    /// The minimum screen height, in rows, at which the list's subject has two rows.
    private static let rowsForSubject = 20

    /// Returns the list's subject on at most `rows` rows; the last row contains all remaining parts, even without room.
    func subjectLines(rows: Int) -> [Line] {
        guard rows > 0, let parts = panel.panel.heading?(self) else { return [] }
        let lines = Line.flow(parts, separator: Line(" · ", .faint), columns: size.columns - 1)
        if lines.count <= rows { return lines }
        let rest = lines.dropFirst(rows).reduce(lines[rows - 1]) { $0 + Line(" · ", .faint) + $1 }
        return lines.prefix(rows - 1) + [rest]
    }

    /// The lines of the panel's detail, wrapped to the detail's width.
    var readLines: [Line] {
        panel.panel.detail(self)?.lines(layout.detail.inset(columns: 1).columns) ?? []
    }

    /// Moves the cursor, or scrolls the detail that replaces the list, by lines or pages.
    mutating func move(_ target: (_ line: Int, _ page: Int) -> Int) {
        if var moved = reading {
            moved.select(target(moved.selected, max(2, layout.detail.rows)))
            reading = moved
        } else {
            cursor.select(target(cursor.selected, max(2, layout.list.rows)))
        }
    }

    /// Moves to the first or to the last line.
    mutating func moveToEnd(_ isLast: Bool) {
        if reading == nil, let moveToEnd = panel.panel.moveToEnd {
            moveToEnd(&self, isLast)
        } else {
            move { _, _ in isLast ? .max : 0 }
        }
    }

    /// The cursor of the panel shown.
    package internal(set) var cursor: ListCursor {
        get { panel.panel.cursor(self) }
        set { panel.panel.setCursor(&self, newValue) }
    }

    /// The filter of the panel shown.
    package internal(set) var filter: Filter {
        get { panel.panel.filter(self) }
        set { panel.panel.setFilter(&self, newValue) }
    }

    /// The problem of the filter in the panel shown, if any.
    var filterProblem: String? { panel.panel.problem(of: filter, in: self) }

    /// The number of lines of the panel shown.
    var lineCount: Int { panel.panel.count(self) }

    /// The lines of the panel that are on the screen.
    var shownLines: Range<Int> { shownLines(in: layout) }

    func shownLines(in layout: Layout) -> Range<Int> {
        let top = cursor.top
        return top..<max(top, min(lineCount, top + layout.list.rows))
    }

    mutating func show(_ id: Panel.ID) {
        reading = id.panel.isPage ? ListCursor() : nil
        if id == panel { return }
        trail.removeAll { $0 == id }
        trail.append(panel)
        panel = id
        id.panel.willShow(&self)
    }

    mutating func goBack() {
        if reading != nil, !panel.panel.isPage {
            reading = nil
            return
        }
        panel = trail.popLast() ?? .mappings
        reading = panel.panel.isPage ? ListCursor() : nil
    }

    /// Shows a mapping's row, or a notice if the configuration no longer has the mapping.
    mutating func showMapping(_ id: RoleMapping.ID) {
        guard mappings.list.contains(id) else {
            notice = Notice(.warning, "\(id) is no longer in the configuration.")
            return
        }
        show(.mappings)
        mappings.list.reveal(id)
    }

    mutating func ask(_ action: Confirmation.Action) -> [Effect] {
        overlay = .confirmation(Confirmation(action, in: self))
        return []
    }

    /// Clamps the cursor of the panel shown to its list, and scrolls to the cursor.
    mutating func clampCursor() {
        if lineCount == 0 {
            reading = nil
        } else if reading == nil, panel.panel.isPage {
            reading = ListCursor()
        }
        if var clamped = reading {
            clamped.clampScrolling(count: readLines.count, height: layout.detail.rows)
            reading = clamped
        } else {
            let (count, height) = (lineCount, layout.list.rows)
            cursor.clamp(count: count, height: height)
        }
        if detailTop > 0 { detailTop = min(detailTop, max(0, readLines.count - detailRows)) }
    }

    /// The number of rows for the lines of a detail beside or below its list.
    var detailRows: Int {
        let layout = layout
        return layout.divider.rows == 1 ? layout.detail.rows : max(0, layout.detail.rows - 2)
    }

    /// The time of the next tick; `nil` if the screen is frozen or needs no tick within a year.
    package var nextTick: Date? { nextTick(in: layout) }

    /// Returns ``nextTick`` for the state's ``layout``, which the caller has already computed.
    package func nextTick(in layout: Layout) -> Date? {
        if isFrozen { return nil }
        let shown = panel.panel
        let selected = cursor.selected
        let lines =
            reading == nil
            ? shownLines(in: layout) : selected..<max(selected, min(lineCount, selected + 1))
        let times = lines.flatMap { shown.times(self, $0) }
        let work = panel == .setup ? setup.pending.map { RelativeTime.lasting($0.since) } : nil
        let changes =
            times.map { $0.nextChange(after: now) }
            + [
                mappings.nextChange, mappings.markEnd, fleet.markEnd, setup.nextRead,
                work?.nextChange(after: now),
            ]
        return changes.compactMap { $0 }.filter { $0 < now + Self.tickHorizon }.min()
    }
}

/// The loaded configuration, or the progress of loading a configuration.
struct ConfigurationStatus: Hashable, Sendable {
    /// The name of the file, as the header shows it; `nil` before a configuration is loaded.
    var origin: String?
    var progress = "Reading the configuration …"
    var identities: [ManagedIdentity.ID: ManagedIdentity] = [:]
    /// Facts for suggested commands before a role is inspected: the cloud, the endpoints, and the configuration file.
    var tools = ToolFacts()
    /// The factor by which the lab shortens the clouds' propagation delays; 1 outside the lab.
    var speed = 1.0
}

/// The offsets of the clouds' clocks from this host's clock, as last measured.
struct CloudClocks: Hashable, Sendable {
    var azure: ClockOffset?
    var aws: ClockOffset?
}

/// The theme, the keys, and the use of the mouse.
package struct Appearance: Hashable, Sendable {
    package internal(set) var keymap = Keymap.standard
    package private(set) var theme = Theme.auto
    /// Whether the terminal's background is light; `nil` until the terminal reports it.
    private var isLight: Bool?
    private var hasRequestedBackground = false
    /// The name of the selected theme.
    private var name: String
    package internal(set) var usesMouse: Bool
    /// Whether the command line enables the mouse regardless of the configuration.
    private let wantsMouse: Bool
    /// The theme from the command line or the palette, which overrides the configured theme.
    private var chosenTheme: String?
    /// The configured themes, by name; each theme maps slots to attributes.
    private var customThemes: [String: [String: [String: String]]] = [:]

    init(theme: String?, wantsMouse: Bool) {
        chosenTheme = theme
        name = theme ?? Theme.auto.name
        if let theme { self.theme = (try? Theme.named(theme, own: [:])) ?? self.theme }
        self.wantsMouse = wantsMouse
        usesMouse = wantsMouse
    }

    var themeNames: [String] { Theme.builtIn.map(\.name) + customThemes.keys.sorted() }

    mutating func choose(theme name: String) {
        chosenTheme = name
        theme = (try? selectTheme(named: name)) ?? theme
    }

    /// Stores whether the terminal's background is light; the built-in theme `auto` follows the background.
    mutating func setBackground(isLight: Bool) {
        self.isLight = isLight
        if isAutomatic { theme = isLight ? .light : .dark }
    }

    /// Requests the background color once, if the theme depends on it.
    mutating func requestBackground() -> [Effect] {
        guard isAutomatic, !hasRequestedBackground else { return [] }
        hasRequestedBackground = true
        return [.requestBackground]
    }

    private var isAutomatic: Bool { name == Theme.auto.name && customThemes[name] == nil }

    private mutating func selectTheme(named name: String) throws(ThemeError) -> Theme {
        let theme = try Theme.named(name, own: customThemes)
        self.name = name
        return isAutomatic ? isLight.map { $0 ? .light : .dark } ?? theme : theme
    }

    /// Applies the configuration; returns the reason for keeping the earlier theme or keys, if any.
    mutating func apply(_ settings: ConsoleSettings) -> String? {
        customThemes = settings.themes
        usesMouse = wantsMouse || settings.usesMouse
        var problem: String?
        do throws(ThemeError) {
            theme = try selectTheme(named: chosenTheme ?? settings.theme)
        } catch {
            problem = "\(error)"
        }
        do throws(KeymapError) {
            keymap = try Keymap(settings.keys)
        } catch {
            problem = "\(error)"
        }
        return problem
    }
}
