import Federation
import Foundation

/// Reports the steps of a setup on stderr.
struct SetupProgressText: Sendable {
    private let isShown: Bool

    /// Shows the steps when stderr is a terminal, or when every step is asked for.
    init(_ options: GlobalOptions) {
        isShown = options.verbose || ProcessEnvironment.isTerminal(STDERR_FILENO)
    }

    @Sendable func tell(_ step: SetupProgress) {
        guard isShown, let text = Self.text(step.phase) else { return }
        let name = VisibleText.oneLine(step.object.description, limit: 120)
        Report.say("\(name): \(VisibleText.oneLine(text, limit: 300))")
    }

    private static func text(_ phase: SetupProgress.Phase) -> String? {
        switch phase {
        case .reading: nil
        case .writing(let what): what
        case .waiting(let reason, let pause): "\(reason) (again in \(DurationText.format(pause)))"
        case .done(let changed): changed ? "done" : nil
        case .removed: "removed"
        case .kept(let reason): "stays: \(reason)"
        case .failed(let failure): "failed: \(failure.code): \(failure.message)"
        }
    }
}
