import Drawing
import Federation

extension Binding {
    static let refresh = Binding(
        "refresh",
        [.character("r")],
        in: [.mappings, .claims, .trust, .timeline],
        help: "Exchange the selected mapping for new credentials",
        label: "refresh",
        isChange: true,
        obstacle: \.obstacleToSelected
    ) { $0.exchangeSelected(.refresh) }

    static let test = Binding(
        "test",
        [.character("t")],
        in: [.mappings, .claims, .trust, .timeline],
        help: "Try every step of the selected mapping and throw the credentials away",
        label: "test",
        isChange: true,
        obstacle: \.obstacleToSelected
    ) { $0.exchangeSelected(.test) }

    static let refreshAll = Binding(
        "refresh-all",
        [.character("R")],
        in: [.mappings, .timeline],
        help: "Exchange all marked mappings, or all there are after a question",
        isChange: true,
        obstacle: \.obstacleToAll
    ) { $0.exchangeMarked(.refresh) }

    static let testAll = Binding(
        "test-all",
        [.character("T")],
        in: [.mappings, .timeline],
        help: "Try all marked mappings, or all there are after a question",
        isChange: true,
        obstacle: \.obstacleToAll
    ) { $0.exchangeMarked(.test) }
}

extension ConsoleState {
    fileprivate var obstacleToSelected: String? {
        guard let row = roster.selected else { return "No mapping is selected." }
        return row.pending.map { "\(row.id): a \($0.purpose.rawValue) is running." }
    }

    fileprivate var obstacleToAll: String? {
        roster.rows.isEmpty ? "There are no mappings." : nil
    }

    fileprivate mutating func exchangeSelected(_ purpose: Purpose) -> [Effect] {
        roster.selected.map { exchange($0.id, purpose) } ?? []
    }

    /// Acts on marks alone, never on what a filter happens to show.
    fileprivate mutating func exchangeMarked(_ purpose: Purpose) -> [Effect] {
        let marked = roster.rows.map(\.id).filter(roster.marked.contains)
        return marked.isEmpty ? ask(.exchangeAll(purpose)) : marked.flatMap { exchange($0, purpose) }
    }

    mutating func ask(_ action: Confirmation.Action) -> [Effect] {
        overlay = .confirmation(Confirmation(action, in: self))
        return []
    }

    /// Starts an exchange: numbers the request and marks the mapping pending; none while one runs.
    mutating func exchange(_ id: RoleMapping.ID, _ purpose: Purpose) -> [Effect] {
        guard let row = roster[id], row.pending == nil else { return [] }
        let request = nextRequest()
        let began = now
        roster.modify(id, now: now) {
            $0.pending = MappingRow.Pending(request: request, purpose: purpose, since: began)
        }
        return [.exchange(id, request, purpose)]
    }
}
