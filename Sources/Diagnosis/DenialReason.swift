/// The reason that one part of a statement does not match a request.
struct DenialReason {
    let id: String
    let summary: String
    /// The evidence after `Statement[0]`: for example, ` has Action sts:GetCallerIdentity`, or a colon and a condition.
    let evidence: String
    /// Advice that needs no change of the policy; may be empty.
    var advice = ""
    /// The correction of the policy, if any.
    var edit: PolicyEdit?
    /// Whether a new statement is better than ``edit``, because other callers may need the present statement.
    var prefersStatement = false

    /// The advice and the sentences that describe the change.
    var text: String {
        [advice, edit?.words ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
    }
}
