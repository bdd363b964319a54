import Federation

// What the host's variables tell of a source that is not there.
extension TokenSourceDiagnosis {
    var hostCause: Cause? {
        let isAbsent = ["source-unavailable", "unreachable", "timed-out", "not-a-token-endpoint"].contains(
            failure.code
        )
        guard isAbsent, let host = examination.evidence.host else { return nil }
        switch (source, host.place) {
        case (.appService, _) where !host.hasIdentityEndpoint,
            (.imds, .appService) where !host.hasIdentityEndpoint,
            (.imds, .containerApp) where !host.hasIdentityEndpoint:
            return endpointMissing(host)
        case (.workloadIdentity, .pod) where failure.code == "source-unavailable",
            (.imds, .pod) where !host.hasFederatedToken:
            return federatedTokenMissing(host)
        default: return nil
        }
    }

    private func endpointMissing(_ host: HostFacts) -> Cause {
        if host.disablesIdentity {
            return Cause(
                "identity-endpoint-disabled",
                "WEBSITE_DISABLE_MSI switches the app's token endpoint off.",
                evidence: "\(evidence); WEBSITE_DISABLE_MSI is set",
                fix: "Remove the setting WEBSITE_DISABLE_MSI from the app, then restart it."
            )
        }
        let isContainer = host.place == .containerApp
        return Cause(
            "identity-endpoint-missing",
            "The app has no IDENTITY_ENDPOINT, so it had no identity when it started.",
            evidence: "\(evidence); IDENTITY_ENDPOINT is not set",
            fix: isContainer
                ? "Start a new revision: az containerapp revision restart, after az containerapp identity assign."
                : "Restart the app: az webapp restart, after az webapp identity assign."
        )
        .leavingOpen(
            OpenQuestion(
                causes: [
                    "the app has no identity", "the identity was added after the start",
                    isContainer
                        ? "the identity's lifecycle is None or Init" : "the process lost its variables",
                ],
                tell: isContainer
                    ? "az containerapp show --query \"[identity, properties.configuration.identitySettings]\""
                    : "az webapp identity show lists the app's identities; compare with when the app started."
            )
        )
    }

    private func federatedTokenMissing(_ host: HostFacts) -> Cause {
        let seen = host.hasFederatedToken ? "is set, and names no usable file" : "is not set"
        return Cause(
            "federated-token-missing",
            "The pod has no federated token: the workload-identity webhook did not give it one.",
            evidence: "\(evidence); AZURE_FEDERATED_TOKEN_FILE \(seen)",
            fix: "Label the pod azure.workload.identity/use: \"true\", annotate its service account with "
                + "azure.workload.identity/client-id, then recreate the pod."
        )
        .leavingOpen(
            OpenQuestion(
                causes: [
                    "the pod lacks the label", "its service account lacks the annotation",
                    "the webhook is down",
                ],
                tell: "kubectl get pod POD -o yaml shows label, service account and volume; kubectl get "
                    + "mutatingwebhookconfigurations shows the webhook."
            )
        )
    }
}
