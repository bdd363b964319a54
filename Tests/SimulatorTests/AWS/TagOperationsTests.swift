import TestSupport
import Testing

@testable import Simulator

/// Tags of providers and roles, which have the same rules.
@Suite(.limited) struct TagOperationsTests {
    struct Kind: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let id: [String: String]
        let tag: String
        let untag: String
        let list: String
    }

    static let kinds = [
        Kind(
            testDescription: "provider",
            id: ["OpenIDConnectProviderArn": AWSHarness.providerARN],
            tag: "TagOpenIDConnectProvider",
            untag: "UntagOpenIDConnectProvider",
            list: "ListOpenIDConnectProviderTags"
        ),
        Kind(
            testDescription: "role",
            id: ["RoleName": "audit"],
            tag: "TagRole",
            untag: "UntagRole",
            list: "ListRoleTags"
        ),
    ]

    private static func tags(_ tags: [(String, String)]) -> [String: String] {
        var parameters: [String: String] = [:]
        for (index, tag) in tags.enumerated() {
            parameters["Tags.member.\(index + 1).Key"] = tag.0
            parameters["Tags.member.\(index + 1).Value"] = tag.1
        }
        return parameters
    }

    @Test(arguments: kinds)
    func `tags replace those with the same key and are removed by key`(kind: Kind) async throws {
        let harness = try await AWSHarness.settled()
        _ = await harness.iam(kind.tag, kind.id.merging(Self.tags([("k1", "v1"), ("k2", "")])) { $1 })
        _ = await harness.iam(kind.tag, kind.id.merging(Self.tags([("k1", "new")])) { $1 })
        let listed = await harness.iam(kind.list, kind.id)
        #expect(listed.all("Key") == ["k1", "k2"])
        #expect(listed.all("Value") == ["new", ""])
        _ = await harness.iam(
            kind.untag,
            kind.id.merging(["TagKeys.member.1": "k1", "TagKeys.member.2": "none"]) { $1 }
        )
        #expect(await harness.iam(kind.list, kind.id).all("Key") == ["k2"])
    }

    @Test(arguments: kinds)
    func `tags are returned in pages`(kind: Kind) async throws {
        let harness = try await AWSHarness.settled()
        _ = await harness.iam(kind.tag, kind.id.merging(Self.tags((1...5).map { ("k\($0)", "v") })) { $1 })
        var keys: [[String]] = []
        var marker: String?
        repeat {
            let page = ["MaxItems": "2"].merging(marker.map { ["Marker": $0] } ?? [:]) { $1 }
            let answer = await harness.iam(kind.list, kind.id.merging(page) { $1 })
            keys.append(answer.all("Key"))
            marker = answer["Marker"]
            #expect(answer["IsTruncated"] == (marker == nil ? "false" : "true"))
        } while marker != nil
        #expect(keys == [["k1", "k2"], ["k3", "k4"], ["k5"]])
    }

    @Test(
        arguments: kinds,
        [
            (
                [("a", "v"), ("A", "v")],
                "400 InvalidInput: Duplicate tag keys found. Please note that Tag keys are case insensitive."
            ),
            (
                [(String(repeating: "k", count: 129), "v")],
                "400 ValidationError: 1 validation error detected: Value at 'tags.1.member.key' failed to satisfy "
                    + "constraint: Member must have length less than or equal to 128"
            ),
            (
                [("k", String(repeating: "v", count: 257))],
                "400 ValidationError: 1 validation error detected: Value at 'tags.1.member.value' failed to satisfy "
                    + "constraint: Member must have length less than or equal to 256"
            ),
            (
                [("k!", "v")],
                "400 ValidationError: 1 validation error detected: Value at 'tags.1.member.key' failed to satisfy "
                    + "constraint: Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+"
            ),
            (
                (1...51).map { ("k\($0)", "v") },
                "400 ValidationError: 1 validation error detected: Value at 'tags' failed to satisfy constraint: Member "
                    + "must have length less than or equal to 50"
            ),
        ]
    )
    func `tags that IAM refuses are refused with IAM's text`(
        kind: Kind,
        wrong: ([(String, String)], String)
    ) async throws {
        let harness = try await AWSHarness.settled()
        let answer = await harness.iam(kind.tag, kind.id.merging(Self.tags(wrong.0)) { $1 })
        #expect(answer.refusal == wrong.1)
    }

    @Test(arguments: kinds)
    func `a resource has at most fifty tags`(kind: Kind) async throws {
        let harness = try await AWSHarness.settled()
        _ = await harness.iam(kind.tag, kind.id.merging(Self.tags((1...50).map { ("k\($0)", "v") })) { $1 })
        let answer = await harness.iam(kind.tag, kind.id.merging(Self.tags([("one-more", "v")])) { $1 })
        #expect(answer.refusal == "409 LimitExceeded: The number of tags has reached the maximum limit.")
    }

    @Test(arguments: kinds)
    func `keys to remove are checked together`(kind: Kind) async throws {
        let harness = try await AWSHarness.settled()
        let answer = await harness.iam(kind.untag, kind.id.merging(["TagKeys.member.1": "k!"]) { $1 })
        #expect(
            answer.refusal
                == "400 ValidationError: 1 validation error detected: Value at 'tagKeys' failed to satisfy "
                + "constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, "
                + "Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: "
                + "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+, Member must not be null]"
        )
    }
}
