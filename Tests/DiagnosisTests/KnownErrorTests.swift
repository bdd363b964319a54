import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation

@Suite(.computing) struct KnownErrorTests {
    @Test(
        arguments: [
            ("AADSTS65001", .clientSecret, "consent-missing", "consent of an administrator"),
            ("AADSTS65001", .azureCLI, "consent-missing", "as the managed identity"),
            ("AADSTS650053", .clientSecret, "scope-unknown", "/.default"),
            ("AADSTS50013", .workloadIdentity, "assertion-signature", "Publish the key"),
            ("AADSTS50013", .clientCertificate, "assertion-signature", "Upload the certificate"),
            ("AADSTS700024", .clientCertificate, "assertion-expired", "Correct this host's clock"),
        ] as [(String, TokenSourceKind, String, String)]
    )
    func `the fix of Entra's error fits the source`(
        code: String,
        source: TokenSourceKind,
        id: String,
        text: String
    ) throws {
        let evidence = EvidenceFixture.noToken(code, "\(code): Entra's text.", source)
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == id && cause.fix.contains(text), "\(cause.fix)")
        #expect(!cause.summary.contains("as a user"))
    }

    typealias Line = (side: ErrorSender, code: String, message: String, id: String)

    static let sts: [Line] = [
        (.sts, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", "not-authorized"),
        (
            .sts, "InvalidIdentityToken",
            "No OpenIDConnect provider found in your account for https://sts.windows.net/t/",
            "no-provider"
        ),
        (.sts, "InvalidIdentityToken", "Incorrect token audience", "audience-not-registered"),
        (
            .sts, "InvalidIdentityToken",
            "Couldn't retrieve verification key from your identity provider,  please reference "
                + "AssumeRoleWithWebIdentity documentation for requirements", "verification-key"
        ),
        (
            .sts, "InvalidIdentityToken",
            "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
            "thumbprint-mismatch"
        ),
        (
            .sts, "InvalidIdentityToken",
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
            "not-a-jwt"
        ),
        (.sts, "InvalidIdentityToken", "Missing a required claim: sub", "claim-missing"),
        (
            .sts, "InvalidIdentityToken",
            "The target role ARN is not present in the roles claim of the identity token",
            "role-not-in-token"
        ),
        (.sts, "InvalidIdentityToken", "Issuer must be a valid URL", "issuer-not-url"),
        (
            .sts, "ExpiredTokenException",
            "Token expired: current date/time 1700000000 must be before the expiration date/time 1690000000",
            "token-expired"
        ),
        (.sts, "IDPRejectedClaim", "", "claim-rejected"),
        (.sts, "IDPCommunicationError", "", "issuer-unreachable"),
        (
            .sts, "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            "duration-over-maximum"
        ),
        (
            .sts, "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
            "duration-over-chaining-limit"
        ),
        (
            .sts, "ValidationError", "1 validation error detected: Value 'a b' at 'roleSessionName' failed",
            "request-invalid"
        ),
        (.sts, "PackedPolicyTooLarge", "Serialized token too large for session", "session-policy-too-large"),
        (.sts, "MalformedPolicyDocument", "", "session-policy-malformed"),
        (
            .sts, "RegionDisabledException", "STS is not activated in this region for account:1.",
            "region-disabled"
        ),
        (.sts, "Throttling", "Rate exceeded", "throttled"),
        (.sts, "SignatureDoesNotMatch", "Credential should be scoped to a valid region. ", "signature-scope"),
        (
            .sts, "SignatureDoesNotMatch", "The request signature we calculated does not match",
            "signature-mismatch"
        ),
        (
            .sts, "InvalidClientTokenId", "The security token included in the request is invalid.",
            "credentials-invalid"
        ),
        (.sts, "ExpiredToken", "", "credentials-expired"),
        (.sts, "AccessDenied", "User: x is not authorized to perform: s3:ListBucket", "permission-denied"),
        (.sts, "ServiceUnavailable", "", "aws-unavailable"),
    ]
    static let iam: [Line] = [
        (
            .iam, "MalformedPolicyDocument",
            "Federated principals must be valid domain names or SAML metadata ARNs",
            "federated-principal-malformed"
        ),
        (.iam, "MalformedPolicyDocument", "Has prohibited field Resource", "policy-not-trust"),
        (
            .iam, "MalformedPolicyDocument", "AssumeRole policy may only specify STS AssumeRole actions.",
            "policy-action-not-sts"
        ),
        (.iam, "MalformedPolicyDocument", "Missing required field Principal", "policy-malformed"),
        (.iam, "LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048", "policy-too-large"),
        (
            .iam, "LimitExceeded", "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100",
            "client-ids-full"
        ),
        (.iam, "EntityAlreadyExists", "Provider with url https://x already exists.", "provider-exists"),
        (.iam, "NoSuchEntity", "The role with name x cannot be found.", "not-found"),
        (.iam, "ValidationError", "Invalid Open ID Connect Provider URL", "provider-url-invalid"),
        (.iam, "OpenIdIdpCommunicationError", "", "thumbprint-not-fetched"),
        (.iam, "DeleteConflict", "Cannot delete entity, must detach all policies first.", "policies-left"),
        (.iam, "AccessDenied", "User: x is not authorized to perform: iam:GetRole", "iam-right-missing"),
        (.iam, "ConcurrentModification", "", "changed-meanwhile"),
        (.iam, "InvalidClientTokenId", "", "credentials-invalid"),
    ]
    static let hosts: [Line] = [
        (.imds, "bad_request_102", "Required metadata header not specified", "metadata-header-missing"),
        (.imds, "invalid_request", "Identity not found", "identity-not-found"),
        (
            .imds, "invalid_request",
            "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the "
                + "token request", "identity-ambiguous"
        ),
        (
            .imds, "invalid_resource", "AADSTS500011: The resource principal named x was not found",
            "audience-unknown"
        ),
        (.imds, "invalid_resource", "", "audience-unknown"),
        (.imds, "410", "", "metadata-updating"),
        (.imds, "429", "", "metadata-throttled"),
        (.imds, "502", "<html>", "metadata-proxied"),
        (
            .imds, "invalid_grant", "AADSTS501051: Application 'x'(y) is not assigned to a role",
            "role-unassigned"
        ),
        (
            .appService, "400",
            "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.",
            "identity-not-found"
        ),
        (.appService, "400", "Unable to load the proper Managed Identity.", "identity-not-found"),
        (.appService, "400", "Unable to load requested managed identity.", "identity-not-found"),
        (
            .imds, "404", "no azure identity found for request clientID 0e3f", "pod-identity-missing"
        ),
        (
            .imds, "404",
            "getting assigned identities for pod default/demo in ASSIGNED state failed after 20 attempts, "
                + "retry duration [5]s", "pod-identity-missing"
        ),
        (
            .imds, "403",
            "failed to get service principal token, error: adal: Refresh request failed. Status Code = "
                + #"'400'. Response body: {"error":"invalid_request","error_description":"Identity not found"}"#,
            "identity-not-found"
        ),
        (
            .appService, "500", "An unexpected error occured while fetching the AAD Token.",
            "token-fetch-failed"
        ),
        (.azureArc, "unavailable", "expected a 401 response, received 404", "arc-challenge-missing"),
        (.serviceFabric, "ManagedIdentityNotFound", "", "identity-not-found"),
        (.azureArc, "invalid_request", "Identity not found", "identity-not-found"),
        (.azureCLI, "1", "Please run 'az login' to setup account.", "cli-not-signed-in"),
        (.azureCLI, "127", "", "cli-missing"),
        (.azureCLI, "1", "AADSTS65001: The user or administrator has not consented", "consent-missing"),
    ]
    static let directory: [Line] = [
        (
            .graph, "Request_BadRequest", "Permission being assigned was not found on application 'x'",
            "app-role-not-found"
        ),
        (
            .graph, "Request_BadRequest", "Permission being assigned already exists on the object",
            "app-role-assigned"
        ),
        (.graph, "Request_BadRequest", "Not a valid reference update", "reference-invalid"),
        (.graph, "Authorization_RequestDenied", "Insufficient privileges", "graph-right-missing"),
        (.graph, "Request_ResourceNotFound", "Resource 'x' does not exist", "directory-object-not-found"),
        (.graph, "x", "Failed to add identifier URI api://x.", "identifier-uri-refused"),
        (.graph, "HostNameNotOnVerifiedDomain", "", "identifier-uri-refused"),
        (.arm, "PrincipalNotFound", "", "principal-not-found"),
    ]

    @Test(arguments: sts + iam + hosts + directory)
    func `every documented error has a row`(line: Line) {
        #expect(line.side.error(code: line.code, message: line.message)?.id == line.id)
    }

    @Test(arguments: [
        50001, 500011, 500014, 500131, 501051, 50105, 50013, 50049, 90002, 53003, 65001, 650057, 650052,
        650053,
        70011, 1_002_012, 70021, 700211, 700212, 700213, 7_002_131, 700016, 700024, 700027, 7_000_112,
        7_000_215, 7_000_272, 700222, 700236, 700030, 50012, 50027, 500133, 50173, 700082, 50076, 50020,
        53000, 90038,
        50196, 90033, 900144, 500_212, 7_000_216, 65005, 70002,
        7_000_218, 7_000_222, 7_000_229, 700229, 900382, 1_000_104, 90009, 90023, 90055, 90061, 100040,
    ])
    func `an Entra error is found by its number in the code or the text`(number: Int) {
        let byCode = KnownError.find(.clientSecret, code: "AADSTS\(number)", message: "")
        #expect(byCode != nil)
        #expect(KnownError.find(.imds, code: "invalid_request", message: "AADSTS\(number): text") == byCode)
    }

    @Test(arguments: TokenSourceKind.allCases)
    func `every source relays Entra's errors`(source: TokenSourceKind) {
        let failure = Failure(
            kind: .refused,
            code: "invalid_request",
            message: "AADSTS501051: Application 'a' is not assigned to a role for the application 'b'.",
            fix: ""
        )
        #expect(KnownError.find(source, failure: failure)?.id == "role-unassigned")
    }

    @Test func `an unknown error has no row`() {
        #expect(KnownError.find(.sts, code: "SomethingNew", message: "text") == nil)
        #expect(KnownError.find(.imds, code: "418", message: "I'm a teapot") == nil)
        #expect(KnownError.find(.graph, code: "x", message: "AADSTS501051") == nil)
    }

    static let tables = [
        KnownError.stsErrors, KnownError.iamErrors, KnownError.imdsErrors, KnownError.appServiceErrors,
        KnownError.azureArcErrors, KnownError.serviceFabricErrors, KnownError.azureCLIErrors,
        KnownError.tokenEndpointErrors, KnownError.graphErrors, KnownError.armErrors,
    ]

    @Test(arguments: tables.indices)
    func `no row of a table is hidden by an earlier one`(index: Int) {
        let table = Self.tables[index]
        for (position, row) in table.enumerated() {
            for match in row.matches {
                let (codes, text): (Set<String>, String) =
                    switch match {
                    case .codes(let codes, let text): (codes, text ?? "some text")
                    case .withoutMessage(let codes): (codes, "")
                    case .text(let text): (["some"], text)
                    case .aadsts: ([], "")
                    }
                let isReached = codes.contains { code in
                    !table[..<position].contains { $0.matches(code: code, message: text) }
                }
                #expect(isReached, "\(row.error.id)")
            }
        }
    }

    @Test func `no Entra error has two rows`() {
        var seen: Set<Int> = []
        for case .aadsts(let numbers) in KnownError.entraErrors.flatMap(\.matches) {
            for number in numbers { #expect(seen.insert(number).inserted, "\(number)") }
        }
    }
}
