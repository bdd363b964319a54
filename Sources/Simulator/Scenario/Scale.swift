extension Scenario {
    /// The default number of mappings.
    static let usualScale = 10_000

    /// Returns a scenario with `count` mappings of five identities, fifty mappings per account.
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
