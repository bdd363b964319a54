import TrustPolicy

/// A change of a trust policy that cambist proposes after checks.
struct ProposedChange {
    let policy: TrustPolicy
    /// The change, as the beginning of a sentence.
    let advice: String

    /// Whether the proposal adds a statement and leaves the other statements unchanged.
    fileprivate var addsStatement: Bool { advice.hasPrefix("Alternatively, add a statement") }

    /// Whether the advice describes the command rather than the change: `The following command replaces the ARN`.
    private var describesCommand: Bool { !advice.hasPrefix("Alternatively, ") }

    /// Returns the fix that stores the proposed policy.
    ///
    /// - Parameters:
    ///   - sentence: The proposal's advice, as a sentence that ends with a colon.
    ///   - words: The advice before the sentence, which may be empty.
    ///   - context: The evidence.
    /// - Returns: The fix, without the sentence about the command if the command is not shown.
    func fix(_ sentence: String, after words: String, in context: DiagnosisContext) -> Fix {
        describesCommand
            ? context.storing(policy, advice: words, introduction: sentence)
            : context.storing(policy, advice: words.isEmpty ? sentence : "\(words) \(sentence)")
    }
}

/// The fixes of the causes in one statement of a trust policy.
///
/// A fix describes the changes in words and contains the proposed policy, if any.
struct DenialFixes {
    private let proposal: Result<ProposedChange, NoProposal>
    /// The reason that ``PolicyEdit/check(_:of:in:)`` refuses the changes in words; `nil` if there is none.
    private let refusal: NoProposal?
    private let index: Int
    private let context: DiagnosisContext
    private let alternatives: [String]

    init(
        _ proposal: Result<ProposedChange, NoProposal>,
        for reasons: [DenialReason],
        in index: Int,
        alternatives: [String] = [],
        _ context: DiagnosisContext
    ) {
        self.proposal = proposal
        refusal = PolicyEdit.refusal(of: reasons.compactMap(\.edit), in: index, context)
        self.index = index
        self.context = context
        self.alternatives = alternatives
    }

    /// Returns the fix for a cause: the changes in words, and the command of the proposal.
    ///
    /// Omits the changes in words if they fail the checks, and the command if there is no proposal.
    ///
    /// - Parameters:
    ///   - reason: The cause.
    ///   - transition: The adverb between the words and the proposal.
    /// - Returns: The fix.
    func fix(for reason: DenialReason, after transition: String = "Alternatively") -> Fix {
        guard let refusal else {
            let isPreferred = reason.prefersStatement && ((try? proposal.get())?.addsStatement ?? false)
            return fix(text(of: reason), after: isPreferred ? "Preferably" : transition)
        }
        let place = reason.edit?.changesVersion == true ? "Version" : "Statement[\(index)]"
        switch proposal {
        case .success(let change) where !change.addsStatement:
            return fix(reason.advice, after: "")
        case .success:
            let advice = Self.sentences(reason.advice, "Do not change \(place): \(refusal.clause).")
            return fix(advice, after: "Instead")
        case .failure(let failure) where failure.clause == refusal.clause:
            let subject = context.chain == nil ? "token" : "hub"
            return fix(Self.sentences(reason.advice, "Do not change \(place) for this \(subject)."))
        case .failure(let failure):
            let advice = Self.sentences(reason.advice, "Do not change \(place): \(refusal.clause).")
            let decision = failure.decision == nil ? refusal.decision ?? "" : ""
            return fix(advice, and: decision)
        }
    }

    /// Returns the fix for a further cause; a reference to the first cause replaces the repeated command.
    func furtherFix(for reason: DenialReason) -> Fix {
        let advice = refusal == nil ? reason.text : reason.advice
        switch proposal {
        case .success(let change) where context.roleName != nil:
            // `FixReferences` replaces the repeated command by that reference.
            return context.storing(change.policy, advice: advice)
        case .success:
            return Fix(Self.sentences(advice, "The proposed trust policy also removes this cause."))
                .asReference
        case .failure:
            return Fix(Self.sentences(advice, "cambist proposes no command for this cause either."))
                .asReference
        }
    }

    /// Returns a fix with the advice, and with the proposal or the reason that there is no proposal.
    ///
    /// - Parameters:
    ///   - advice: The advice before the proposal; may be empty.
    ///   - decision: The decision that the operator must make if there is no proposal; may be empty.
    ///   - transition: The adverb between the advice and the proposal; empty without advice.
    /// - Returns: The fix, or ``DiagnosisContext/withheldChange`` if that is not `nil`.
    private func fix(
        _ advice: String,
        and decision: String = "",
        after transition: String = "Alternatively"
    ) -> Fix {
        if let withheld = context.withheldChange { return withheld }
        return switch proposal {
        case .success(let proposal):
            proposal.fix(
                "\(context.offeringSetup(orProposal: proposal.advice, after: transition)):",
                after: Self.sentences(advice, context.providerPrecondition),
                in: context
            )
        case .failure(let reason):
            Fix(([Self.sentences(advice, reason.text, decision)] + alternatives).joined(separator: " "))
        }
    }

    /// Returns the text of a reason; if the change names the token's provider, includes the precondition.
    private func text(of reason: DenialReason) -> String {
        guard case .failure = proposal, case .providers = reason.edit?.part else { return reason.text }
        return Self.sentences(reason.text, context.providerPrecondition)
    }

    private static func sentences(_ sentences: String...) -> String {
        sentences.filter { !$0.isEmpty }.joined(separator: " ")
    }
}
