/// How a mapping is doing; the one word that its row says.
///
/// In order of the attention it needs, which is the order of sorting by state.
package enum MappingStatus: String, CaseIterable, Hashable, Sendable {
    case failing
    case expired
    case waiting
    case expiring
    case never
    case live

    /// Those that somebody has to do something about.
    static let troubles: [MappingStatus] = [.failing, .expired]

    /// Its place among all of them.
    var rank: Int {
        switch self {
        case .failing: 0
        case .expired: 1
        case .waiting: 2
        case .expiring: 3
        case .never: 4
        case .live: 5
        }
    }
}
