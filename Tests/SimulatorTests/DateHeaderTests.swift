import Federation
import TestSupport
import Testing
import Transport

@testable import Simulator

@Suite(.limited) struct DateHeaderTests {
    @Test func `every response has the date of the lab's clock`() async throws {
        try await LabClient.with { client in
            for _ in 1...2 {
                let answer = try await client.send(.get, "/nothing")
                #expect(answer.header("date") == client.time.now.httpText)
                client.time.advance(by: .seconds(7))
            }
        }
    }
}
