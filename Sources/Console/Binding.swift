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
    /// Why it cannot be done now; `nil` when it can.
    package let obstacle: @Sendable (ConsoleState) -> String?
    package let perform: @Sendable (inout ConsoleState) -> [Effect]

    init(
        _ id: String,
        _ keys: [Key],
        in panels: [Panel.ID]? = nil,
        help: String,
        label: String? = nil,
        obstacle: @escaping @Sendable (ConsoleState) -> String? = { _ in nil },
        perform: @escaping @Sendable (inout ConsoleState) -> [Effect]
    ) {
        self.id = id
        self.keys = keys
        self.panels = panels
        self.help = help
        self.label = label
        self.obstacle = obstacle
        self.perform = perform
    }
}

extension Binding {
    /// Every binding there is, in the order of the help and of the footer.
    package static let all: [Binding] = [
        .refresh, .test, .refreshAll, .testAll,
        .open, .back, .filter, .nextMatch, .previousMatch,
        .down, .up, .pageDown, .pageUp, .halfPageDown, .halfPageUp, .top, .bottom,
        .nextPanel, .previousPanel, .mappings, .claims, .history, .log, .help,
        .zone, .reload, .redraw, .suspend, .close, .quit,
    ]

    /// Whether the panel shown has it.
    func isValid(in state: ConsoleState) -> Bool {
        panels?.contains(state.panel) ?? true
    }
}
