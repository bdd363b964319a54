import Federation
import FoundationEssentials
import LabInterface
import Transport

extension Scenario {
    /// Loads a built-in scenario by name, or a scenario file by path.
    ///
    /// - Throws: ``LabError`` if the scenario is unknown, cannot be read, or has errors.
    static func load(_ name: String) throws(LabError) -> Scenario {
        if name.contains("/") || name.hasSuffix(".yaml") {
            return try ScenarioReader.read(text(ofFile: name), name: name, file: name)
        }
        if let text = BuiltInScenario.all.first(where: { $0.name == name })?.text {
            return try ScenarioReader.read(text, name: name, file: name)
        }
        let parts = name.split(separator: ":", omittingEmptySubsequences: false)
        guard parts[0] == BuiltInScenario.scale, parts.count <= 2,
            let count = parts.count == 1 ? BuiltInScenario.defaultScale : Int(parts[1]),
            BuiltInScenario.scales.contains(count)
        else { throw .unknownScenario(name, known: BuiltInScenario.acceptedNames) }
        return scale(count)
    }

    /// The maximum size of a scenario file, in bytes.
    private static let sizeLimit = 4 << 20

    private static func text(ofFile path: String) throws(LabError) -> String {
        let data: Data
        do throws(FileReadError) {
            data = try BoundedFile.read(path, limit: sizeLimit)
        } catch {
            throw .unreadableScenario(error)
        }
        guard let text = String(data: data, encoding: .utf8) else { throw .scenarioNotText(file: path) }
        return text
    }

    /// Returns a scenario with `count` working mappings, at most fifty in each account.
    static func scale(_ count: Int) -> Scenario {
        let regions = [
            "eu-west-1", "eu-central-1", "us-east-1", "us-west-2", "ap-southeast-2", "ap-northeast-1",
        ]
        let identities = (1...5).map { "team-\($0)" }
        var scenario = Scenario(name: "scale:\(count)")
        scenario.summary = "\(count) mappings that work"
        scenario.tenantID = "2f4a9838-26b7-47ee-be60-ccc1fdec5953"
        var application = ScenarioApplication(name: "security-aws-logging")
        application.identifierURIs = ["api://security-aws-logging"]
        application.servicePrincipalID = "ee1823f6-34f4-4b8a-8fd1-925e404d170a"
        application.roleID = "27dc233a-b082-415f-9369-e3b9aff01678"
        application.tokenVersion = 1
        application.requiresAssignment = true
        application.assigned = identities + ["pipeline"]
        scenario.applications = [application]
        scenario.identities = identities.map { ScenarioIdentity(name: $0) }
        scenario.identities[0].principalID = "1ea7e6e0-7876-4d1c-aec5-7b1c927ede74"
        var pipeline = ScenarioIdentity(name: "pipeline")
        pipeline.source = .clientSecret
        scenario.identities.append(pipeline)
        scenario.mappings = (0..<count).map { index in
            ScenarioMapping(
                name: "mapping-\(index + 1)",
                identity: identities[index * identities.count / count],
                application: application.name,
                account: String(100_000_000_001 + index / 50),
                region: regions[index % regions.count],
                tags: [index.isMultiple(of: 2) ? "prod" : "test", "batch-\(index / 50 + 1)"]
            )
        }
        return scenario
    }
}
