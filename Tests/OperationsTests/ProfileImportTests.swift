import AWS
import Discovery
import ExchangeEngine
import Federation
import Foundation
import TestSupport
import Testing
import Transport

@testable import Operations

/// The profiles of AWS's tools as discovery reads them.
@Suite(.limited)
struct ProfileImportTests {
    private func profiles(_ text: String, home: String? = nil) -> [String: FoundProfile] {
        let profiles = AWSProfiles(config: Secret(text))
        let found = ProfileImport(profiles: profiles, home: home).found
        return Dictionary(uniqueKeysWithValues: found.map { ($0.name, $0) })
    }

    /// Returns a compact JWS with these claims; nothing checks its signature.
    private func token(_ payload: [String: JSONValue]) -> String {
        let parts = [JSONValue.object(["alg": .string("RS256")]), .object(payload)]
        return parts.map { Data($0.compactText.utf8).base64URL }.joined(separator: ".") + ".c2ln"
    }

    @Test func `a token file below the home directory is read without its newline`() throws {
        let home = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: home) }
        let file = home.appendingPathComponent("token").path
        try (token(EntraFixture.claims) + "\n").write(toFile: file, atomically: true, encoding: .utf8)
        let found = profiles(
            "[profile ci]\r\nrole_arn = \(EntraFixture.roleARN)\r\nweb_identity_token_file = ~/token\r\n",
            home: home.path
        )
        guard case .webIdentity(file, let token?) = found["ci"]?.origin else {
            Issue.record("\(found)")
            return
        }
        #expect(token.audience == EntraFixture.audience)
        #expect(token.subject == EntraFixture.subject)
        #expect(!"\(found)".contains("c2ln"))
    }

    @Test func `the program's own profiles name their mapping`() {
        let found = profiles(
            """
            [profile "my profile"]
            credential_process = '/opt/my tools/cambist' credential-process audit --config '/etc/x y.yaml'
            [profile bare]
            credential_process = cambist credential-process
            [profile other]
            credential_process = /usr/bin/other credential-process audit
            """
        )
        #expect(found.mapValues(\.origin) == ["my profile": .cambist(mapping: "audit")])
    }

    @Test func `credentials of this program are recognized through roles`() throws {
        let text = """
            [profile own]
            credential_process = cambist credential-process audit
            [profile spoke]
            role_arn = arn:aws:iam::111122223333:role/spoke
            source_profile = own
            [profile other]
            credential_process = /usr/bin/other
            [profile role]
            role_arn = arn:aws:iam::111122223333:role/role
            source_profile = other
            """
        let settings = AWSSettings(variables: [:], profiles: AWSProfiles(config: Secret(text)))
        for (name, isOwn) in [("own", true), ("spoke", true), ("other", false), ("role", false)] {
            #expect(try ProfileImport.isOwn(settings.credentials(ofProfile: name).origin) == isOwn)
        }
    }

    @Test func `credentials of this program are not requested for a check`() async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let (program, mark) = (directory.path + "/cambist", directory.path + "/mark")
        try "#!/bin/sh\n: > '\(mark)'\nexit 1\n".write(toFile: program, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        let profile = "[default]\ncredential_process = \(program) credential-process audit\n"
        let settings = AWSSettings(variables: [:], profiles: AWSProfiles(config: Secret(profile)))
        let time = ManualTime()
        let transport = try HTTPTransport(time: time, logger: LogCapture().logger)
        let credentials = OperatorCredentials(
            LiveConfiguration(Configuration(), aws: settings),
            variables: [:],
            transport: transport,
            time: time
        )
        let role = try #require(RoleARN(EntraFixture.roleARN))
        let result = await credentials.iam(of: role, usesOwn: false)
        await transport.shutDown()
        guard case .failure(let failure) = result else {
            Issue.record("expected a failure")
            return
        }
        #expect(failure.code == "own-credentials" && failure.message.contains("profile default"))
        #expect(!FileManager.default.fileExists(atPath: mark))
    }

    @Test func `malformed files are skipped, and only profiles with a role are found`() {
        let found = profiles(
            """
            garbage
            role_arn = arn:aws:iam::111122223333:role/before-any-profile
            [profile a]
            role_arn = not an arn
            source_profile = b
            [profile b]
            ROLE_ARN=arn:aws:iam::111122223333:role/b
            source_profile=
            [profile c]
            role_arn = arn:aws:iam::111122223333:role/c
            credential_source = Ec2InstanceMetadata
            duration_seconds = 99999999999999999999
            mfa_serial = arn:aws:iam::1:mfa/x
            [profile d
            role_arn = arn:aws:iam::111122223333:role/d
            [sso-session s]
            role_arn = arn:aws:iam::111122223333:role/s
            [profile big]
            role_arn = arn:aws:iam::111122223333:role/big
            web_identity_token_file = /dev/zero
            """
        )
        #expect(Set(found.keys) == ["b", "c", "big"])
        #expect(found["c"]?.origin == .other("credential_source Ec2InstanceMetadata"))
        #expect(found["c"]?.duration == nil)
        #expect(found["c"]?.needsMFA == true)
        #expect(found["big"]?.origin == .webIdentity(file: "/dev/zero", nil))
    }
}
