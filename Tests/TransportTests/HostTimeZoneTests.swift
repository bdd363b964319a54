import Federation
import Foundation
import TestSupport
import Testing
import Transport

@Suite(.limited) struct HostTimeZoneTests {
    /// Foundation does not use the C library to find the zone.
    @Test func `the host's local time equals Foundation's, in winter and in summer`() {
        for hours in stride(from: 0, to: 80 * 366 * 24, by: 7) {
            let date = Date(timeIntervalSince1970: Double(hours) * 3600)
            #expect(LocalTime.host.offset(at: date) == TimeZone.current.secondsFromGMT(for: date), "\(date)")
        }
    }

    @Test(arguments: [-1e300, 1e300, .nan, .infinity])
    func `an extreme instant has an offset`(seconds: Double) {
        #expect(abs(LocalTime.host.offset(at: Date(timeIntervalSince1970: seconds))) <= 24 * 3600)
    }
}
