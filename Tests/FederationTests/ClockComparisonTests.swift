import TestSupport
import Testing

@testable import Federation

@Suite(.computing) struct ClockComparisonTests {
    /// Offsets in seconds from this host's clock, and the clock that is wrong.
    struct Row: Sendable {
        let aws: Double?
        let azure: Double?
        let verdict: ClockComparison.Verdict
        let summary: String?

        init(_ aws: Double?, _ azure: Double?, _ verdict: ClockComparison.Verdict, _ summary: String?) {
            self.aws = aws
            self.azure = azure
            self.verdict = verdict
            self.summary = summary
        }
    }

    static let rows: [Row] = [
        Row(nil, nil, .agreement, nil), Row(0, nil, .agreement, nil), Row(4, -4, .agreement, nil),
        Row(1200, 1200, .host, "This host's clock is 20m slow."),
        Row(-93_600, -93_601, .host, "This host's clock is 1d2h fast."),
        Row(600, 0, .server(.aws), "The clock at AWS is 10m fast; this host's clock agrees with Azure's."),
        Row(-1200, 1, .server(.aws), "The clock at AWS is 20m slow; this host's clock agrees with Azure's."),
        Row(0, 1200, .server(.azure), "The clock at Azure is 20m fast; this host's clock agrees with AWS's."),
        Row(
            2,
            -93_600,
            .server(.azure),
            "The clock at Azure is 1d2h slow; this host's clock agrees with AWS's."
        ),
        Row(
            -1200,
            1200,
            .undecided,
            "AWS's clock is 20m behind this host's, Azure's is 20m ahead of this host's, and no two clocks agree."
        ),
        Row(
            1200,
            nil,
            .undecided,
            "AWS's clock is 20m ahead of this host's; Azure's clock was not measured."
        ),
        Row(nil, -60, .undecided, "Azure's clock is 1m behind this host's; AWS's clock was not measured."),
        // The closest two agree, although the third differs from one of them by little.
        Row(8, 5, .host, "This host's clock is 8s slow."), Row(8, 2, .server(.aws), nil),
        Row(8, 4, .undecided, "AWS's clock is 8s ahead of this host's, and Azure's is between them."),
    ]

    private static func offset(_ seconds: Double?) -> ClockOffset? {
        seconds.map { ClockOffset(offset: .seconds($0), uncertainty: .milliseconds(500)) }
    }

    private static func comparison(_ aws: Double?, _ azure: Double?) -> ClockComparison {
        ClockComparison(aws: offset(aws), azure: offset(azure))
    }

    @Test(arguments: rows)
    func `two clocks that agree decide`(row: Row) {
        let clocks = Self.comparison(row.aws, row.azure)
        #expect(clocks.verdict == row.verdict, "\(row)")
        if let summary = row.summary { #expect(clocks.summary == summary) }
        #expect((clocks.summary == nil) == (row.verdict == .agreement))
        #expect((clocks.brief == nil) == (row.verdict == .agreement))
        #expect((clocks.warning() == nil) == (row.verdict == .agreement))
    }

    @Test(arguments: rows)
    func `only a wrong clock of this host is corrected`(row: Row) {
        let clocks = Self.comparison(row.aws, row.azure)
        #expect((clocks.fix.command != nil) == (row.verdict == .host))
        #expect(clocks.lineOfFix.contains("timedatectl") == (row.verdict == .host))
    }

    @Test(arguments: [(nil, true), (0, false), (-1200, false), (1200, true)] as [(Double?, Bool)])
    func `other evidence against this host decides for one measured server`(azure: Double?, isHost: Bool) {
        let clocks = ClockComparison(
            aws: Self.offset(1200),
            azure: Self.offset(azure),
            isHostRefuted: true
        )
        #expect((clocks.verdict == .host) == isHost)
    }

    @Test func `the short form names the wrong clock`() {
        let forms: [(Double, Double, String)] = [
            (1200, 1200, "host −1200 s"), (12, 0, "AWS +12 s"), (0, -90, "Azure −90 s"),
        ]
        for (aws, azure, text) in forms { #expect(Self.comparison(aws, azure).brief == text) }
        #expect(Self.comparison(-1200, 1200).brief == "Azure +1200 s, AWS −1200 s")
    }

    @Test(arguments: 1...200 as ClosedRange<UInt64>)
    func `the one wrong clock of three is found, in both directions`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let error = Double.random(in: 30...1e9, using: &generator) * (Bool.random(using: &generator) ? 1 : -1)
        let jitter = Double.random(in: -1...1, using: &generator)
        let cases: [(aws: Double, azure: Double, verdict: ClockComparison.Verdict)] = [
            (error, error + jitter, .host), (error, jitter, .server(.aws)), (jitter, error, .server(.azure)),
            (error, -error, .undecided), (jitter, 0, .agreement),
        ]
        for (aws, azure, verdict) in cases {
            #expect(Self.comparison(aws, azure).verdict == verdict, "seed \(seed)")
            #expect(Self.comparison(-aws, -azure).verdict == verdict, "seed \(seed)")
        }
    }

    @Test(arguments: 1...200 as ClosedRange<UInt64>)
    func `the verdict treats the clouds alike`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let aws = Double.random(in: -30...30, using: &generator)
        let azure = Double.random(in: -30...30, using: &generator)
        let mirrored: ClockComparison.Verdict =
            switch Self.comparison(azure, aws).verdict {
            case .server(.aws): .server(.azure)
            case .server(.azure): .server(.aws)
            case let other: other
            }
        #expect(Self.comparison(aws, azure).verdict == mirrored, "seed \(seed)")
    }
}
