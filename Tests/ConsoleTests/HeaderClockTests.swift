import Drawing
import Federation
import Foundation
import TestSupport
import Testing

@testable import Console

@Suite(.computing) struct HeaderClockTests {
    @Test(
        arguments: [
            (0, 0, nil), (1200, 1200, "clock: host −1200 s"), (12, 0, "clock: AWS +12 s"),
            (0, -90, "clock: Azure −90 s"), (-1200, 1200, "clock: Azure +1200 s, AWS −1200 s"),
        ] as [(Double, Double, String?)]
    )
    func `the header names the clock that is wrong`(aws: Double, azure: Double, text: String?) {
        var state = ConsoleState(
            now: ConsoleFixture.start,
            size: Size(columns: 120, rows: 40),
            localTime: .utc
        )
        state.clocks.aws = ClockOffset(offset: .seconds(aws), uncertainty: .milliseconds(600))
        state.clocks.azure = ClockOffset(offset: .seconds(azure), uncertainty: .milliseconds(600))
        let line = Header(state: state).line(columns: 120).text
        #expect(line.contains("clock:") == (text != nil))
        if let text { #expect(line.contains(text)) }
    }
}
