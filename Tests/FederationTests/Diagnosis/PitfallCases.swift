import Foundation
import Testing

@testable import Federation

/// Evidence of an exchange that works, and changes to it.
enum Case {
    static let role = RoleARN(Fixture.roleARN)
    static let record = OIDCProvider(
        arn: Fixture.providerARN,
        url: "https://\(Fixture.provider)",
        clientIDs: [Fixture.audience]
    )

    static var sound: Evidence {
        Evidence(
            request: RequestFacts(
                audience: Fixture.audience,
                appRole: "AssumeRoleWithWebIdentity",
                roleARN: role,
                region: "eu-west-1",
                sessionName: "cambist-audit",
                duration: .seconds(3600)
            ),
            identity: ManagedIdentity(
                id: "logging",
                clientID: Fixture.clientID,
                principalID: Fixture.subject
            ),
            token: .claims(Fixture.token()),
            role: .found(RoleFacts(maximumSession: .seconds(3600))),
            policy: PolicyEvidence(document: Fixture.policy(condition: Fixture.soundCondition)),
            providers: [record],
            now: Fixture.now
        )
    }

    static func evidence(_ change: (inout Evidence) -> Void) -> Evidence {
        var evidence = sound
        change(&evidence)
        return evidence
    }

    static func token(_ changes: [String: JSONValue?]) -> Evidence {
        evidence { $0.token = .claims(Fixture.token(changes)) }
    }

    static func policy(_ condition: String?, principal: String? = nil, action: String? = nil) -> Evidence {
        evidence {
            $0.policy = PolicyEvidence(
                document: Fixture.policy(
                    condition: condition,
                    principal: principal ?? #"{"Federated": "\#(Fixture.providerARN)"}"#,
                    action: action ?? #""Action": "sts:AssumeRoleWithWebIdentity""#
                )
            )
        }
    }

    static func provider(url: String = Fixture.provider, clientIDs: [String] = [Fixture.audience]) -> Evidence
    {
        evidence {
            let arn = "arn:aws:iam::111122223333:oidc-provider/\(url)"
            $0.providers = [OIDCProvider(arn: arn, url: url, clientIDs: clientIDs)]
        }
    }

    static func noToken(_ code: String, _ message: String, _ source: TokenSourceKind) -> Evidence {
        evidence {
            let failure = Failure(kind: .refused, code: code, message: message, fix: "Look.")
            $0.token = .failed(failure, source: source)
        }
    }

    static func refused(_ code: String, _ message: String, _ change: (inout Evidence) -> Void = { _ in })
        -> Evidence
    {
        evidence {
            $0.exchange = .refused(Failure(kind: .refused, code: code, message: message, fix: "Look."))
            change(&$0)
        }
    }

    static func called(_ code: String, _ message: String) -> Evidence {
        evidence {
            $0.exchange = .callFailed(Failure(kind: .refused, code: code, message: message, fix: "Look."))
        }
    }

    static let denied = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
    static let other = "99999999-8888-7777-6666-555555555555"
    static let versionTwo: [String: JSONValue?] = [
        "ver": .string("2.0"), "iss": .string("https://login.microsoftonline.com/\(Fixture.tenant)/v2.0"),
        "aud": .string(other), "azp": .string(Fixture.clientID), "appid": nil,
    ]
}

/// A row of what can go wrong, the evidence of it, and the cause to be named first.
struct PitfallCase: CustomTestStringConvertible {
    let name: String
    let evidence: Evidence
    let first: String

    init(_ name: String, _ evidence: Evidence, _ first: String) {
        self.name = name
        self.evidence = evidence
        self.first = first
    }

    var testDescription: String { "\(name): \(first)" }

    static let source: [PitfallCase] = [
        .init(
            "A1",
            Case.evidence {
                $0.token = .failed(
                    Failure(kind: .unreachable, code: "unreachable", message: "timed out", fix: "Look."),
                    source: .imds
                )
            },
            "unreachable"
        ),
        .init("A2", Case.noToken("502", "<html>", .imds), "metadata-proxied"),
        .init(
            "A3",
            Case.noToken("400", "Required metadata header not specified", .imds),
            "metadata-header-missing"
        ),
        .init("A4", Case.noToken("invalid_request", "Identity not found", .imds), "identity-not-found"),
        .init(
            "A5",
            Case.noToken("invalid_request", "Multiple user assigned identities exist, please", .imds),
            "identity-ambiguous"
        ),
        .init(
            "A7",
            Case.noToken("400", "No User Assigned or Delegated Managed Identity found for", .appService),
            "identity-not-found"
        ),
        .init(
            "A8",
            Case.noToken("500", "An unexpected error occured while fetching the AAD Token.", .appService),
            "token-fetch-failed"
        ),
        .init("A10", Case.noToken("410", "", .imds), "metadata-updating"),
        .init(
            "A11",
            Case.noToken("x", "expected a 401 response, received 404", .azureArc),
            "arc-challenge-missing"
        ),
        .init("A12", Case.noToken("tls", "the thumbprint differs", .serviceFabric), "certificate-mismatch"),
        .init("A14", Case.noToken("1", "Please run 'az login'", .azureCLI), "cli-not-signed-in"),
        .init(
            "A16",
            Case.noToken("invalid_client", "AADSTS700213: No matching", .workloadIdentity),
            "federated-credential-mismatch"
        ),
        .init(
            "A17",
            Case.noToken("invalid_client", "AADSTS700024: Client assertion", .workloadIdentity),
            "assertion-expired"
        ),
        .init(
            "A18",
            Case.noToken("invalid_request", "AADSTS90061: Request to External OIDC", .workloadIdentity),
            "assertion-issuer-unreachable"
        ),
        .init(
            "B1",
            Case.noToken("invalid_resource", "AADSTS500011: The resource principal", .imds),
            "audience-unknown"
        ),
        .init("B2", Case.noToken("invalid_request", "AADSTS100040: x", .imds), "identity-as-audience"),
        .init("B3", Case.noToken("invalid_grant", "AADSTS501051: Application", .imds), "role-unassigned"),
        .init("unknown", Case.noToken("418", "teapot", .imds), "source-refused"),
    ]

    static let token: [PitfallCase] = [
        .init("6", Case.evidence { $0.token = .malformed(.wrongPartCount(1)) }, "token-format"),
        .init(
            "4d",
            Case.evidence {
                $0.token = .claims(Claims(header: ["alg": .string("HS256")], payload: Fixture.claims))
            },
            "algorithm-unsupported"
        ),
        .init("7", Case.token(["sub": nil]), "claim-missing"),
        .init("7b", Case.token(["exp": .string("1760086700")]), "claim-missing"),
        .init("8", Case.token(["iss": .string("sts.windows.net/x/")]), "issuer-not-url"),
        .init("A6", Case.token(["appid": .string(Case.other)]), "identity-mismatch"),
        .init(
            "A13",
            Case.token(["scp": .string("user_impersonation"), "sub": .string("pairwise")]),
            "user-token"
        ),
        .init("B11", Case.token(["aud": .string(Case.other)]), "audience-guid"),
        .init(
            "B14",
            Case.evidence {
                $0.identity?.resourceID = "/subscriptions/s/x"
                $0.token = .claims(
                    Fixture.token([
                        "oid": .string(Case.other), "sub": .string(Case.other),
                        "xms_mirid": .string("/subscriptions/s/x"),
                    ])
                )
            },
            "identity-recreated"
        ),
        .init("B2b", Case.evidence { $0.request.audience = Fixture.clientID }, "identity-as-audience"),
        .init("3d", Case.token(["aud": .string("https://management.azure.com/")]), "audience-microsoft"),
        .init("aud", Case.token(["aud": .string(Fixture.audience + "/")]), "audience-mismatch"),
        .init(
            "C4",
            Case.evidence { $0.now = Date(timeIntervalSince1970: TimeInterval(Fixture.issued + 100_000)) },
            "token-expired"
        ),
        .init(
            "nbf",
            Case.evidence { $0.now = Date(timeIntervalSince1970: TimeInterval(Fixture.issued - 1000)) },
            "token-not-yet-valid"
        ),
        .init("4b", Case.evidence { $0.publishedKeyIDs = ["k2"] }, "key-unknown"),
    ]

    static let provider: [PitfallCase] = [
        .init("C1/2a", Case.evidence { $0.providers = [] }, "no-provider"),
        .init("2b", Case.provider(url: "sts.windows.net/\(Fixture.tenant)"), "provider-slash"),
        .init(
            "2c/B12",
            Case.provider(url: "login.microsoftonline.com/\(Fixture.tenant)/v2.0"),
            "provider-version"
        ),
        .init("2d", Case.provider(url: "sts.windows.net/\(Case.other)/"), "provider-tenant"),
        .init(
            "2e",
            Case.evidence { $0.request.roleARN = RoleARN("arn:aws:iam::444455556666:role/audit") },
            "provider-account"
        ),
        .init("C2/3a", Case.provider(clientIDs: ["api://other"]), "audience-not-registered"),
        .init(
            "3b",
            Case.evidence {
                $0.request.audience = nil
                $0.token = .claims(Fixture.token(Case.versionTwo))
                $0.providers = [
                    OIDCProvider(
                        url: "login.microsoftonline.com/\(Fixture.tenant)/v2.0",
                        clientIDs: [Case.other]
                    )
                ]
            },
            "audience-azp"
        ),
        .init("3c", Case.provider(clientIDs: [Fixture.audience + "/"]), "audience-form"),
        .init("3c GUID", Case.provider(clientIDs: [Case.other]), "audience-form"),
        .init(
            "multiple",
            Case.token(["aud": .array([.string(Fixture.audience), .string("b")])]),
            "audience-multiple"
        ),
        .init(
            "2 by STS",
            Case.refused("InvalidIdentityToken", "No OpenIDConnect provider found in your account for x") {
                $0.providers = nil
            },
            "no-provider"
        ),
        .init(
            "3 by STS",
            Case.refused("InvalidIdentityToken", "Incorrect token audience") { $0.providers = nil },
            "audience-not-registered"
        ),
        .init(
            "4 by STS",
            Case.refused(
                "InvalidIdentityToken",
                "Couldn't retrieve verification key from your identity provider"
            ),
            "verification-key"
        ),
        .init(
            "5",
            Case.refused(
                "InvalidIdentityToken",
                "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint"
            ),
            "thumbprint-mismatch"
        ),
    ]

    static let trust: [PitfallCase] = [
        .init(
            "1a/C3",
            Case.policy(
                #"{"StringEquals": {"sts.windows.net/\#(Fixture.tenant):aud": "\#(Fixture.audience)"}}"#
            ),
            "condition-key-slash"
        ),
        .init(
            "1b",
            Case.policy(#"{"StringEquals": {"\#(Fixture.provider):sub": "\#(Fixture.clientID)"}}"#),
            "sub-is-client-id"
        ),
        .init(
            "1b other",
            Case.policy(#"{"StringEquals": {"\#(Fixture.provider):sub": "\#(Case.other)"}}"#),
            "sub-mismatch"
        ),
        .init(
            "1c",
            Case.policy(#"{"StringEquals": {"\#(Fixture.provider):aud": "\#(Fixture.audience)/"}}"#),
            "value-final-slash"
        ),
        .init(
            "1c GUID",
            Case.policy(#"{"StringEquals": {"\#(Fixture.provider):aud": "\#(Case.other)"}}"#),
            "value-guid-for-uri"
        ),
        .init(
            "1c other",
            Case.policy(#"{"StringEquals": {"\#(Fixture.provider):aud": "api://other"}}"#),
            "aud-mismatch"
        ),
        .init("1d", Case.evidence { $0.role = .missing }, "role-not-found"),
        .init("1d partition", Case.evidence { $0.request.region = "cn-north-1" }, "partition-mismatch"),
        .init(
            "1e slash",
            Case.policy(
                Fixture.soundCondition,
                principal:
                    #"{"Federated": "arn:aws:iam::111122223333:oidc-provider/sts.windows.net/\#(Fixture.tenant)"}"#
            ),
            "principal-slash"
        ),
        .init(
            "1e account",
            Case.policy(
                Fixture.soundCondition,
                principal: #"{"Federated": "arn:aws:iam::444455556666:oidc-provider/\#(Fixture.provider)"}"#
            ),
            "principal-account"
        ),
        .init(
            "1e tenant",
            Case.policy(
                Fixture.soundCondition,
                principal:
                    #"{"Federated": "arn:aws:iam::111122223333:oidc-provider/sts.windows.net/\#(Case.other)/"}"#
            ),
            "principal-tenant"
        ),
        .init(
            "1e other",
            Case.policy(Fixture.soundCondition, principal: #"{"AWS": "111122223333"}"#),
            "principal-mismatch"
        ),
        .init(
            "1f/C8",
            Case.policy(#"{"StringEquals": {"\#(Fixture.provider):appid": "\#(Fixture.clientID)"}}"#),
            "condition-key-unsupported"
        ),
        .init(
            "1g",
            Case.policy(#"{"StringEquals": {"\#(Fixture.provider):aud": "api://*"}}"#),
            "wildcard-under-equals"
        ),
        .init(
            "1g case",
            Case.policy(
                #"{"StringEquals": {"\#(Fixture.provider):sub": "\#(Fixture.subject.uppercased())"}}"#
            ),
            "value-case"
        ),
        .init(
            "1h",
            Case.policy(Fixture.soundCondition, action: #""Action": "sts:AssumeRole""#),
            "action-mismatch"
        ),
        .init(
            "1h tags",
            Case.token([
                "https://aws.amazon.com/tags": .object([
                    "principal_tags": .object(["a": .array([.string("b")])])
                ])
            ]),
            "tag-session-missing"
        ),
        .init(
            "1h source",
            Case.token(["https://aws.amazon.com/source_identity": .string("a")]),
            "set-source-identity-missing"
        ),
        .init(
            "1j session/C10",
            Case.policy(#"{"StringLike": {"sts:RoleSessionName": "MicrosoftSentinel_*"}}"#),
            "session-name-mismatch"
        ),
        .init(
            "1j date",
            Case.policy(#"{"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}"#),
            "outside-dates"
        ),
        .init("1j absent", Case.policy(#"{"StringEquals": {"aws:PrincipalOrgID": "o-1"}}"#), "key-absent"),
        .init(
            "1j deny",
            Case.evidence {
                $0.policy = PolicyEvidence(
                    document: TrustVerdictTests.withDenial(
                        #"{"Effect": "Deny", "Principal": "*", "Action": "sts:*"}"#
                    )
                )
            },
            "denied-explicitly"
        ),
        .init(
            "1j unknown",
            Case.policy(#"{"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}"#),
            "depends-on-unknown"
        ),
        .init(
            "1k",
            Case.refused("AccessDenied", Case.denied) { $0.lastChange = Fixture.now - 30 },
            "settling"
        ),
        .init("1l", Case.refused("AccessDenied", Case.denied), "denied-beyond-trust"),
        .init(
            "1 unread",
            Case.refused("AccessDenied", Case.denied) { $0.policy = .unknown },
            "not-authorized"
        ),
        .init(
            "9",
            Case.token(["https://aws.amazon.com/roles": .string("arn:aws:iam::111122223333:role/other")]),
            "role-not-in-token"
        ),
        .init(
            "24",
            Case.policy(nil, principal: #"{"Federated": "arn:aws:iam:::oidc-provider/x"}"#),
            "federated-principal-malformed"
        ),
        .init("25", Case.policy(nil, action: #""Action": "s3:*""#), "policy-action-not-sts"),
    ]

    static let exchange: [PitfallCase] = [
        .init(
            "10a",
            Case.refused(
                "ExpiredTokenException",
                "Token expired: current date/time \(Fixture.issued + 3600) must be before the expiration date/time 1"
            ),
            "token-expired"
        ),
        .init(
            "10b",
            Case.refused(
                "ExpiredTokenException",
                "Token expired: current date/time \(Fixture.issued + 90000) must be before the expiration date/time 1"
            ),
            "clock-offset"
        ),
        .init("11", Case.refused("IDPRejectedClaim", "x"), "claim-rejected"),
        .init("12/C5", Case.refused("IDPCommunicationError", "x"), "issuer-unreachable"),
        .init("13/C9", Case.evidence { $0.request.duration = .seconds(7200) }, "duration-over-maximum"),
        .init(
            "13 by STS",
            Case.refused(
                "ValidationError",
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
            ),
            "duration-over-maximum"
        ),
        .init("15", Case.refused("ValidationError", "1 validation error detected"), "request-invalid"),
        .init("16", Case.refused("PackedPolicyTooLarge", "x"), "session-policy-too-large"),
        .init("17", Case.refused("MalformedPolicyDocument", "x"), "session-policy-malformed"),
        .init(
            "18/C11",
            Case.refused("RegionDisabledException", "STS is not activated in this region"),
            "region-disabled"
        ),
        .init("19", Case.refused("Throttling", "Rate exceeded"), "throttled"),
        .init(
            "20",
            Case.called("SignatureDoesNotMatch", "Credential should be scoped to a valid region. "),
            "signature-scope"
        ),
        .init("21", Case.called("InvalidClientTokenId", "x"), "credentials-invalid"),
        .init("22", Case.called("ExpiredToken", "x"), "credentials-expired"),
        .init(
            "23",
            Case.called("AccessDenied", "User: x is not authorized to perform: s3:ListBucket"),
            "permission-denied"
        ),
        .init(
            "35",
            Case.evidence {
                $0.request.duration = .seconds(7200)
                $0.role = .unknown
                $0.exchange = .succeeded(ExchangeAnswer(subject: Fixture.subject, duration: .seconds(3600)))
            },
            "session-shorter"
        ),
        .init(
            "D13",
            Case.evidence { $0.exchange = .succeeded(ExchangeAnswer(subject: "x")) },
            "answer-subject"
        ),
        .init("unknown", Case.refused("Strange", "x"), "unknown-error"),
    ]
}
