import Foundation
import TestSupport

@testable import Diagnosis
@testable import Federation

// Pitfalls of Azure: A is about the token source, B about the resource application, C about AWS's side.
extension Pitfall {
    static let azureHost: [Pitfall] = [
        Pitfall(
            "A1",
            EvidenceFixture.noToken(
                "unreachable",
                "imds could not be reached: 169.254.169.254 cannot be reached: timed out.",
                .imds
            ),
            .open(
                "metadata-unreachable",
                [
                    "this machine is not in Azure", "a firewall or proxy blocks 169.254.169.254",
                    "the metadata service is too slow",
                ],
                toFindOut: "HTTP 400"
            )
        ),
        Pitfall(
            "A1",
            EvidenceFixture.noToken("timed-out", "imds did not respond within 1s.", .imds),
            .open("metadata-unreachable", ["the metadata service is too slow"], toFindOut: "cambist doctor")
        ),
        Pitfall(
            "A2",
            EvidenceFixture.noToken(
                "not-a-token-endpoint",
                "The response is not from an imds endpoint: HTTP 502: <html>",
                .imds
            ),
            .cause("metadata-proxied")
        ),
        Pitfall("A2", EvidenceFixture.noToken("403", "unreachable", .imds), .cause("metadata-proxied")),
        Pitfall(
            "A3",
            EvidenceFixture.noToken("bad_request_102", "Required metadata header not specified", .imds),
            .cause("metadata-header-missing")
        ),
        Pitfall(
            "A4",
            EvidenceFixture.noToken(
                "invalid_request",
                "imds refused the request (HTTP 400): Identity not found",
                .imds
            ),
            .open(
                "identity-not-found",
                [
                    "the identity is not attached to this machine", "the identity was attached recently",
                    "client_id, resource_id, or principal_id is wrong",
                ],
                toFindOut: "Azure Resource Manager"
            )
        ),
        Pitfall(
            "A4",
            // The record of the exchange has no source.
            EvidenceFixture.noToken(
                "invalid_request",
                "imds refused the request (HTTP 400): Identity not found",
                .auto
            ),
            .open(
                "identity-not-found",
                ["client_id, resource_id, or principal_id is wrong"],
                toFindOut: "Azure Resource Manager"
            )
        ),
        Pitfall(
            "A5",
            EvidenceFixture.noToken(
                "invalid_request",
                "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in "
                    + "the token request",
                .imds
            ),
            .cause("identity-ambiguous")
        ),
        Pitfall(
            "A6 B4e",
            EvidenceFixture.evidence {
                $0.token = .claims(EntraFixture.token(EvidenceFixture.otherIdentity))
                $0.host = HostFacts(variables: ["AZURE_CLIENT_ID": EvidenceFixture.otherClient.uppercased()])
            },
            .cause("identity-mismatch")
        ),
        Pitfall(
            "A6",
            EvidenceFixture.evidence {
                $0.token = .claims(
                    EntraFixture.token([
                        "oid": .string(EvidenceFixture.other), "sub": .string(EvidenceFixture.other),
                    ])
                )
                $0.identity = ManagedIdentity(id: "logging", principalID: EntraFixture.subject)
            },
            .open(
                "identity-mismatch",
                ["the host chose its default identity because none was selected"],
                toFindOut: "doctor"
            )
        ),
        Pitfall(
            "A6",
            EvidenceFixture.token(EvidenceFixture.otherIdentity),
            .open(
                "identity-mismatch",
                [
                    "the host ignored the ID that selects the identity",
                    "AZURE_CLIENT_ID selects another identity",
                    "the identity was recreated",
                ],
                toFindOut: "az identity show"
            )
        ),
        Pitfall(
            "A7",
            EvidenceFixture.noToken(
                "400",
                "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.",
                .appService
            ),
            .open(
                "identity-not-found",
                [
                    "the identity is not attached to the app",
                    "the app has no system-assigned identity, and the request selected no other identity",
                    "client_id, resource_id, or principal_id is wrong",
                ],
                toFindOut: "az webapp identity show"
            )
        ),
        Pitfall(
            "A8",
            EvidenceFixture.noToken("500", EvidenceFixture.fetchFailed, .appService),
            .open(
                "token-fetch-failed",
                [
                    "the tenant has no service principal for the audience",
                    "the identity is not assigned to the app role",
                    "the fault is transient",
                ],
                toFindOut: "managed identity sign-ins"
            )
        ),
        Pitfall(
            "A8",
            EvidenceFixture.noToken("500", EvidenceFixture.fetchFailed, .appService) {
                $0.assignment = AssignmentFacts(resourceExists: false, isRequired: false, assigned: nil)
            },
            .cause("audience-unknown")
        ),
        Pitfall(
            "A8",
            EvidenceFixture.noToken("500", EvidenceFixture.fetchFailed, .appService) {
                $0.assignment = AssignmentFacts(isRequired: true, assigned: nil)
            },
            .cause("role-unassigned")
        ),
        Pitfall(
            "A8",
            EvidenceFixture.noToken("500", EvidenceFixture.fetchFailed, .appService) {
                $0.assignment = AssignmentFacts(isRequired: true, assigned: EntraFixture.now - 90_000)
            },
            .cause("token-fetch-failed")
        ),
        Pitfall(
            "A9",
            EvidenceFixture.noToken(
                "source-unavailable",
                "The source app-service is not usable here: IDENTITY_ENDPOINT is missing.",
                .appService
            ),
            .open(
                "identity-endpoint-missing",
                ["the app has no identity", "the identity was added after the app started"],
                toFindOut: "az webapp identity show"
            )
        ),
        Pitfall(
            "A9",
            EvidenceFixture.noToken(
                "unreachable",
                "timed out",
                .imds,
                variables: ["WEBSITE_SITE_NAME": "app"]
            ),
            .open(
                "identity-endpoint-missing",
                ["the identity was added after the app started"],
                toFindOut: "start of the app"
            )
        ),
        Pitfall(
            "A9",
            EvidenceFixture.noToken(
                "unreachable",
                "timed out",
                .imds,
                variables: ["CONTAINER_APP_NAME": "app"]
            ),
            .open(
                "identity-endpoint-missing",
                ["the identity's lifecycle is None or Init"],
                toFindOut: "identitySettings"
            )
        ),
        Pitfall(
            "A9",
            EvidenceFixture.noToken(
                "unreachable",
                "timed out",
                .imds,
                variables: ["WEBSITE_SITE_NAME": "app", "WEBSITE_DISABLE_MSI": "true"]
            ),
            .cause("identity-endpoint-disabled")
        ),
        Pitfall(
            "A10",
            EvidenceFixture.noToken("410", "imds still throttles the request (HTTP 410): ", .imds),
            .open(
                "metadata-updating",
                ["the metadata service is being updated", "the identity does not exist"],
                toFindOut: "70 seconds"
            )
        ),
        Pitfall(
            "A10",
            EvidenceFixture.noToken("not_found", "imds refused the request (HTTP 404, not_found): x", .imds),
            .open("metadata-updating", ["the identity does not exist"], toFindOut: "70 seconds")
        ),
        Pitfall("A10", EvidenceFixture.noToken("429", "too many", .imds), .cause("metadata-throttled")),
        Pitfall(
            "A11",
            EvidenceFixture.noToken("404", "expected a 401 response, received 404", .azureArc),
            .cause("arc-challenge-missing")
        ),
        Pitfall(
            "A11",
            EvidenceFixture.noToken(
                "arc-key-unreadable",
                "the key file /var/opt/azcmagent/tokens/x.key cannot be read: Permission denied",
                .azureArc
            ),
            .cause("arc-key-unreadable")
        ),
        Pitfall(
            "A11",
            EvidenceFixture.noToken(
                "not-a-token-endpoint",
                "The response is not from an azure-arc endpoint: it names /etc/x.key, "
                    + "which is not a key file in /var/opt/x",
                .azureArc
            ),
            .cause("arc-key-refused")
        ),
        Pitfall(
            "A12",
            EvidenceFixture.noToken(
                "unreachable",
                "service-fabric could not be reached: No trusted TLS connection to localhost:2377: the thumbprint of its "
                    + "certificate is another one.",
                .serviceFabric
            ),
            .cause("certificate-mismatch")
        ),
        Pitfall(
            "A13",
            EvidenceFixture.token(["scp": .string("user_impersonation"), "sub": .string("pairwise")]),
            .cause("user-token")
        ),
        Pitfall("A13", EvidenceFixture.token(["idtyp": .string("user")]), .cause("user-token")),
        Pitfall(
            "A14",
            EvidenceFixture.noToken(
                "exit-1",
                "az printed: AADSTS65001: The user or administrator has not consented",
                .azureCLI
            ),
            .cause("consent-missing")
        ),
        Pitfall(
            "A14",
            EvidenceFixture.noToken(
                "exit-1",
                "az printed: Please run 'az login' to setup account.",
                .azureCLI
            ),
            .cause("cli-not-signed-in")
        ),
        Pitfall(
            "A14",
            EvidenceFixture.noToken("exit-127", "az printed: nothing", .azureCLI),
            .cause("cli-missing")
        ),
        Pitfall(
            "A14",
            EvidenceFixture.noToken(
                "source-unavailable",
                "The source azure-cli is not usable here: the program az is missing.",
                .azureCLI
            ),
            .cause("cli-missing")
        ),
        Pitfall(
            "A15",
            EvidenceFixture.noToken(
                "source-unavailable",
                "The source workload-identity is not usable here: AZURE_FEDERATED_TOKEN_FILE or token_file is missing.",
                .workloadIdentity,
                variables: ["KUBERNETES_SERVICE_HOST": "10.0.0.1"]
            ),
            .open(
                "federated-token-missing",
                [
                    "the pod lacks the label", "the pod's service account lacks the annotation",
                    "the webhook is down",
                ],
                toFindOut: "kubectl get pod"
            )
        ),
        Pitfall(
            "A16",
            EvidenceFixture.noToken(
                "AADSTS70021",
                "AADSTS70021: No matching federated identity record found",
                .workloadIdentity
            ),
            .open(
                "federated-credential-mismatch",
                [
                    "no federated credential is for this issuer, this subject, and this audience",
                    "the federated credential was created recently",
                ],
                toFindOut: "federated-credential list"
            )
        ),
        Pitfall(
            "A16",
            EvidenceFixture.noToken("AADSTS700213", "AADSTS700213: No matching", .workloadIdentity) {
                $0.assertion = EvidenceFixture.assertion()
            },
            .open(
                "federated-credential-mismatch",
                ["the federated credential was created recently"],
                toFindOut: "five minutes"
            )
        ),
        Pitfall(
            "A17",
            EvidenceFixture.noToken("AADSTS700024", "AADSTS700024: Client assertion", .workloadIdentity),
            .open(
                "assertion-expired",
                ["the federated token is out of date", "this host's clock is wrong"],
                toFindOut: "exp of the federated token"
            )
        ),
        Pitfall(
            "A17",
            EvidenceFixture.noToken("AADSTS700024", "AADSTS700024: Client assertion", .workloadIdentity) {
                $0.assertion = EvidenceFixture.assertion(result: -10)
            },
            .cause("assertion-expired")
        ),
        Pitfall(
            "A17",
            EvidenceFixture.noToken("AADSTS700024", "AADSTS700024: Client assertion", .workloadIdentity) {
                $0.assertion = EvidenceFixture.assertion(result: 10)
            },
            .cause("clock-offset")
        ),
        Pitfall(
            "A18",
            EvidenceFixture.noToken(
                "AADSTS90061",
                "AADSTS90061: Request to External OIDC endpoint failed",
                .workloadIdentity
            ),
            .cause("assertion-issuer-unreachable")
        ),
    ]

    private static let issueDate = Date(timeIntervalSince1970: TimeInterval(EntraFixture.issued + 300))

    private static func withoutRole(_ facts: AssignmentFacts?) -> Evidence {
        EvidenceFixture.evidence {
            $0.token = .claims(EntraFixture.token(["roles": nil]))
            $0.assignment = facts
        }
    }

    static let azureDirectory: [Pitfall] = [
        Pitfall(
            "B1",
            EvidenceFixture.noToken(
                "AADSTS500011",
                "AADSTS500011: The resource principal named x was not found",
                .imds
            ),
            .open(
                "audience-unknown",
                [
                    "the application has no service principal",
                    "the application's identifier URI is spelled differently or ends in a slash",
                    "the application is in another tenant",
                ],
                toFindOut: "servicePrincipalNames/any(n:n eq "
            )
        ),
        Pitfall(
            "B1",
            EvidenceFixture.noToken("AADSTS50001", "AADSTS50001: x", .clientSecret) {
                $0.assignment = AssignmentFacts(resourceExists: false, isRequired: false, assigned: nil)
            },
            .cause("audience-unknown")
        ),
        Pitfall(
            "B1",
            EvidenceFixture.noToken("invalid_resource", "x", .imds),
            .open(
                "audience-unknown",
                ["the application is in another tenant"],
                toFindOut: EntraFixture.audience
            )
        ),
        Pitfall(
            "B1",
            EvidenceFixture.noToken(
                "AADSTS500011",
                "AADSTS500011: The resource principal named x was not found",
                .imds
            ) {
                $0.lastChange = SetupChange(at: EntraFixture.now - 899)
            },
            .open("settling", ["the application is in another tenant"], toFindOut: "servicePrincipalNames")
        ),
        Pitfall(
            "B1",
            EvidenceFixture.noToken(
                "AADSTS500011",
                "AADSTS500011: The resource principal named x was not found",
                .imds
            ) {
                $0.lastChange = SetupChange(at: EntraFixture.now - 60)
                $0.assignment = AssignmentFacts(resourceExists: false, isRequired: false, assigned: nil)
            },
            .cause("audience-unknown")
        ),
        // A replica of the directory that does not have the objects of a setup yet.
        Pitfall(
            "B1",
            EvidenceFixture.noToken(
                "AADSTS500011",
                "AADSTS500011: The resource principal named x was not found",
                .imds
            ) {
                $0.lastChange = SetupChange(at: EntraFixture.now - 60)
                $0.changedKinds = [.application, .servicePrincipal]
                $0.assignment = AssignmentFacts(resourceExists: false, isRequired: false, assigned: nil)
            },
            .cause("settling")
        ),
        // A setup that was interrupted after it sent a request.
        Pitfall(
            "B1",
            EvidenceFixture.noToken(
                "AADSTS500011",
                "AADSTS500011: The resource principal named x was not found",
                .imds
            ) {
                $0.lastChange = SetupChange(at: EntraFixture.now - 60, isConfirmed: false)
                $0.changedKinds = [.application]
                $0.assignment = AssignmentFacts(resourceExists: false, isRequired: false, assigned: nil)
            },
            .cause("settling")
        ),
        Pitfall(
            "B3",
            EvidenceFixture.noToken("AADSTS501051", EvidenceFixture.unassigned, .imds) {
                $0.lastChange = SetupChange(at: EntraFixture.now - 60)
            },
            .open("settling", ["the identity has no assignment"], toFindOut: "appRoleAssignedTo")
        ),
        Pitfall(
            "B2",
            EvidenceFixture.noToken("AADSTS100040", "AADSTS100040: x", .imds),
            .cause("identity-as-audience")
        ),
        Pitfall(
            "B2",
            EvidenceFixture.evidence { $0.request.audience = EntraFixture.clientID },
            .cause("identity-as-audience")
        ),
        Pitfall(
            "B3",
            EvidenceFixture.noToken("AADSTS501051", EvidenceFixture.unassigned, .imds),
            .open(
                "role-unassigned",
                [
                    "the identity has no assignment", "the assignment is on a different service principal",
                    "the assignment is to a group that the identity is in",
                ],
                toFindOut: "appRoleAssignedTo"
            )
        ),
        Pitfall(
            "B3",
            EvidenceFixture.noToken("AADSTS501051", EvidenceFixture.unassigned, .imds) {
                $0.assignment = AssignmentFacts(isRequired: true, assigned: nil)
            },
            .cause("role-unassigned")
        ),
        Pitfall(
            "B3",
            EvidenceFixture.noToken("AADSTS501051", EvidenceFixture.unassigned, .imds) {
                $0.assignment = AssignmentFacts(isRequired: true, assigned: EntraFixture.now - 60)
            },
            .cause("assignment-settling")
        ),
        Pitfall(
            "B3",
            EvidenceFixture.noToken("AADSTS501051", EvidenceFixture.unassigned, .imds) {
                $0.assignment = AssignmentFacts(isRequired: true, assigned: EntraFixture.now - 901)
            },
            .open(
                "role-unassigned",
                ["the assignment is to a group that the identity is in"],
                toFindOut: "appRoleAssignedTo"
            )
        ),
        Pitfall(
            "B4a",
            withoutRole(AssignmentFacts(isRequired: true, assigned: issueDate + 600)),
            .cause("token-cached")
        ),
        Pitfall(
            "B4b",
            withoutRole(AssignmentFacts(isRequired: true, assigned: nil)),
            .cause("role-unassigned")
        ),
        Pitfall(
            "B4b B4c B4d",
            withoutRole(AssignmentFacts(isRequired: true, assigned: issueDate - 600)),
            .open(
                "role-not-in-new-token",
                [
                    "the assignment is to a different service principal", "the assignment is to a group",
                    "the assignment is to Default Access, which adds no role to the token",
                ],
                toFindOut: EntraFixture.subject
            )
        ),
        Pitfall(
            "B4a B4b B4c B4d",
            withoutRole(nil),
            .open(
                "app-role-missing",
                [
                    "the token was issued before the assignment",
                    "the assignment is missing or to a different principal", "the assignment is to a group",
                    "the assignment is to Default Access, which adds no role to the token",
                ],
                toFindOut: "createdDateTime"
            )
        ),
        Pitfall(
            "B5",
            EvidenceFixture.evidence { $0.assignment = AssignmentFacts(isRequired: true, assigned: nil) },
            .cause("role-still-cached")
        ),
        Pitfall(
            "B6",
            EvidenceFixture.evidence {
                $0.assignment = AssignmentFacts(isRequired: false, assigned: issueDate)
            },
            .cause("assignment-not-required")
        ),
        Pitfall(
            "B7",
            .graph,
            "Request_BadRequest",
            "Permission being assigned was not found on application 'x'",
            .cause("app-role-not-found")
        ),
        Pitfall(
            "B8",
            .graph,
            "Request_BadRequest",
            "Not a valid reference update",
            .cause("reference-invalid")
        ),
        Pitfall(
            "B8",
            .graph,
            "Request_ResourceNotFound",
            "Resource 'x' does not exist or one of its queried reference-property objects are not present.",
            .cause("directory-object-not-found")
        ),
        Pitfall(
            "B9",
            .graph,
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation.",
            .cause("graph-right-missing")
        ),
        Pitfall(
            "B9",
            EvidenceFixture.evidence {
                $0.directoryProblem = Failure(
                    kind: .refused,
                    code: "Authorization_RequestDenied",
                    message: "Insufficient privileges to complete the operation.",
                    fix: "Look."
                )
            },
            .cause("graph-right-missing")
        ),
        Pitfall(
            "B10",
            .graph,
            "x",
            "Failed to add identifier URI api://x. All newly added URIs must contain a tenant verified domain",
            .cause("identifier-uri-refused")
        ),
        Pitfall("B10", .graph, "HostNameNotOnVerifiedDomain", "x", .cause("identifier-uri-refused")),
        Pitfall(
            "B11 B13",
            EvidenceFixture.token(["aud": .string(EvidenceFixture.other)]),
            .open(
                "audience-guid",
                [
                    "the application's optional claims include use_guid",
                    "the setting was changed after the token was issued, and the host still caches the token",
                ],
                toFindOut: "2025-10-09T08:53:20Z"
            )
        ),
        Pitfall(
            "B12 B13",
            EvidenceFixture.evidence {
                $0.token = .claims(EntraFixture.token(EvidenceFixture.versionTwo), seenBefore: true)
                $0.providers = nil
                $0.policy = .unknown
            },
            .open(
                "v2-token",
                [
                    "the application's api.requestedAccessTokenVersion is 2",
                    "the setting was changed after the token was issued, and the host still caches the token",
                ],
                toFindOut: "is the same as before"
            )
        ),
        Pitfall(
            "B12",
            EvidenceFixture.evidence {
                $0.request.audience = nil
                $0.identity?.source = .clientSecret
                $0.token = .claims(EntraFixture.token(EvidenceFixture.versionTwo))
                $0.policy = .unknown
            },
            .cause("provider-version")
        ),
        Pitfall(
            "B14",
            EvidenceFixture.evidence {
                $0.identity?.resourceID = "/subscriptions/s/x"
                let claims: [String: JSONValue?] = ["xms_mirid": .string("/subscriptions/S/x")]
                $0.token = .claims(EntraFixture.token(claims.merging(EvidenceFixture.otherIdentity) { $1 }))
            },
            .cause("identity-recreated")
        ),
        Pitfall(
            "B14",
            EvidenceFixture.policy(
                #"{"StringEquals": {"\#(EntraFixture.provider):sub": "\#(EvidenceFixture.other)"}}"#
            ),
            .cause("sub-mismatch")
        ),
    ]

    static let azureAtAWS: [Pitfall] = [
        Pitfall("C1 2a", EvidenceFixture.evidence { $0.providers = [] }, .cause("no-provider")),
        Pitfall(
            "C2 3a",
            EvidenceFixture.provider(clientIDs: ["api://other"]),
            .cause("audience-not-registered")
        ),
        Pitfall(
            "C3 1a",
            EvidenceFixture.policy(
                #"{"StringEquals": {"sts.windows.net/\#(EntraFixture.tenant):aud": "\#(EntraFixture.audience)"}}"#
            ),
            .cause("condition-key-slash")
        ),
        Pitfall(
            "C4",
            EvidenceFixture.evidence {
                $0.now = Date(timeIntervalSince1970: TimeInterval(EntraFixture.issued + 100_000))
            },
            .cause("token-expired")
        ),
        Pitfall(
            "C5 12",
            EvidenceFixture.refused("IDPCommunicationError", "x"),
            .open(
                "issuer-unreachable",
                [
                    "the fault is transient",
                    "AWS cannot reach the issuer, or the issuer takes longer than 5 s to respond",
                ],
                toFindOut: "later attempt"
            )
        ),
        Pitfall(
            "C6 4b",
            EvidenceFixture.evidence { $0.issuer = .published(keyIDs: ["k2"], took: .zero) },
            .cause("key-unknown")
        ),
        Pitfall(
            "C7 37",
            EvidenceFixture.policy(
                #"{"StringEquals": {"\#(EntraFixture.provider):aud": "\#(EntraFixture.audience)"}}"#
            ),
            .weakness("no-sub")
        ),
        Pitfall(
            "C8 1f",
            EvidenceFixture.policy(
                #"{"StringEquals": {"\#(EntraFixture.provider):appid": "\#(EntraFixture.clientID)"}}"#
            ),
            .cause("condition-key-unsupported")
        ),
        Pitfall(
            "C8 1f",
            EvidenceFixture.policy(
                #"{"ForAnyValue:StringEquals": {"\#(EntraFixture.provider):roles": "AssumeRoleWithWebIdentity"}}"#
            ),
            .cause("condition-key-unsupported")
        ),
        Pitfall(
            "C9 13",
            EvidenceFixture.evidence { $0.request.duration = .seconds(7200) },
            .cause("duration-over-maximum")
        ),
        Pitfall(
            "C10 1j",
            EvidenceFixture.policy(#"{"StringLike": {"sts:RoleSessionName": "MicrosoftSentinel_*"}}"#),
            .cause("session-name-mismatch")
        ),
        Pitfall(
            "C11 18",
            EvidenceFixture.refused(
                "RegionDisabledException",
                "STS is not activated in this region for account:1."
            ),
            .cause("region-disabled")
        ),
        Pitfall(
            "C12",
            EvidenceFixture.evidence {
                $0.assignment = AssignmentFacts(isRequired: true, assigned: nil)
                $0.exchange = .succeeded(
                    ExchangeAnswer(subject: EntraFixture.subject, duration: .seconds(3600))
                )
            },
            .cause("role-still-cached")
        ),
    ]
}
