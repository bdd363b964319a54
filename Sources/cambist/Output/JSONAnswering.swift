import ArgumentParser
import Operations

/// A command that answers with a JSON object on request, failures included.
protocol JSONAnswering: ParsableArguments {
    /// Whether JSON was asked for.
    var answersInJSON: Bool { get }
    /// Whether the answer is a stream of objects, one per line.
    static var answersInLines: Bool { get }

    /// The command's answer when it failed before it did anything.
    func report(_ error: ErrorReport) -> any Encodable
}

extension JSONAnswering {
    static var answersInLines: Bool { false }
}
