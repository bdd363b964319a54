import Federation
import Foundation

/// Prints the steps of a setup on stderr when it is a terminal, or with `--verbose`.
struct SetupProgressText: Sendable {
    private let isShown: Bool

    init(_ options: GlobalOptions) {
        isShown = options.verbose || ProcessEnvironment.isTerminal(STDERR_FILENO)
    }

    @Sendable func report(_ step: SetupProgress) {
        guard isShown, let text = Self.text(step.phase) else { return }
        let name = VisibleText.oneLine(step.object.description, limit: 120)
        Report.say("\(name): \(VisibleText.oneLine(text, limit: 300))")
    }

    private static func text(_ phase: SetupProgress.Phase) -> String? {
        switch phase {
        case .reading: nil
        case .writing(let title): title
        case .waiting(let reason, let pause): "\(reason) (next read in \(DurationText.format(pause)))"
        case .done(let changed): changed ? "done" : nil
        case .removed: "removed"
        case .kept(let reason): "kept: \(reason)"
        case .failed(let failure): "failed: \(failure.code): \(failure.message)"
        }
    }
}
