import Federation
import Foundation
import Propagation
import TestSupport
import Testing
import Transport

@testable import ConsoleRuntime

/// The program of `console.notify`, run at the end of a watch.
@Suite(.limited) struct NotificationHookTests {
    private func ended() -> Watch {
        var watch = Watch(
            of: "audit",
            at: Date(timeIntervalSince1970: 1_800_000_000),
            timing: PropagationTiming()
        )
        _ = watch.event(.expired(Date(timeIntervalSince1970: 1_800_000_060)))
        return watch
    }

    private let hook = NotificationHook(
        time: SystemTime(),
        variables: ["PATH": "/usr/bin:/bin"],
        reference: nil
    )

    @Test func `the program receives one JSON object on its standard input`() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "hook-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        let problem = await hook.run(["tee", file.path], for: ended())
        #expect(problem == nil)
        let event = try JSONValue(parsing: Data(contentsOf: file))
        #expect(event["version"]?.integer == 1)
        #expect(event["event"]?.string == "watch-ended")
        #expect(event["mapping"]?.string == "audit")
        #expect(event["verdict"]?.string == "timed-out")
        #expect(event["at"]?.string == "2027-01-15T08:01:00Z")
    }

    @Test(arguments: [(["false"], "exited with status 1"), (["no-such-program-here"], "could not be run")])
    func `a failure of the program is reported`(_ command: [String], _ words: String) async throws {
        let problem = try #require(await hook.run(command, for: ended()))
        #expect(problem.contains(words))
    }
}
