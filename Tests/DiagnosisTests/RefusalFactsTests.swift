import Foundation
import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation

/// The commands of fixes contain the objects that an error's text names, instead of placeholders.
@Suite(.computing) struct RefusalFactsTests {
    private static let client = EntraFixture.clientID
    private static let resource = "api://contoso/aws"

    /// Source: Microsoft Entra authentication and authorization error codes; texts as in public reports.
    static let texts: [(text: String, resource: String?, client: String?)] = [
        (
            "AADSTS500011: The resource principal named \(resource) was not found in the tenant named Contoso.",
            resource, nil
        ),
        ("AADSTS500011: The resource principal was not found.", nil, nil),
        ("AADSTS500014: The service principal for resource '\(resource)' is disabled.", resource, nil),
        (
            "AADSTS501051: Application '\(client)'(my (app)) is not assigned to a role for the application "
                + "'\(resource)'(aws).", resource, client
        ),
        (
            "AADSTS50105: The signed in user 'u@contoso.example' is not assigned to a role for the application "
                + "'\(resource)'(aws).", resource, nil
        ),
        (
            "AADSTS650052: The app needs access to a service (\"\(resource)\") that your organization has not "
                + "subscribed to.", resource, nil
        ),
        (
            "AADSTS700016: Application with identifier '\(client)' was not found in the directory 'Contoso'.",
            nil, client
        ),
        ("AADSTS7000112: Application '\(client)'(aws) is disabled.", nil, client),
        (
            "AADSTS7000222: The provided client secret keys for app '\(client)' are expired.", nil, client
        ),
        (
            "AADSTS7000229: The client application \(client) is missing service principal in the tenant t.",
            nil, client
        ),
    ]

    @Test(arguments: texts)
    func `the resource and the client are read from the text`(
        text: String,
        resource: String?,
        client: String?
    ) {
        let facts = RefusalFacts(text)
        #expect(facts.resource == resource)
        #expect(facts.clientID == client)
    }

    /// Returns the explanation of an error that was saved as a token, without a mapping.
    private static func explanation(ofSaved text: String) -> Explanation {
        Explanation(Evidence(token: TokenEvidence(saved: Secret(text)), now: EntraFixture.now))
    }

    @Test(arguments: texts.map(\.text) + [#"{"error":"invalid_resource"}"#])
    func `the explanation of a saved error has no placeholder`(text: String) {
        let causes = Self.explanation(ofSaved: text).causes
        let shown = causes.flatMap { [$0.fix, $0.possibleCauses?.toFindOut ?? ""] }
        #expect(!shown.contains { $0.contains(/\b(AUDIENCE|TENANT|ROLE|PROFILE|ACCOUNT)\b/) }, "\(shown)")
    }

    @Test func `an unknown audience is looked up by the name in the text`() throws {
        let cause = try #require(Self.explanation(ofSaved: Self.texts[0].text).causes.first)
        #expect(cause.id == "audience-unknown")
        // Another tenant can have an application with the same URI, and no text names the identity.
        #expect(cause.commands == [] && cause.fix.contains("tenant_id"), "\(cause.fix)")
        let lookup = try #require(cause.possibleCauses?.toFindOut)
        #expect(lookup.contains(Self.resource) && lookup.contains("az ad sp list --filter"))
    }

    @Test func `a disabled service principal is enabled by the name in the text`() throws {
        let evidence = EvidenceFixture.noToken("AADSTS500014", Self.texts[2].text, .imds) {
            $0.request.audience = nil
        }
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.commands.count == 1)
        #expect(cause.commands.first?.contains("az ad sp show --id \(Self.resource) ") == true)
    }

    @Test func `the mapping's audience precedes the one in the text`() throws {
        let evidence = EvidenceFixture.noToken("AADSTS500011", Self.texts[0].text, .imds)
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.possibleCauses?.toFindOut.contains(EntraFixture.audience) == true)
    }

    @Test(arguments: [nil, "resource-id"])
    func `an identity without an object ID is assigned by its client ID`(resourceID: String?) throws {
        let evidence = EvidenceFixture.noToken("AADSTS501051", Self.texts[3].text, .imds) {
            $0.identity = ManagedIdentity(id: "logging")
            guard let resourceID else { return }
            $0.assignment = AssignmentFacts(isRequired: true, assigned: nil)
            $0.assignment?.resourceID = resourceID
            $0.assignment?.appRole = AppRoleFacts(id: "role-id", memberTypes: ["Application"])
        }
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "role-unassigned")
        let commands = cause.commandLines.dropFirst().dropLast()
        #expect(cause.commandLines.first == "az ad sp show --id \(Self.client) -o none && {")
        #expect(commands.first == "PRINCIPAL=$(az ad sp show --id \(Self.client) --query id -o tsv)")
        #expect(commands.last?.contains(#""principalId":"'"$PRINCIPAL"'""#) == true)
        // No request is sent with an empty ID.
        #expect(commands.last?.hasPrefix(#"test -n "$PRINCIPAL" && "#) == true)
        #expect(commands.last?.contains(#"test -n "$SP" && "#) == (resourceID == nil))
    }

    @Test func `the app roles are listed by the audience in the text`() throws {
        let cause = try #require(Self.explanation(ofSaved: Self.texts[3].text).causes.first)
        #expect(cause.id == "role-unassigned")
        #expect(cause.commands.count == 1)
        #expect(cause.commands.first?.hasPrefix("az ad sp show --id \(Self.resource) ") == true)
        #expect(cause.fix.contains(Self.client))
    }

    @Test func `no command contains a placeholder for an unknown account`() {
        let evidence = EvidenceFixture.evidence {
            $0.request.roleARN = nil
            $0.providers = [OIDCProvider(url: EntraFixture.provider, clientIDs: ["other"])]
            $0.policy = PolicyEvidence(
                document: EntraFixture.policy(
                    condition: #"{"StringEquals": {"\#(EntraFixture.provider):sub": "other"}}"#,
                    principal: #"{"AWS": "444455556666"}"#
                )
            )
        }
        let causes = Explanation(evidence).causes
        #expect(causes.map(\.id).contains("audience-not-registered"))
        #expect(!causes.flatMap(\.commands).contains { $0.contains("ACCOUNT") }, "\(causes)")
        #expect(!causes.contains { $0.advice.hasSuffix(":") && $0.commands.isEmpty })
    }
}
