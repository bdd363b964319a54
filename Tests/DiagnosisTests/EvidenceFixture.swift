import Foundation
import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation

extension Cause {
    /// The lines of the fix's commands.
    var commandLines: [String] { commands.flatMap { $0.split(separator: "\n").map(String.init) } }
}

/// The evidence of an exchange that works, and variations of it.
enum EvidenceFixture {
    static let role = RoleARN(EntraFixture.roleARN)
    static let record = OIDCProvider(
        arn: EntraFixture.providerARN,
        url: "https://\(EntraFixture.provider)",
        clientIDs: [EntraFixture.audience]
    )

    static var valid: Evidence {
        Evidence(
            request: RequestFacts(
                audience: EntraFixture.audience,
                appRole: "AssumeRoleWithWebIdentity",
                roleARN: role,
                region: "eu-west-1",
                sessionName: "cambist-audit",
                duration: .seconds(3600)
            ),
            identity: ManagedIdentity(
                id: "logging",
                clientID: EntraFixture.clientID,
                principalID: EntraFixture.subject
            ),
            token: .claims(EntraFixture.token()),
            role: .found(RoleFacts(maximumSession: .seconds(3600))),
            policy: PolicyEvidence(document: EntraFixture.policy(condition: EntraFixture.validCondition)),
            providers: [record],
            now: EntraFixture.now
        )
    }

    static func evidence(_ change: (inout Evidence) -> Void) -> Evidence {
        var evidence = valid
        change(&evidence)
        return evidence
    }

    static func token(_ changes: [String: JSONValue?]) -> Evidence {
        evidence { $0.token = .claims(EntraFixture.token(changes)) }
    }

    static func policy(_ condition: String?, principal: String? = nil, action: String? = nil) -> Evidence {
        evidence {
            $0.policy = PolicyEvidence(
                document: EntraFixture.policy(
                    condition: condition,
                    principal: principal ?? #"{"Federated": "\#(EntraFixture.providerARN)"}"#,
                    action: action ?? #""Action": "sts:AssumeRoleWithWebIdentity""#
                )
            )
        }
    }

    static func provider(url: String = EntraFixture.provider, clientIDs: [String] = [EntraFixture.audience])
        -> Evidence
    {
        evidence {
            let arn = "arn:aws:iam::111122223333:oidc-provider/\(url)"
            $0.providers = [OIDCProvider(arn: arn, url: url, clientIDs: clientIDs)]
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

    static func failedCall(_ code: String, _ message: String, _ change: (inout Evidence) -> Void = { _ in })
        -> Evidence
    {
        evidence {
            $0.exchange = .callFailed(Failure(kind: .refused, code: code, message: message, fix: "Look."))
            change(&$0)
        }
    }

    /// Returns the evidence of a failed token request on a host with these variables.
    static func noToken(
        _ code: String,
        _ message: String,
        _ source: TokenSourceKind,
        variables: [String: String] = [:],
        _ change: (inout Evidence) -> Void = { _ in }
    ) -> Evidence {
        evidence {
            let failure = Failure(kind: .refused, code: code, message: message, fix: "Look.")
            $0.token = .failed(failure, source: source)
            $0.host = HostFacts(variables: variables)
            change(&$0)
        }
    }

    static let providerNotFound =
        "No OpenIDConnect provider found in your account for https://\(EntraFixture.provider)"
    static let fetchFailed = "An unexpected error occured while fetching the AAD Token."
    static let unassigned =
        "AADSTS501051: Application 'x'(y) is not assigned to a role for the application 'z'(w)."
    static let denied = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
    static let other = "99999999-8888-7777-6666-555555555555"
    static let otherClient = "bbbbbbbb-cccc-dddd-eeee-ffffffffffff"
    /// The claims with the IDs of another identity: no two identities have the same client ID or the same object ID.
    static let otherIdentity: [String: JSONValue?] = [
        "oid": .string(other), "sub": .string(other), "appid": .string(otherClient),
    ]
    static let versionTwo: [String: JSONValue?] = [
        "ver": .string("2.0"),
        "iss": .string("https://login.microsoftonline.com/\(EntraFixture.tenant)/v2.0"),
        "aud": .string(other), "azp": .string(EntraFixture.clientID), "appid": nil,
    ]
    static let versionTwoProvider = "login.microsoftonline.com/\(EntraFixture.tenant)/v2.0"

    /// Returns the federated token of a pod, which expires in `seconds`.
    static func assertion(result seconds: Int = 3600) -> Claims {
        Claims(
            header: [:],
            payload: [
                "iss": .string("https://oidc.example/x"), "sub": .string("system:serviceaccount:ns:sa"),
                "aud": .string("api://AzureADTokenExchange"),
                "exp": .integer(EntraFixture.issued + 3600 + seconds),
            ]
        )
    }
}
