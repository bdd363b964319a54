import Federation
import FoundationEssentials

/// The figures of a server in a text format of Prometheus.
///
/// Source: OpenMetrics 1.0; Prometheus, "Exposition formats", text format 0.0.4.
struct MetricsText {
    /// A text format; the formats differ in the names of counters and in the units.
    enum Format: Hashable, Sendable {
        case openMetrics
        case prometheus

        /// Selects OpenMetrics if the `Accept` header contains that format, and the Prometheus format if not.
        init(accept: String?) {
            self = accept?.contains("application/openmetrics-text") == true ? .openMetrics : .prometheus
        }

        var contentType: String {
            switch self {
            case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
            case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
            }
        }
    }

    /// The maximum number of mappings with separate series: the first mappings by name.
    static let mappingLimit = 2000

    let format: Format
    let figures: ExchangeFigures
    /// The served mappings, each with `true` if it has unexpired credentials.
    let live: [RoleMapping.ID: Bool]

    var text: String {
        var page = MetricsPage(format: format)
        let names = live.keys.sorted()
        let shown = names.prefix(Self.mappingLimit)
        let series = shown.map { ($0, figures.series[$0] ?? ExchangeFigures.Series()) }
        page.add("cambist_mappings", .gauge, "Mappings served, by whether they have unexpired credentials.") {
            [
                Sample(labels: [("live", "true")], value: "\(live.values.count { $0 })"),
                Sample(labels: [("live", "false")], value: "\(live.values.count { !$0 })"),
            ]
        }
        page.add(
            "cambist_mappings_omitted",
            .gauge,
            "Mappings without separate series, because there are too many."
        ) {
            [Sample(value: "\(names.count - shown.count)")]
        }
        page.add("cambist_up", .gauge, "Whether the mapping has unexpired credentials.") {
            shown.map { Sample(mapping: $0, value: live[$0] == true ? "1" : "0") }
        }
        page.add("cambist_exchanges", .counter, "Exchanges that ended since the server started, by outcome.")
        {
            series.flatMap { name, series in
                [StepOutcome.ok, .failed].map { outcome in
                    Sample(
                        labels: [("mapping", name), ("outcome", outcome.rawValue)],
                        value: "\(series.exchanges[outcome, default: 0])"
                    )
                }
            }
        }
        page.add("cambist_exchange_duration_seconds", .histogram, "Duration of the exchanges.") { histogram }
        let times: [(String, String, KeyPath<ExchangeFigures.Series, Date?>)] = [
            (
                "cambist_credential_expiry_timestamp_seconds",
                "Expiration of the latest credentials, in Unix time.", \.credentialExpiry
            ),
            (
                "cambist_token_expiry_timestamp_seconds", "Expiration of the latest token, in Unix time.",
                \.tokenExpiry
            ),
        ]
        for (name, help, path) in times {
            page.add(name, .gauge, help) {
                series.compactMap { mapping, series in
                    series[keyPath: path].map {
                        Sample(mapping: mapping, value: Self.number($0.timeIntervalSince1970))
                    }
                }
            }
        }
        page.add(
            "cambist_clock_offset_seconds",
            .gauge,
            "The clock of AWS minus the clock of this host."
        ) {
            series.compactMap { mapping, series in
                series.clockOffset.map { Sample(mapping: mapping, value: Self.number($0.seconds)) }
            }
        }
        return page.text + "# EOF\n"
    }

    private var histogram: [Sample] {
        var total = 0
        var samples: [Sample] = []
        for (index, count) in figures.buckets.enumerated() {
            total += count
            let bounds = ExchangeFigures.bounds
            let bound = index < bounds.count ? Self.number(Double(bounds[index]) / 1000) : "+Inf"
            samples.append(Sample(suffix: "_bucket", labels: [("le", bound)], value: "\(total)"))
        }
        return samples + [
            Sample(suffix: "_sum", value: Self.number(figures.sum.seconds)),
            Sample(suffix: "_count", value: "\(total)"),
        ]
    }

    /// Returns a number with one to three decimal places.
    private static func number(_ value: Double) -> String {
        "\((value * 1000).rounded() / 1000)"
    }
}

private struct Sample {
    var suffix = ""
    var labels: [(name: String, value: String)] = []
    let value: String

    init(suffix: String = "", labels: [(name: String, value: String)] = [], value: String) {
        self.suffix = suffix
        self.labels = labels
        self.value = value
    }

    init(mapping: RoleMapping.ID, value: String) {
        self.init(labels: [("mapping", mapping)], value: value)
    }
}

private struct MetricsPage {
    enum Kind: String {
        case gauge
        case counter
        case histogram
    }

    let format: MetricsText.Format
    private(set) var text = ""

    init(format: MetricsText.Format) {
        self.format = format
    }

    mutating func add(_ name: String, _ kind: Kind, _ help: String, samples: () -> [Sample]) {
        let suffix = kind == .counter ? "_total" : ""
        let family = format == .prometheus ? name + suffix : name
        text += "# HELP \(family) \(help)\n# TYPE \(family) \(kind.rawValue)\n"
        if format == .openMetrics, name.hasSuffix("_seconds") { text += "# UNIT \(family) seconds\n" }
        for sample in samples() {
            text += name + (sample.suffix.isEmpty ? suffix : sample.suffix)
            if !sample.labels.isEmpty {
                text +=
                    "{"
                    + sample.labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
                    + "}"
            }
            text += " \(sample.value)\n"
        }
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
