import Federation
import Foundation
import TestSupport
import Testing

@testable import CredentialDelivery

struct CredentialsFileTests {
    private let credentials: SessionCredentials

    init() throws {
        credentials = try .sample(
            accessKeyID: "ASIANEW0000000000000",
            secretAccessKey: "new/key/new/key/new",
            sessionToken: "new+token+new+token="
        )
    }

    private static let fresh = """
        aws_access_key_id = ASIANEW0000000000000
        aws_secret_access_key = new/key/new/key/new
        aws_session_token = new+token+new+token=

        """

    private func put(_ profile: String, into text: String) -> String {
        String(decoding: put(profile, into: Data(text.utf8)), as: UTF8.self)
    }

    private func put(_ profile: String, into data: Data) -> Data {
        var file = CredentialsFile(data)
        file.put(credentials, profile: profile)
        return file.data
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
            aws_access_key_id = ASIANEW0000000000000
            aws_secret_access_key = new/key/new/key/new
            aws_session_token = new+token+new+token=
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

    @Test func `a file with the line ends of DOS keeps them and gets lines like its own`() {
        let text = "[default]\r\nregion = x\r\n[audit]\r\naws_access_key_id = OLD\r\n; mine\r\n"
        let fresh = Self.fresh.replacing("\n", with: "\r\n")
        #expect(
            put("audit", into: text) == "[default]\r\nregion = x\r\n[audit]\r\n\(fresh); mine\r\n"
        )
        #expect(put("new", into: text) == "\(text)\r\n[new]\r\n\(fresh)")
    }

    @Test func `bytes that are no text stay as they are`() {
        let data = Data("[other]\n# caf".utf8) + [0xE9, 0xFF, 0x00] + Data("\nx = 1".utf8)
        let result = put("audit", into: data)
        #expect(result.starts(with: data))
        #expect(result.dropFirst(data.count) == Data("\n\n[audit]\n\(Self.fresh)".utf8))
    }

    @Test func `a heading without anything below it, at the very end, is found`() {
        #expect(put("audit", into: "[audit]") == "[audit]\n\(Self.fresh)")
    }

    @Test func `a last line without an end stays the last and without one`() {
        #expect(put("audit", into: "[audit]\nregion = x") == "[audit]\n\(Self.fresh)region = x")
    }
}
