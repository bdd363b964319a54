/// A claim that differs between two tokens.
package struct ClaimDifference: Hashable, Sendable {
    package enum Change: Hashable, Sendable {
        case added(JSONValue)
        case removed(JSONValue)
        case changed(from: JSONValue, to: JSONValue)
    }

    package let name: String
    package let change: Change

    /// Whether the claim is expected to differ in every token.
    package var isVolatile: Bool {
        ClaimMeaning.of(name)?.isVolatile ?? false
    }
}

extension Claims {
    /// Returns the claims that differ from an earlier token's claims, sorted by name.
    ///
    /// The order of array elements is ignored.
    package func differences(from earlier: Claims) -> [ClaimDifference] {
        Set(payload.keys).union(earlier.payload.keys).sorted().compactMap { name in
            switch (earlier.payload[name], payload[name]) {
            case (nil, let new?):
                ClaimDifference(name: name, change: .added(new))
            case (let old?, nil):
                ClaimDifference(name: name, change: .removed(old))
            case (let old?, let new?) where !old.hasSameElements(as: new):
                ClaimDifference(name: name, change: .changed(from: old, to: new))
            default:
                nil
            }
        }
    }
}

extension JSONValue {
    fileprivate func hasSameElements(as other: JSONValue) -> Bool {
        guard case .array(let left) = self, case .array(let right) = other else { return self == other }
        return left.map(\.compactText).sorted() == right.map(\.compactText).sorted()
    }
}
