import Diagnosis
import Federation
import Foundation
import Synchronization
import TestSupport
import Testing
import Transport

@testable import Operations

/// The cache of the directory's facts.
@Suite(.limited) struct DirectoryReaderTests {
    /// A directory whose answers a test chooses; a read waits while the directory is held.
    private final class Directory: DirectoryLookup {
        private struct State {
            var answer: Result<AssignmentFacts?, CloudError> = .success(nil)
            var missing: Set<String> = []
            var reads = 0
            var isHeld = false
            var held: [CheckedContinuation<Void, Never>] = []
            var watchers: [CheckedContinuation<Void, Never>] = []
        }

        private let state = Mutex(State())

        var reads: Int { state.withLock { $0.reads } }

        func answer(_ answer: Result<AssignmentFacts?, CloudError>, missing: Set<String> = []) {
            state.withLock { ($0.answer, $0.missing) = (answer, missing) }
        }

        func hold() { state.withLock { $0.isHeld = true } }

        func release() {
            let held = state.withLock { state in
                state.isHeld = false
                defer { state.held = [] }
                return state.held
            }
            for continuation in held { continuation.resume() }
        }

        /// Waits until this number of reads wait.
        func waitForReads(_ count: Int = 1) async {
            while state.withLock({ $0.held.count }) < count {
                await withCheckedContinuation { continuation in
                    let waits = state.withLock { state in
                        if state.held.count < count { state.watchers.append(continuation) }
                        return state.held.count >= count
                    }
                    if waits { continuation.resume() }
                }
            }
        }

        func facts(of mapping: RoleMapping, principal: String?) async throws(CloudError) -> AssignmentFacts? {
            let answer = state.withLock { $0.answer }
            await read()
            return try answer.get()
        }

        func isMissing(_ id: String) async throws(CloudError) -> Bool {
            let (answer, missing) = state.withLock { ($0.answer, $0.missing) }
            await read()
            _ = try answer.get()
            return missing.contains(id)
        }

        private func read() async {
            await withCheckedContinuation { continuation in
                let watchers: [CheckedContinuation<Void, Never>]? = state.withLock { state in
                    state.reads += 1
                    guard state.isHeld else { return nil }
                    state.held.append(continuation)
                    defer { state.watchers = [] }
                    return state.watchers
                }
                guard let watchers else { return continuation.resume() }
                for watcher in watchers { watcher.resume() }
            }
        }
    }

    private let time = ManualTime()
    private let directory = Directory()
    private let mapping: RoleMapping
    private let reader: DirectoryReader

    private static let assigned = AssignmentFacts(isRequired: true, assigned: .distantPast)
    private static let unassigned = AssignmentFacts(isRequired: true, assigned: nil)
    private static let refused = CloudError.refused(
        CloudRefusal(service: .graph, status: 403, code: "Authorization_RequestDenied", message: "No.")
    )
    private static let unreachable = CloudError.noAnswer(.unreachable(host: "graph", reason: "no route"))

    init() throws {
        mapping = RoleMapping(
            id: "audit",
            identity: "logging",
            audience: "api://x",
            roleARN: try #require(RoleARN("arn:aws:iam::111122223333:role/audit")),
            region: "eu-west-1",
            sessionName: "s"
        )
        reader = DirectoryReader(time: time)
    }

    /// Reads the mapping's facts, or returns the error.
    private func read(
        _ other: RoleMapping? = nil,
        isFresh: Bool = false
    ) async -> Result<AssignmentFacts?, CloudError> {
        await reader.reading(of: other ?? mapping, principal: "p", isFresh: isFresh, directory).facts
    }

    @Test func `a result is kept for five minutes, with the time of its read`() async throws {
        directory.answer(.success(Self.unassigned))
        let first = await reader.reading(of: mapping, principal: "p", isFresh: false, directory)
        #expect(try first.facts.get() == Self.unassigned && first.at == time.now)
        directory.answer(.success(Self.assigned))
        time.advance(by: .seconds(299))
        let second = await reader.reading(of: mapping, principal: "p", isFresh: false, directory)
        #expect(try second.facts.get() == Self.unassigned && second.at == first.at)
        time.advance(by: .seconds(1))
        #expect(try await read().get() == Self.assigned)
        #expect(directory.reads == 2)
    }

    @Test func `a fresh read replaces the result`() async throws {
        directory.answer(.success(Self.unassigned))
        #expect(try await read().get() == Self.unassigned)
        directory.answer(.success(Self.assigned))
        #expect(try await read(isFresh: true).get() == Self.assigned)
        #expect(try await read().get() == Self.assigned)
        #expect(directory.reads == 2)
    }

    @Test func `concurrent reads of one identity and audience are one read`() async throws {
        directory.answer(.success(Self.assigned))
        directory.hold()
        var other = mapping
        other.appRole = "Other"
        let reads = [mapping, mapping, other].map { mapping in Task { await read(mapping) } }
        await directory.waitForReads(2)
        directory.release()
        for read in reads { #expect(try await read.value.get() == Self.assigned) }
        #expect(directory.reads == 2, "the other app role is read separately")
    }

    @Test func `a read that was running when all results were dropped is not kept`() async throws {
        directory.answer(.success(Self.unassigned))
        directory.hold()
        let running = Task { await read() }
        await directory.waitForReads()
        await reader.removeAll()
        directory.answer(.success(Self.assigned))
        directory.release()
        #expect(try await read().get() == Self.assigned, "the read after the change joins no earlier one")
        #expect(try await running.value.get() == Self.unassigned)
        #expect(try await read().get() == Self.assigned)
        #expect(directory.reads == 2)
    }

    @Test func `a refusal is kept, and replaces an earlier result`() async {
        directory.answer(.success(Self.assigned))
        _ = await read()
        directory.answer(.failure(Self.refused))
        #expect(await read(isFresh: true) == .failure(Self.refused))
        #expect(await read() == .failure(Self.refused))
        #expect(directory.reads == 2)
    }

    @Test func `a valid result is kept if the directory does not respond`() async throws {
        directory.answer(.success(Self.assigned))
        _ = await read()
        directory.answer(.failure(Self.unreachable))
        #expect(await read(isFresh: true) == .failure(Self.unreachable))
        #expect(try await read().get() == Self.assigned)
        time.advance(by: .seconds(300))
        #expect(await read() == .failure(Self.unreachable))
    }

    @Test func `each subject is read once, even by concurrent reads`() async throws {
        directory.answer(.success(nil), missing: ["b"])
        directory.hold()
        let reads = (0..<2).map { _ in
            Task { try await reader.missing(["a"], isFresh: false, directory) }
        }
        await directory.waitForReads()
        directory.release()
        for read in reads { #expect(try await read.value.isEmpty) }
        #expect(try await reader.missing(["a", "b"], isFresh: false, directory) == ["b"])
        #expect(directory.reads == 2)
        #expect(try await reader.missing(["a"], isFresh: true, directory).isEmpty)
        #expect(directory.reads == 3)
    }

    @Test func `a subject that was being read when all results were dropped is read again`() async throws {
        directory.answer(.success(nil), missing: ["a"])
        directory.hold()
        let running = Task { try await reader.missing(["a"], isFresh: false, directory) }
        await directory.waitForReads()
        await reader.removeAll()
        directory.answer(.success(nil))
        directory.release()
        #expect(try await running.value == ["a"])
        #expect(try await reader.missing(["a"], isFresh: false, directory).isEmpty)
    }

    @Test func `an error about a subject is not kept`() async throws {
        directory.answer(.failure(Self.unreachable))
        await #expect(throws: Self.unreachable) {
            try await reader.missing(["a"], isFresh: false, directory)
        }
        directory.answer(.success(nil), missing: ["a"])
        #expect(try await reader.missing(["a"], isFresh: false, directory) == ["a"])
    }
}
