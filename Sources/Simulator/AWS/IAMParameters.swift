import Federation
import FoundationEssentials

/// Parameters shared by several IAM operations.
extension Constraints {
    /// Constraints for IAM, whose errors do not contain the invalid value.
    static var iam: Constraints { Constraints(showsValues: false) }

    mutating func document(_ call: QueryCall, _ name: String, _ member: String) -> String {
        required(call[name], member, TextRule(1...131_072, .policyText))
    }

    mutating func arn(_ call: QueryCall, _ name: String, _ member: String) -> String {
        required(call[name], member, TextRule(20...2048))
    }

    mutating func maxSessionDuration(_ call: QueryCall) throws(AWSFault) -> Int? {
        let duration = try call.number("MaxSessionDuration")
        optional(duration, "maxSessionDuration", 3600...43200)
        return duration
    }

    /// Reads and validates the tags in a call.
    mutating func tags(_ call: QueryCall) -> [IAMTag] {
        let tags = call.list("Tags", of: ["Key", "Value"]) ?? []
        count(tags.count, "tags", atMost: IAMTag.limit)
        return tags.enumerated().map { index, tag in
            let member = "tags.\(index + 1).member"
            let key = required(tag[0], "\(member).key", TextRule(1...128, .tagKey))
            return IAMTag(key: key, value: required(tag[1], "\(member).value", TextRule(0...256)))
        }
    }

    /// Reads and validates the keys of tags to remove.
    mutating func tagKeys(_ call: QueryCall) -> [String] {
        let keys = call.list("TagKeys") ?? []
        count(keys.count, "tagKeys", atMost: IAMTag.limit)
        elements(keys, "tagKeys", TextRule(1...128, .tagKey))
        return keys
    }
}

extension TextRule {
    static let roleName = TextRule(1...64, .name(#"[\w+=,.@-]+"#))
    static let policyName = TextRule(1...128, .name(#"[\w+=,.@-]+"#))
    static let policyVersion = TextRule(1...Int.max, .policyVersion)
}

extension IAMTag {
    /// The maximum number of tags on a provider or role.
    static let limit = 50

    /// Merges tags by key, ignoring case.
    static func merge(_ new: [IAMTag], into tags: [IAMTag]) throws(AWSFault) -> [IAMTag] {
        guard Set(new.map { $0.key.lowercased() }).count == new.count else {
            throw .invalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
        }
        let replaced = Set(new.map { $0.key.lowercased() })
        let merged = tags.filter { !replaced.contains($0.key.lowercased()) } + new
        guard merged.count <= limit else {
            throw .limitExceeded("The number of tags has reached the maximum limit.")
        }
        return merged.sorted { $0.key < $1.key }
    }
}

extension [IAMTag] {
    /// The tags as an element of a response.
    var element: XMLElement {
        XMLElement("Tags", members: self) { [XMLElement("Key", $0.key), XMLElement("Value", $0.value)] }
    }
}

/// The requested page of a list.
struct ResultPage: Sendable {
    /// The maximum number of elements.
    let size: Int
    /// The marker: the key of the last element on the previous page, in Base64.
    private let start: String?

    /// Reads `MaxItems` and `Marker`; adds their violations to `constraints`.
    init(_ call: QueryCall, _ constraints: inout Constraints) throws(AWSFault) {
        constraints.optional(call["Marker"], "marker", TextRule(1...320, .marker))
        let size = try call.number("MaxItems")
        constraints.optional(size, "maxItems", 1...1000)
        self.size = size ?? 100
        start = call["Marker"]
    }

    /// Returns the elements on the page as a list, and the marker of the next page, if any.
    ///
    /// The elements must be sorted by key.
    ///
    /// - Throws: A `ValidationError` for an invalid marker.
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
