/// What a watch waits for.
package enum WatchCause: String, CaseIterable, Hashable, Sendable, Codable {
    /// Entra does not show the assignment yet, or there is none: directories replicate for minutes.
    case assignment
    /// Entra or the host does not find something that the token is asked for or with: it is new, or named wrongly.
    case directory
    /// A token from before the change is served, for up to a day.
    case cachedToken = "cached-token"
    /// IAM does not show a role, a provider or a policy yet: seconds, rarely two minutes.
    case iam
    /// Something in the way that no propagation explains: network, throttling, a clock.
    case trouble
    /// All steps passed, though not yet three times in a row.
    case stability

    /// Whether it passes by itself as clouds settle, so that waits for it can be learned from.
    package var isPropagation: Bool {
        switch self {
        case .assignment, .directory, .cachedToken, .iam: true
        case .trouble, .stability: false
        }
    }

    /// What is waited for, in words that follow "waiting for".
    package var words: String {
        switch self {
        case .assignment: "the assignment"
        case .directory: "the directory"
        case .cachedToken: "a new token"
        case .iam: "IAM"
        case .trouble: "an answer"
        case .stability: "three successes in a row"
        }
    }
}
