import Federation
import Foundation
import Propagation
import Testing
import Transport

@testable import cambist

/// A program of the operator's that hears of the end of a watch.
struct WatchTellerTests {
    private func ended() -> Watch {
        var watch = Watch(
            of: "audit",
            at: Date(timeIntervalSince1970: 1_800_000_000),
            pace: PropagationTiming()
        )
        _ = watch.event(.expired(Date(timeIntervalSince1970: 1_800_000_060)))
        return watch
    }

    private let teller = NotificationHook(time: SystemTime(), variables: ["PATH": "/usr/bin:/bin"])

    @Test func `it reads one JSON object on its standard input`() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "told-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        let problem = await teller.tell(ended(), through: ["tee", file.path])
        #expect(problem == nil)
        let event = try JSONDecoder().decode(JSONValue.self, from: Data(contentsOf: file))
        #expect(event["version"]?.integer == 1)
        #expect(event["event"]?.string == "watch-ended")
        #expect(event["mapping"]?.string == "audit")
        #expect(event["verdict"]?.string == "timed-out")
        #expect(event["at"]?.string == "2027-01-15T08:01:00Z")
    }

    @Test(arguments: [(["false"], "exit code 1"), (["no-such-program-here"], "could not be run")])
    func `what goes wrong with it is said`(_ command: [String], _ words: String) async throws {
        let problem = try #require(await teller.tell(ended(), through: command))
        #expect(problem.contains(words))
    }
}
