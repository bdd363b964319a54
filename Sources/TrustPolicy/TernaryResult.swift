/// The outcome of a test that may depend on unknown values.
///
/// Source: Kleene's strong three-valued logic.
package enum TernaryResult: Hashable, Sendable {
    case yes
    case no
    case unknown

    package init(_ isTrue: Bool) {
        self = isTrue ? .yes : .no
    }

    /// Returns `no` if either side is `no`; `yes` if both are `yes`.
    static func && (left: TernaryResult, right: @autoclosure () -> TernaryResult) -> TernaryResult {
        if left == .no { return .no }
        let right = right()
        if right == .no { return .no }
        return left == .yes && right == .yes ? .yes : .unknown
    }

    /// Returns `yes` if either side is `yes`; `no` if both are `no`.
    static func || (left: TernaryResult, right: @autoclosure () -> TernaryResult) -> TernaryResult {
        if left == .yes { return .yes }
        let right = right()
        if right == .yes { return .yes }
        return left == .no && right == .no ? .no : .unknown
    }

    static prefix func ! (value: TernaryResult) -> TernaryResult {
        switch value {
        case .yes: .no
        case .no: .yes
        case .unknown: .unknown
        }
    }
}

extension Sequence {
    /// Returns whether the result is `yes` for every element; `yes` for an empty sequence.
    func allHold(_ test: (Element) -> TernaryResult) -> TernaryResult {
        var result = TernaryResult.yes
        for element in self {
            result = result && test(element)
            if result == .no { break }
        }
        return result
    }

    /// Returns whether the result is `yes` for any element; `no` for an empty sequence.
    func anyHolds(_ test: (Element) -> TernaryResult) -> TernaryResult {
        var result = TernaryResult.no
        for element in self {
            result = result || test(element)
            if result == .yes { break }
        }
        return result
    }
}
