import TestSupport
import Testing

@testable import Federation

/// Scopes in place of identifier URIs.
@Suite(.computing) struct AudienceScopeTests {
    private static let tenant = "7d1c5a40-9c1e-4c52-8e0f-2b6a1f0c9d11"
    private static let application = "a11ce000-2222-4333-8444-555566667777"

    @Test(arguments: [
        ("api://\(application)/my-scope", "api://\(application)", "/my-scope"),
        ("api://\(application)/.default", "api://\(application)", "/.default"),
        ("api://\(tenant)/logging/.default", "api://\(tenant)/logging", "/.default"),
        (
            "https://contoso.example/app/user_impersonation", "https://contoso.example/app",
            "/user_impersonation"
        ),
        ("api://logging/access_as_user", "api://logging", "/access_as_user"),
    ])
    func `a scope after the URI is found`(audience: String, uri: String, name: String) {
        let scope = AudienceScope(of: audience, tenantID: Self.tenant)
        #expect(scope?.uri == uri)
        #expect(scope?.name == name)
    }

    @Test(arguments: [
        "api://\(application)", "api://\(tenant)/security-aws-logging", "api://\(tenant)/\(application)",
        "api://\(application)/\(application)", "https://contoso.example/app", "api://contoso.example/app",
        application,
        "api://\(application)/",
    ])
    func `an identifier URI has no scope`(audience: String) {
        #expect(AudienceScope(of: audience, tenantID: Self.tenant) == nil)
    }

    @Test func `without the tenant, a name after a GUID may be part of the URI`() {
        #expect(AudienceScope(of: "api://\(Self.tenant)/logging", tenantID: nil) == nil)
    }
}
