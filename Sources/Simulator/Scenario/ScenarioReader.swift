import Federation
import YAMLReader

/// Parses scenario files and reports errors with line numbers.
struct ScenarioReader {
    private var nodes = NodeReader()

    /// Parses the text of a scenario file.
    ///
    /// - Throws: ``LabError/invalidScenario(file:problems:)`` with all errors.
    static func read(_ text: String, name: String, file: String) throws(LabError) -> Scenario {
        var reader = ScenarioReader()
        let document = YAMLDocument(parsing: text)
        if let problem = document.problem {
            throw .invalidScenario(file: file, problems: [NodeReader.text(of: problem)])
        }
        guard let root = document.root else {
            throw .invalidScenario(file: file, problems: ["1: the file is empty"])
        }
        let scenario = reader.scenario(root, name: name)
        guard reader.nodes.problems.isEmpty else {
            throw .invalidScenario(file: file, problems: reader.nodes.problems)
        }
        return scenario
    }

    private mutating func scenario(_ root: YAMLElement, name: String) -> Scenario {
        let known = [
            "summary", "seed", "speed", "tenant_id", "delays", "applications", "identities", "mappings",
            "cached_tokens", "watched", "aws", "accounts", "storm", "clocks",
        ]
        let keys = nodes.section(root, known)
        var scenario = Scenario(name: name)
        nodes.read(keys["summary"], into: &scenario.summary) { $0.text($1) }
        nodes.read(keys["seed"], into: &scenario.seed) { $0.whole($1, in: 0...Int.max).map(UInt64.init) }
        nodes.read(keys["speed"], into: &scenario.speed) { $0.number($1, in: 0.001...1_000_000) }
        nodes.read(keys["tenant_id"], into: &scenario.tenantID) { $0.guid($1) }
        nodes.read(keys["delays"], into: &scenario.delays) { $0.delays($1) }
        nodes.read(keys["storm"], into: &scenario.storm) { $0.storm($1) }
        nodes.read(keys["clocks"], into: &scenario.clocks) { $0.clocks($1) }
        nodes.read(keys["accounts"], into: &scenario.accounts) { reader, node in
            reader.list(node)?.compactMap { reader.account($0) }
        }
        nodes.read(keys["aws"], into: &scenario.hasRoles) { reader, node in
            reader.scalar(node, want: "bare or fitting") { ["bare": false, "fitting": true][$0] }
        }
        scenario.identities = nodes.entries(keys["identities"]).map { nodes.identity($0.node, name: $0.name) }
        scenario.applications = nodes.entries(keys["applications"]).map {
            nodes.application($0.node, name: $0.name, in: scenario)
        }
        for entry in nodes.entries(keys["mappings"]) {
            scenario.mappings.append(nodes.mapping(entry.node, name: entry.name, in: scenario))
        }
        if scenario.mappings.isEmpty { nodes.report(root, "mappings: at least one is required") }
        nodes.read(keys["cached_tokens"], into: &scenario.cachedTokens) { [scenario] reader, node in
            reader.list(node)?.map { reader.cachedToken($0, in: scenario) }
        }
        let mappings = scenario.mappings.map(\.name)
        nodes.read(keys["watched"], into: &scenario.watched) { $0.names($1, among: mappings, "mappings") }
        return scenario
    }
}

extension NodeReader {
    fileprivate mutating func delays(_ node: YAMLElement) -> ScenarioDelays {
        let keys = section(node, ["directory", "token_service", "keys", "minting"])
        var delays = ScenarioDelays()
        read(keys["directory"], into: &delays.directory) { $0.duration($1) }
        read(keys["token_service"], into: &delays.tokenService) { $0.duration($1) }
        read(keys["keys"], into: &delays.keys) { $0.duration($1) }
        read(keys["minting"], into: &delays.minting) { $0.duration($1) }
        return delays
    }

    fileprivate mutating func storm(_ node: YAMLElement) -> ScenarioStorm {
        let keys = section(node, ["throttled", "failing", "slow", "cut", "slowness"])
        var storm = ScenarioStorm()
        read(keys["throttled"], into: &storm.throttled) { $0.number($1, in: 0...1) }
        read(keys["failing"], into: &storm.failing) { $0.number($1, in: 0...1) }
        read(keys["slow"], into: &storm.slow) { $0.number($1, in: 0...1) }
        read(keys["cut"], into: &storm.cut) { $0.number($1, in: 0...1) }
        read(keys["slowness"], into: &storm.slowness) { $0.duration($1) }
        return storm
    }

    fileprivate mutating func clocks(_ node: YAMLElement) -> ScenarioClocks {
        let keys = section(node, ["aws", "azure"])
        var clocks = ScenarioClocks()
        read(keys["aws"], into: &clocks.aws) { $0.offset($1) }
        read(keys["azure"], into: &clocks.azure) { $0.offset($1) }
        return clocks
    }

    /// Returns a duration; a minus sign at the beginning makes the duration negative.
    private mutating func offset(_ node: YAMLElement) -> Duration? {
        scalar(node, want: "an offset such as 90s, -15m, 2d") { text in
            let duration = DurationText.parse(text.hasPrefix("-") ? String(text.dropFirst()) : text)
            return text.hasPrefix("-") ? duration.map { .zero - $0 } : duration
        }
    }

    fileprivate mutating func cachedToken(_ node: YAMLElement, in scenario: Scenario) -> ScenarioCachedToken {
        let keys = section(node, ["identity", "application", "age", "roles"])
        let identities = scenario.identities.map(\.name)
        let applications = scenario.applications.map(\.name)
        var token = ScenarioCachedToken(
            identity: identities.first ?? "",
            application: applications.first ?? "",
            age: .zero
        )
        read(keys["identity"], into: &token.identity) { $0.name($1, among: identities, "identities") }
        read(keys["application"], into: &token.application) {
            $0.name($1, among: applications, "applications")
        }
        read(keys["age"], into: &token.age) { $0.duration($1) }
        read(keys["roles"], into: &token.roles) { $0.texts($1) }
        return token
    }

    /// Returns a name that must be in `known`; `kind` is a plural noun for errors, such as `mappings`.
    mutating func name(_ node: YAMLElement, among known: [String], _ kind: String) -> String? {
        let wanted =
            known.isEmpty ? "a name, but there are no \(kind)" : "one of \(known.joined(separator: ", "))"
        return scalar(node, want: wanted) { known.contains($0) ? $0 : nil }
    }

    /// Returns a list of names that must be in `known`.
    mutating func names(_ node: YAMLElement, among known: [String], _ kind: String) -> [String]? {
        list(node)?.compactMap { name($0, among: known, kind) }
    }
}
