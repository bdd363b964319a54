import Federation
import YAMLReader

extension NodeReader {
    mutating func application(_ node: YAMLElement, name: String, in scenario: Scenario) -> ScenarioApplication
    {
        let keys = section(
            node,
            [
                "registered", "object_id", "client_id", "service_principal_id", "identifier_uris",
                "token_version",
                "assignment_required", "service_principal", "role_id", "role_value", "member_types",
                "guid_audience", "assigned", "just_assigned", "default_access",
            ]
        )
        let identities = scenario.identities.map(\.name)
        var application = ScenarioApplication(name: name)
        read(keys["registered"], into: &application.isRegistered) { $0.flag($1) }
        read(keys["object_id"], into: &application.objectID) { $0.guid($1) }
        read(keys["client_id"], into: &application.clientID) { $0.guid($1) }
        read(keys["service_principal_id"], into: &application.servicePrincipalID) { $0.guid($1) }
        read(keys["identifier_uris"], into: &application.identifierURIs) { $0.texts($1) }
        read(keys["token_version"], into: &application.tokenVersion) { $0.whole($1, in: 1...2) }
        read(keys["assignment_required"], into: &application.requiresAssignment) { $0.flag($1) }
        read(keys["service_principal"], into: &application.presence) { $0.choice($1) }
        read(keys["role_id"], into: &application.roleID) { $0.guid($1) }
        read(keys["role_value"], into: &application.roleValue) { $0.text($1) }
        read(keys["member_types"], into: &application.memberTypes) { $0.choices($1) }
        read(keys["guid_audience"], into: &application.usesGUIDAudience) { $0.flag($1) }
        read(keys["assigned"], into: &application.assigned) { $0.names($1, among: identities, "identities") }
        read(keys["just_assigned"], into: &application.justAssigned) {
            $0.names($1, among: identities, "identities")
        }
        read(keys["default_access"], into: &application.defaultAccess) {
            $0.names($1, among: identities, "identities")
        }
        return application
    }

    mutating func identity(_ node: YAMLElement, name: String) -> ScenarioIdentity {
        let keys = section(
            node,
            [
                "principal_id", "client_id", "source", "attached", "system_assigned", "administrator",
                "selector",
                "claimed_principal_id", "claimed_tenant_id", "trouble", "registered", "service_principal",
                "credential", "token",
            ]
        )
        var identity = ScenarioIdentity(name: name)
        read(keys["principal_id"], into: &identity.principalID) { $0.guid($1) }
        read(keys["client_id"], into: &identity.clientID) { $0.guid($1) }
        read(keys["source"], into: &identity.source) { $0.choice($1) }
        read(keys["attached"], into: &identity.isAttached) { $0.flag($1) }
        read(keys["system_assigned"], into: &identity.isSystemAssigned) { $0.flag($1) }
        read(keys["administrator"], into: &identity.isAdministrator) { $0.flag($1) }
        read(keys["selector"], into: &identity.selector) { $0.choice($1) }
        read(keys["claimed_principal_id"], into: &identity.claimedPrincipalID) { $0.guid($1) }
        read(keys["claimed_tenant_id"], into: &identity.claimedTenantID) { $0.guid($1) }
        read(keys["trouble"], into: &identity.fault) { $0.choice($1) }
        read(keys["registered"], into: &identity.isRegistered) { $0.flag($1) }
        read(keys["service_principal"], into: &identity.presence) { $0.choice($1) }
        read(keys["credential"], into: &identity.credential) { $0.choice($1) }
        read(keys["token"], into: &identity.token) { $0.choice($1) }
        return identity
    }

    mutating func mapping(_ node: YAMLElement, name: String, in scenario: Scenario) -> ScenarioMapping {
        let keys = section(
            node,
            [
                "identity", "application", "account", "region", "tags", "audience", "duration",
                "session_name",
                "policy_arns", "session_policy", "provider", "role", "trust", "via", "external_id",
                "session_tags",
                "transitive_tags", "source_identity", "permitted",
            ]
        )
        let identities = scenario.identities.map(\.name)
        let applications = scenario.applications.map(\.name)
        var mapping = ScenarioMapping(
            name: name,
            identity: identities.first ?? "",
            application: applications.first ?? "",
            account: "111122223333"
        )
        // A hub must precede its mapping in the file. By default, the mapping has the hub's identity and application.
        let hubs = scenario.mappings.map(\.name)
        if let node = keys["via"], let found = self.name(node, among: hubs, "mappings above this one"),
            let hub = scenario.mappings.first(where: { $0.name == found })
        {
            mapping.hub = found
            (mapping.identity, mapping.application) = (hub.identity, hub.application)
            mapping.audience = hub.audience
        }
        read(keys["external_id"], into: &mapping.chain.externalID) { $0.text($1) }
        read(keys["session_tags"], into: &mapping.chain.sessionTags) { $0.table($1) }
        read(keys["transitive_tags"], into: &mapping.chain.transitiveTags) { $0.texts($1) }
        read(keys["source_identity"], into: &mapping.chain.sourceIdentity) { $0.text($1) }
        read(keys["permitted"], into: &mapping.chain.isPermitted) { $0.flag($1) }
        read(keys["identity"], into: &mapping.identity) { $0.name($1, among: identities, "identities") }
        read(keys["application"], into: &mapping.application) {
            $0.name($1, among: applications, "applications")
        }
        read(keys["account"], into: &mapping.account) { $0.account($1) }
        read(keys["region"], into: &mapping.region) { $0.text($1) }
        read(keys["tags"], into: &mapping.tags) { $0.texts($1) }
        read(keys["audience"], into: &mapping.audience) { $0.text($1) }
        read(keys["duration"], into: &mapping.duration) { $0.duration($1) }
        read(keys["session_name"], into: &mapping.sessionName) { $0.text($1) }
        read(keys["policy_arns"], into: &mapping.policyARNs) { $0.texts($1) }
        read(keys["session_policy"], into: &mapping.sessionPolicy) { $0.text($1) }
        read(keys["provider"], into: &mapping.provider) { $0.provider($1) }
        read(keys["role"], into: &mapping.role) { $0.role($1) }
        read(keys["trust"], into: &mapping.trust) { $0.trust($1) }
        return mapping
    }

    /// Returns the texts in a YAML mapping, by their keys.
    private mutating func table(_ node: YAMLElement) -> [String: String]? {
        var table: [String: String] = [:]
        for (name, member) in entries(node) { table[name] = text(member) }
        return table
    }

    private mutating func provider(_ node: YAMLElement) -> ScenarioProvider {
        let keys = section(node, ["present", "url", "client_ids", "connection"])
        var provider = ScenarioProvider()
        read(keys["present"], into: &provider.isPresent) { $0.flag($1) }
        read(keys["url"], into: &provider.url) { $0.text($1) }
        read(keys["client_ids"], into: &provider.clientIDs) { $0.texts($1) }
        read(keys["connection"], into: &provider.connection) { $0.choice($1) }
        return provider
    }

    private mutating func role(_ node: YAMLElement) -> ScenarioRole {
        let keys = section(node, ["present", "max_session", "denied_by_organization", "throttled"])
        var role = ScenarioRole()
        read(keys["present"], into: &role.isPresent) { $0.flag($1) }
        read(keys["max_session"], into: &role.maxSession) { $0.duration($1) }
        read(keys["denied_by_organization"], into: &role.isDeniedByOrganization) { $0.flag($1) }
        read(keys["throttled"], into: &role.isThrottled) { $0.flag($1) }
        return role
    }

    private mutating func trust(_ node: YAMLElement) -> ScenarioTrust {
        let keys = section(
            node,
            ["policy", "prefix", "federated", "action", "audience", "subject", "principal", "external_id"]
        )
        var trust = ScenarioTrust()
        read(keys["policy"], into: &trust.policy) { $0.text($1) }
        read(keys["prefix"], into: &trust.prefix) { $0.text($1) }
        read(keys["federated"], into: &trust.federated) { $0.text($1) }
        read(keys["action"], into: &trust.action) { $0.text($1) }
        read(keys["audience"], into: &trust.audience) { $0.text($1) }
        read(keys["subject"], into: &trust.subject) { $0.text($1) }
        read(keys["principal"], into: &trust.principal) { $0.text($1) }
        read(keys["external_id"], into: &trust.externalID) { $0.text($1) }
        return trust
    }
}
