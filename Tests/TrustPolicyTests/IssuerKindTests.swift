import TestSupport
import Testing

@testable import TrustPolicy

@Suite(.limited) struct IssuerDifferenceTests {
    private static let tenant = "11111111-2222-3333-4444-555555555555"
    private static let other = "66666666-7777-8888-9999-aaaaaaaaaaaa"
    private static let issuer = "https://sts.windows.net/\(tenant)/"
    private static let second = "https://login.microsoftonline.com/\(tenant)/v2.0"

    @Test(
        arguments: [
            ("sts.windows.net/\(tenant)/", issuer, nil), ("sts.windows.net/\(tenant)", issuer, .slash),
            ("sts.windows.net/\(other)/", issuer, .tenant),
            ("STS.windows.net/\(tenant)/", issuer, .letterCase),
            ("sts.windows.net/contoso.onmicrosoft.com/", issuer, .domain),
            ("login.microsoftonline.com/common/v2.0", second, .domain),
            ("login.microsoftonline.com/\(tenant)/v2.0", issuer, .version),
            ("sts.windows.net/\(tenant)/", second, .version),
            ("sts.chinacloudapi.cn/\(tenant)/", issuer, .cloud),
            ("sts.windows.net/\(tenant)/", "https://sts.chinacloudapi.cn/\(tenant)/", .cloud),
            ("login.microsoftonline.us/\(tenant)/v2.0", second, .cloud),
            ("login.partner.microsoftonline.cn/\(tenant)/v2.0", second, .cloud),
            ("login.windows.net/\(tenant)/", issuer, .host),
            ("\(tenant).ciamlogin.com/\(tenant)/v2.0", second, .host),
            ("keycloak.example.com/realms/a", "https://keycloak.example.com/realms/b", .path),
            ("gitlab.example.com", "https://gitlab.com", nil),
            ("old.example.com/realms/a", "https://new.example.com/realms/a", .host),
        ] as [(String, String, IssuerDifference?)]
    )
    func `a provider's URL differs from an issuer in one way`(
        url: String,
        issuer: String,
        difference: IssuerDifference?
    ) {
        #expect(IssuerDifference(of: url, from: issuer) == difference)
    }

    @Test func `the smallest of several differences is returned`() {
        let urls = ["sts.windows.net/\(Self.other)/", "sts.windows.net/\(Self.tenant)"]
        #expect(IssuerDifference.smallest(of: urls, from: Self.issuer) == .slash)
        #expect(IssuerDifference.smallest(of: [], from: Self.issuer) == nil)
    }
}
