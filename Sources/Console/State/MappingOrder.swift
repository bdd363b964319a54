import Federation

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

    /// Whether row `left` belongs before row `right`; rows that are equal by the key go by name.
    func precedes(_ left: MappingRow, _ right: MappingRow, conditions: (Condition, Condition)) -> Bool {
        let order = compare(left, right, conditions: conditions)
        if order != 0 { return isDescending ? order > 0 : order < 0 }
        return left.id < right.id
    }

    /// Negative when `left` comes first, positive when `right` does; what is absent comes last.
    private func compare(_ left: MappingRow, _ right: MappingRow, conditions: (Condition, Condition)) -> Int {
        switch key {
        case .name: Self.compare(left.id, right.id)
        case .state: Self.compare(conditions.0.rank, conditions.1.rank)
        case .identity: Self.compare(left.mapping.identity, right.mapping.identity)
        case .role: Self.compare(left.mapping.roleARN.name, right.mapping.roleARN.name)
        case .account: Self.compare(left.mapping.roleARN.account, right.mapping.roleARN.account)
        case .token: Self.compare(left.tokenExpiry, right.tokenExpiry)
        case .credentials: Self.compare(left.credentials?.expiry, right.credentials?.expiry)
        case .last: Self.compare(left.lastRecord?.at, right.lastRecord?.at)
        case .latency: Self.compare(left.lastRecord?.duration, right.lastRecord?.duration)
        case .next: Self.compare(left.plan?.at, right.plan?.at)
        }
    }

    private static func compare<Value: Comparable>(_ left: Value, _ right: Value) -> Int {
        left < right ? -1 : (right < left ? 1 : 0)
    }

    private static func compare<Value: Comparable>(_ left: Value?, _ right: Value?) -> Int {
        switch (left, right) {
        case (nil, nil): 0
        case (nil, _): 1
        case (_, nil): -1
        case (let left?, let right?): compare(left, right)
        }
    }
}
