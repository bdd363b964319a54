import ArgumentParser
import Federation
import Operations

extension CompletionKind {
    /// The names of the mappings, as the configuration that the command line names has them when Tab is pressed.
    static let mappings = CompletionKind.custom { words, _, _ in
        Configuration.named(in: words)?.mappings.map(\.id) ?? []
    }
}

extension Configuration {
    /// The configuration that the words of a command line name, or the usual one.
    ///
    /// `nil` for one that is not there or has mistakes; commands tell what is wrong with it.
    static func named(in words: [String]) -> Configuration? {
        let named = words.lastIndex(of: "--config").map { words[($0 + 1)...].prefix(1) } ?? []
        let options = ContextOptions.process(configurationPath: named.first)
        return try? ConfigurationText.find(options).read()
    }
}
