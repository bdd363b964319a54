import Federation
import Foundation

extension Benchmark {
    /// The size of the stripped and compressed program, and the glibc version that it requires.
    static let package = Benchmark(
        name: "program, stripped and compressed with xz",
        target: "≤ 20 MiB, glibc ≤ 2.35"
    ) { time in
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("cambist-package-\(ProcessInfo.processInfo.processIdentifier)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let script = """
            set -e
            strip -o "$0/program" "$1"
            objdump -T "$0/program" | grep -o 'GLIBC_2[.][0-9]*' | sort -uV | tail -n 1 > "$0/glibc"
            xz -T0 -k "$0/program"
            """
        let usage = try ChildProcess(
            command: ["/bin/sh", "-c", script, directory, LabHarness.program],
            environment: ["PATH": "/usr/bin:/bin"]
        ).run(time: time)
        let attributes = try? FileManager.default.attributesOfItem(atPath: directory + "/program.xz")
        guard usage.status == 0, let size = attributes?[.size] as? Int,
            let version = try? String(contentsOfFile: directory + "/glibc", encoding: .utf8)
                .trimmingCharacters(in: .whitespacesAndNewlines),
            let minor = Int(version.dropFirst("GLIBC_2.".count))
        else { throw BenchmarkError("strip, objdump, or xz failed") }
        let mebibytes = Double(size) / 1_048_576
        return Measurement(
            text: "\((mebibytes * 10).rounded() / 10) MiB, glibc 2.\(minor)",
            reachesTarget: mebibytes <= 20 && minor <= 35
        )
    }
}
