import Foundation
import TestSupport

@testable import Diagnosis
@testable import Federation

// Pitfalls of AWS, numbered 1 to 40.
extension Pitfall {
    private static func secondsAgo(_ seconds: TimeInterval) -> Date { EntraFixture.now - seconds }

    private static func federated(_ arn: String) -> Evidence {
        EvidenceFixture.policy(EntraFixture.validCondition, principal: #"{"Federated": "\#(arn)"}"#)
    }

    static let denials: [Pitfall] = [
        Pitfall(
            "1b",
            EvidenceFixture.policy(
                #"{"StringEquals": {"\#(EntraFixture.provider):sub": "\#(EntraFixture.clientID)"}}"#
            ),
            .cause("sub-is-client-id")
        ),
        Pitfall(
            "1c",
            EvidenceFixture.policy(
                #"{"StringEquals": {"\#(EntraFixture.provider):aud": "\#(EntraFixture.audience)/"}}"#
            ),
            .cause("value-final-slash")
        ),
        Pitfall(
            "1c",
            EvidenceFixture.policy(
                #"{"StringEquals": {"\#(EntraFixture.provider):aud": "\#(EvidenceFixture.other)"}}"#
            ),
            .cause("value-guid-for-uri")
        ),
        Pitfall(
            "1c",
            EvidenceFixture.policy(#"{"StringEquals": {"\#(EntraFixture.provider):aud": "api://other"}}"#),
            .cause("aud-mismatch")
        ),
        Pitfall("1d", EvidenceFixture.evidence { $0.role = .missing }, .cause("role-not-found")),
        Pitfall(
            "1d",
            EvidenceFixture.evidence {
                $0.role =
                    RoleARN("arn:aws:iam::111122223333:role/x/audit").map(RoleEvidence.atOtherPath)
                    ?? .unknown
            },
            .cause("role-path")
        ),
        Pitfall(
            "1d",
            EvidenceFixture.evidence { $0.request.region = "cn-north-1" },
            .cause("partition-mismatch")
        ),
        Pitfall(
            "1d",
            EvidenceFixture.refused(
                "invalid-request",
                "RoleArn is in partition aws, but cn-north-1 is in aws-cn"
            ) {
                $0.request.region = "cn-north-1"
            },
            .cause("partition-mismatch")
        ),
        Pitfall(
            "1e",
            federated("arn:aws:iam::111122223333:oidc-provider/sts.windows.net/\(EntraFixture.tenant)"),
            .cause("principal-slash")
        ),
        Pitfall(
            "1e",
            federated("arn:aws:iam::444455556666:oidc-provider/\(EntraFixture.provider)"),
            .cause("principal-account")
        ),
        Pitfall(
            "1e",
            federated("arn:aws:iam::111122223333:oidc-provider/sts.windows.net/\(EvidenceFixture.other)/"),
            .cause("principal-tenant")
        ),
        Pitfall(
            "1e",
            EvidenceFixture.policy(EntraFixture.validCondition, principal: #"{"AWS": "111122223333"}"#),
            .cause("principal-mismatch")
        ),
        Pitfall(
            "1g",
            EvidenceFixture.policy(#"{"StringEquals": {"\#(EntraFixture.provider):aud": "api://*"}}"#),
            .cause("wildcard-under-equals")
        ),
        Pitfall(
            "1g",
            EvidenceFixture.policy(
                #"{"StringEquals": {"\#(EntraFixture.provider):sub": "\#(EntraFixture.subject.uppercased())"}}"#
            ),
            .cause("value-case")
        ),
        Pitfall(
            "1h",
            EvidenceFixture.policy(EntraFixture.validCondition, action: #""Action": "sts:AssumeRole""#),
            .cause("action-mismatch")
        ),
        Pitfall(
            "1h",
            EvidenceFixture.token([
                "https://aws.amazon.com/tags": .object([
                    "principal_tags": .object(["a": .array([.string("b")])])
                ])
            ]),
            .cause("tag-session-missing")
        ),
        Pitfall(
            "1h",
            EvidenceFixture.token(["https://aws.amazon.com/source_identity": .string("ci")]),
            .cause("set-source-identity-missing")
        ),
        Pitfall(
            "1i",
            EvidenceFixture.evidence {
                $0.request.audience = nil
                $0.token = .claims(EntraFixture.token(EvidenceFixture.versionTwo))
                $0.providers = nil
                $0.policy = PolicyEvidence(
                    document: EntraFixture.policy(
                        condition:
                            #"{"StringEquals": {"\#(EvidenceFixture.versionTwoProvider):aud": "\#(EvidenceFixture.other)"}}"#,
                        principal:
                            #"{"Federated": "arn:aws:iam::111122223333:oidc-provider/\#(EvidenceFixture.versionTwoProvider)"}"#
                    )
                )
            },
            .cause("aud-is-not-azp")
        ),
        Pitfall(
            "1j",
            EvidenceFixture.evidence {
                $0.policy = PolicyEvidence(
                    document: EntraFixture.withDenial(
                        #"{"Effect": "Deny", "Principal": "*", "Action": "sts:*"}"#
                    )
                )
            },
            .cause("denied-explicitly")
        ),
        Pitfall(
            "1j",
            EvidenceFixture.policy(#"{"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}"#),
            .cause("outside-dates")
        ),
        Pitfall(
            "1j",
            EvidenceFixture.evidence {
                $0.policy =
                    EvidenceFixture.policy(#"{"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}"#).policy
                $0.request.sourceIP = "198.51.100.1"
            },
            .cause("source-ip-mismatch")
        ),
        Pitfall(
            "1j",
            EvidenceFixture.policy(#"{"StringLike": {"aws:UserAgent": "cambist*"}}"#),
            .open(
                "depends-on-unknown",
                [
                    "the condition on aws:UserAgent fails",
                    "the condition is met, and AWS refuses the call for another reason",
                ],
                toFindOut: "CloudTrail"
            )
        ),
        Pitfall(
            "1j",
            EvidenceFixture.policy(#"{"StringEquals": {"aws:PrincipalOrgID": "o-1"}}"#),
            .cause("key-absent")
        ),
        Pitfall(
            "1k",
            EvidenceFixture.refused("AccessDenied", EvidenceFixture.denied) {
                $0.lastChange = SetupChange(at: secondsAgo(30))
            },
            .cause("settling")
        ),
        Pitfall(
            "1k",
            EvidenceFixture.refused("AccessDenied", EvidenceFixture.denied) {
                $0.role = .found(RoleFacts(created: secondsAgo(119)))
            },
            .cause("settling")
        ),
        Pitfall(
            "1k",
            EvidenceFixture.refused("AccessDenied", EvidenceFixture.denied) {
                $0.lastChange = SetupChange(at: secondsAgo(5))
                $0.policy = .unknown
            },
            .open(
                "settling",
                ["the role does not exist", "the trust policy does not match"],
                toFindOut: "aws iam get-role"
            )
        ),
        Pitfall(
            "1l",
            EvidenceFixture.refused("AccessDenied", EvidenceFixture.denied) {
                $0.lastChange = SetupChange(at: secondsAgo(121))
            },
            .open(
                "denied-beyond-trust",
                [
                    "a resource control policy denies the call",
                    "the policy that cambist read is out of date",
                ],
                toFindOut: "CloudTrail"
            )
        ),
        Pitfall(
            "1d 1e 1l",
            EvidenceFixture.refused("AccessDenied", EvidenceFixture.denied) { $0.policy = .unknown },
            .open(
                "not-authorized",
                [
                    "the role does not exist", "the trust policy does not match",
                    "a service control policy or resource control policy denies the call",
                ],
                toFindOut: "aws iam get-role"
            )
        ),
    ]

    static let providers: [Pitfall] = [
        Pitfall(
            "2b",
            EvidenceFixture.provider(url: "sts.windows.net/\(EntraFixture.tenant)"),
            .cause("provider-slash")
        ),
        Pitfall(
            "2c",
            EvidenceFixture.provider(url: EvidenceFixture.versionTwoProvider),
            .cause("provider-version")
        ),
        Pitfall(
            "2d",
            EvidenceFixture.provider(url: "sts.windows.net/\(EvidenceFixture.other)/"),
            .cause("provider-tenant")
        ),
        Pitfall(
            "2e",
            EvidenceFixture.evidence { $0.request.roleARN = RoleARN("arn:aws:iam::444455556666:role/audit") },
            .cause("provider-account")
        ),
        Pitfall(
            "2a 2b 2c 2d 2e 2f",
            EvidenceFixture.refused("InvalidIdentityToken", EvidenceFixture.providerNotFound) {
                $0.providers = nil
            },
            .open(
                "no-provider",
                [
                    "the role's account has no provider",
                    "the provider's URL lacks the issuer's trailing slash, or is the issuer of the other token version",
                    "the provider is for another tenant", "the account in the role's ARN is wrong",
                    "the provider was created recently",
                ],
                toFindOut: "list-open-id-connect-providers"
            )
        ),
        Pitfall(
            "2f",
            EvidenceFixture.refused("InvalidIdentityToken", EvidenceFixture.providerNotFound) {
                $0.providers?[0].created = secondsAgo(20)
            },
            .cause("settling")
        ),
        Pitfall(
            "2f",
            EvidenceFixture.refused("InvalidIdentityToken", EvidenceFixture.providerNotFound) {
                $0.lastChange = SetupChange(at: secondsAgo(119))
            },
            .cause("settling")
        ),
        Pitfall(
            "2f",
            EvidenceFixture.refused("InvalidIdentityToken", EvidenceFixture.providerNotFound) {
                $0.lastChange = SetupChange(at: secondsAgo(119))
                $0.providers = nil
            },
            .open(
                "settling",
                ["the role's account has no provider"],
                toFindOut: "list-open-id-connect-providers"
            )
        ),
        Pitfall(
            "2f",
            EvidenceFixture.refused("InvalidIdentityToken", EvidenceFixture.providerNotFound) {
                $0.lastChange = SetupChange(at: secondsAgo(121))
            },
            .open(
                "provider-unseen",
                ["STS still has an older version of the provider"],
                toFindOut: "CloudTrail"
            )
        ),
        Pitfall(
            "3b",
            EvidenceFixture.evidence {
                $0.request.audience = nil
                $0.token = .claims(EntraFixture.token(EvidenceFixture.versionTwo))
                $0.providers = [
                    OIDCProvider(url: EvidenceFixture.versionTwoProvider, clientIDs: [EvidenceFixture.other])
                ]
            },
            .cause("audience-azp")
        ),
        Pitfall(
            "3c",
            EvidenceFixture.provider(clientIDs: [EntraFixture.audience + "/"]),
            .cause("audience-form")
        ),
        Pitfall("3c", EvidenceFixture.provider(clientIDs: [EvidenceFixture.other]), .cause("audience-form")),
        Pitfall(
            "3c",
            EvidenceFixture.provider(clientIDs: [EntraFixture.audience.uppercased()]),
            .cause("audience-form")
        ),
        Pitfall(
            "3d",
            EvidenceFixture.token(["aud": .string("https://management.azure.com/")]),
            .cause("audience-microsoft")
        ),
        Pitfall(
            "3e",
            EvidenceFixture.refused("InvalidIdentityToken", "Incorrect token audience") {
                $0.lastChange = SetupChange(at: secondsAgo(1))
            },
            .cause("settling")
        ),
        Pitfall(
            "3e",
            EvidenceFixture.refused("InvalidIdentityToken", "Incorrect token audience") {
                $0.providers?[0].created = secondsAgo(60)
            },
            .cause("settling")
        ),
        Pitfall(
            "3e",
            EvidenceFixture.refused("InvalidIdentityToken", "Incorrect token audience"),
            .open(
                "audience-unseen",
                ["another program changed the provider recently"],
                toFindOut: "CloudTrail"
            )
        ),
        Pitfall(
            "3a 3c 3e",
            EvidenceFixture.refused("InvalidIdentityToken", "Incorrect token audience") {
                $0.providers = nil
            },
            .open(
                "audience-not-registered",
                [
                    "the audience is not among the client IDs", "the audience is listed in a different form",
                    "the audience was added recently",
                ],
                toFindOut: "get-open-id-connect-provider"
            )
        ),
        Pitfall(
            "4a 4b 4c",
            EvidenceFixture.refused(
                "InvalidIdentityToken",
                "Couldn't retrieve verification key from your identity provider,  please reference x"
            ),
            .open(
                "verification-key",
                [
                    "the fault is transient", "the issuer does not publish the key",
                    "AWS cannot reach the issuer",
                ],
                toFindOut: "kid"
            )
        ),
        Pitfall(
            "4a",
            EvidenceFixture.refused(
                "InvalidIdentityToken",
                "Couldn't retrieve verification key from your identity provider"
            ) {
                $0.issuer = .published(keyIDs: ["k1"], took: .milliseconds(80))
            },
            .open(
                "verification-key",
                ["the fault is transient", "the issuer responds to this host but not to AWS"],
                toFindOut: "three attempts"
            )
        ),
        Pitfall(
            "4c",
            EvidenceFixture.refused(
                "InvalidIdentityToken",
                "Couldn't retrieve verification key from your identity provider"
            ) {
                $0.token = .claims(EntraFixture.token(["iss": .string("https://login.example/")]))
                $0.providers = nil
                $0.policy = .unknown
                $0.issuer = .unreadable("https://login.example/ is about another.")
            },
            .cause("issuer-unreadable")
        ),
        Pitfall(
            "4c",
            EvidenceFixture.refused(
                "InvalidIdentityToken",
                "Couldn't retrieve verification key from your identity provider"
            ) {
                $0.issuer = .published(keyIDs: ["k1"], took: .seconds(6))
            },
            .cause("issuer-slow")
        ),
        Pitfall(
            "4c",
            EvidenceFixture.refused(
                "InvalidIdentityToken",
                "Couldn't retrieve verification key from your identity provider"
            ) {
                $0.issuer = .published(keyIDs: ["k1"], counts: ["RSA": 101], took: .zero)
            },
            .cause("issuer-keys-too-many")
        ),
        Pitfall(
            "4d",
            EvidenceFixture.evidence {
                $0.token = .claims(Claims(header: ["alg": .string("HS256")], payload: EntraFixture.claims))
            },
            .cause("algorithm-unsupported")
        ),
        Pitfall(
            "5",
            EvidenceFixture.refused(
                "InvalidIdentityToken",
                "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint"
            ),
            .open(
                "thumbprint-mismatch",
                [
                    "the provider's thumbprint is out of date",
                    "the issuer's chain ends at a private authority, or a proxy in front of the issuer inspects TLS",
                ],
                toFindOut: "openssl s_client -showcerts -connect sts.windows.net:443"
            )
        ),
    ]

    static let exchanges: [Pitfall] = [
        Pitfall(
            "6",
            EvidenceFixture.evidence { $0.token = .malformed(.wrongPartCount(1)) },
            .cause("token-format")
        ),
        Pitfall(
            "6",
            EvidenceFixture.noToken("token-format", "The file holds no token: x", .file),
            .cause("token-format")
        ),
        Pitfall(
            "6",
            EvidenceFixture.refused(
                "InvalidIdentityToken",
                "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
            ),
            .cause("not-a-jwt")
        ),
        Pitfall("7", EvidenceFixture.token(["sub": nil]), .cause("claim-missing")),
        Pitfall("7", EvidenceFixture.token(["exp": .string("1760086700")]), .cause("claim-missing")),
        Pitfall(
            "7",
            EvidenceFixture.refused("InvalidIdentityToken", "Missing a required claim: sub") {
                $0.token = .none
            },
            .cause("claim-missing")
        ),
        Pitfall("8", EvidenceFixture.token(["iss": .string("sts.windows.net/x/")]), .cause("issuer-not-url")),
        Pitfall(
            "9",
            EvidenceFixture.token([
                "https://aws.amazon.com/roles": .string("arn:aws:iam::111122223333:role/other")
            ]),
            .cause("role-not-in-token")
        ),
        Pitfall(
            "9",
            EvidenceFixture.refused(
                "InvalidIdentityToken",
                "The target role ARN is not present in the roles claim of the identity token"
            ),
            .cause("role-not-in-token")
        ),
        Pitfall(
            "10a",
            EvidenceFixture.refused(
                "ExpiredTokenException",
                "Token expired: current date/time \(EntraFixture.issued + 3600) must be before the expiration date/time 1"
            ),
            .cause("token-expired")
        ),
        Pitfall(
            "10b",
            EvidenceFixture.refused(
                "ExpiredTokenException",
                "Token expired: current date/time \(EntraFixture.issued + 90000) must be before the expiration date/time 1"
            ),
            .cause("clock-offset")
        ),
        Pitfall(
            "11",
            EvidenceFixture.refused("IDPRejectedClaim", "x"),
            .open(
                "claim-rejected",
                ["the token has expired, or the issuer revoked the token", "the identity is disabled"],
                toFindOut: "accountEnabled"
            )
        ),
        Pitfall(
            "13",
            EvidenceFixture.refused(
                "ValidationError",
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
            ),
            .cause("duration-over-maximum")
        ),
        Pitfall(
            "14",
            EvidenceFixture.refused(
                "ValidationError",
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
            ),
            .cause("duration-over-chaining-limit")
        ),
        Pitfall(
            "15",
            EvidenceFixture.refused(
                "ValidationError",
                "1 validation error detected: Value 'a b' at 'roleSessionName' failed"
            ),
            .cause("request-invalid")
        ),
        Pitfall(
            "15",
            EvidenceFixture.refused(
                "invalid-request",
                "RoleSessionName: 2 to 64 letters, digits, or characters of _+=,.@-, not a b"
            ),
            .cause("request-invalid")
        ),
        Pitfall(
            "16",
            EvidenceFixture.refused("PackedPolicyTooLarge", "x"),
            .cause("session-policy-too-large")
        ),
        Pitfall(
            "16",
            EvidenceFixture.evidence { $0.exchange = .succeeded(ExchangeAnswer(packedPolicySize: 97)) },
            .cause("session-policy-nearly-full")
        ),
        Pitfall(
            "17",
            EvidenceFixture.refused("MalformedPolicyDocument", "x"),
            .cause("session-policy-malformed")
        ),
        Pitfall("19", EvidenceFixture.refused("Throttling", "Rate exceeded"), .cause("throttled")),
        Pitfall(
            "20a",
            EvidenceFixture.failedCall(
                "SignatureDoesNotMatch",
                "Credential should be scoped to a valid region. "
            ),
            .cause("signature-scope")
        ),
        Pitfall(
            "20b 20c",
            EvidenceFixture.failedCall(
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match"
            ),
            .open(
                "signature-mismatch",
                [
                    "this host's clock is off by more than 15 minutes",
                    "a proxy changes the request",
                ],
                toFindOut: "cambist doctor"
            )
        ),
        Pitfall(
            "20c",
            EvidenceFixture.failedCall(
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match"
            ) {
                $0.clockOffset = ClockOffset(offset: .seconds(1000), uncertainty: .milliseconds(500))
            },
            .cause("clock-offset")
        ),
        Pitfall(
            "21a",
            EvidenceFixture.evidence {
                $0.role = .found(RoleFacts(id: "AROANEW"))
                $0.exchange = .callFailed(
                    Failure(kind: .refused, code: "InvalidClientTokenId", message: "x", fix: "Look."),
                    roleID: "AROAOLD"
                )
            },
            .cause("role-recreated")
        ),
        Pitfall(
            "21a",
            EvidenceFixture.failedCall("InvalidClientTokenId", "x") {
                $0.role = .missing
                $0.request.roleARN = nil
            },
            .cause("role-deleted")
        ),
        Pitfall(
            "21a 21b 21c 21d",
            EvidenceFixture.failedCall(
                "InvalidClientTokenId",
                "The security token included in the request is invalid."
            ),
            .open(
                "credentials-invalid",
                [
                    "the role was deleted or recreated",
                    "the keys and the session token belong to different sessions",
                    "the role is in a different partition",
                    "the session token is from the global endpoint, and the region is an opt-in region",
                ],
                toFindOut: "AssumedRoleId"
            )
        ),
        Pitfall("22", EvidenceFixture.failedCall("ExpiredToken", "x"), .cause("credentials-expired")),
        Pitfall(
            "23",
            EvidenceFixture.failedCall(
                "probe-failed",
                "aws exited with status 254: An error occurred (AccessDenied) when calling the ListBuckets operation: "
                    + "User: x is not authorized to perform: s3:ListAllMyBuckets"
            ),
            .open(
                "permission-denied",
                [
                    "no policy of the role allows the call",
                    "the role's permissions boundary excludes the call",
                    "the mapping's session policy excludes the call",
                    "a service control policy denies the call",
                ],
                toFindOut: "kind of policy"
            )
        ),
        Pitfall(
            "35",
            EvidenceFixture.evidence {
                $0.request.duration = .seconds(7200)
                $0.role = .unknown
                $0.exchange = .succeeded(
                    ExchangeAnswer(subject: EntraFixture.subject, duration: .seconds(3600))
                )
            },
            .cause("session-shorter")
        ),
        Pitfall("36", EvidenceFixture.policy(nil), .weakness("no-condition")),
        Pitfall(
            "38",
            EvidenceFixture.policy(
                #"{"ForAllValues:StringEquals": {"\#(EntraFixture.provider):sub": "\#(EntraFixture.subject)"}}"#
            ),
            .weakness("for-all-values-guard")
        ),
        Pitfall(
            "38",
            EvidenceFixture.policy(#"{"StringNotEquals": {"\#(EntraFixture.provider):sub": "x"}}"#),
            .weakness("negated-guard")
        ),
        Pitfall(
            "38",
            EvidenceFixture.policy(
                #"{"StringEqualsIfExists": {"\#(EntraFixture.provider):sub": "\#(EntraFixture.subject)"}}"#
            ),
            .weakness("if-exists-guard")
        ),
        Pitfall(
            "39",
            EvidenceFixture.refused(
                "not-aws",
                "sts.example returned HTTP 200 without a valid AWS response: <html>"
            ) {
                $0.request.endpoint = "https://sts.example/ (AWS_ENDPOINT_URL_STS)"
            },
            .cause("not-aws")
        ),
        Pitfall("39", EvidenceFixture.refused("tls", "No trusted TLS connection to x."), .cause("tls")),
        Pitfall(
            "40",
            EvidenceFixture.evidence {
                $0.reader = ReaderFacts(
                    source: "AWS_ACCESS_KEY_ID",
                    shadowed: ["profile admin (AWS_PROFILE)"],
                    problem: Failure(kind: .refused, code: "other-account", message: "x", fix: "Look.")
                )
            },
            .open(
                "credentials-shadowed",
                [
                    "the service has different variables from this shell",
                    "AWS_PROFILE and AWS_DEFAULT_PROFILE name different profiles",
                    "the service's token file ends in a line break, which SDKs send as part of the token",
                ],
                toFindOut: "aws configure list"
            )
        ),
    ]

    static let setups: [Pitfall] = [
        Pitfall(
            "24",
            .iam,
            "MalformedPolicyDocument",
            "Federated principals must be valid domain names or SAML metadata ARNs",
            .cause("federated-principal-malformed")
        ),
        Pitfall(
            "24",
            federated("arn:aws:iam:::oidc-provider/x"),
            .cause("federated-principal-malformed")
        ),
        Pitfall(
            "25",
            .iam,
            "MalformedPolicyDocument",
            "Has prohibited field Resource",
            .cause("policy-not-trust")
        ),
        Pitfall(
            "25",
            .iam,
            "MalformedPolicyDocument",
            "AssumeRole policy may only specify STS AssumeRole actions.",
            .cause("policy-action-not-sts")
        ),
        Pitfall(
            "25",
            .iam,
            "MalformedPolicyDocument",
            "Missing required field Principal",
            .cause("policy-malformed")
        ),
        Pitfall(
            "25",
            EvidenceFixture.policy(nil, action: #""Action": "s3:*""#),
            .cause("policy-action-not-sts")
        ),
        Pitfall(
            "25",
            EvidenceFixture.policy(
                nil,
                action: #""Action": "sts:AssumeRoleWithWebIdentity", "Resource": "*""#
            ),
            .cause("policy-not-trust")
        ),
        Pitfall(
            "26",
            .iam,
            "LimitExceeded",
            "Cannot exceed quota for ACLSizePerRole: 2048",
            .cause("policy-too-large")
        ),
        Pitfall(
            "26",
            EvidenceFixture.policy(
                #"{"StringEquals": {"\#(EntraFixture.provider):sub": ["\#(EntraFixture.subject)", "\#(String(repeating: "x", count: 2000))"]}}"#
            ),
            .weakness("over-2048")
        ),
        Pitfall(
            "27",
            .iam,
            "LimitExceeded",
            "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100",
            .cause("client-ids-full")
        ),
        Pitfall(
            "28",
            .iam,
            "EntityAlreadyExists",
            "Provider with url https://x already exists.",
            .cause("provider-exists")
        ),
        Pitfall("29", .iam, "NoSuchEntity", "The role with name x cannot be found.", .cause("not-found")),
        Pitfall(
            "30",
            .iam,
            "ValidationError",
            "Invalid Open ID Connect Provider URL",
            .cause("provider-url-invalid")
        ),
        Pitfall("31", .iam, "OpenIdIdpCommunicationError", "x", .cause("thumbprint-not-fetched")),
        Pitfall(
            "32",
            .iam,
            "DeleteConflict",
            "Cannot delete entity, must detach all policies first.",
            .cause("policies-left")
        ),
        Pitfall(
            "33",
            .iam,
            "AccessDenied",
            "User: x is not authorized to perform: iam:GetRole on resource: y",
            .cause("iam-right-missing")
        ),
        Pitfall("34", .iam, "ConcurrentModification", "x", .cause("changed-meanwhile")),
    ]
}
