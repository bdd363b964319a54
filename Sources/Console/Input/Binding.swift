package import Drawing
import Federation

/// An action with its keys, the panels where it is valid, and its description.
///
/// The help, the footer, the README's table of keys, and the `keys:` of the configuration derive from these values.
/// To add a key, define a value and list it in ``all``.
package struct Binding: Sendable, Identifiable {
    /// The name under `keys:` in the configuration.
    package let id: String
    /// The default keys.
    package let keys: [Key]
    /// The panels where the binding is valid; `nil` for all.
    package let panels: [Panel.ID]?
    /// A description for the help, on one line.
    package let help: String
    /// A short label for the footer; `nil` if the footer never shows the binding.
    package let label: String?
    /// Whether a read-only console refuses the action (for example, an exchange, a watch, or a change of the clouds).
    package let isChange: Bool
    /// Whether the action only moves the cursor or scrolls the detail.
    let isMove: Bool
    /// Returns the reason why the action is not possible now; `nil` when it is possible.
    private let obstacle: @Sendable (ConsoleState) -> String?
    /// Whether the footer may show the action's key now.
    private let isUseful: @Sendable (ConsoleState) -> Bool
    package let perform: @Sendable (inout ConsoleState) -> [Effect]

    init(
        _ id: String,
        _ keys: [Key],
        in panels: [Panel.ID]? = nil,
        help: String,
        label: String? = nil,
        isChange: Bool = false,
        isMove: Bool = false,
        obstacle: @escaping @Sendable (ConsoleState) -> String? = { _ in nil },
        isUseful: @escaping @Sendable (ConsoleState) -> Bool = { _ in true },
        perform: @escaping @Sendable (inout ConsoleState) -> [Effect]
    ) {
        self.id = id
        self.keys = keys
        self.panels = panels
        self.help = help
        self.label = label
        self.isChange = isChange
        self.isMove = isMove
        self.obstacle = obstacle
        self.isUseful = isUseful
        self.perform = perform
    }
}

extension Binding {
    /// Returns the binding with Fleet as an additional panel.
    ///
    /// In Fleet, the binding sends a request to the mapping's node.
    func requesting(_ verb: FleetRequest.Verb) -> Binding {
        Binding(
            id,
            keys,
            in: (panels ?? []) + [.fleet],
            help: help,
            label: label,
            isChange: isChange,
            obstacle: { $0.panel == .fleet ? $0.obstacleToRequest(verb) : obstacle($0) },
            isUseful: isUseful,
            perform: { $0.panel == .fleet ? $0.requestFromNode(verb) : perform(&$0) }
        )
    }

    /// All bindings, in the order of the help and of the footer.
    package static let all: [Binding] =
        [
            .refresh, .test, .refreshAll, .testAll, .watch, .endWatch, .explain, .copyFix, .applyFix,
            .nextCause,
            .mark, .unmark, .markListed, .nextTrouble, .plan, .apply, .clearEnded,
            .open, .back, .previousMapping, .nextMapping, .filter, .nextMatch, .previousMatch, .sort, .invert,
            .copy, .copyClaim, .copyClaims, .copyReport, .signIn, .compare, .drop,
            .columns, .group, .fold, .foldAll, .zoomIn, .zoomOut,
            .down, .up, .pageDown, .pageUp, .halfPageDown, .halfPageUp, .top, .bottom,
            .detailDown, .detailUp,
            .nextPanel, .previousPanel,
        ] + Panel.lists.map { Binding.show($0.panel) } + [
            .zone, .freeze, .mouse, .palette, .edit, .reload, .redraw, .suspend, .close, .quit,
        ]

    /// The bindings that are valid even while an overlay is open.
    ///
    /// A key that types a character is an exception: the overlay receives the key.
    static let alwaysValid: [Binding] = [.redraw, .suspend]

    static func named(_ id: ID) -> Binding? { all.first { $0.id == id } }

    /// Whether the binding is valid in the panel shown.
    func isValid(in state: ConsoleState) -> Bool {
        panels?.contains(state.panel) ?? true
    }

    /// The panels where the binding is valid, in words.
    package var places: String {
        switch panels {
        case nil: "everywhere"
        case Panel.lists: "every list"
        case let panels?: panels.map(\.panel.title).joined(separator: ", ")
        }
    }

    /// The notice about a key that is not valid in the panel shown.
    var validityHint: String { "\(id) works in \(places)." }

    /// Whether the footer can show the binding's key: the action is valid in the panel, possible, and useful.
    func isOffered(in state: ConsoleState) -> Bool {
        isValid(in: state) && obstacle(in: state) == nil && isUseful(state)
    }

    /// Returns the reason why the action is not possible now, including the read-only mode.
    func obstacle(in state: ConsoleState) -> String? {
        isChange && state.isReadOnly ? "This console is read-only." : obstacle(state)
    }
}
