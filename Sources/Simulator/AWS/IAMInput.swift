import Federation

/// Parameters that several operations of IAM have.
extension Constraints {
    /// The constraints of IAM, which does not repeat what was wrong.
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

    /// Tags, as many as one call may have.
    mutating func tags(_ call: QueryCall) -> [IAMTag] {
        let tags = call.list("Tags", of: ["Key", "Value"]) ?? []
        count(tags.count, "tags", atMost: IAMTag.limit)
        return tags.enumerated().map { index, tag in
            let member = "tags.\(index + 1).member"
            let key = required(tag[0], "\(member).key", TextRule(1...128, .tagKey))
            return IAMTag(key: key, value: required(tag[1], "\(member).value", TextRule(0...256)))
        }
    }

    /// The keys of tags to take off.
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
}

extension IAMTag {
    /// How many a provider or a role may have.
    static let limit = 50

    /// Tags with others put over them; keys differ in more than case.
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
    /// The tags as answers have them.
    var element: XMLElement {
        XMLElement("Tags", members: self) { [XMLElement("Key", $0.key), XMLElement("Value", $0.value)] }
    }
}
