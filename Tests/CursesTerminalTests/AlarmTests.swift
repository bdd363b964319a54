import TestSupport
import Testing

@testable import CursesTerminal

@Suite(.limited) struct AlarmTests {
    @Test(
        arguments: [
            (Duration.seconds(Int64.max), 31_536_000_000), (.seconds(Int64.min), 0), (.zero, 0),
            (.nanoseconds(1), 1), (.milliseconds(1500), 1500),
        ] as [(Duration, Int64)]
    )
    func `a delay is rounded up and clamped to a year`(_ delay: Duration, milliseconds: Int64) {
        #expect(CursesTerminal.milliseconds(delay) == milliseconds)
    }
}
