import AWS
import Azure
import Diagnosis
import ExchangeEngine
import Federation
import Foundation
import LabInterface
import Simulator
import Synchronization
import TestSupport
import Testing
import Transport

@testable import Operations

/// Every mapping of the gallery explained online: what stands in the way comes first.
@Suite struct GalleryExplanationTests {
    /// The cause that each mapping is named after, none for those that work.
    ///
    /// From the tables of pitfalls of both clouds.
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
        "member-type-user": "role-unassigned", "resource-unknown": "audience-unknown",
        "resource-slash": "audience-unknown", "resource-without-principal": "audience-unknown",
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
        "sts-throttled": "throttled",
    ]

    /// The machine's clock, on which waiting takes no time but between requests that would be too many.
    private final class HastyTime: TimeSource {
        private let slept = Mutex(Duration.zero)

        var now: Date { SystemTime().now }
        var uptime: Duration { SystemTime().uptime + slept.withLock(\.self) }

        func sleep(for duration: Duration) async throws {
            try Task.checkCancellation()
            if duration < .milliseconds(500) { return try await SystemTime().sleep(for: duration) }
            slept.withLock { $0 += duration }
        }
    }

    private static let options = ContextOptions(variables: [:], warn: { _ in })

    @Test func `every mapping is explained by the cause that it is named after`() async throws {
        let lab = try await Lab.start(LabOptions(scenario: "gallery", speed: 60), time: SystemTime())
        let text = ConfigurationText(
            text: lab.configurationText,
            path: "lab",
            variables: lab.report.environment(over: [:]),
            options: Self.options
        )
        let causes: [String: [String]]
        do {
            causes = try await Self.causes(text)
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

    private static func causes(_ text: ConfigurationText) async throws -> [String: [String]] {
        let time = HastyTime()
        let context = try ApplicationContext.open(text, options, time: time)
        let explainer = context.explain
        var causes: [String: [String]] = [:]
        for mapping in context.configuration.current.mappings {
            var explanation = Explanation(await explainer.evidence(of: mapping).evidence)
            // The directory shows an assignment that was just made only after a while.
            for _ in 0..<200 where mapping.id == "role-claim-cached" && !explanation.names("token-cached") {
                try await SystemTime().sleep(for: .milliseconds(100))
                explanation = Explanation(await explainer.evidence(of: mapping).evidence)
            }
            causes[mapping.id] = explanation.causes.map(\.id)
            // The lab counts requests by the real clock, on which the retries before took no time.
            let pause = mapping.tags.contains("imds") ? 1200 : 60
            try await SystemTime().sleep(for: .milliseconds(pause))
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
