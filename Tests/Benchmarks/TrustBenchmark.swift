import Federation
import Glibc
import TrustPolicy

extension Benchmark {
    /// Evaluations per second of CPU time of a policy of two statements, with a new request each time.
    static let trustAllowed = trust("offline trust evaluation, allowed", session: "cambist-audit")

    /// Evaluations per second for a denied token, which include the search for near misses.
    static let trustDenied = trust("offline trust evaluation, denied", session: "Cambist-audit")

    private static let required = 300_000.0
    private static let provider = "sts.windows.net/11111111-2222-3333-4444-555555555555/"
    private static let providerARN = "arn:aws:iam::111122223333:oidc-provider/\(provider)"
    private static let subject = "1ea7e6e0-7876-4d1c-aec5-7b1c927ede74"
    private static let policy = """
        {"Version": "2012-10-17", "Statement": [
          {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"},
          {"Effect": "Allow", "Principal": {"Federated": "\(providerARN)"}, "Action": "sts:AssumeRoleWithWebIdentity",
           "Condition": {
             "StringEquals": {"\(provider):aud": "api://audit",
               "\(provider):sub": ["8d9e6f1c-0000-4000-8000-000000000001", "\(subject)"]},
             "StringLike": {"sts:RoleSessionName": "cambist-*"}}}]}
        """

    private static func trust(_ name: String, session: String) -> Benchmark {
        Benchmark(name: name, target: "≥ 300,000 per second of CPU time") { _ in
            let policy = try TrustPolicy(parsing: policy)
            let claims = Claims(
                header: [:],
                payload: [
                    "iss": .string("https://\(provider)"), "aud": .string("api://audit"),
                    "sub": .string(subject),
                ]
            )
            let rounds = 200_000
            var allowed = 0
            let start = processorTime
            for _ in 0..<rounds {
                let context = RequestContext(
                    claims: claims,
                    federatedPrincipal: providerARN,
                    sessionName: session
                )
                let verdict = policy.evaluate(TrustRequest(federatedPrincipal: providerARN, context: context))
                if verdict.decision == .allow { allowed += 1 }
            }
            let rate = Double(rounds) / (processorTime - start)
            return Measurement(
                text: "\(Int(rate)) per second, \(allowed) of \(rounds) allowed",
                reachesTarget: rate >= required
            )
        }
    }

    /// The processor time of this process in seconds.
    private static var processorTime: Double { Double(clock()) / Double(CLOCKS_PER_SEC) }
}
