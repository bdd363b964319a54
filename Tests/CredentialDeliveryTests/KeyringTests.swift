import Federation
import Foundation
import TestSupport
import Testing

@testable import CredentialDelivery

/// The kernel's keyring, if the kernel permits its use.
@Suite(.serialized, .enabled(if: Kernel.permitsKeyring, "the kernel does not permit keyrings"), .limited)
struct KeyringTests {
    private let name = "test-\(UUID().uuidString)"

    /// Returns the fields of the entry in `/proc/keys`.
    ///
    /// The kernel returns the list in pages, so it is read until the end.
    private func line() throws -> [Substring] {
        let file = try #require(FileHandle(forReadingAtPath: "/proc/keys"))
        var list = Data()
        while let page = try file.read(upToCount: 4096), !page.isEmpty { list += page }
        let lines = String(decoding: list, as: UTF8.self).split(separator: "\n")
        return try #require(lines.first { $0.contains("cambist:\(name)") }).split(separator: " ")
    }

    @Test func `an entry can be read until it is removed`() throws {
        let keyring = Keyring()
        #expect(try keyring.read(name) == nil)
        try keyring.write(name, Data("one".utf8), life: .seconds(60))
        try keyring.write(name, Data("two".utf8), life: .seconds(60))
        #expect(try keyring.read(name) == Data("two".utf8))
        try keyring.remove(name)
        #expect(try keyring.read(name) == nil)
        try keyring.remove(name)
    }

    @Test func `an entry expires with its credentials, and only its user can access it`() throws {
        let keyring = Keyring()
        try keyring.write(name, Data("one".utf8), life: .seconds(3600))
        defer { try? keyring.remove(name) }
        // Serial number, flags, uses, time left, permissions, user, group, type, description.
        let fields = try line()
        #expect(["59m", "60m", "1h"].contains(fields[3]), "\(fields[3])")
        #expect(fields[4].hasSuffix("0000"), "group and others have no permissions")
        #expect(fields[5] == "\(getuid())")
    }

    @Test func `an entry without a lifetime is not written, because a zero timeout means no limit`() throws {
        let keyring = Keyring()
        try keyring.write(name, Data("one".utf8), life: .zero)
        #expect(try keyring.read(name) == nil)
    }

    @Test func `an entry in the format of another version is ignored and replaced`() throws {
        let credentials = try SessionCredentials.sample()
        let mapping = RoleMapping(
            id: name,
            identity: "logging",
            audience: "api://security-aws-logging",
            roleARN: try #require(RoleARN("arn:aws:iam::111122223333:role/audit")),
            region: "eu-west-1",
            sessionName: "cambist-audit"
        )
        let identity = ManagedIdentity(id: "logging")
        var cache = CredentialCache(
            isEnabled: true,
            endpoints: Endpoints(),
            hostFacts: { _ in [] },
            reportError: { Issue.record("\($0)") }
        )
        let entry = cache.name(of: mapping, identity)
        try Keyring().write(entry, Data(#"{"version":2,"credentials":[]}"#.utf8), life: .seconds(60))
        defer { try? Keyring().remove(entry) }
        #expect(cache.credentials(for: mapping, of: identity, at: credentials.issued) == nil)
        cache.keep(credentials, for: mapping, of: identity, at: credentials.issued)
        #expect(cache.credentials(for: mapping, of: identity, at: credentials.issued) == credentials)
    }

    @Test func `expired credentials in an entry are not returned`() throws {
        let keyring = Keyring()
        let credentials = try SessionCredentials.sample()
        let stored = StoredCredentials(credentials)
        try keyring.write(name, try stored.data(), life: .seconds(60))
        defer { try? keyring.remove(name) }
        let data = try #require(try keyring.read(name))
        #expect(StoredCredentials(data: data, now: credentials.issued) == stored)
        #expect(StoredCredentials(data: data, now: credentials.expiration) == nil)
    }
}

/// The features of this machine's kernel.
private enum Kernel {
    static let permitsKeyring: Bool = {
        do throws(KeyringError) {
            try Keyring().write("test-probe", Data("x".utf8), life: .seconds(5))
            try Keyring().remove("test-probe")
            return true
        } catch {
            return false
        }
    }()
}
