import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation
@testable import TrustPolicy

/// Fixes that need a provider that does not exist, or a client ID that its provider cannot take.
@Suite(.computing) struct ProviderPreconditionTests {
    private static let issuer = EntraFixture.provider
    private static let other = EvidenceFixture.other
    private static let denied =
        #"{"StringEquals":{"\#(issuer):aud":"\#(EntraFixture.audience)","\#(issuer):sub":"\#(other)"}}"#

    // A provider with the maximum number of client IDs.

    private static let full = (0..<100).map { "api://app-\($0)" }

    /// The number of client IDs, the change of the evidence, and whether another client ID can be added.
    ///
    /// Source: reference on AWS, IAM quotas: 100 client IDs per provider; LimitExceeded
    /// (ClientIdsPerOpenIdConnectProvider).
    static let lists: [(count: Int, refusal: String?, isVersionTwo: Bool, canAdd: Bool)] = [
        (99, nil, false, true), (100, nil, false, false), (100, "Incorrect token audience", false, false),
        (99, "Incorrect token audience", false, true), (100, nil, true, false), (99, nil, true, true),
    ]

    @Test(arguments: lists)
    func `no client ID is added to a full list`(
        count: Int,
        refusal: String?,
        isVersionTwo: Bool,
        canAdd: Bool
    ) throws {
        let evidence = EvidenceFixture.evidence {
            let url = isVersionTwo ? EvidenceFixture.versionTwoProvider : Self.issuer
            let arn = "arn:aws:iam::111122223333:oidc-provider/\(url)"
            $0.providers = [OIDCProvider(arn: arn, url: url, clientIDs: Array(Self.full.prefix(count)))]
            $0.request.mapping = "audit"
            if isVersionTwo {
                $0.token = .claims(EntraFixture.token(EvidenceFixture.versionTwo))
                $0.policy = .unknown
            }
            if let refusal {
                $0.exchange = .refused(
                    Failure(kind: .refused, code: "InvalidIdentityToken", message: refusal, fix: "")
                )
            }
        }
        let explanation = Explanation(evidence)
        let causes = explanation.causes
        let commands = causes.flatMap(\.commands)
        #expect(commands.contains { $0.contains("add-client-id") } == canAdd, "\(commands)")
        // Setup sets version 1, so a version 2 token is not for it.
        #expect(isVersionTwo || explanation.settledBySetup.isEmpty != canAdd)
        #expect(canAdd || explanation.settledBySetup.isEmpty)
        let text = causes.map(\.fix).joined(separator: "\n")
        #expect(text.contains("IAM refuses more than 100 (LimitExceeded)") != canAdd, "\(text)")
        #expect(text.contains("aws iam remove-client-id-from-open-id-connect-provider ") != canAdd, "\(text)")
        let offersSetup = causes.contains {
            $0.id.hasPrefix("audience") && $0.fix.contains("setup apply audit, or")
        }
        #expect(canAdd || !offersSetup, "\(text)")
    }

    // A provider that the account lacks.

    /// The URLs of the account's providers; `nil` if they could not be read, but STS finds no provider.
    @Test(arguments: [[], [String(issuer.dropLast())], ["token.actions.githubusercontent.com"], nil])
    func `a change that names a missing provider follows the creation of the provider`(urls: [String]?) throws
    {
        let evidence = EvidenceFixture.evidence {
            $0.providers = urls?.map {
                OIDCProvider(arn: "arn:aws:iam::111122223333:oidc-provider/\($0)", url: $0, clientIDs: [])
            }
            $0.policy = PolicyEvidence(document: EntraFixture.policy(condition: Self.denied))
            if urls == nil {
                $0.exchange = .refused(
                    Failure(
                        kind: .refused,
                        code: "InvalidIdentityToken",
                        message: EvidenceFixture.providerNotFound,
                        fix: ""
                    )
                )
            }
        }
        let causes = Explanation(evidence).causes
        let creation = try #require(
            causes.firstIndex { $0.commands.contains { $0.contains("create-open-id-connect-provider") } }
        )
        let change = try #require(
            causes.firstIndex { $0.commands.contains { $0.contains("update-assume-role-policy") } }
        )
        #expect(creation < change)
        #expect(
            causes[change].advice.contains(
                "First create the provider \(EntraFixture.providerARN), which the account does not have."
            ),
            "\(causes[change].advice)"
        )
        #expect(!causes.flatMap(\.commands).contains { $0.contains("add-client-id") })
    }

    @Test func `the words that name a missing provider state the same precondition`() throws {
        let evidence = EvidenceFixture.evidence {
            $0.providers = []
            $0.policy = PolicyEvidence(
                document: EntraFixture.policy(
                    condition: EntraFixture.validCondition,
                    principal:
                        #"{"Federated":"arn:aws:iam::111122223333:oidc-provider/\#(Self.issuer.dropLast())"}"#
                )
            )
        }
        let cause = try #require(Explanation(evidence).causes.first { $0.id == "principal-slash" })
        #expect(cause.advice.contains("Set Principal.Federated to \(EntraFixture.providerARN)"))
        #expect(
            cause.advice.contains("First create the provider \(EntraFixture.providerARN)"),
            "\(cause.advice)"
        )
    }

    @Test func `an existing provider is not created again`() {
        let evidence = EvidenceFixture.policy(Self.denied)
        #expect(!Explanation(evidence).causes.contains { $0.fix.contains("First create") })
    }
}
