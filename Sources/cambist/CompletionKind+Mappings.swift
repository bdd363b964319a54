import ArgumentParser
import Federation

extension CompletionKind {
    /// The names of the mappings, as the configuration that the command line names has them when Tab is pressed.
    static let mappings = CompletionKind.custom { words, _, _ in
        let named = words.lastIndex(of: "--config").map { words[($0 + 1)...].prefix(1) } ?? []
        // A configuration with mistakes completes nothing; commands tell what is wrong with it.
        let options = try? GlobalOptions.parse(named.flatMap { ["--config", $0] })
        let configuration = try? options.map(ConfigurationText.find)?.read()
        return configuration?.mappings.map(\.id) ?? []
    }
}
