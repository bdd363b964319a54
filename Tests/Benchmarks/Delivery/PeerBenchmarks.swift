import Federation
import Foundation

extension Benchmark {
    private static let rounds = 7
    private static let requiredRatio = 40.0

    /// azure-identity and boto3 for the same credentials, compared with `credential-process` from the cache.
    static let python = peer("azure-identity + boto3, cold", target: "≥ 40 × cached credential-process") {
        harness in
        let script = try harness.write(
            """
            import os
            import boto3
            from azure.identity import ManagedIdentityCredential
            fact = lambda name: os.environ["CAMBIST_LAB_" + name]
            token = ManagedIdentityCredential(client_id=fact("CLIENT_ID")).get_token(fact("AUDIENCE") + "/.default")
            boto3.client("sts").assume_role_with_web_identity(
                RoleArn=fact("ROLE_ARN"), RoleSessionName="peer", WebIdentityToken=token.token)
            """,
            to: "peer.py"
        )
        return [LabHarness.python, script]
    }

    /// `curl` and the `aws` command for the same credentials.
    static let shell = peer("curl + aws sts, cold", target: "for comparison") { harness in
        let script = try harness.write(
            """
            query="api-version=2018-02-01&client_id=$CAMBIST_LAB_CLIENT_ID&resource=$CAMBIST_LAB_AUDIENCE"
            token=$(curl -sf -H Metadata:true "$AZURE_POD_IDENTITY_AUTHORITY_HOST/metadata/identity/oauth2/token?$query" |
                sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
            exec aws sts assume-role-with-web-identity --role-arn "$CAMBIST_LAB_ROLE_ARN" --role-session-name peer \\
                --web-identity-token "$token"
            """,
            to: "peer.sh"
        )
        return ["/bin/sh", script]
    }

    private static func peer(
        _ name: String,
        target: String,
        command: @escaping @Sendable (LabHarness) throws -> [String]
    ) -> Benchmark {
        Benchmark(name: name, target: target) { time in
            guard FileManager.default.isExecutableFile(atPath: LabHarness.python) else {
                return Measurement(
                    text: "not measured: Tests/Peers/run installs the peers",
                    reachesTarget: false
                )
            }
            return try LabHarness.with(time: time) { harness in
                let process = ChildProcess(command: try command(harness), environment: harness.environment)
                let usages = try process.runs(rounds, time: time)
                let cached = try harness.cambist("credential-process", "audit").runs(rounds, time: time)
                let (peer, own) = (usages.map(\.cpu).median, cached.map(\.cpu).median)
                let ratio = peer / own
                let isCompared = target.contains("40")
                return Measurement(
                    text: "\(peer.text) CPU, \(usages.map(\.wall).median.text) wall, \(Int(ratio)) × cached",
                    reachesTarget: !isCompared || ratio >= requiredRatio
                )
            }
        }
    }
}
