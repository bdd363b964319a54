import TestSupport
import Testing

@testable import Federation

@Suite(.computing) struct NearestNameTests {
    @Test(arguments: [("mapings", "mappings"), ("IDENTITIES", "identities"), ("histroy", "history")])
    func `a name within a few edits is found`(_ name: String, _ nearest: String) {
        #expect(NearestName.of(name, among: ["mappings", "identities", "history"]) == nearest)
    }

    @Test(arguments: [
        ("api://security-aws-loging", "api://security-aws-logging"),
        ("api://\(tenant)/aws-prdo", "api://\(tenant)/aws-prod"),
        ("api://\(tenant)/logging", "api://7d1c5a40-9c1e-4c52-8e0f-2b6a1f0c9d12/logging"),
        ("api://\(tenant)", "api://7d1c5a40-9c1e-4c52-8e0f-2b6a1f0c9d12"),
        ("https://contoso.example/loging", "https://contoso.example/logging"),
    ])
    func `a misspelled identifier URI is found`(_ uri: String, _ nearest: String) {
        #expect(NearestName.ofIdentifierURI(uri, among: [nearest, "api://payroll"]) == nearest)
    }

    @Test(arguments: [
        ("api://\(tenant)/aws-prod", "api://\(tenant)/payroll"),
        ("api://\(tenant)/aws-prod", "api://\(tenant)/aws-test"),
        ("api://security-aws-prod", "api://security-aws-test"),
        ("api://dev-aws-logging", "api://prod-aws-logging"),
        ("api://\(tenant)/logging", "api://a11ce000-2222-4333-8444-555566667777/logging"),
        ("https://contoso.example/aws", "https://contoso.example/web"),
    ])
    func `a URI with a different word is not a misspelling`(_ uri: String, _ other: String) {
        #expect(NearestName.ofIdentifierURI(uri, among: [other]) == nil)
    }

    private static let tenant = "7d1c5a40-9c1e-4c52-8e0f-2b6a1f0c9d11"

    @Test func `long names and many candidates are not compared`() {
        let long = String(repeating: "i", count: 65)
        #expect(NearestName.of(long, among: [long]) == nil)
        #expect(NearestName.of("a", among: [long, "b"]) == "b")
        #expect(NearestName.of("n1", among: (0..<200).map { "n\($0)" }) == "n1")
        #expect(NearestName.of("n1", among: (0..<201).map { "n\($0)" }) == nil)
    }
}
