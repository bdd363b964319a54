import Foundation
import TestSupport
import Testing
import TrustPolicy

@testable import Federation
@testable import Provisioning

/// Random trust policies to which setup adds an identity and a hub.
@Suite(.limited) struct TrustMergeTests {
    private static let tenant = "2f4a9838-26b7-47ee-be60-ccc1fdec5953"
    private static let issuer = "sts.windows.net/\(tenant)/"
    private static let provider = "arn:aws:iam::111122223333:oidc-provider/\(issuer)"
    private static let audience = "api://\(tenant)/audit"
    private static let subject = "1ea7e6e0-7876-4d1c-aec5-7b1c927ede74"
    private static let other = "9b1f2c3d-4e5f-4a6b-8c7d-0123456789ab"
    private static let hub = "arn:aws:iam::111122223333:role/hub"

    private static let principals = [
        ["AWS": hub], ["AWS": "arn:aws:iam::111122223333:role/other"],
        ["AWS": "arn:aws:iam::999999999999:root"],
        ["AWS": "arn:aws:iam::111122223333:root"], ["Federated": provider],
        ["Federated": String(provider.dropLast())], ["Service": "ec2.amazonaws.com"], ["AWS": "*"],
    ]
    private static let actions = [
        "sts:AssumeRole", "sts:TagSession", "sts:AssumeRoleWithWebIdentity", "sts:*",
    ]
    private static let operators = [
        "StringEquals", "StringLike", "StringNotEquals", "ForAnyValue:StringEquals", "StringEqualsIfExists",
    ]
    private static let keys = [
        "sts:ExternalId", "sts:RoleSessionName", "aws:RequestTag/team", "aws:PrincipalArn", "aws:SourceVpc",
        "\(issuer):aud", "\(issuer):sub", "\(issuer.dropLast()):sub", "\(issuer):amr", "\(issuer):roles",
    ]
    private static let values = [
        "id-1", "id-2", "cambist-spoke", "red", hub, "vpc-1", audience, subject, other, "mfa", "*",
    ]

    private static func policy(using generator: inout SeededGenerator) -> String {
        func pick(_ texts: [String]) -> String { texts.randomElement(using: &generator) ?? "" }
        let statements = (0..<Int.random(in: 1...4, using: &generator)).map { index -> String in
            var block: [String: [String: JSONValue]] = [:]
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                let texts = (0..<Int.random(in: 1...2, using: &generator)).map { _ in pick(values) }
                block[pick(operators), default: [:]][pick(keys)] = .array(texts.map(JSONValue.string))
            }
            let principal = principals.randomElement(using: &generator) ?? [:]
            let statement: [String: JSONValue] = [
                "Sid": .string(Bool.random(using: &generator) ? "Cambist\(index)" : "Theirs\(index)"),
                "Effect": .string(Int.random(in: 0..<6, using: &generator) == 0 ? "Deny" : "Allow"),
                "Principal": .object(principal.mapValues(JSONValue.string)),
                "Action": .string(pick(actions)),
                "Condition": .object(block.mapValues(JSONValue.object)),
            ]
            return JSONValue.object(statement).compactText
        }
        return #"{"Version":"2012-10-17","Statement":[\#(statements.joined(separator: ","))]}"#
    }

    private static func mapping(hub: String = hub, _ session: ChainedSession) throws -> RoleMapping {
        let hub = RoleMapping(
            id: "hub",
            identity: "logging",
            audience: audience,
            roleARN: try #require(RoleARN(hub)),
            region: "eu-west-1",
            sessionName: "cambist-hub"
        )
        return RoleMapping(
            id: "spoke",
            identity: "logging",
            audience: audience,
            roleARN: try #require(RoleARN("arn:aws:iam::111122223333:role/spoke")),
            region: "eu-west-1",
            sessionName: "cambist-spoke",
            assumption: .hub(hub, session)
        )
    }

    private static func call(_ subject: String, audience: String = audience) throws -> AssumptionCall {
        let grant = TrustGrant(providerARN: provider, audience: audience, subjects: [subject])
        return AssumptionCall(mapping: try mapping(ChainedSession()), grant: grant)
    }

    /// Returns calls that must not be allowed newly.
    private static func otherCalls(_ session: ChainedSession) throws -> [AssumptionCall] {
        var calls = [
            try call(other), try call("0\(subject)"), try call(subject, audience: "api://other"),
            try call("mfa"), try call("*"),
        ]
        for hub in ["111122223333:role/other", "999999999999:role/hub", "999999999999:role/other"] {
            let mapping = try mapping(hub: "arn:aws:iam::\(hub)", session)
            calls.append(AssumptionCall(mapping: mapping, grant: nil))
        }
        guard session.externalID != nil else { return calls }
        for id in [nil, "id-2", "id-3"] {
            var session = session
            session.externalID = id
            calls.append(AssumptionCall(mapping: try mapping(session), grant: nil))
        }
        return calls
    }

    @Test(arguments: 0..<10)
    func `a merge allows its own callers and no others`(part: Int) throws {
        var count = 0
        for seed in UInt64(part * 60)..<UInt64((part + 1) * 60) {
            var generator = SeededGenerator(seed: seed)
            let document = try TrustDocument(parsing: Self.policy(using: &generator))
            let session = ChainedSession(
                externalID: Bool.random(using: &generator) ? "id-1" : nil,
                tags: Bool.random(using: &generator) ? ["team": "red"] : [:]
            )
            let grant = TrustGrant(
                providerARN: Self.provider,
                audience: Self.audience,
                subjects: [Self.subject]
            )
            let hub = try #require(HubGrant(try Self.mapping(session)))
            for (grants, hubs) in [([grant], []), ([], [hub])] as [([TrustGrant], [HubGrant])] {
                guard let merged = try? document.merging(grants, hubs: hubs, quota: nil) else { continue }
                count += 1
                #expect(grants.allSatisfy { merged.entry(of: $0) != .refused }, "seed \(seed)")
                #expect(hubs.allSatisfy { merged.entry(of: $0) != .refused }, "seed \(seed)")
                for call in try Self.otherCalls(session) {
                    let old = document.verdict(on: call).decision
                    let new = merged.verdict(on: call).decision
                    #expect(new.isDenial || new == old, "seed \(seed): \(document.json.compactText)")
                }
            }
        }
        #expect(count > 20)
    }
}
