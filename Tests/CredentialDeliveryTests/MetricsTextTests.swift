import Federation
import Foundation
import TestSupport
import Testing

@testable import CredentialDelivery

@Suite(.limited)
struct MetricsTextTests {
    private func record(
        _ mapping: String,
        _ outcome: StepOutcome,
        _ duration: Duration,
        credentialExpiry: Date? = nil
    ) throws -> ExchangeRecord {
        ExchangeRecord(
            id: 1,
            at: Date(timeIntervalSince1970: 0),
            mapping: mapping,
            identity: "logging",
            roleARN: try #require(RoleARN("arn:aws:iam::111122223333:role/audit")),
            steps: [StepRecord(step: .exchange, outcome: outcome, duration: duration)],
            credentialExpiry: credentialExpiry,
            accessKeyID: "ASIASECRET"
        )
    }

    private func figures() throws -> ExchangeFigures {
        var figures = ExchangeFigures()
        let expiry = Date(timeIntervalSince1970: 1_800_000_000)
        figures.count(try record("a\"b\\", .ok, .milliseconds(20), credentialExpiry: expiry))
        figures.count(try record("a\"b\\", .failed, .milliseconds(400)))
        figures.count(try record("c", .ok, .seconds(60)))
        return figures
    }

    @Test func `every family has its samples, and the page ends with EOF`() throws {
        let text = MetricsText(
            format: .openMetrics,
            figures: try figures(),
            live: ["a\"b\\": true, "c": false]
        ).text
        let lines = text.split(separator: "\n").map(String.init)
        for line in [
            "# TYPE cambist_exchanges counter", #"cambist_up{mapping="a\"b\\"} 1"#,
            #"cambist_up{mapping="c"} 0"#,
            #"cambist_mappings{live="true"} 1"#, #"cambist_mappings{live="false"} 1"#,
            #"cambist_exchanges_total{mapping="a\"b\\",outcome="failed"} 1"#,
            #"cambist_exchanges_total{mapping="c",outcome="failed"} 0"#,
            #"cambist_exchange_duration_seconds_bucket{le="0.01"} 0"#,
            #"cambist_exchange_duration_seconds_bucket{le="0.025"} 1"#,
            #"cambist_exchange_duration_seconds_bucket{le="30.0"} 2"#,
            #"cambist_exchange_duration_seconds_bucket{le="+Inf"} 3"#,
            "cambist_exchange_duration_seconds_sum 60.42", "cambist_exchange_duration_seconds_count 3",
            #"cambist_credential_expiry_timestamp_seconds{mapping="a\"b\\"} 1800000000.0"#,
            "# UNIT cambist_clock_offset_seconds seconds",
        ] {
            #expect(lines.contains(line), "\(line)\n\(text)")
        }
        #expect(lines.last == "# EOF")
        #expect(!text.contains("ASIASECRET"))
        #expect(!text.contains("111122223333"))
    }

    @Test func `the older format names a counter with its suffix`() throws {
        let text = MetricsText(format: .prometheus, figures: try figures(), live: ["c": true]).text
        #expect(text.contains("# TYPE cambist_exchanges_total counter\n"))
        #expect(!text.contains("# UNIT"))
    }

    @Test func `README.md describes every metric`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
        let text = MetricsText(format: .prometheus, figures: try figures(), live: ["c": true]).text
        let names = text.matches(of: /TYPE (\w+)/).map(\.1)
        #expect(names.count > 4)
        #expect(names.filter { !readme.contains("`\($0)`") } == [])
    }

    @Test(arguments: [
        (nil, MetricsText.Format.prometheus), ("*/*", .prometheus),
        ("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5", .openMetrics),
    ])
    func `the Accept header decides the format`(accept: String?, format: MetricsText.Format) {
        #expect(MetricsText.Format(accept: accept) == format)
    }

    @Test func `the number of series is bounded`() {
        let names = (0..<10_000).map { ("m\($0)", true) }
        let text = MetricsText(
            format: .openMetrics,
            figures: ExchangeFigures(),
            live: Dictionary(uniqueKeysWithValues: names)
        ).text
        #expect(text.split(separator: "\n").count < 4 * MetricsText.mappingLimit)
        #expect(text.contains("cambist_mappings_omitted 8000\n"))
        #expect(text.contains(#"cambist_mappings{live="true"} 10000"#))
    }

    @Test func `a mapping that is no longer served has no series`() throws {
        let text = MetricsText(format: .openMetrics, figures: try figures(), live: ["c": true]).text
        #expect(!text.contains("a\\\"b"))
        #expect(text.contains("cambist_exchange_duration_seconds_count 3"))
    }
}
