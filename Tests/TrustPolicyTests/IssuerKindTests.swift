import TestSupport
import Testing

@testable import TrustPolicy

@Suite(.computing) struct IssuerDifferenceTests {
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
            ("sts.windows.net/\(tenant.dropLast())/", issuer, .malformedTenant),
            ("sts.windows.net/\(tenant)5/", issuer, .malformedTenant),
            ("sts.windows.net/\(tenant.replacing("-", with: ""))/", issuer, .malformedTenant),
            ("login.microsoftonline.com/{\(tenant)}/v2.0", second, .malformedTenant),
            ("sts.windows.net/", issuer, .malformedTenant),
            ("login.microsoftonline.com/Organizations/v2.0", second, .domain),
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

    @Test func `B2C issuers that name the user flow differ by their tenant`() {
        let issuer = "https://acme.b2clogin.com/tfp/\(Self.tenant)/b2c_1_signin/v2.0/"
        let others = [
            ("acme.b2clogin.com/tfp/\(Self.other)/b2c_1_signin/v2.0/", IssuerDifference.tenant),
            ("acme.b2clogin.com/tfp/\(Self.tenant)/b2c_1_signin/v2.0", .slash),
            ("acme.b2clogin.com/tfp/\(Self.tenant)/b2c_1_other/v2.0/", .path),
        ]
        for (url, difference) in others {
            #expect(IssuerDifference(of: url, from: issuer) == difference, "\(url)")
        }
    }

    @Test func `the smallest of several differences is returned`() {
        let urls = ["sts.windows.net/\(Self.other)/", "sts.windows.net/\(Self.tenant)"]
        #expect(IssuerDifference.smallest(of: urls, from: Self.issuer) == .slash)
        #expect(IssuerDifference.smallest(of: [], from: Self.issuer) == nil)
    }
}

@Suite(.computing) struct IssuerFormTests {
    private static let tenant = "11111111-2222-3333-4444-555555555555"

    /// The issuers as the services document them.
    static let issuers = [
        "https://sts.windows.net/\(tenant)/", "https://sts.chinacloudapi.cn/\(tenant)/",
        "https://login.microsoftonline.com/\(tenant)/v2.0", "https://login.microsoftonline.us/\(tenant)/v2.0",
        "https://login.partner.microsoftonline.cn/\(tenant)/v2.0",
        "https://acme.b2clogin.com/\(tenant)/v2.0/",
        "https://acme.b2clogin.com/tfp/\(tenant)/b2c_1_signin/v2.0/",
        "https://\(tenant).ciamlogin.com/\(tenant)/v2.0", "https://vstoken.dev.azure.com/\(tenant)",
        "https://token.actions.githubusercontent.com", "https://gitlab.com", "https://agent.buildkite.com",
        "https://oidc.circleci.com/org/\(tenant)", "https://accounts.google.com",
        "https://contoso.eu.auth0.com/",
    ]

    @Test(arguments: issuers)
    func `only the documented form of an issuer passes the lint`(issuer: String) throws {
        let right = String(issuer.dropFirst("https://".count))
        let wrong = right.hasSuffix("/") ? String(right.dropLast()) : right + "/"
        func lint(_ url: String) throws -> [String] {
            let text = """
                {"Version": "2012-10-17", "Statement": {
                  "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
                  "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/\(url)"},
                  "Condition": {"StringEquals": {"\(url):aud": "a", "\(url):sub": "s"}}}}
                """
            return try TrustPolicy(parsing: text).lint().map(\.id)
        }
        #expect(try lint(right) == [])
        #expect(try lint(wrong) == ["federated-arn", "key-slash", "key-slash"])
    }

    @Test(arguments: [
        "login.contoso.com/\(tenant)/v2.0/", "login.contoso.com/\(tenant)/v2.0",
        "idcs-1.identity.oraclecloud.com/",
    ])
    func `the URL of an unknown issuer may end in a slash or not`(url: String) {
        #expect(IssuerKind(url: url).issuerEndsInSlash == nil)
    }
}
