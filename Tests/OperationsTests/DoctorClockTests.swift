import Federation
import TestSupport
import Testing

@testable import Operations

@Suite(.limited) struct DoctorClockTests {
    private static func offset(_ seconds: Double?) -> ClockOffset? {
        seconds.map { ClockOffset(offset: .seconds($0), uncertainty: .milliseconds(600)) }
    }

    @Test(
        arguments: [
            (0, 0, "ok", "the measured clocks agree"),
            (1200, 1200, "trouble", "This host's clock is 20m slow."),
            (93_600, 0, "trouble", "The clock at AWS is 1d2h fast"),
            (-1500, nil, "trouble", "AWS's clock is 25m"),
        ] as [(Double?, Double?, String, String)]
    )
    func `the clock check has the result of the comparison`(
        aws: Double?,
        azure: Double?,
        state: String,
        text: String
    )
        throws
    {
        let clocks = ClockComparison(aws: Self.offset(aws), azure: Self.offset(azure))
        let check = try #require(DoctorReport.Check(clocks))
        #expect((check.name, check.state.rawValue) == ("clocks", state))
        #expect(check.detail.contains(text))
        #expect(check.detail.contains("timedatectl") == (clocks.verdict == .host))
    }

    @Test func `without a measurement, there is no clock check`() {
        #expect(DoctorReport.Check(ClockComparison(aws: nil, azure: nil)) == nil)
    }
}
