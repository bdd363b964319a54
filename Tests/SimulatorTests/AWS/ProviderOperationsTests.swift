import Federation
import TestSupport
import Testing

@testable import Simulator

/// IAM's operations on OIDC providers.
@Suite(.limited) struct ProviderOperationsTests {
    private static let url = "https://sts.windows.net/5f1c8a52-9d0b-4b3b-8a6c-3a0e52d4c0aa/"
    private static let arn =
        "arn:aws:iam::111122223333:oidc-provider/sts.windows.net/5f1c8a52-9d0b-4b3b-8a6c-3a0e52d4c0aa/"
    private static let missing = "arn:aws:iam::111122223333:oidc-provider/missing.example"
    private static let thumbprint = String(repeating: "b", count: 40)

    @Test func `a provider keeps its slash and is returned without its scheme`() async throws {
        let harness = try await AWSHarness.settled()
        let created = await harness.iam(
            "CreateOpenIDConnectProvider",
            [
                "Url": Self.url, "ClientIDList.member.1": "api://a",
                "ThumbprintList.member.1": Self.thumbprint,
                "Tags.member.1.Key": "made-by", "Tags.member.1.Value": "cambist",
            ]
        )
        #expect(created.status == 200)
        #expect(created["OpenIDConnectProviderArn"] == Self.arn)
        #expect(created.text.contains("xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\""))
        let shown = await harness.iam("GetOpenIDConnectProvider", ["OpenIDConnectProviderArn": Self.arn])
        #expect(shown["Url"] == "sts.windows.net/5f1c8a52-9d0b-4b3b-8a6c-3a0e52d4c0aa/")
        #expect(shown.all("member").contains("api://a"))
        #expect(shown.all("member").contains(Self.thumbprint))
        #expect(shown["CreateDate"] == "2027-01-15T08:00:00Z")
        #expect(shown["Key"] == "made-by")
    }

    @Test func `URLs with and without a trailing slash are two providers`() async throws {
        let harness = try await AWSHarness.settled()
        _ = await harness.iam("CreateOpenIDConnectProvider", ["Url": Self.url])
        let other = await harness.iam("CreateOpenIDConnectProvider", ["Url": String(Self.url.dropLast())])
        #expect(other.status == 200)
        let list = await harness.iam("ListOpenIDConnectProviders")
        #expect(
            list.all("Arn").filter { $0.hasPrefix(Self.arn.dropLast()) } == [
                String(Self.arn.dropLast()), Self.arn,
            ]
        )
    }

    @Test func `without thumbprints, IAM determines a thumbprint`() async throws {
        let harness = try await AWSHarness.settled()
        _ = await harness.iam("CreateOpenIDConnectProvider", ["Url": Self.url, "ThumbprintList": ""])
        let shown = await harness.iam("GetOpenIDConnectProvider", ["OpenIDConnectProviderArn": Self.arn])
        #expect(shown.all("member").contains { $0.wholeMatch(of: /[0-9a-f]{40}/) != nil })
    }

    @Test func `client IDs can be added and removed repeatedly`() async throws {
        let harness = try await AWSHarness.settled()
        let parameters = ["OpenIDConnectProviderArn": AWSHarness.providerARN, "ClientID": "api://b"]
        for _ in 1...2 {
            #expect(await harness.iam("AddClientIDToOpenIDConnectProvider", parameters).status == 200)
        }
        let get = ["OpenIDConnectProviderArn": AWSHarness.providerARN]
        #expect(
            await harness.iam("GetOpenIDConnectProvider", get).all("member").filter { $0 == "api://b" }.count
                == 1
        )
        for _ in 1...2 {
            #expect(await harness.iam("RemoveClientIDFromOpenIDConnectProvider", parameters).status == 200)
        }
        #expect(await harness.iam("GetOpenIDConnectProvider", get).all("member").contains("api://b") == false)
    }

    @Test func `an update of the thumbprints replaces them all`() async throws {
        let harness = try await AWSHarness.settled()
        let new = String(repeating: "c", count: 40)
        let arn = ["OpenIDConnectProviderArn": AWSHarness.providerARN]
        let update = arn.merging(["ThumbprintList.member.1": new]) { $1 }
        #expect(await harness.iam("UpdateOpenIDConnectProviderThumbprint", update).status == 200)
        #expect(
            await harness.iam("GetOpenIDConnectProvider", arn).all("member") == [AWSHarness.audience, new]
        )
    }

    @Test func `a second deletion finds nothing`() async throws {
        let harness = try await AWSHarness.settled()
        let arn = ["OpenIDConnectProviderArn": AWSHarness.providerARN]
        let first = await harness.iam("DeleteOpenIDConnectProvider", arn)
        #expect(first.status == 200)
        #expect(!first.text.contains("Result"))
        let second = await harness.iam("DeleteOpenIDConnectProvider", arn)
        #expect(
            second.refusal
                == "404 NoSuchEntity: OpenId connect Provider \(AWSHarness.providerARN) cannot be found."
        )
    }

    static let refusals: [IAMRefusal] = [
        IAMRefusal(
            name: "duplicate",
            before: [("CreateOpenIDConnectProvider", ["Url": url])],
            action: "CreateOpenIDConnectProvider",
            parameters: ["Url": url],
            refusal: "409 EntityAlreadyExists: Provider with url \(url) already exists."
        ),
        IAMRefusal(
            name: "http",
            action: "CreateOpenIDConnectProvider",
            parameters: ["Url": "http://oidc.example.com"],
            refusal: "400 ValidationError: Invalid Open ID Connect Provider URL"
        ),
        IAMRefusal(
            name: "a port",
            action: "CreateOpenIDConnectProvider",
            parameters: ["Url": "https://oidc.example.com:8443"],
            refusal: "400 ValidationError: Invalid Open ID Connect Provider URL"
        ),
        IAMRefusal(
            name: "a query",
            action: "CreateOpenIDConnectProvider",
            parameters: ["Url": "https://oidc.example.com/?tenant=1"],
            refusal: "400 ValidationError: Invalid Open ID Connect Provider URL"
        ),
        IAMRefusal(
            name: "six thumbprints",
            action: "CreateOpenIDConnectProvider",
            parameters: Dictionary(
                uniqueKeysWithValues: (1...6).map { ("ThumbprintList.member.\($0)", thumbprint) } + [
                    ("Url", url)
                ]
            ),
            refusal: "400 InvalidInput: Thumbprint list must contain fewer than 5 entries."
        ),
        IAMRefusal(
            name: "everything wrong at once",
            action: "CreateOpenIDConnectProvider",
            parameters: [
                "Url": "https://" + String(repeating: "x", count: 255), "ThumbprintList.member.1": "short",
                "ClientIDList.member.1": String(repeating: "x", count: 256),
            ],
            refusal:
                "400 ValidationError: 3 validation errors detected: Value at 'clientIDList' failed to satisfy "
                + "constraint: Member must satisfy constraint: [Member must have length less than or equal to 255, "
                + "Member must have length greater than or equal to 1]; Value at 'thumbprintList' failed to satisfy "
                + "constraint: Member must satisfy constraint: [Member must have length less than or equal to 40, "
                + "Member must have length greater than or equal to 40]; Value at 'url' failed to satisfy constraint: "
                + "Member must have length less than or equal to 255"
        ),
        IAMRefusal(
            name: "101 client IDs",
            action: "CreateOpenIDConnectProvider",
            parameters: Dictionary(
                uniqueKeysWithValues: (1...101).map { ("ClientIDList.member.\($0)", "id\($0)") } + [
                    ("Url", url)
                ]
            ),
            refusal: "409 LimitExceeded: Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100"
        ),
        IAMRefusal(
            name: "get a missing one",
            action: "GetOpenIDConnectProvider",
            parameters: ["OpenIDConnectProviderArn": missing],
            refusal: "404 NoSuchEntity: OpenIDConnect Provider not found for arn \(missing)"
        ),
        IAMRefusal(
            name: "add to a missing one",
            action: "AddClientIDToOpenIDConnectProvider",
            parameters: ["OpenIDConnectProviderArn": missing, "ClientID": "x"],
            refusal: "404 NoSuchEntity: OpenIDConnect Provider not found for arn \(missing)"
        ),
        IAMRefusal(
            name: "tag a missing one",
            action: "TagOpenIDConnectProvider",
            parameters: [
                "OpenIDConnectProviderArn": missing, "Tags.member.1.Key": "k", "Tags.member.1.Value": "v",
            ],
            refusal: "404 NoSuchEntity: OpenId connect Provider \(missing) cannot be found."
        ),
        IAMRefusal(
            name: "no ARN",
            action: "GetOpenIDConnectProvider",
            refusal:
                "400 ValidationError: 1 validation error detected: Value at 'openIDConnectProviderArn' failed to "
                + "satisfy constraint: Member must not be null"
        ),
    ]

    @Test(arguments: refusals.map(\.name))
    func `an operation that IAM refuses is refused with IAM's text`(name: String) async throws {
        let refusal = try #require(Self.refusals.first { $0.name == name })
        #expect(try await refusal.answer().refusal == refusal.refusal)
    }
}
