import Foundation
import Testing

@testable import Federation

struct UTCTextTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"), (951_782_400, "2000-02-29T00:00:00Z"),
        (1_800_003_599.9, "2027-01-15T08:59:59Z"), (4_102_444_799, "2099-12-31T23:59:59Z"),
        (-1, "1969-12-31T23:59:59Z"),
    ])
    func `an instant is written in UTC to the whole second`(_ seconds: Double, _ text: String) {
        let date = Date(timeIntervalSince1970: seconds)
        #expect(date.utcText == text)
        #expect(date.utcText == Date(timeIntervalSince1970: seconds.rounded(.down)).formatted(.iso8601))
    }
}
