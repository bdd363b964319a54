import Federation
import Foundation
import TestSupport
import Testing

@testable import CredentialDelivery

@Suite(.limited) struct StoredCredentialsTests {
    private static let issued = Date(timeIntervalSince1970: 1_800_000_000)

    private static func stored(lifetime: Int) throws -> StoredCredentials {
        StoredCredentials(try .sample(issued: issued, lifetime: Double(lifetime)))
    }

    @Test(
        arguments: [
            // lifetime, remaining, result: more than 16 min, or more than half of a lifetime under 32 min
            (3600, 961, true), (3600, 960, false), (43200, 961, true), (1920, 961, true), (1920, 960, false),
            (1800, 901, true), (1800, 900, false), (900, 451, true), (900, 450, false), (900, 0, false),
        ]
    )
    func `stored credentials are returned while enough of their lifetime remains`(
        _ lifetime: Int,
        _ left: Int,
        _ hasSufficientLifetime: Bool
    ) throws {
        let now = Self.issued + Double(lifetime - left)
        #expect(try Self.stored(lifetime: lifetime).hasSufficientLifetime(at: now) == hasSufficientLifetime)
    }

    @Test func `decoded credentials equal the encoded ones`() throws {
        let stored = try Self.stored(lifetime: 3600)
        #expect(StoredCredentials(data: try stored.data(), now: Self.issued) == stored)
    }

    @Test func `an entry that version 0.1.0 wrote is read`() throws {
        let entry = """
            {"accessKeyID":"ASIAEXAMPLE000000000","assumedRoleARN":"arn:aws:sts::111122223333:assumed-role/audit/s",\
            "expiration":821696400,"issued":821692800,"region":"eu-west-1","secretAccessKey":"hush\\/key\\/hush\\/key",\
            "sessionToken":"hush+token+hush+token="}
            """
        let stored = try #require(StoredCredentials(data: Data(entry.utf8), now: Self.issued))
        #expect(stored.credentials.accessKeyID == "ASIAEXAMPLE000000000")
        #expect(stored.credentials.issued == Self.issued)
        #expect(stored.credentials.expiration == Self.issued + 3600)
        #expect(stored.credentials.assumedRoleARN == "arn:aws:sts::111122223333:assumed-role/audit/s")
    }

    @Test(arguments: ["", "{}", "not JSON", "{\"accessKeyID\":1}", "{\"version\":2,\"credentials\":[]}"])
    func `any other entry is ignored`(_ text: String) {
        #expect(StoredCredentials(data: Data(text.utf8), now: Self.issued) == nil)
    }

    @Test(
        arguments: [
            (CredentialFormat.env, "export AWS_SECRET_ACCESS_KEY=hush/key/hush/key\n"),
            (.fish, "set -gx AWS_SECRET_ACCESS_KEY hush/key/hush/key;\n"),
            (.powershell, "$Env:AWS_SECRET_ACCESS_KEY = 'hush/key/hush/key'\n"),
        ]
    )
    func `each shell has its own syntax for the six variables`(_ format: CredentialFormat, _ line: String)
        throws
    {
        let text = try format.text(of: Self.stored(lifetime: 3600).credentials, region: "eu-west-1")
        #expect(text.contains(line))
        #expect(text.split(separator: "\n").count == 6)
    }

    @Test func `the document of a credential process has the members that SDKs read`() throws {
        let document = try ProcessDocument(Self.stored(lifetime: 3600).credentials, account: "111122223333")
        let value = try JSONValue(parsing: JSONEncoder().encode(document))
        #expect(
            value
                == .object([
                    "Version": .integer(1),
                    "AccessKeyId": .string("ASIAEXAMPLE000000000"),
                    "SecretAccessKey": .string("hush/key/hush/key"),
                    "SessionToken": .string("hush+token+hush+token="),
                    "Expiration": .string("2027-01-15T09:00:00Z"),
                    "AccountId": .string("111122223333"),
                ])
        )
    }
}
