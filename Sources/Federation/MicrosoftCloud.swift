package import struct FoundationEssentials.URL

/// A Microsoft cloud: the public cloud, or a national cloud with its own tenants, endpoints, and issuers.
///
/// Source: Microsoft Entra, "National clouds" (authorities); Microsoft Graph, "National cloud deployments";
/// Azure, "Compare Azure Government and global Azure" and "Developer guide for Azure China"; `az cloud list`.
package enum MicrosoftCloud: String, CaseIterable, Hashable, Sendable {
    case `public`
    case usGovernment = "usgovernment"
    case china

    private struct Row {
        let authorities: [String]
        let issuer: String
        let graph: [String]
        let arm: [String]
        let cliName: String
        let exchangeAudienceURI: String
        let graphEnvironment: String
    }

    /// The cloud's hosts and names; cambist calls the first host of each list.
    private var row: Row {
        switch self {
        case .public:
            Row(
                authorities: ["login.microsoftonline.com", "login.windows.net", "login.microsoft.com"],
                issuer: "sts.windows.net",
                graph: ["graph.microsoft.com"],
                arm: ["management.azure.com", "management.core.windows.net"],
                cliName: "AzureCloud",
                exchangeAudienceURI: "api://AzureADTokenExchange",
                graphEnvironment: "Global"
            )
        case .usGovernment:
            Row(
                authorities: ["login.microsoftonline.us"],
                issuer: "sts.windows.net",
                graph: ["graph.microsoft.us", "dod-graph.microsoft.us"],
                arm: ["management.usgovcloudapi.net", "management.core.usgovcloudapi.net"],
                cliName: "AzureUSGovernment",
                exchangeAudienceURI: "api://AzureADTokenExchangeUSGov",
                graphEnvironment: "USGov"
            )
        case .china:
            Row(
                authorities: ["login.chinacloudapi.cn", "login.partner.microsoftonline.cn"],
                issuer: "sts.chinacloudapi.cn",
                graph: ["microsoftgraph.chinacloudapi.cn"],
                arm: ["management.chinacloudapi.cn", "management.core.chinacloudapi.cn"],
                cliName: "AzureChinaCloud",
                exchangeAudienceURI: "api://AzureADTokenExchangeChina",
                graphEnvironment: "China"
            )
        }
    }

    /// The cloud of an authority, Graph, or Resource Manager host; `nil` for any other host.
    package init?(host: String) {
        let host = host.lowercased()
        let found = Self.allCases.first { cloud in
            (cloud.row.authorities + cloud.row.graph + cloud.row.arm).contains(host)
        }
        guard let found else { return nil }
        self = found
    }

    /// The national cloud that is operated for the same customers as an AWS partition; `nil` for other partitions.
    package init?(partition: AWSPartition) {
        switch partition {
        case .china: self = .china
        case .usGov: self = .usGovernment
        case .aws, .europeanSovereign, .iso, .isoB, .isoE, .isoF: return nil
        }
    }

    /// The base URL of Entra.
    package var authority: URL { Self.url(row.authorities[0]) }
    /// The base URL of Microsoft Graph, and the audience of tokens for Graph.
    package var graph: URL { Self.url(row.graph[0]) }
    /// The base URL of Azure Resource Manager.
    package var arm: URL { Self.url(row.arm[0]) }
    /// The cloud's name for `az cloud set --name`.
    package var cliName: String { row.cliName }
    /// The cloud's name for `Connect-MgGraph -Environment`.
    package var powerShellName: String { row.graphEnvironment }
    /// The audience that Entra requires in the external tokens of federated identity credentials.
    package var exchangeAudience: String { row.exchangeAudienceURI }
    /// The host of the issuer of version 1 tokens.
    package var issuerHost: String { row.issuer }

    /// The hosts of Entra's issuers: the version 1 issuers and the authorities of all clouds.
    package static let issuerHosts: Set<String> = Set(
        allCases.flatMap { [$0.row.issuer] + $0.row.authorities }
    )

    /// The audience of tokens for an endpoint of Graph or Resource Manager.
    ///
    /// In a national cloud, the audience is `https://` and the host.
    ///
    /// - Parameters:
    ///   - host: The endpoint's host; the public cloud's audience applies to an unknown host, such as a lab's.
    ///   - service: The key path of the service's base URL.
    /// - Returns: The audience, without a trailing slash.
    package static func audience(
        ofHost host: String?,
        _ service: KeyPath<MicrosoftCloud, URL>
    ) -> String {
        guard let host, let cloud = MicrosoftCloud(host: host), cloud != .public else {
            return MicrosoftCloud.public[keyPath: service].absoluteString.droppingSlash
        }
        return "https://" + host.lowercased()
    }

    private static func url(_ host: String) -> URL {
        URL(string: "https://\(host)/") ?? URL(filePath: "/")
    }
}

extension String {
    fileprivate var droppingSlash: String { hasSuffix("/") ? String(dropLast()) : self }
}

extension Endpoints {
    /// Returns the endpoints, with a national cloud's endpoints in place of absent endpoints.
    package func completed(for cloud: MicrosoftCloud) -> Endpoints {
        guard cloud != .public else { return self }
        var endpoints = self
        endpoints.authority = authority ?? cloud.authority
        endpoints.graph = graph ?? cloud.graph
        endpoints.arm = arm ?? cloud.arm
        return endpoints
    }
}
