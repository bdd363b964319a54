import TestSupport
import Testing

@testable import Federation

@Suite(.limited) struct NearestNameTests {
    @Test(arguments: [("mapings", "mappings"), ("IDENTITIES", "identities"), ("histroy", "history")])
    func `a name within a few edits is found`(_ name: String, _ nearest: String) {
        #expect(NearestName.of(name, among: ["mappings", "identities", "history"]) == nearest)
    }

    @Test func `long names and many candidates are not compared`() {
        let long = String(repeating: "i", count: 65)
        #expect(NearestName.of(long, among: [long]) == nil)
        #expect(NearestName.of("a", among: [long, "b"]) == "b")
        #expect(NearestName.of("n1", among: (0..<200).map { "n\($0)" }) == "n1")
        #expect(NearestName.of("n1", among: (0..<201).map { "n\($0)" }) == nil)
    }
}
