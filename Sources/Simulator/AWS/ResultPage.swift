import Foundation

/// One page of a list that IAM gives in parts.
struct ResultPage: Sendable {
    /// How many elements it may have.
    let size: Int
    /// Where the page before ended.
    private let start: String?

    /// Reads `MaxItems` and `Marker` after an operation's other constraints.
    init(_ call: QueryCall, _ constraints: inout Constraints) throws(AWSFault) {
        constraints.optional(call["Marker"], "marker", TextRule(1...320, .marker))
        let size = try call.number("MaxItems")
        constraints.optional(size, "maxItems", 1...1000)
        self.size = size ?? 100
        start = call["Marker"]
    }

    /// The elements of the page, as a list, and where the next one begins.
    ///
    /// The elements come in the order of their keys; a marker that no page gave is a `ValidationError`.
    func cut<Element>(
        _ elements: [Element],
        by key: (Element) -> String,
        as list: ([Element]) -> XMLElement
    ) throws(AWSFault) -> [XMLElement] {
        var rest = elements
        if let start {
            guard let data = Data(base64Encoded: start), let last = String(data: data, encoding: .utf8) else {
                throw .validation("Invalid Marker.")
            }
            rest = elements.filter { key($0) > last }
        }
        let page = Array(rest.prefix(size))
        guard rest.count > page.count, let last = page.last else {
            return [XMLElement("IsTruncated", "false"), list(page)]
        }
        let marker = Data(key(last).utf8).base64EncodedString()
        return [XMLElement("IsTruncated", "true"), list(page), XMLElement("Marker", marker)]
    }
}
