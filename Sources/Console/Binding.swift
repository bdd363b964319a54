package import Drawing

/// Something a key does, where it is valid, and the words for it.
///
/// The help, the footer, the README's table of keys and the remapping come from these values alone.
package struct Binding: Sendable, Identifiable {
    /// Its name under `keys:` in the configuration.
    package let id: String
    /// The keys it has unless the configuration says otherwise.
    package let keys: [Key]
    /// Where it is valid; `nil` is everywhere.
    package let panels: [Panel.ID]?
    /// One sentence for the help.
    package let help: String
    /// One word for the footer, when it belongs there.
    package let label: String?
    /// Whether it asks the clouds for something or throws something away; a read-only console refuses it.
    package let isChange: Bool
    /// Whether it only moves the cursor.
    let isMove: Bool
    /// Why it cannot be done now; `nil` when it can.
    private let obstacle: @Sendable (ConsoleState) -> String?
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
        self.perform = perform
    }
}

extension Binding {
    /// Every binding there is, in the order of the help and of the footer.
    package static let all: [Binding] = [
        .refresh, .test, .refreshAll, .testAll, .watch, .endWatch, .explain, .mark, .unmark, .nextTrouble,
        .plan, .apply,
        .open, .back, .filter, .nextMatch, .previousMatch, .sort, .invert, .copy, .signIn, .compare, .forget,
        .down, .up, .pageDown, .pageUp, .halfPageDown, .halfPageUp, .top, .bottom,
        .nextPanel, .previousPanel, .mappings, .claims, .trust, .watches, .history, .identities, .roles,
        .timeline,
        .setup,
        .log, .help,
        .zone, .freeze, .mouse, .palette, .reload, .redraw, .suspend, .close, .quit,
    ]

    /// Those that work whatever lies over the panel.
    static let alwaysValid: [Binding] = [.redraw, .suspend]

    /// Whether the panel shown has it.
    func isValid(in state: ConsoleState) -> Bool {
        panels?.contains(state.panel) ?? true
    }

    /// Tells where it is valid, to whom presses its key elsewhere.
    var whereItWorks: String {
        "\(id) works in \(panels?.map(\.panel.title).joined(separator: ", ") ?? "every panel")."
    }

    /// Why it cannot be done now, the console's own mode included.
    func obstacle(in state: ConsoleState) -> String? {
        isChange && state.isReadOnly ? "This console is read-only." : obstacle(state)
    }
}
