import Federation
import Yams

/// Reads scenario files, and reports every mistake with its line.
struct ScenarioReader {
    private var nodes = NodeReader()

    /// Reads the text of a scenario file.
    ///
    /// - Throws: ``LabError/badScenario(file:problems:)`` with all mistakes.
    static func read(_ text: String, name: String, file: String) throws(LabError) -> Scenario {
        var reader = ScenarioReader()
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw .badScenario(file: file, problems: ["\(error)"])
        }
        guard let root else { throw .badScenario(file: file, problems: ["1: the file is empty"]) }
        let scenario = reader.scenario(root, name: name)
        guard reader.nodes.problems.isEmpty else {
            throw .badScenario(file: file, problems: reader.nodes.problems)
        }
        return scenario
    }

    private mutating func scenario(_ root: Node, name: String) -> Scenario {
        let known = [
            "summary", "seed", "speed", "tenant_id", "delays", "applications", "identities", "mappings",
        ]
        let keys = nodes.section(root, known)
        var scenario = Scenario(name: name)
        nodes.read(keys["summary"], into: &scenario.summary) { $0.text($1) }
        nodes.read(keys["seed"], into: &scenario.seed) { $0.whole($1, in: 0...Int.max).map(UInt64.init) }
        nodes.read(keys["speed"], into: &scenario.speed) { $0.number($1, in: 0.001...1_000_000) }
        nodes.read(keys["tenant_id"], into: &scenario.tenantID) { $0.guid($1) }
        if let node = keys["delays"] { scenario.delays = delays(node) }
        scenario.identities = nodes.entries(keys["identities"]).map { identity($0.node, name: $0.name) }
        scenario.applications = nodes.entries(keys["applications"]).map {
            application($0.node, name: $0.name, in: scenario)
        }
        scenario.mappings = nodes.entries(keys["mappings"]).map {
            mapping($0.node, name: $0.name, in: scenario)
        }
        if scenario.mappings.isEmpty { nodes.report(root, "mappings: there must be one at least") }
        return scenario
    }

    private mutating func delays(_ node: Node) -> ScenarioDelays {
        let keys = nodes.section(node, ["directory", "token_service", "keys"])
        var delays = ScenarioDelays()
        nodes.read(keys["directory"], into: &delays.directory) { $0.duration($1) }
        nodes.read(keys["token_service"], into: &delays.tokenService) { $0.duration($1) }
        nodes.read(keys["keys"], into: &delays.keys) { $0.duration($1) }
        return delays
    }

    private mutating func identity(_ node: Node, name: String) -> ScenarioIdentity {
        let keys = nodes.section(node, ["principal_id", "client_id", "system_assigned"])
        var identity = ScenarioIdentity(name: name)
        nodes.read(keys["principal_id"], into: &identity.principalID) { $0.guid($1) }
        nodes.read(keys["client_id"], into: &identity.clientID) { $0.guid($1) }
        nodes.read(keys["system_assigned"], into: &identity.isSystemAssigned) { $0.flag($1) }
        return identity
    }

    private mutating func application(_ node: Node, name: String, in scenario: Scenario)
        -> ScenarioApplication
    {
        let keys = nodes.section(
            node,
            [
                "object_id", "client_id", "service_principal_id", "identifier_uris", "token_version",
                "assignment_required", "role_id", "role_value", "assigned",
            ]
        )
        var application = ScenarioApplication(name: name)
        nodes.read(keys["object_id"], into: &application.objectID) { $0.guid($1) }
        nodes.read(keys["client_id"], into: &application.clientID) { $0.guid($1) }
        nodes.read(keys["service_principal_id"], into: &application.servicePrincipalID) { $0.guid($1) }
        nodes.read(keys["identifier_uris"], into: &application.identifierURIs) { $0.texts($1) }
        nodes.read(keys["token_version"], into: &application.tokenVersion) { $0.whole($1, in: 1...2) }
        nodes.read(keys["assignment_required"], into: &application.requiresAssignment) { $0.flag($1) }
        nodes.read(keys["role_id"], into: &application.roleID) { $0.guid($1) }
        nodes.read(keys["role_value"], into: &application.roleValue) { $0.text($1) }
        nodes.read(keys["assigned"], into: &application.assigned) { $0.texts($1) }
        for name in application.assigned where scenario.identity(name) == nil {
            nodes.report(keys["assigned"] ?? node, "there is no identity \(name)")
        }
        return application
    }

    private mutating func mapping(_ node: Node, name: String, in scenario: Scenario) -> ScenarioMapping {
        let keys = nodes.section(node, ["identity", "application", "account", "region", "tags", "trust"])
        var mapping = ScenarioMapping(
            name: name,
            identity: scenario.identities.first?.name ?? "",
            application: scenario.applications.first?.name ?? "",
            account: "111122223333"
        )
        nodes.read(keys["identity"], into: &mapping.identity) { $0.text($1) }
        nodes.read(keys["application"], into: &mapping.application) { $0.text($1) }
        nodes.read(keys["account"], into: &mapping.account) { $0.account($1) }
        nodes.read(keys["region"], into: &mapping.region) { $0.text($1) }
        nodes.read(keys["tags"], into: &mapping.tags) { $0.texts($1) }
        if let node = keys["trust"] { mapping.trust = trust(node) }
        if scenario.identity(mapping.identity) == nil {
            nodes.report(keys["identity"] ?? node, "there is no identity \(mapping.identity)")
        }
        if scenario.application(mapping.application) == nil {
            nodes.report(keys["application"] ?? node, "there is no application \(mapping.application)")
        }
        return mapping
    }

    private mutating func trust(_ node: Node) -> ScenarioTrust {
        let keys = nodes.section(node, ["subject"])
        var trust = ScenarioTrust()
        nodes.read(keys["subject"], into: &trust.subject) { $0.text($1) }
        return trust
    }
}
