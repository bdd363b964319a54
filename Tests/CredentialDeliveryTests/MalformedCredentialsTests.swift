import Federation
import Foundation
import TestSupport
import Testing

@testable import CredentialDelivery

/// Members that could end a line, a word, or a variable early, which writers and readers refuse.
@Suite(.limited) struct MalformedCredentialsTests {
    private static let now = Date(timeIntervalSince1970: 1_800_000_000)

    @Test(arguments: ["", "a\nb", "a]\n[default", "[x", "a\u{0}", "a\u{85}", "a\u{2028}b"])
    func `a profile name that could end its heading is refused, and the file is unchanged`(_ profile: String)
        throws
    {
        let before = Data("[other]\nkey = value\n".utf8)
        var file = CredentialsFile(before)
        let credentials = try SessionCredentials.sample()
        #expect(throws: UnprintableMember(member: "profile")) { try file.put(credentials, profile: profile) }
        #expect(file.data == before)
    }

    @Test func `a region with a newline is refused by the shell formats`() throws {
        let credentials = try SessionCredentials.sample()
        for format in CredentialFormat.allCases {
            #expect(throws: UnprintableMember(member: "region")) {
                try format.text(of: credentials, region: "eu\nwest")
            }
        }
    }

    @Test(arguments: ["1e300", "-1e300", "1e18", "-1e12"])
    func `a keyring entry with an unbounded instant is ignored`(_ number: String) {
        for member in ["expiration", "issued"] {
            let other = member == "issued" ? "expiration" : "issued"
            let text = """
                {"accessKeyID":"ASIAIOSFODNN7EXAMPLE","secretAccessKey":"hush/key/hush/key","sessionToken":"hush/key/hush/key",
                 "\(member)":\(number),"\(other)":820000000,"region":"eu-west-1",
                 "assumedRoleARN":"arn:aws:sts::111122223333:assumed-role/audit/s"}
                """
            #expect(StoredCredentials(data: Data(text.utf8), now: Self.now) == nil)
        }
    }

    @Test(arguments: ["accessKeyID", "secretAccessKey", "sessionToken"])
    func `a keyring entry with a malformed member is ignored`(_ member: String) {
        for value in ["", "a\\nb", "a b"] {
            let members = ["accessKeyID", "secretAccessKey", "sessionToken"].map { name in
                "\"\(name)\":\"\(name == member ? value : "ASIAIOSFODNN7EXAMPLE")\""
            }
            let text = """
                {\(members.joined(separator: ",")),"expiration":820003600,"issued":820000000,"region":"eu-west-1",
                 "assumedRoleARN":"arn:aws:sts::111122223333:assumed-role/audit/s"}
                """
            #expect(StoredCredentials(data: Data(text.utf8), now: Self.now) == nil)
        }
    }
}
