import TestSupport
import Testing

@testable import Federation

/// Words that can be secrets in the text of other programs.
@Suite(.computing) struct SecretWordsTests {
    /// A generator of base64 text of any length.
    private static func encoded(_ length: Int, alphabet: String, seed: UInt64) -> String {
        var generator = SeededGenerator(seed: seed)
        let characters = Array(alphabet)
        return String(
            (0..<length).map { _ in characters[Int.random(in: 0..<characters.count, using: &generator)] }
        )
    }

    private static let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

    @Test(arguments: ["+/", "-_", ""]) func `random keys, tokens, and signatures are hidden`(
        _ further: String
    ) {
        for seed in UInt64(1)...200 {
            for length in [40, 43, 86, 342, 900] {
                let secret = Self.encoded(length, alphabet: Self.letters + further, seed: seed)
                if secret.hasPrefix("/") { continue }
                let masked = SecretWords.masked(in: "error: key=x \(secret), status 1")
                #expect(masked == "error: key=x [\(length) characters hidden], status 1", "\(secret)")
            }
        }
    }

    @Test func `all parts of a token are hidden`() {
        let part = Self.encoded(60, alphabet: Self.letters, seed: 7)
        #expect(
            SecretWords.masked(in: "got \(part).\(part).\(part)\n")
                == "got [60 characters hidden].[60 characters hidden].[60 characters hidden]\n"
        )
    }

    @Test(arguments: [
        "", "short", "An error occurred (AccessDenied) when calling the ListBuckets operation",
        "User: arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_AdministratorAccess_0123456789abcdef/me@example.com",
        "/home/operator/.config/cambist/a-directory-with-a-long-name/and-another/config.yaml: no such file",
        "/subscriptions/2f4a9838-26b7-47ee-be60-ccc1fdec5953/resourceGroups/automation/providers/x",
        "ManagedIdentityTokenAcquisitionFailureBecauseOfAnUnknownIdentity",
        "thumbprint da39a3ee5e6b4b0d3255bfef95601890afd80709", "trace 2f4a9838-26b7-47ee-be60-ccc1fdec5953",
        "https://login.microsoftonline.com/2f4a9838-26b7-47ee-be60-ccc1fdec5953/oauth2/v2.0/token",
        "é 日本 \u{1B}[31m",
    ])
    func `names, paths, IDs, and digests are kept`(_ text: String) {
        #expect(SecretWords.masked(in: text) == text)
    }
}
