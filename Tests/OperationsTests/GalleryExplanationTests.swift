import AWS
import Azure
import Diagnosis
import ExchangeEngine
import Federation
import Foundation
import LabInterface
import Simulator
import TestSupport
import Testing
import Transport

@testable import Operations

/// Explanations of the gallery's mappings: the first cause is the one that blocks the exchange.
@Suite(.limited) struct GalleryExplanationTests {
    /// The first cause of each mapping, if it fails.
    static let first: KeyValuePairs<String, String?> = [
        "audit": nil, "client-secret": nil, "client-certificate": nil, "workload-identity": nil,
        "identity-not-found": "identity-not-found", "several-identities": "identity-ambiguous",
        "wrong-identity": "identity-mismatch", "imds-updating": "metadata-updating",
        "imds-missing": "metadata-updating", "imds-throttled": "metadata-throttled",
        "imds-failing": "entra-unavailable", "proxy-answers": "metadata-proxied",
        "not-imds": "metadata-proxied", "client-secret-wrong": "secret-wrong",
        "client-secret-expired": "secret-expired", "client-unknown": "client-unknown",
        "client-disabled": "client-disabled", "client-without-principal": "client-without-principal",
        "client-certificate-unknown": "assertion-signature", "tenant-unknown": "tenant-unknown",
        "federated-issuer": "federated-credential-mismatch",
        "federated-subject": "federated-credential-mismatch",
        "federated-audience": "federated-credential-mismatch",
        "federated-token-expired": "assertion-expired",
        "federated-issuer-private": "assertion-issuer-unreachable",
        "federated-key-unknown": "assertion-signature", "role-claim-removed": "role-still-cached",
        "not-assigned": "role-unassigned",
        "member-type-user": "member-type-user", "resource-unknown": "audience-misspelled",
        "resource-slash": "audience-slash", "resource-without-principal": "service-principal-missing",
        "resource-disabled": "resource-disabled", "managed-identity-as-resource": "identity-as-audience",
        "role-claim-missing": "role-unassigned",
        "role-claim-default-access": "role-unassigned",
        "role-claim-cached": "token-cached", "audience-is-guid": "audience-guid",
        "token-version-2": "v2-token", "token-expired": "token-expired",
        "token-key-unpublished": "key-unknown", "token-tampered": "signature-invalid",
        "token-malformed": "token-format", "user-token": "user-token",
        "provider-missing": "no-provider", "provider-without-slash": "provider-slash",
        "provider-version-2": "provider-version", "provider-audience": "audience-form",
        "provider-unreachable": "issuer-unreachable", "provider-thumbprint": "thumbprint-mismatch",
        "provider-claim-rejected": "claim-rejected", "role-missing": "role-not-found",
        "trust-key-without-slash": "condition-key-slash", "trust-audience": "value-guid-for-uri",
        "trust-subject-other": "sub-mismatch", "identity-recreated": "identity-recreated",
        "trust-subject-client-id": "sub-is-client-id",
        "trust-subject-capitals": "value-case", "trust-subject-wildcard": "wildcard-under-equals",
        "trust-provider-arn": "principal-slash", "trust-action": "action-mismatch",
        "trust-unknown-key": "condition-key-unsupported", "trust-session-name": "session-name-mismatch",
        "trust-explicit-deny": "denied-explicitly", "trust-without-subject": nil,
        "denied-by-organization": "denied-beyond-trust", "duration-too-long": "duration-over-maximum",
        "region-disabled": "region-disabled", "packed-policy-too-large": "session-policy-too-large",
        "session-policy-malformed": "session-policy-malformed",
        "sts-throttled": "throttled", "spoke": nil, "chain-not-permitted": "hub-not-permitted",
        "chain-untrusted": "hub-untrusted", "chain-external-id": "external-id-mismatch",
        "chain-external-id-missing": "external-id-missing", "chain-tags": "tag-session-missing",
        "chain-role-missing": "role-not-found", "chain-hub-fails": "hub-failed",
    ]

    private static let options = ContextOptions(variables: [:], warn: { _ in })

    @Test func `every failing mapping is explained by its cause`() async throws {
        let clock = ManualTime()
        let lab = try await Lab.start(LabOptions(scenario: "gallery"), time: clock)
        let text = ConfigurationText(
            text: lab.configurationText,
            path: "lab",
            variables: lab.report.environment(over: [:]),
            options: Self.options
        )
        let causes: [String: [String]]
        do {
            causes = try await Self.causes(text, time: SteppingTime(clock: clock))
        } catch {
            await lab.stop()
            throw error
        }
        await lab.stop()
        #expect(Set(causes.keys) == Set(Self.first.map(\.key)))
        for (name, cause) in Self.first {
            #expect(causes[name]?.first == cause, "\(name): \(causes[name] ?? [])")
        }
    }

    private static func causes(
        _ text: ConfigurationText,
        time: SteppingTime
    ) async throws -> [String: [String]] {
        let context = try ApplicationContext.open(text, options, time: time)
        let explainer = context.explain
        var causes: [String: [String]] = [:]
        for mapping in context.configuration.current.mappings {
            var explanation = Explanation(await explainer.evidence(of: mapping).evidence)
            // A new assignment is visible only after replication.
            for _ in 0..<30 where mapping.id == "role-claim-cached" && !explanation.names("token-cached") {
                try await time.sleep(for: .seconds(10))
                explanation = Explanation(await explainer.evidence(of: mapping).evidence)
            }
            causes[mapping.id] = explanation.causes.map(\.id)
        }
        await context.close()
        return causes
    }
}

extension Explanation {
    fileprivate func names(_ id: String) -> Bool {
        causes.contains { $0.id == id }
    }
}
