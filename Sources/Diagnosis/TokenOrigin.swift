import Federation
import TrustPolicy

// Advice that compares the origin of a token (for example, a branch of a GitHub repository) with the required origin.

extension ConditionVerdict {
    /// Returns advice that compares a claim's value with the required value.
    ///
    /// For some claims of GitHub, the advice also describes how to get a token with the required value.
    ///
    /// `nil` if the condition tests no claim. For `sub`, also `nil` unless the subjects have GitHub's default form.
    ///
    /// Source: GitHub, "OpenID Connect reference": the claims of the token, and the forms of `sub`.
    func originAdvice(in context: DiagnosisContext) -> String? {
        guard let key = OIDCKey(condition.key), let claims = context.claims else { return nil }
        guard context.issuerKind == .gitHub else {
            guard name != "sub" else { return nil }
            return
                "The token's \(key.name) is \(foundText); the policy requires \(requiredText). Request a token with the required value."
        }
        if name == "sub" {
            guard let own = claims.subject.flatMap(GitHubSubject.init) else { return nil }
            let required = condition.values.prefix(3).compactMap(GitHubSubject.init).map(\.description)
            guard !required.isEmpty else { return nil }
            return "The token comes from \(own); the policy requires \(required.joined(separator: " or "))."
        }
        let way = Self.ways[name].map { " \($0) \(requiredText)." } ?? ""
        return "The token's \(key.name) is \(foundText); the policy requires \(requiredText).\(way)"
    }

    /// The instruction before a claim's required value in the advice, by claim.
    private static let ways = [
        "repository": "Run the workflow in the repository", "ref": "Run the workflow on the branch or tag",
        "environment": "Set environment of the workflow's job to",
        "job_workflow_ref": "Call the reusable workflow", "workflow": "Run the workflow",
        "actor": "Start the workflow as",
    ]
}

/// A subject of GitHub Actions: `repo:OWNER/REPOSITORY:ref:refs/heads/BRANCH`.
private struct GitHubSubject: CustomStringConvertible {
    let description: String

    /// Parses a subject or a pattern; `nil` unless the text has GitHub's default form.
    init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 2).map(String.init)
        guard parts.count == 3, parts[0] == "repo" else { return nil }
        let rest = parts[2]
        let place =
            if rest == "pull_request" {
                "a pull request"
            } else if rest == "*" {
                "any job"
            } else if let kind = ["ref:", "environment:"].first(where: rest.hasPrefix) {
                "the \(kind.dropLast()) \(rest.dropFirst(kind.count))"
            } else {
                rest
            }
        description = "\(place) of the repository \(parts[1])"
    }
}
