import Federation

/// How a panel's list is sorted: by which of its columns it can be, and where that is kept.
package struct ListSorting: Sendable {
    /// The titles of the columns, as they are offered.
    let columns: [String]
    /// What the order is called that the list has by itself, where that is none of a column.
    var own: String?
    let order: @Sendable (ConsoleState) -> ListOrder
    let sort: @Sendable (inout ConsoleState, ListOrder) -> Void
    /// How many of the latest are sorted, where that is not all there is.
    var scope: @Sendable (ConsoleState) -> Int? = { _ in nil }

    /// What can be chosen: the list's own order, where that is none of a column, and the columns.
    var choices: [String?] { (own == nil ? [] : [nil]) + columns }
}

extension ListSorting {
    static let mappings = ListSorting(
        columns: MappingOrder.Key.allCases.map(\.title),
        order: { $0.roster.sort.listOrder },
        sort: { state, order in
            if let order = MappingOrder(order) { state.roster.sort(by: order) }
        }
    )

    static let watches = ListSorting(
        columns: WatchList.Entry.sortKeys.map(\.column),
        own: "running first",
        order: { $0.watches.entries.order },
        sort: { $0.watches.entries.sort(by: $1) }
    )

    static let history = ListSorting(
        columns: ExchangeRecord.sortKeys.map(\.column),
        order: { $0.exchanges.order },
        sort: { $0.exchanges.sort(by: $1) },
        scope: { state in
            let book = state.exchanges
            guard book.isPartial, book.order != HistoryList.naturalOrder else { return nil }
            return book.count
        }
    )

    static let identities = ListSorting(
        columns: IdentityState.Entry.sortKeys.map(\.column),
        order: { $0.identities.entries.order },
        sort: { $0.identities.entries.sort(by: $1) }
    )

    static let roles = ListSorting(
        columns: RoleState.Entry.sortKeys.map(\.column),
        order: { $0.roles.entries.order },
        sort: { $0.roles.entries.sort(by: $1) }
    )

    static let log = ListSorting(
        columns: Transfer.sortKeys.map(\.column),
        order: { $0.transfers.order },
        sort: { $0.transfers.sort(by: $1) }
    )
}

extension ConsoleState {
    /// Sorts the list shown by a column, the other way round where it was so already; `nil` is its own order.
    mutating func sort(by column: String?) {
        guard let sorting = panel.panel.sorting else { return }
        sort(sorting, sorting.order(self).choosing(column))
    }

    /// Turns the order of the list shown round.
    mutating func invertOrder() {
        guard let sorting = panel.panel.sorting else { return }
        sort(sorting, sorting.order(self).inverted)
    }

    /// Sorts, and tells when that is not about all there is.
    private mutating func sort(_ sorting: ListSorting, _ order: ListOrder) {
        sorting.sort(&self, order)
        notice = sorting.scope(self).map {
            Notice(.info, "Sorted are the latest \($0), as many as were read; scrolling to the end reads on.")
        }
    }
}
