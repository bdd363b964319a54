import Federation
import Foundation
import TestSupport
import Testing

@testable import CredentialDelivery

@Suite(.limited) struct CredentialsFileTests {
    private let credentials: SessionCredentials

    init() throws {
        credentials = try .sample(
            accessKeyID: "ASIANEW0000000000000",
            secretAccessKey: "new/key/new/key/new",
            sessionToken: "new+token+new+token="
        )
    }

    private static let newKeys = """
        aws_access_key_id = ASIANEW0000000000000
        aws_secret_access_key = new/key/new/key/new
        aws_session_token = new+token+new+token=

        """

    private func put(_ profile: String, into text: String) throws -> String {
        String(decoding: try put(profile, into: Data(text.utf8)), as: UTF8.self)
    }

    private func put(_ profile: String, into data: Data) throws -> Data {
        var file = CredentialsFile(data)
        try file.put(credentials, profile: profile)
        return file.data
    }

    @Test func `the profile is written to an empty file`() throws {
        #expect(try put("audit", into: "") == "[audit]\n" + Self.newKeys)
    }

    @Test func `a new profile is appended after an empty line`() throws {
        #expect(
            try put("audit", into: "# mine\n[default]\naws_access_key_id=A")
                == "# mine\n[default]\naws_access_key_id=A\n\n[audit]\n" + Self.newKeys
        )
    }

    @Test func `the keys of an existing profile are replaced, and its other lines are kept`() throws {
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
        #expect(try put("audit", into: text) == expected)
    }

    @Test func `writing the same profile again changes nothing`() throws {
        let once = try put("audit", into: "[a]\nx=1\n")
        #expect(try put("audit", into: once) == once)
    }

    @Test func `a profile with the same prefix is another profile`() throws {
        let text = "[audit-old]\naws_access_key_id = KEEP\n"
        #expect(try put("audit", into: text).hasPrefix(text))
    }

    @Test func `a file with CRLF line endings keeps them in new lines`() throws {
        let text = "[default]\r\nregion = x\r\n[audit]\r\naws_access_key_id = OLD\r\n; mine\r\n"
        let newKeys = Self.newKeys.replacing("\n", with: "\r\n")
        #expect(
            try put("audit", into: text) == "[default]\r\nregion = x\r\n[audit]\r\n\(newKeys); mine\r\n"
        )
        #expect(try put("new", into: text) == "\(text)\r\n[new]\r\n\(newKeys)")
    }

    @Test func `bytes that are not text are unchanged`() throws {
        let data = Data("[other]\n# caf".utf8) + [0xE9, 0xFF, 0x00] + Data("\nx = 1".utf8)
        let result = try put("audit", into: data)
        #expect(result.starts(with: data))
        #expect(result.dropFirst(data.count) == Data("\n\n[audit]\n\(Self.newKeys)".utf8))
    }

    @Test func `an empty section at the end is found`() throws {
        #expect(try put("audit", into: "[audit]") == "[audit]\n\(Self.newKeys)")
    }

    @Test func `a last line without a newline is unchanged`() throws {
        #expect(try put("audit", into: "[audit]\nregion = x") == "[audit]\n\(Self.newKeys)region = x")
    }
}
