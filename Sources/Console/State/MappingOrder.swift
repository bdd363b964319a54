import Federation
import Foundation

/// By what the mappings are sorted, and which way.
package struct MappingOrder: Hashable, Sendable {
    package enum Key: String, CaseIterable, Hashable, Sendable {
        case name
        case state
        case identity
        case role
        case account
        case token
        case credentials
        case last
        case latency
        case next
    }

    package var key: Key
    package var isDescending: Bool

    package init(_ key: Key = .name, isDescending: Bool = false) {
        self.key = key
        self.isDescending = isDescending
    }

    /// The order after a key was chosen: by that, or the other way round where it was that already.
    func choosing(_ key: Key) -> MappingOrder {
        MappingOrder(key, isDescending: key == self.key && !isDescending)
    }

    /// What a mapping is sorted by.
    func value(of row: MappingRow, condition: Condition) -> SortValue {
        switch key {
        case .name: SortValue(text: row.id)
        case .state: SortValue(number: Double(condition.rank))
        case .identity: SortValue(text: row.mapping.identity)
        case .role: SortValue(text: row.mapping.roleARN.name)
        case .account: SortValue(text: row.mapping.roleARN.account)
        case .token: SortValue(row.tokenExpiry)
        case .credentials: SortValue(row.credentials?.expiry)
        case .last: SortValue(row.lastRecord?.at)
        case .latency: SortValue(number: row.lastRecord?.duration.seconds ?? .infinity)
        case .next: SortValue(row.plan?.at)
        }
    }
}

/// What a row is sorted by, apart from the row; what is absent comes last.
struct SortValue: Hashable, Comparable, Sendable {
    private var number: Double = 0
    private var text = ""

    init(number: Double) {
        self.number = number
    }

    init(text: String) {
        self.text = text
    }

    init(_ date: Date?) {
        number = date?.timeIntervalSince1970 ?? .infinity
    }

    static func < (left: SortValue, right: SortValue) -> Bool {
        left.number == right.number ? left.text < right.text : left.number < right.number
    }
}
