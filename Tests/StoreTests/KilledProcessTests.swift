import Federation
import Foundation
import TestSupport
import Testing

@testable import Store

/// A process that is killed while it writes.
@Suite(.limited) struct KilledProcessTests {
    @Test(arguments: [1500, 4100, 9700, 23_300, 50_900] as [UInt32])
    func `no stored exchange is lost when the process is killed`(_ microseconds: UInt32) async throws {
        let scratch = Scratch()
        try await scratch.open().append(Samples.record(mapping: "before"))
        let path = scratch.path
        await #expect(processExitsWith: .signal(SIGALRM)) {
            [path = path as String, microseconds = microseconds as UInt32] in
            let store = try HistoryStore.open(directory: path, settings: HistorySettings())
            let log = open("\(path)/log", O_WRONLY | O_CREAT | O_APPEND, 0o600)
            var alarm = sigset_t()
            sigemptyset(&alarm)
            sigaddset(&alarm, SIGALRM)
            pthread_sigmask(SIG_UNBLOCK, &alarm, nil)
            signal(SIGALRM, SIG_DFL)
            for number in 0... {
                let line = "\(try await store.append(Samples.record()).local)\n"
                write(log, line, line.utf8.count)
                if number == 0 { ualarm(microseconds, 0) }
            }
        }
        let store = try scratch.open()
        let check = try await store.read { try $0.first("PRAGMA integrity_check") { $0.text(0) } }
        #expect(check == "ok")
        let lines = try String(contentsOfFile: "\(path)/log", encoding: .utf8)
        let logged = Set(lines.split(separator: "\n").compactMap { Int($0) })
        let found = Set(try await store.records(limit: 1_000_000).map(\.id))
        #expect(!logged.isEmpty)
        #expect(logged.isSubset(of: found))
    }
}
