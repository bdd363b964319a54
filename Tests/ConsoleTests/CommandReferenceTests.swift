import Drawing
import Federation
import Foundation
import Propagation
import TestSupport
import Testing

@testable import Console
@testable import Diagnosis

/// The configuration file in the commands that the console suggests.
@Suite(.computing) struct CommandReferenceTests {
    private static let reference = ConfigurationReference(path: "own.yaml", isOption: true)
    private static let failure = Failure(
        kind: .refused,
        code: "AccessDenied",
        message: "Not authorized.",
        fix: "Run `cambist explain billing`, or `cambist setup apply billing`."
    )

    /// Returns a console with the panel open; the fix of every failure is a command.
    private static func console(showing id: Panel.ID) throws -> ConsoleState {
        var state = try ConsoleFixture.everyState(columns: 200, rows: 60, reference: reference)
        let mapping = try #require(state.mappings["billing"]?.mapping)
        for (number, step) in [ExchangeStep.token, .exchange].enumerated() {
            let record = ExchangeRecord(
                id: 50 + number,
                at: ConsoleFixture.start + Double(number),
                mapping: mapping.id,
                identity: mapping.identity,
                roleARN: mapping.roleARN,
                steps: [StepRecord(step: step, outcome: .failed, duration: .zero, failure: failure)]
            )
            ConsoleFixture.send(.exchanged(.background, record), to: &state)
        }
        var watch = WatchFixture.watch(mapping, before: 40, [])
        _ = watch.event(.expired(ConsoleFixture.start))
        ConsoleFixture.send(.pastWatchesLoaded([watch]), to: &state)
        let inspection = RoleInspection(problem: failure, at: ConsoleFixture.start)
        ConsoleFixture.send(.explained(mapping.id, .background, inspection), to: &state)
        state.mappings.list.reveal("billing")
        let key = try #require(Binding.all.first { $0.id == id.rawValue }?.keys.first)
        for effect in ConsoleFixture.send(.key(key), to: &state) {
            switch effect {
            case .planSetup(_, let request):
                ConsoleFixture.send(.setupPlanned(request, .failure(failure)), to: &state)
            case .explain(let id, let request, _, _, _):
                ConsoleFixture.send(.explained(id, request, inspection), to: &state)
            case .readHistory(let page, let request):
                let known = (0..<state.history.count).map { state.history[$0] }
                ConsoleFixture.send(
                    .historyRead(request, .success(Array(known.prefix(page.limit)))),
                    to: &state
                )
            default: break
            }
        }
        return state
    }

    /// The screen's words, without the line breaks and the border that can be inside a command.
    private static func text(of state: ConsoleState) -> String {
        view(state).text.replacing("│", with: " ").split(whereSeparator: \.isWhitespace)
            .joined(separator: " ")
    }

    @Test(arguments: Panel.lists.filter { $0 != .help })
    func `each panel names the configuration file in the commands that it shows`(id: Panel.ID) throws {
        var state = try Self.console(showing: id)
        for script in ["", "<Enter>"] {
            try ConsoleFixture.press(script, in: &state)
            for command in Self.text(of: state).matches(of: /`cambist [^`]*`/) {
                #expect(command.output.contains(" -c own.yaml"), "\(id.rawValue): \(command.output)")
            }
        }
    }

    @Test(arguments: [Panel.ID.mappings, .history, .identities, .trust, .explain, .setup, .watch])
    func `the advice on a failure is shown with its command`(id: Panel.ID) throws {
        let state = try Self.console(showing: id)
        #expect(Self.text(of: state).contains("`cambist explain -c own.yaml billing`"))
    }

    @Test func `a notice names the configuration file in its commands`() throws {
        var state = try ConsoleFixture.everyState(columns: 120, reference: Self.reference)
        ConsoleFixture.send(.noticed(Notice(.error, "Failed. `cambist config edit` opens it.")), to: &state)
        #expect(view(state).text.contains("`cambist config edit -c own.yaml` opens it."))
    }
}
