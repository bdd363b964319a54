import Federation
import Foundation
import Testing

@testable import Delivery

struct CredentialsFileTests {
    private let credentials = SessionCredentials(
        accessKeyID: "ASIANEW",
        secretAccessKey: Secret("new/key"),
        sessionToken: Secret("new+token="),
        expiration: Date(timeIntervalSince1970: 1_800_003_600),
        issued: Date(timeIntervalSince1970: 1_800_000_000),
        assumedRoleARN: "arn:aws:sts::111122223333:assumed-role/audit/s",
        region: "eu-west-1"
    )

    private static let fresh = """
        aws_access_key_id = ASIANEW
        aws_secret_access_key = new/key
        aws_session_token = new+token=

        """

    private func put(_ profile: String, into text: String) -> String {
        var file = CredentialsFile(text: text)
        file.put(credentials, profile: profile)
        return file.text
    }

    @Test func `an empty file gets the profile`() {
        #expect(put("audit", into: "") == "[audit]\n" + Self.fresh)
    }

    @Test func `a new profile goes to the end, after an empty line`() {
        #expect(
            put("audit", into: "# mine\n[default]\naws_access_key_id=A")
                == "# mine\n[default]\naws_access_key_id=A\n\n[audit]\n" + Self.fresh
        )
    }

    @Test func `a profile that is there gets the new keys and keeps its other lines`() {
        let text = """
            [default]
            aws_access_key_id = KEEP
            [ audit ]
            # why this profile
            AWS_ACCESS_KEY_ID=OLD
            aws_secret_access_key = old
            region = eu-west-1

            [other]
            aws_session_token = KEEP

            """
        let expected = """
            [default]
            aws_access_key_id = KEEP
            [ audit ]
            aws_access_key_id = ASIANEW
            aws_secret_access_key = new/key
            aws_session_token = new+token=
            # why this profile
            region = eu-west-1

            [other]
            aws_session_token = KEEP

            """
        #expect(put("audit", into: text) == expected)
    }

    @Test func `putting twice is putting once`() {
        let once = put("audit", into: "[a]\nx=1\n")
        #expect(put("audit", into: once) == once)
    }

    @Test func `a profile whose name begins alike is another`() {
        let text = "[audit-old]\naws_access_key_id = KEEP\n"
        #expect(put("audit", into: text).hasPrefix(text))
    }
}
