import Federation

extension LabPlan {
    /// The simulated AWS as the scenario has it: the accounts, each with the providers and roles of its mappings.
    var aws: AWSSetup {
        var setup = AWSSetup()
        for mapping in mappings {
            let index =
                setup.accounts.firstIndex { $0.id == mapping.scenario.account } ?? setup.accounts.endIndex
            if index == setup.accounts.endIndex {
                setup.accounts.append(AWSSetup.Account(id: mapping.scenario.account))
            }
            setup.accounts[index].add(mapping)
        }
        if !setup.accounts.isEmpty {
            setup.accounts[0].accessKeys = [administrator]
        }
        return setup
    }
}

extension AWSSetup.Account {
    fileprivate mutating func add(_ mapping: PlannedMapping) {
        if let index = providers.firstIndex(where: { $0.url == mapping.issuer }) {
            if !providers[index].clientIDs.contains(mapping.effectiveAudience) {
                providers[index].clientIDs.append(mapping.effectiveAudience)
            }
        } else {
            providers.append(AWSSetup.Provider(url: mapping.issuer, clientIDs: [mapping.effectiveAudience]))
        }
        roles.append(AWSSetup.Role(name: mapping.name, trustPolicy: mapping.trustPolicy.compactText))
    }
}
