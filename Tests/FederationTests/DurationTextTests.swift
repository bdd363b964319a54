import TestSupport
import Testing

@testable import Federation

@Suite(.computing) struct DurationTextTests {
    static let durations: [(text: String, seconds: Int)] = [
        ("0s", 0), ("90s", 90), ("15m", 900), ("1h", 3600), ("1h30m", 5400), ("2d", 172_800),
        ("1d1h1m1s", 90061),
    ]

    @Test(arguments: durations)
    func `a duration is parsed`(text: String, seconds: Int) {
        #expect(DurationText.parse(text) == .seconds(seconds))
    }

    @Test(arguments: [
        "", "5", "h", "1h1h", "1m1h", "-1s", "1 h", "1.5h", "1w", "99999999999999999999s",
        "9223372036854775807d", "9223372036854775807s", "3652426d", "١h",
    ])
    func `any other text is refused`(text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    static let written: [(seconds: Int, text: String)] = [
        (0, "0s"), (-5, "0s"), (59, "59s"), (60, "1m"), (5400, "1h30m"), (90061, "1d1h1m1s"),
    ]

    @Test(arguments: written)
    func `a duration is written with the largest units first`(seconds: Int, text: String) {
        #expect(DurationText.format(.seconds(seconds)) == text)
    }
}
