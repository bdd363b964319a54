import TestSupport
import Testing

@testable import Federation
@testable import TrustPolicy

/// The verdict on a policy does not depend on the order of the document's members.
@Suite(.computing) struct KeyOrderTests {
    @Test(arguments: 1...200 as ClosedRange<UInt64>)
    func `the verdict is the same for any order of keys and values`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let policy = RandomPolicy.document(using: &generator)
        let request = RandomPolicy.request(using: &generator)
        let verdict = try TrustPolicy(parsing: Self.text(of: policy, using: &generator)).evaluate(request)
        for _ in 0..<4 {
            let shuffled = try TrustPolicy(parsing: Self.text(of: policy, using: &generator)).evaluate(
                request
            )
            #expect(shuffled.decision == verdict.decision, "seed \(seed)")
            #expect(shuffled.decidingStatement == verdict.decidingStatement, "seed \(seed)")
            #expect(
                shuffled.decidingCondition?.condition.key == verdict.decidingCondition?.condition.key,
                "seed \(seed)"
            )
            #expect(shuffled.unknownKeys == verdict.unknownKeys, "seed \(seed)")
        }
    }

    @Test func `the random policies cover every decision`() throws {
        let decisions = try (1...200).map { seed in
            var generator = SeededGenerator(seed: UInt64(seed))
            let policy = RandomPolicy.document(using: &generator)
            let request = RandomPolicy.request(using: &generator)
            return try TrustPolicy(parsing: policy.compactText).evaluate(request).decision
        }
        #expect(Set(decisions) == [.allow, .deny, .explicitDeny, .undetermined])
    }

    /// Returns the value as JSON with members of objects and values of conditions in random order.
    private static func text(of value: JSONValue, using generator: inout SeededGenerator) -> String {
        switch value {
        case .object(let members):
            let pairs = members.keys.sorted().shuffled(using: &generator).map { key in
                "\(JSONValue.string(key).compactText):\(text(of: members[key] ?? .null, using: &generator))"
            }
            return "{\(pairs.joined(separator: ","))}"
        case .array(let elements) where elements.allSatisfy({ $0.string != nil }):
            return "[\(elements.map(\.compactText).shuffled(using: &generator).joined(separator: ","))]"
        case .array(let elements):
            return "[\(elements.map { text(of: $0, using: &generator) }.joined(separator: ","))]"
        default:
            return value.compactText
        }
    }
}

/// Policies and requests with few keys and values, so that conditions often match.
private enum RandomPolicy {
    private static let keys = ["a.b/:aud", "a.b/:sub", "sts:RoleSessionName", "aws:SourceIp", "a.b/:amr"]
    private static let values = ["x", "y", "x*", "10.0.0.1", "${a.b/:sub}"]
    private static let operators = [
        "StringEquals", "StringNotEquals", "StringLike", "ForAnyValue:StringLike",
        "ForAllValues:StringEquals",
        "StringEqualsIfExists", "IpAddress", "NotIpAddress", "Null",
    ]

    static func document(using generator: inout SeededGenerator) -> JSONValue {
        let count = Int.random(in: 1...3, using: &generator)
        let statements = (0..<count).map { _ in statement(using: &generator) }
        return .object(["Version": .string("2012-10-17"), "Statement": .array(statements)])
    }

    private static func statement(using generator: inout SeededGenerator) -> JSONValue {
        var block: [String: JSONValue] = [:]
        for name in operators.shuffled(using: &generator).prefix(Int.random(in: 0...2, using: &generator)) {
            let chosen = keys.shuffled(using: &generator).prefix(Int.random(in: 1...2, using: &generator))
            var conditions: [String: JSONValue] = [:]
            for key in chosen {
                let required = values.shuffled(using: &generator).prefix(
                    Int.random(in: 1...3, using: &generator)
                )
                conditions[key] =
                    name == "Null"
                    ? .bool(Bool.random(using: &generator)) : .array(required.map(JSONValue.string))
            }
            block[name] = .object(conditions)
        }
        return .object([
            "Effect": .string(Int.random(in: 0..<4, using: &generator) == 0 ? "Deny" : "Allow"),
            "Principal": .object(["Federated": .string("arn:aws:iam::111122223333:oidc-provider/a.b/")]),
            "Action": .array([.string("sts:AssumeRoleWithWebIdentity"), .string("sts:TagSession")]),
            "Condition": .object(block),
        ])
    }

    static func request(using generator: inout SeededGenerator) -> TrustRequest {
        var context = RequestContext()
        for key in keys {
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: continue
            case 1: context[key] = .unknown
            case 2: context[key] = .values(["x", "y"])
            default: context[key] = .values([["x", "y", "10.0.0.1"].randomElement(using: &generator) ?? "x"])
            }
        }
        return TrustRequest(
            federatedPrincipal: "arn:aws:iam::111122223333:oidc-provider/a.b/",
            context: context
        )
    }
}
