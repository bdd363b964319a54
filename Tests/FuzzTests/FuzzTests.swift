import CoreFoundation
import Foundation
import TestSupport
import Testing

/// Every parser of bytes from outside, with mutated inputs: none may crash, hang, or need much memory.
///
/// `swift test` tries a few hundred inputs of each. With `CAMBIST_FUZZ_SECONDS`, every parser is tried for that time;
/// `CAMBIST_FUZZ_SEED` selects other inputs, and `CAMBIST_FUZZ_TARGET` one parser by its name. Each input is written to
/// a file before it is parsed, so that the one that ends the process is known.
@Suite(.serialized, .computing) struct FuzzTests {
    private static let inputsPerTest = 300
    /// The limit of the processor time for one input.
    private static let timeLimit = Duration.seconds(3)
    /// The limit of the resident memory of the whole test process, in MB.
    private static let memoryLimit = 600

    @Test(arguments: FuzzTarget.all)
    func `a parser withstands mutated inputs`(_ target: FuzzTarget) throws {
        let variables = ProcessInfo.processInfo.environment
        if let name = variables["CAMBIST_FUZZ_TARGET"], name != target.name { return }
        let seconds = variables["CAMBIST_FUZZ_SECONDS"].flatMap(Double.init)
        let seed = variables["CAMBIST_FUZZ_SEED"].flatMap(UInt64.init) ?? 20_261_129
        for text in target.corpus { target.parse(Data(text.utf8)) }

        var mutator = Mutator(seed: seed, corpus: target.corpus)
        let end = seconds.map { ContinuousClock.now + .seconds($0) }
        let record = try seconds.map { _ in try InputRecord(target.name) }
        var count = 0
        var slowest = Duration.zero
        while end.map({ ContinuousClock.now < $0 }) ?? (count < Self.inputsPerTest) {
            let input = mutator.next()
            record?.write(input)
            let spent = processorTime { target.parse(input) }
            slowest = max(slowest, spent)
            count += 1
            #expect(spent < Self.timeLimit, "input \(count) of seed \(seed), \(input.count) bytes")
        }
        if record != nil {
            print("\(target.name): \(count) inputs, slowest \(slowest), peak memory \(Self.peakMemory) MB")
            #expect(Self.peakMemory < Self.memoryLimit)
        }
        record?.remove()
    }

    /// The peak resident memory of this process, in MB.
    private static var peakMemory: Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss / 1024
    }
}

/// The file with the input that is being parsed.
private struct InputRecord {
    private let file: FileHandle
    private let url: URL

    init(_ name: String) throws {
        url = FileManager.default.temporaryDirectory.appending(
            path: "cambist-fuzz-\(name.replacing(" ", with: "-")).input"
        )
        try Data().write(to: url)
        file = try FileHandle(forWritingTo: url)
    }

    func write(_ input: Data) {
        try? file.truncate(atOffset: 0)
        try? file.write(contentsOf: input)
    }

    func remove() {
        try? FileManager.default.removeItem(at: url)
    }
}
