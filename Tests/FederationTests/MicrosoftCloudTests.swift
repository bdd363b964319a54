import Foundation
import TestSupport
import Testing

@testable import Federation

/// The endpoints of Microsoft's clouds, as its documentation lists them.
@Suite(.computing) struct MicrosoftCloudTests {
    @Test(arguments: [
        (
            MicrosoftCloud.public, "https://login.microsoftonline.com/", "https://graph.microsoft.com/",
            "https://management.azure.com/"
        ),
        (
            .usGovernment, "https://login.microsoftonline.us/", "https://graph.microsoft.us/",
            "https://management.usgovcloudapi.net/"
        ),
        (
            .china, "https://login.chinacloudapi.cn/", "https://microsoftgraph.chinacloudapi.cn/",
            "https://management.chinacloudapi.cn/"
        ),
    ])
    func `a cloud has its endpoints`(cloud: MicrosoftCloud, authority: String, graph: String, arm: String) {
        #expect(cloud.authority.absoluteString == authority)
        #expect(cloud.graph.absoluteString == graph)
        #expect(cloud.arm.absoluteString == arm)
        for url in [cloud.authority, cloud.graph, cloud.arm] {
            #expect(url.host().flatMap { MicrosoftCloud(host: $0) } == cloud)
        }
    }

    @Test
    func
        `version 1 tokens of the US government cloud have the public issuer, and those of China another issuer`()
    {
        #expect(MicrosoftCloud.usGovernment.issuerHost == "sts.windows.net")
        #expect(MicrosoftCloud.china.issuerHost == "sts.chinacloudapi.cn")
    }

    @Test func `given endpoints have precedence over those of the cloud`() {
        let given = Endpoints(graph: URL(string: "https://dod-graph.microsoft.us/"))
        let completed = given.completed(for: .usGovernment)
        #expect(completed.graph == given.graph)
        #expect(completed.authority == MicrosoftCloud.usGovernment.authority)
        #expect(Endpoints().completed(for: .public) == Endpoints())
    }

    @Test func `a lab's endpoint has the public audience, a national endpoint its own audience`() {
        #expect(MicrosoftCloud.audience(ofHost: "127.0.0.1", \.graph) == "https://graph.microsoft.com")
        #expect(
            MicrosoftCloud.audience(ofHost: "dod-graph.microsoft.us", \.graph)
                == "https://dod-graph.microsoft.us"
        )
    }
}
