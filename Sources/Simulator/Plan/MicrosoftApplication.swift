/// A Microsoft application with a service principal in every tenant.
struct MicrosoftApplication: Hashable, Sendable {
    let name: String
    let appID: String
    let identifierURIs: Set<String>
    var issuesVersion2 = false

    static let graph = MicrosoftApplication(
        name: "Microsoft Graph",
        appID: "00000003-0000-0000-c000-000000000000",
        identifierURIs: GraphService.audiences
    )
    static let resourceManager = MicrosoftApplication(
        name: "Windows Azure Service Management API",
        appID: "797f4846-ba00-4fd7-ba43-dac1f8f63013",
        identifierURIs: ResourceManager.audiences
    )
    static let tokenExchange = MicrosoftApplication(
        name: "AAD Token Exchange",
        appID: "fb60f99c-7a34-4190-8149-302f77469936",
        identifierURIs: [ForeignApplication.exchangeURI],
        issuesVersion2: true
    )
}

extension ForeignApplication {
    /// Creates the properties of a Microsoft application that are visible in other tenants.
    init(_ application: MicrosoftApplication) {
        self.init(
            identifierURIs: application.identifierURIs.sorted(),
            issuesVersion2: application.issuesVersion2
        )
    }
}
