import Foundation
import TestSupport
import Testing

@testable import Simulator

/// The mappings of the gallery and their failures.
@Suite(.limited) struct GalleryTests {
    private static let denied = Expectation.sts(
        "AccessDenied",
        "Not authorized to perform sts:AssumeRoleWithWebIdentity"
    )
    private static let tenant = "2f4a9838-26b7-47ee-be60-ccc1fdec5953"
    private static let noProvider = Expectation.sts(
        "InvalidIdentityToken",
        "No OpenIDConnect provider found in your account for https://sts.windows.net/\(tenant)/"
    )
    private static let noKey = Expectation.sts(
        "InvalidIdentityToken",
        "Couldn't retrieve verification key from your identity provider,  please reference "
            + "AssumeRoleWithWebIdentity documentation for requirements"
    )

    private static func unmatched(_ code: Int, _ part: String) -> String {
        "AADSTS\(code): No matching federated identity record found for presented assertion \(part) "
    }

    enum Expectation: Sendable {
        /// The token endpoint refuses: status and prefix of the text.
        case endpoint(Int, String)
        /// STS refuses: code and message.
        case sts(String, String)
        case works
    }

    /// Sources: the error tables of Azure and Entra; STS errors in AWS's documentation and in client reports.
    private static let expectations: [(mapping: String, expectation: Expectation)] = [
        ("audit", .works),
        ("client-secret", .works),
        ("client-certificate", .works),
        ("workload-identity", .works),
        ("identity-not-found", .endpoint(400, "Identity not found")),
        (
            "several-identities",
            .endpoint(400, "Multiple user assigned identities exist, please specify the clientId")
        ),
        ("wrong-identity", .works),
        ("imds-updating", .endpoint(410, "The service is being updated")),
        ("imds-missing", .endpoint(404, "The service is being updated")),
        ("imds-throttled", .endpoint(429, "Request rate limit exceeded")),
        ("imds-failing", .endpoint(500, "Failed to retrieve token from the Active directory")),
        ("proxy-answers", .endpoint(502, "<html>")),
        ("not-imds", .endpoint(403, "connecting to 169.254.169.254:80")),
        ("client-secret-wrong", .endpoint(401, "AADSTS7000215: Invalid client secret provided.")),
        ("client-secret-expired", .endpoint(401, "AADSTS7000222: The provided client secret keys for app")),
        ("client-unknown", .endpoint(400, "AADSTS700016: Application with identifier")),
        ("client-disabled", .endpoint(400, "AADSTS7000112: Application")),
        ("client-without-principal", .endpoint(400, "AADSTS7000229: The client application")),
        (
            "client-certificate-unknown",
            .endpoint(401, "AADSTS700027: Client assertion contains an invalid signature.")
        ),
        ("tenant-unknown", .endpoint(400, "AADSTS90002: Tenant")),
        ("federated-issuer", .endpoint(401, unmatched(700211, "issuer"))),
        ("federated-subject", .endpoint(401, unmatched(700213, "subject"))),
        ("federated-audience", .endpoint(401, unmatched(700212, "audience"))),
        (
            "federated-token-expired",
            .endpoint(401, "AADSTS700024: Client assertion is not within its valid time range.")
        ),
        (
            "federated-issuer-private",
            .endpoint(400, "AADSTS90061: Request to External OIDC endpoint failed.")
        ),
        ("federated-key-unknown", .endpoint(400, "AADSTS50013: Assertion failed signature validation.")),
        ("not-assigned", .endpoint(400, "AADSTS501051: Application '")),
        ("member-type-user", .endpoint(400, "AADSTS501051: Application '")),
        (
            "resource-unknown",
            .endpoint(400, "AADSTS500011: The resource principal named api://security-aws-loging ")
        ),
        (
            "resource-slash",
            .endpoint(400, "AADSTS500011: The resource principal named api://security-aws-logging/ ")
        ),
        ("resource-without-principal", .endpoint(400, "AADSTS500011: The resource principal named ")),
        ("resource-disabled", .endpoint(400, "AADSTS500014: The service principal for resource")),
        ("managed-identity-as-resource", .endpoint(400, "AADSTS100040: ")),
        ("role-claim-missing", .works),
        ("role-claim-default-access", .works),
        ("role-claim-cached", .works),
        ("role-claim-removed", .works),
        ("audience-is-guid", .works),
        ("token-version-2", .sts("InvalidIdentityToken", "Incorrect token audience")),
        ("token-expired", .sts("ExpiredTokenException", "Token expired: current date/time 1790000")),
        ("token-key-unpublished", noKey),
        ("token-tampered", noKey),
        (
            "token-malformed",
            .sts(
                "InvalidIdentityToken",
                "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
            )
        ),
        ("user-token", denied),
        ("provider-missing", noProvider),
        ("provider-without-slash", noProvider),
        ("provider-version-2", noProvider),
        ("provider-audience", .sts("InvalidIdentityToken", "Incorrect token audience")),
        ("provider-unreachable", .sts("IDPCommunicationError", "")),
        (
            "provider-thumbprint",
            .sts(
                "InvalidIdentityToken",
                "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint"
            )
        ),
        ("provider-claim-rejected", .sts("IDPRejectedClaim", "")),
        ("role-missing", denied),
        ("trust-key-without-slash", denied),
        ("trust-audience", denied),
        ("trust-subject-other", denied),
        ("identity-recreated", denied),
        ("trust-subject-client-id", denied),
        ("trust-subject-capitals", denied),
        ("trust-subject-wildcard", denied),
        ("trust-provider-arn", denied),
        ("trust-action", denied),
        ("trust-unknown-key", denied),
        ("trust-session-name", denied),
        ("trust-explicit-deny", denied),
        ("trust-without-subject", .works),
        ("denied-by-organization", denied),
        (
            "duration-too-long",
            .sts(
                "ValidationError",
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
            )
        ),
        (
            "region-disabled",
            .sts("RegionDisabledException", "STS is not activated in this region for account:400000")
        ),
        (
            "packed-policy-too-large",
            .sts(
                "PackedPolicyTooLarge",
                "Packed policy consumes 155% of allotted space, please use smaller policy."
            )
        ),
        ("session-policy-malformed", .sts("MalformedPolicyDocument", "This policy contains invalid Json")),
        ("sts-throttled", .sts("Throttling", "Rate exceeded")),
    ]

    @Test func `every mapping fails as its name states, with the clouds' messages`() async throws {
        try await LabClient.with(LabOptions(scenario: "gallery")) { client in
            let exchange = try ScenarioExchange(client, scenario: "gallery")
            // Chained mappings request no token; AssumeRoleTests covers their calls.
            let mappings = exchange.plan.mappings.filter { $0.hub == nil }
            #expect(mappings.map(\.name) == Self.expectations.map(\.mapping))
            for (mapping, expected) in zip(mappings, Self.expectations) {
                client.time.advance(by: .milliseconds(100))
                let outcome = try await exchange.run(mapping)
                #expect(Self.matches(outcome, expected.expectation), "\(mapping.name): \(outcome)")
            }
        }
    }

    private static func matches(_ outcome: ScenarioExchange.Outcome, _ expectation: Expectation) -> Bool {
        switch (outcome, expectation) {
        case (.exchanged, .works): true
        case (.refused(let status, let text), .endpoint(let wanted, let start)):
            status == wanted && text.hasPrefix(start)
        case (.denied(let code, let message), .sts(let wanted, let start)):
            code == wanted && message.hasPrefix(start)
        default: false
        }
    }
}
