/// The reason that one part of a statement does not match a request.
struct DenialReason {
    let id: String
    let summary: String
    /// The observed facts, which directly follow the statement's path: a space and a verb, or a colon.
    let evidence: String
    /// The advice that does not change the policy; may be empty.
    var advice = ""
    /// The change of the policy that corrects this part, if any.
    var edit: PolicyEdit?
    /// Whether a separate statement for the token is preferable to the change, which other callers may need undone.
    var prefersStatement = false

    /// The advice and the words of the change.
    var text: String {
        [advice, edit?.words ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
    }
}
