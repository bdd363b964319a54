import Foundation
import Transport

/// Measures every figure, or those whose names contain one of the arguments, and prints the table.
///
/// Exits with 1 if a target was missed.
let time = SystemTime()
var rows = [["figure", "target", "measured", ""]]
var areTargetsReached = true
let parts = CommandLine.arguments.dropFirst()
for benchmark in Benchmark.all where parts.isEmpty || parts.contains(where: benchmark.name.contains) {
    let measurement: Benchmark.Measurement
    do {
        measurement = try await benchmark.measure(time)
    } catch {
        measurement = Benchmark.Measurement(text: "not measured: \(error)", reachesTarget: false)
    }
    areTargetsReached = areTargetsReached && measurement.reachesTarget
    rows.append([
        benchmark.name, benchmark.target, measurement.text, measurement.reachesTarget ? "ok" : "missed",
    ])
}
await PastExchanges.shared.remove()
let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
for row in rows {
    let cells = zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
    try FileHandle.standardOutput.write(contentsOf: Data((cells.joined(separator: "  ") + "\n").utf8))
}
exit(areTargetsReached ? 0 : 1)
