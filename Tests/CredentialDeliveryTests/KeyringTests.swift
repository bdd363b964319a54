import Federation
import Foundation
import TestSupport
import Testing

@testable import CredentialDelivery

/// The kernel's keyring, where this kernel lets us use it.
@Suite(.serialized, .enabled(if: Kernel.givesKeyring, "the kernel gives no keyring here"))
struct KeyringTests {
    private let name = "test-\(UUID().uuidString)"

    /// The line of `/proc/keys` that describes the entry.
    ///
    /// The kernel gives a page of the list at a time, so it is read until nothing more comes.
    private func line() throws -> [Substring] {
        let file = try #require(FileHandle(forReadingAtPath: "/proc/keys"))
        var list = Data()
        while let page = try file.read(upToCount: 4096), !page.isEmpty { list += page }
        let lines = String(decoding: list, as: UTF8.self).split(separator: "\n")
        return try #require(lines.first { $0.contains("cambist:\(name)") }).split(separator: " ")
    }

    @Test func `what is written is read back until it is removed`() throws {
        let keyring = Keyring()
        #expect(try keyring.read(name) == nil)
        try keyring.write(name, Data("one".utf8), life: .seconds(60))
        try keyring.write(name, Data("two".utf8), life: .seconds(60))
        #expect(try keyring.read(name) == Data("two".utf8))
        try keyring.remove(name)
        #expect(try keyring.read(name) == nil)
        try keyring.remove(name)
    }

    @Test func `an entry ends with its credentials, and is its user's alone`() throws {
        let keyring = Keyring()
        try keyring.write(name, Data("one".utf8), life: .seconds(3600))
        defer { try? keyring.remove(name) }
        // Serial number, flags, uses, time left, permissions, user, group, type, description.
        let fields = try line()
        #expect(["59m", "60m", "1h"].contains(fields[3]), "\(fields[3])")
        #expect(fields[4].hasSuffix("0000"), "group and others may do nothing")
        #expect(fields[5] == "\(getuid())")
    }

    @Test func `what has no life is not kept, for a key without an end would stay for ever`() throws {
        let keyring = Keyring()
        try keyring.write(name, Data("one".utf8), life: .zero)
        #expect(try keyring.read(name) == nil)
    }

    @Test func `credentials that ended before they were kept are not there`() throws {
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

/// What this machine's kernel lets us do.
private enum Kernel {
    static let givesKeyring: Bool = {
        do throws(KeyringError) {
            try Keyring().write("test-probe", Data("x".utf8), life: .seconds(5))
            try Keyring().remove("test-probe")
            return true
        } catch {
            return false
        }
    }()
}
