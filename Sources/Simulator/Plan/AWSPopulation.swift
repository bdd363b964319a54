import Federation

extension LabPlan {
    /// The initial state of the simulated AWS: accounts with the providers and roles of the mappings.
    var aws: AWSSetup {
        var setup = AWSSetup()
        var indices: [String: Int] = [:]
        for mapping in mappings {
            let index = indices[mapping.scenario.account] ?? setup.accounts.count
            if index == setup.accounts.count {
                indices[mapping.scenario.account] = index
                var account = AWSSetup.Account(
                    id: mapping.scenario.account,
                    callerRegion: mapping.scenario.region
                )
                account.accessKeys = [administrator(ofAccount: account.id)]
                setup.accounts.append(account)
            }
            if scenario.hasRoles { setup.accounts[index].add(mapping) }
        }
        for id in scenario.accounts where indices[id] == nil {
            setup.accounts.append(AWSSetup.Account(id: id, accessKeys: [administrator(ofAccount: id)]))
        }
        if scenario.hasRoles { permitHubs(in: &setup) }
        setup.faults = AWSFaultRates(
            throttled: scenario.storm.throttled,
            failing: scenario.storm.failing,
            slow: scenario.storm.slow,
            cut: scenario.storm.cut,
            slowness: scenario.storm.slowness
        )
        return setup
    }

    /// Adds inline policies that allow hubs' roles to assume other mappings' roles.
    private func permitHubs(in setup: inout AWSSetup) {
        for mapping in mappings {
            guard let hub = mapping.hub, let permission = mapping.permission,
                let account = setup.accounts.firstIndex(where: { $0.id == hub.account }),
                let role = setup.accounts[account].roles.firstIndex(where: { $0.name == hub.name })
            else { continue }
            setup.accounts[account].roles[role].inlinePolicies["assume-\(mapping.name)"] = permission
        }
    }
}

extension AWSSetup.Account {
    fileprivate mutating func add(_ mapping: PlannedMapping) {
        if let provider = mapping.provider { add(provider) }
        isThrottled = isThrottled || mapping.scenario.role.isThrottled
        guard mapping.scenario.role.isPresent else { return }
        roles.append(
            AWSSetup.Role(
                name: mapping.name,
                trustPolicy: mapping.trustPolicy,
                maxSession: mapping.scenario.role.maxSession,
                isDeniedByOrganization: mapping.scenario.role.isDeniedByOrganization
            )
        )
    }

    /// Adds a provider; if a provider with this URL exists, adds only the client IDs.
    private mutating func add(_ provider: AWSSetup.Provider) {
        guard let index = providers.firstIndex(where: { $0.url == provider.url }) else {
            providers.append(provider)
            return
        }
        let further = provider.clientIDs.filter { !providers[index].clientIDs.contains($0) }
        providers[index].clientIDs += further
    }
}
