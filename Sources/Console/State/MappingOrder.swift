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

    /// What a mapping is sorted by where that may change; what is absent comes last.
    func value(of row: MappingRow, condition: MappingStatus) -> Double {
        switch key {
        case .name, .identity, .role, .account: 0
        case .state: Double(condition.rank)
        case .token: row.tokenExpiry?.timeIntervalSince1970 ?? .infinity
        case .credentials: row.credentials?.expiry.timeIntervalSince1970 ?? .infinity
        case .last: row.lastRecord?.at.timeIntervalSince1970 ?? .infinity
        case .latency: row.lastRecord?.duration.seconds ?? .infinity
        case .next: row.plan?.at.timeIntervalSince1970 ?? .infinity
        }
    }
}

extension MappingOrder {
    /// The order by the column of that title; `nil` when mappings are not sorted by it.
    init?(_ order: ListOrder) {
        guard let key = Key.allCases.first(where: { $0.title == order.column }) else { return nil }
        self.init(key, isDescending: order.isDescending)
    }

    var listOrder: ListOrder { ListOrder(key.title, isDescending: isDescending) }
}

extension MappingOrder.Key {
    /// The title of its column.
    var title: String { self == .name ? "MAPPING" : rawValue.uppercased() }

    /// The text that mappings are sorted by, which stays as long as the configuration does; `nil` for what
    /// changes.
    var text: ((RoleMapping) -> String)? {
        switch self {
        case .name: \.id
        case .identity: \.identity
        case .role: \.roleARN.name
        case .account: \.roleARN.account
        case .state, .token, .credentials, .last, .latency, .next: nil
        }
    }
}
