import Federation
import Foundation
import TestSupport
import Testing

@testable import Store

@Suite(.limited) struct AppendTests {
    private let scratch = Scratch()

    @Test func `a token is known by its fingerprint, and by its uti`() async throws {
        let store = try scratch.open()
        #expect(try await store.knows(fingerprint: "0123456789abcdef", uniqueID: "aGVsbG8") == false)
        try await store.append(Samples.record(token: Samples.token()))
        #expect(try await store.knows(fingerprint: "0123456789abcdef", uniqueID: nil))
        #expect(try await store.knows(fingerprint: "another", uniqueID: "aGVsbG8"))
        #expect(try await store.knows(fingerprint: "another", uniqueID: "other") == false)
    }

    @Test func `an exchange is read back unchanged, with the history's ID`() async throws {
        let record = try Samples.full()
        let id = try await scratch.open().append(record)
        #expect(try await scratch.open().records(limit: 10) == [record.numbered(id.local)])
    }

    @Test func `an exchange without a token is stored, with the time that the server asked to wait`()
        async throws
    {
        let failure = Failure(
            kind: .tryAgain,
            code: "429",
            message: "Too many requests",
            fix: "Wait 17s.",
            retryAfter: .seconds(17)
        )
        let record = try Samples.record(failure: failure)
        let store = try scratch.open()
        let id = try await store.append(record)
        #expect(try await store.records(limit: 10) == [record.numbered(id.local)])
    }

    @Test func `if claims are not kept, only those that identify a token or limit a wait are stored`()
        async throws
    {
        let store = try scratch.open(HistorySettings(keepsClaims: false))
        try await store.append(Samples.full())
        let stored = try #require(try await store.records(limit: 1).first?.token)
        #expect(stored.claims.header.isEmpty)
        #expect(Set(stored.claims.payload.keys) == ["uti", "iat", "exp", "roles"])
        #expect(stored.fingerprint == Samples.token().fingerprint)
    }

    @Test func `claims stored later complete a token stored without them`() async throws {
        try await scratch.open(HistorySettings(keepsClaims: false)).append(Samples.full())
        let store = try scratch.open()
        try await store.append(Samples.full())
        #expect(
            try await store.records(limit: 2).map(\.token?.claims) == [
                Samples.token().claims, Samples.token().claims,
            ]
        )
    }

    @Test func `only their owner can access the file and the directory`() async throws {
        let store = try scratch.open()
        try await store.append(Samples.record())
        let files = try FileManager.default.contentsOfDirectory(atPath: scratch.path)
        for file in files {
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(scratch.path)/\(file)")
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(file)")
        }
        let directory = try FileManager.default.attributesOfItem(atPath: scratch.path)
        #expect(directory[.posixPermissions] as? Int == 0o700)
    }

    @Test func `two writers of one file lose no exchange`() async throws {
        let stores = [try scratch.open(), try scratch.open()]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, store) in stores.enumerated() {
                group.addTask {
                    for number in 0..<100 {
                        try await store.append(Samples.record(mapping: "m\(index)-\(number)"))
                    }
                }
            }
            try await group.waitForAll()
        }
        let names = try await stores[0].records(limit: 1000).map(\.mapping)
        #expect(names.count == 200)
        #expect(Set(names).count == 200)
    }
}
