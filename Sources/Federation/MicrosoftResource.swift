/// A Microsoft application, which a tenant cannot change.
///
/// A recipient of a token for the application can replay the token at the application's service.
/// Source: Microsoft, application IDs of commonly used Microsoft applications; identifier URIs of the national clouds.
package struct MicrosoftResource: Hashable, Sendable {
    package let name: String
    /// The application's client ID.
    package let appID: String
    /// The identifier URIs in lowercase, without trailing slashes.
    let uris: [String]

    private init(_ name: String, _ appID: String, _ uris: String...) {
        self.name = name
        self.appID = appID
        self.uris = uris
    }

    /// Finds the application with this client ID or identifier URI, in any letter case.
    package init?(audience: String) {
        var text = audience.lowercased()
        while text.hasSuffix("/") { text.removeLast() }
        if text.hasSuffix("/.default") { text.removeLast("/.default".count) }
        guard let found = Self.byAudience[text] else { return nil }
        self = found
    }

    /// Whether this is AAD Token Exchange, the audience of federated identity credentials.
    package var isTokenExchange: Bool { self == Self.tokenExchange }

    private static let tokenExchange = MicrosoftResource(
        "AAD Token Exchange",
        "fb60f99c-7a34-4190-8149-302f77469936",
        "api://azureadtokenexchange",
        "api://azureadtokenexchangeusgov",
        "api://azureadtokenexchangechina"
    )

    /// The applications by client ID and by each identifier URI.
    private static let byAudience = Dictionary(
        all.flatMap { resource in ([resource.appID] + resource.uris).map { ($0, resource) } }
    ) { first, _ in first }

    private static let all = [
        tokenExchange,
        MicrosoftResource(
            "Microsoft Graph",
            "00000003-0000-0000-c000-000000000000",
            "https://graph.microsoft.com",
            "https://graph.microsoft.us",
            "https://dod-graph.microsoft.us",
            "https://microsoftgraph.chinacloudapi.cn"
        ),
        MicrosoftResource(
            "Azure Resource Manager",
            "797f4846-ba00-4fd7-ba43-dac1f8f63013",
            "https://management.azure.com",
            "https://management.core.windows.net",
            "https://management.usgovcloudapi.net",
            "https://management.core.usgovcloudapi.net",
            "https://management.chinacloudapi.cn",
            "https://management.core.chinacloudapi.cn"
        ),
        MicrosoftResource(
            "Azure AD Graph",
            "00000002-0000-0000-c000-000000000000",
            "https://graph.windows.net",
            "https://graph.chinacloudapi.cn"
        ),
        MicrosoftResource(
            "Azure Key Vault",
            "cfa8b339-82a2-471a-a3c9-0fc0be7a4093",
            "https://vault.azure.net",
            "https://vault.usgovcloudapi.net",
            "https://vault.azure.cn"
        ),
        MicrosoftResource(
            "Azure Storage",
            "e406a681-f3d4-42a8-90b6-c2b029497af1",
            "https://storage.azure.com"
        ),
        MicrosoftResource(
            "Azure SQL Database",
            "022907d3-0f1b-48f7-badc-1ba6abab6d66",
            "https://database.windows.net",
            "https://database.usgovcloudapi.net",
            "https://database.chinacloudapi.cn"
        ),
        MicrosoftResource("Azure DevOps", "499b84ac-1321-427f-aa17-267ca6975798"),
        MicrosoftResource(
            "Azure Service Bus",
            "80a10ef9-8168-493d-abf9-3297c4ef6e3c",
            "https://servicebus.azure.net"
        ),
        MicrosoftResource(
            "Azure Event Hubs",
            "80369ed6-5f11-4dd9-bef3-692475845e77",
            "https://eventhubs.azure.net"
        ),
        MicrosoftResource(
            "Azure Database for PostgreSQL and MySQL",
            "123cd850-d9df-40bd-94d5-c9f07b7fa203",
            "https://ossrdbms-aad.database.windows.net"
        ),
        MicrosoftResource("Azure Databricks", "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d"),
        MicrosoftResource(
            "Azure Log Analytics",
            "ca7f3f0b-7d91-482c-8e09-c5d840d0eac5",
            "https://api.loganalytics.io"
        ),
        MicrosoftResource(
            "Azure AI services",
            "7d312290-28c8-473c-a0ed-8e53749b6d6d",
            "https://cognitiveservices.azure.com"
        ),
        MicrosoftResource("Azure Kubernetes Service", "6dae42f8-4368-4678-94ff-3960e28e3630"),
        MicrosoftResource(
            "Exchange Online",
            "00000002-0000-0ff1-ce00-000000000000",
            "https://outlook.office365.com",
            "https://outlook.office.com"
        ),
        MicrosoftResource("SharePoint Online", "00000003-0000-0ff1-ce00-000000000000"),
    ]
}
