/// The states of a mapping, in the order of the attention they need.
package enum MappingStateName: String, CaseIterable, Hashable, Sendable {
    case failing
    case blocked
    case expired
    case waiting
    case expiring
    case idle
    case live

    /// Whether the mapping requires an action by the operator.
    package var needsAttention: Bool { [.failing, .blocked, .expired].contains(self) }

    /// Whether a watch retries the mapping.
    package var isWatched: Bool { self == .waiting || self == .blocked }

    /// The position among all states.
    package var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
