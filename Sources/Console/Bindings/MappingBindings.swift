import Drawing
import Federation
import Propagation

// Actions on the mappings of the selected line, on the marked mappings, or on all listed mappings.
extension Binding {
    /// The panels with actions on the mappings of the selected line.
    static let mappingPanels: [Panel.ID] = [
        .mappings, .claims, .trust, .explain, .watch, .identities, .roles, .timeline,
    ]

    static let refresh = Binding(
        "refresh",
        [.character("r")],
        in: mappingPanels,
        help: "Exchange the selected mapping's token; keep the credentials",
        label: "refresh",
        isChange: true,
        obstacle: \.obstacleToExchange
    ) { $0.exchangeSelected(.refresh) }.requesting(.refresh)

    static let test = Binding(
        "test",
        [.character("t")],
        in: mappingPanels + [.setup],
        help: "Test every step of the selected mapping; discard credentials",
        label: "test",
        isChange: true,
        obstacle: \.obstacleToExchange
    ) { $0.exchangeSelected(.test) }.requesting(.test)

    static let refreshAll = Binding(
        "refresh-all",
        [.character("R")],
        in: [.mappings, .timeline],
        help: "Exchange tokens of marked mappings (none marked: all listed)",
        isChange: true,
        obstacle: \.obstacleToExchangeAll
    ) { $0.exchangeMarked(.refresh) }

    static let testAll = Binding(
        "test-all",
        [.character("T")],
        in: [.mappings, .timeline],
        help: "Test the marked mappings (none marked: all listed)",
        isChange: true,
        obstacle: \.obstacleToExchangeAll
    ) { $0.exchangeMarked(.test) }

    static let explain = Binding(
        "explain",
        [.character("e")],
        in: mappingPanels + [.setup, .history, .fleet],
        help:
            "Explain why the exchange works or fails and how to fix it",
        label: "explain",
        obstacle: { $0.panel == .fleet ? $0.obstacleToExplainInFleet : nil },
        isUseful: { $0.panel == .explain || $0.panel == .fleet || $0.subject != nil },
        perform: { state in
            if state.panel == .explain {
                state.goBack()
                return []
            }
            if state.panel == .fleet { return state.explainInFleet() }
            let record = state.panel == .history ? state.history.selected : nil
            guard let id = record?.mapping ?? state.subject else {
                state.show(.explain)
                return []
            }
            return state.openExplanation(of: id, record: record)
        }
    )

    static let mark = Binding(
        "mark",
        [.character(" ")],
        in: [.mappings, .timeline],
        help: "Mark or unmark the selected mapping and move to the next",
        label: "mark",
        obstacle: { $0.mappings.selected == nil ? "No mapping is selected." : nil },
        perform: { state in
            guard let id = state.mappings.selected?.id else { return [] }
            state.mappings.list.toggleMark(id)
            state.cursor.select(state.cursor.selected + 1)
            return []
        }
    )

    static let unmark = Binding(
        "unmark",
        [.character("U")],
        in: [.mappings, .timeline],
        help: "Remove all marks",
        obstacle: { state in
            state.mappings.list.marked.isEmpty ? "No mapping is marked; \(state.key(.mark)) marks one." : nil
        },
        perform: { state in
            state.mappings.list.clearMarks()
            return []
        }
    )

    static let markListed = Binding(
        "mark-listed",
        [.character("A")],
        in: [.mappings, .timeline],
        help: "Mark all listed mappings",
        obstacle: { $0.lineCount == 0 ? "No mapping is listed." : nil },
        perform: { state in
            state.mappings.list.markVisible()
            return []
        }
    )

    static let columns = Binding(
        "columns",
        [.character("v")],
        in: [.mappings],
        help: "Choose the columns; set console.columns to keep the choice"
    ) { state in
        state.overlay = .menu(Menu(.columns))
        return []
    }

    static let group = Binding(
        "group",
        [.character("b")],
        in: [.mappings],
        help: "Group the mappings by account, identity, or tag"
    ) { state in
        state.overlay = .menu(Menu(.groups))
        return []
    }

    static let fold = Binding(
        "fold",
        [.character("z")],
        in: [.mappings],
        help: "Fold or unfold a group; a folded group shows its first mapping",
        obstacle: \.obstacleToFold
    ) { state in
        state.mappings.list.toggleFold(at: state.cursor.selected)
        return []
    }

    static let foldAll = Binding(
        "fold-all",
        [.character("B")],
        in: [.mappings],
        help: "Fold or unfold all groups",
        obstacle: \.obstacleToFold
    ) { state in
        state.mappings.list.toggleAllFolds()
        return []
    }

    static let nextTrouble = Binding(
        "next-failing",
        [.character("f")],
        in: [.mappings, .timeline],
        help: "Go to the next failing, blocked, or expired mapping",
        label: "failing",
        obstacle: { state in
            let counts = state.mappings.counts
            let mappingsNeedingAttention = MappingStatus.statusesNeedingAttention.reduce(0) {
                $0 + counts[$1, default: 0]
            }
            return mappingsNeedingAttention == 0 ? "No mapping is failing, blocked, or expired." : nil
        },
        isUseful: { state in
            let line = state.mappings.list.line(after: state.cursor.selected) { $0.needsAttention }
            return line.map { $0 != state.cursor.selected } ?? false
        },
        perform: { state in
            let line = state.mappings.list.line(after: state.cursor.selected) { $0.needsAttention }
            if let line {
                state.cursor.select(line)
            } else if state.mappings.list.filter.isEmpty {
                // Without a filter, only a folded group can hide these mappings.
                let hidden = state.mappings.list.all.first { $0.needsAttention }
                if let hidden { state.mappings.list.reveal(hidden.id) }
            } else {
                state.notice = Notice(
                    .info,
                    "The filter hides the failing, blocked, and expired mappings; \(state.key(.back)) clears it."
                )
            }
            return []
        }
    )

    static let copy = Binding(
        "copy",
        [.character("y")],
        in: mappingPanels.filter { $0 != .claims && $0 != .explain } + [.setup],
        help: "Copy a property of the mapping; secrets after confirmation",
        label: "copy",
        obstacle: { $0.subject == nil ? "No mapping is selected." : nil },
        perform: { state in
            state.overlay = state.subject.map { .menu(Menu(.copy($0))) }
            return []
        }
    )

    static let signIn = Binding(
        "sign-in",
        [.character("o")],
        in: [.mappings, .claims, .explain, .timeline],
        help: "Copy a sign-in URL for the AWS console, after confirmation",
        isChange: true,
        obstacle: \.obstacleToCredentials,
        perform: { state in
            state.mappings.selected.map { state.ask(.signIn($0.id)) } ?? []
        }
    )

    static let drop = Binding(
        "forget",
        [.character("x")],
        in: [.mappings, .timeline],
        help: "Drop the credentials of the marked or selected mappings",
        isChange: true,
        obstacle: { state in
            if state.mappings.list.marked.isEmpty { return state.obstacleToCredentials }
            return state.droppable.isEmpty ? "No marked mapping has credentials." : nil
        },
        perform: { $0.ask(.dropCredentials($0.droppable)) }
    )

    static let compare = Binding(
        "compare",
        [.character("d")],
        in: [.mappings, .claims],
        help: "Compare with an earlier token, another mapping, or a file",
        label: "diff",
        obstacle: { state in
            guard let row = state.mappings.selected else { return "No mapping is selected." }
            return row.lastRecord?.token == nil
                ? "\(row.id) has no token yet; \(state.key(.refresh)) requests one." : nil
        },
        perform: { state in
            guard let row = state.mappings.selected else { return [] }
            if state.panel == .claims, state.claims.comparison != nil {
                state.claims.comparison = nil
            } else {
                state.overlay = .menu(Menu(.compare(row.id)))
            }
            return []
        }
    )
}

extension ConsoleState {
    /// The mapping of the selected line; if the line has several mappings, the mapping that most needs attention.
    var subject: RoleMapping.ID? { panel.panel.subjects(self).first }

    fileprivate var obstacleToFold: String? {
        mappings.list.grouping == nil ? "The mappings are not grouped; \(key(.group)) groups them." : nil
    }

    fileprivate var obstacleToExchange: String? {
        guard let row = subject.flatMap({ mappings[$0] }) else { return "No mapping is selected." }
        if panel.panel.subjects(self).count > 1 { return nil }
        return row.pending.map { "\(row.id): a \($0.purpose.rawValue) is running." }
    }

    fileprivate var obstacleToExchangeAll: String? {
        if mappings.list.isEmpty { return "There are no mappings." }
        return mappings.list.marked.isEmpty && lineCount == 0
            ? "No mapping is listed; \(key(.back)) clears the filter." : nil
    }

    fileprivate var obstacleToCredentials: String? {
        guard let row = mappings.selected else { return "No mapping is selected." }
        return row.credentials == nil ? "\(row.id) has no credentials." : nil
    }

    /// The marked mappings or, if no mapping is marked, the selected mapping.
    ///
    /// Mappings without credentials are omitted.
    fileprivate var droppable: [RoleMapping.ID] {
        mappings.targets.filter { mappings[$0]?.credentials != nil }
    }

    /// Exchanges the tokens of the selected line's mappings; asks for confirmation if the line has several mappings.
    fileprivate mutating func exchangeSelected(_ purpose: Purpose) -> [Effect] {
        let ids = panel.panel.subjects(self)
        return ids.count > 1 ? ask(.exchange(ids, purpose)) : ids.flatMap { exchange($0, purpose) }
    }

    /// Exchanges the tokens of the marked mappings or, if none is marked, of the listed mappings.
    ///
    /// The operator must confirm if no mapping is marked, or if a marked mapping is not visible.
    fileprivate mutating func exchangeMarked(_ purpose: Purpose) -> [Effect] {
        let list = mappings.list
        if list.marked.isEmpty { return ask(.exchange(list.visibleIDs, purpose)) }
        let ids = mappings.targets
        return list.hiddenMarks.isEmpty ? ids.flatMap { exchange($0, purpose) } : ask(.exchange(ids, purpose))
    }

    /// Starts an exchange, unless the mapping already has a running exchange.
    mutating func exchange(_ id: RoleMapping.ID, _ purpose: Purpose) -> [Effect] {
        guard let row = mappings[id], row.pending == nil else { return [] }
        let request = nextRequest()
        let began = now
        exchanges.begin(request, purpose)
        mappings.modify(id, now: now) {
            $0.pending = MappingRow.Pending(request: request, purpose: purpose, since: began)
        }
        mappings.mark(id, at: now)
        return [.exchange(id, request, purpose)]
    }

    /// Shows or hides a column of the mappings; the menu stays open.
    ///
    /// The last visible column cannot be hidden.
    mutating func toggle(_ column: MappingColumn.ID) {
        let all = MappingColumn.all.map(\.id)
        guard let index = all.firstIndex(of: column) else { return }
        var menu = Menu(.columns)
        menu.cursor.select(index)
        overlay = .menu(menu)
        if let shown = mappingColumns.firstIndex(of: column) {
            if mappingColumns.count > 1 { mappingColumns.remove(at: shown) }
        } else {
            let before = all[..<index].last(where: mappingColumns.contains)
            let end = before.flatMap(mappingColumns.firstIndex).map { $0 + 1 } ?? 0
            mappingColumns.insert(column, at: end)
        }
    }

    /// Compares a mapping's claims with the claims of the token chosen in the menu.
    mutating func compare(_ id: RoleMapping.ID, with choice: Menu.ComparisonTarget) -> [Effect] {
        show(.claims)
        switch choice {
        case .previous:
            guard let token = mappings[id]?.lastRecord?.token else { return [] }
            return requestComparison(id, .previous(than: token.fingerprint))
        case .mapping(let other):
            guard let token = mappings[other]?.lastRecord?.token else { return [] }
            claims.comparison = ClaimComparison(mapping: id, title: other, claims: token.claims)
        case .file:
            overlay = .path(LineEditor(""), of: id)
        }
        return []
    }

    mutating func requestComparison(_ id: RoleMapping.ID, _ source: ClaimComparison.Source) -> [Effect] {
        let request = nextRequest()
        claims.beginComparison(request)
        return [.compare(id, source, request)]
    }
}
