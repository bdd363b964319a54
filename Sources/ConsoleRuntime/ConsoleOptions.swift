package import Federation
package import Operations

/// The console's command-line options.
package struct ConsoleOptions: Sendable {
    package var context: ContextOptions
    /// A theme that overrides the configured theme.
    package var theme: String?
    package var usesMouse = false
    package var isASCII = false
    /// Whether the console refuses the actions with ``Binding/isChange``, such as exchanges that the operator starts.
    package var isReadOnly = false
    /// Whether the console starts with the lab rather than a configuration.
    package var isLab = false
    /// The options of the lab's scenario as arguments.
    package var scenario: [String] = []
    /// Writes the starter configuration to a new file.
    package var writeStarter: @Sendable (String) throws(CommandFailure) -> Void

    /// The configuration file for suggested commands; `nil` without the option `--config`.
    package var reference: ConfigurationReference? {
        context.configurationPath.map { ConfigurationReference(path: $0, isOption: true) }
    }

    package init(
        context: ContextOptions,
        writeStarter: @escaping @Sendable (String) throws(CommandFailure) -> Void
    ) {
        self.context = context
        self.writeStarter = writeStarter
    }
}

/// The reason that the console ended.
package enum ConsoleExitReason: Error, Equatable {
    case quit
    /// A signal, by number.
    case signal(Int32)
    case terminalLost
    /// The console could not open the configuration or the lab.
    case failed(CommandFailure)
}
