import Foundation
import TestSupport
import Testing

@testable import Federation

@Suite(.computing) struct LocalTimeTests {
    @Test(arguments: [
        (0, "2027-01-15 08:00:00+00:00"), (3600, "2027-01-15 09:00:00+01:00"),
        (-12_600, "2027-01-15 04:30:00-03:30"), (45_900, "2027-01-15 20:45:00+12:45"),
    ])
    func `an instant is written with the offset of its zone`(offset: Int, text: String) {
        let date = Date(timeIntervalSince1970: 1_800_000_000)
        #expect(LocalTime.fixed(offset: offset).text(of: date) == text)
        #expect(LocalTime.fixed(offset: offset).offset(at: date) == offset)
    }
}
