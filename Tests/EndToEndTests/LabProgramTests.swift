import Foundation
import LabInterface
import Subprocess
import TestSupport
import Testing

/// The program `cambist-lab`: its location, its termination, and its temporary files.
@Suite(.limited) struct LabProgramTests {
    /// The signals that end a process by default and that the lab receives.
    static let signals = [
        "HUP", "INT", "QUIT", "TERM", "USR1", "USR2", "ALRM", "VTALRM", "IO", "PWR", "XCPU", "XFSZ",
    ]

    @Test(arguments: signals) func `a signal ends the lab, which removes its files`(_ signal: String)
        async throws
    {
        try await Harness.with { harness in
            let script = """
                cambist lab --env-file lab.env >/dev/null 2>&1 & until [ -e lab.env ]; do sleep 0.1; done
                ls tmp | wc -l; kill -s \(signal) $!; wait $!; echo $?; ls tmp | wc -l
                """
            let result = try await Self.run(script, in: harness)
            #expect(result.output.split(separator: "\n") == ["1", "0", "0"], "\(result)")
        }
    }

    @Test func `SIGPROF is ignored and uses no processor time`() async throws {
        try await Harness.with { harness in
            let script = """
                cambist-lab --env-file lab.env >/dev/null 2>&1 & until [ -e lab.env ]; do sleep 0.1; done
                ticks() { awk '{ print $14 + $15 }' /proc/$1/stat; }
                kill -s PROF $!; sleep 0.5; before=$(ticks $!); sleep 2; after=$(ticks $!)
                echo $((after - before)); kill -s TERM $!; wait $!; echo $?; ls tmp | wc -l
                """
            let lines = try await Self.run(script, in: harness).output.split(separator: "\n").map { Int($0) }
            // Ticks are hundredths of a second: a busy thread would have used 200.
            let used = try #require(lines.first ?? nil)
            #expect(used < 50, "\(lines)")
            #expect(lines.dropFirst() == [0, 0])
        }
    }

    @Test func `a lab whose stdout is closed removes its files`() async throws {
        try await Harness.with { harness in
            let result = try await Self.run("cambist lab | true; ls tmp | wc -l", in: harness)
            #expect(result.output == "0\n", "\(result)")
        }
    }

    @Test(arguments: ["/dev/null", "file", "-"])
    func `the lab ends at the end of any standard input`(_ input: String) async throws {
        try await Harness.with { harness in
            let script = """
                echo text >file; [ \(input) = - ] && exec <&- || exec <\(input)
                timeout 60 cambist-lab \(LabReport.option) >report; echo $?; ls tmp | wc -l
                """
            let result = try await Self.run(script, in: harness)
            #expect(result.output.split(separator: "\n") == ["0", "0"], "\(result)")
        }
    }

    @Test func `messages of the lab show control characters`() async throws {
        try await Harness.with { harness in
            let result = try await Self.run(#"cambist-lab --scenario="$(printf '\033[31mx')""#, in: harness)
            #expect(result.status == 64)
            #expect(result.errorOutput.contains("<U+001B>[31mx"))
            #expect(!result.errorOutput.contains("\u{1B}"))
        }
    }

    @Test func `the lab ends cleanly while clients keep connecting`() async throws {
        try await Harness.with { harness in
            // Each client connects until the port is closed; most connections are refused or cut by the stop.
            let script = """
                for round in 1 2 3 4 5 6; do
                    cambist-lab --env-file lab.env >/dev/null 2>>errors & lab=$!
                    for wait in $(seq 200); do [ -e lab.env ] && break; sleep 0.05; done
                    port=$(sed -n 's|^AWS_ENDPOINT_URL_STS=.*:\\([0-9]*\\)/.*|\\1|p' lab.env); rm lab.env
                    for client in 1 2 3 4; do
                        (while exec 3<>/dev/tcp/127.0.0.1/$port; do exec 3>&-; done) 2>/dev/null &
                    done
                    sleep 0.3; kill $lab; wait $lab; echo $?; wait
                done
                grep -v "The lab listens" errors
                """
            _ = try harness.write(script, to: "storm.sh")
            let result = try await Self.run("bash storm.sh", in: harness)
            #expect(result.output == String(repeating: "0\n", count: 6), "\(result)")
        }
    }

    @Test func `the lab ends within seconds while a client is in the middle of a request`() async throws {
        try await Harness.with { harness in
            let script = """
                cambist-lab --env-file lab.env >/dev/null 2>&1 & lab=$!
                for wait in $(seq 200); do [ -e lab.env ] && break; sleep 0.05; done
                port=$(sed -n 's|^AWS_ENDPOINT_URL_STS=.*:\\([0-9]*\\)/.*|\\1|p' lab.env)
                exec 3<>/dev/tcp/127.0.0.1/$port
                printf 'POST /sts HTTP/1.1\\r\\nHost: localhost\\r\\nContent-Length: 100\\r\\n\\r\\nAction=' >&3
                sleep 0.5; kill $lab; SECONDS=0; wait $lab; echo $?; echo $((SECONDS < 15))
                """
            _ = try harness.write(script, to: "half.sh")
            let result = try await Self.run("bash half.sh", in: harness)
            #expect(result.output == "0\n1\n", "\(result)")
        }
    }

    @Test func `the lab ends when its parent is killed`() async throws {
        try await Harness.with { harness in
            // The parent holds the only write end of the lab's standard input.
            let script = """
                mkfifo input; cambist-lab \(LabReport.option) <input >report & lab=$!
                sh -c 'exec 3>input; echo $$ >parent; exec sleep 600' & until [ -s report ]; do sleep 0.1; done
                ls tmp | wc -l; kill -9 $(cat parent); wait $lab; echo $?; ls tmp | wc -l
                """
            let result = try await Self.run(script, in: harness)
            #expect(result.output.split(separator: "\n") == ["1", "0", "0"], "\(result)")
            let report = try JSONDecoder().decode(
                LabReport.self,
                from: Data(contentsOf: URL(filePath: harness.path("report")))
            )
            #expect(report.configuration.contains("audit"))
            #expect(report.environment["CAMBIST_LAB_MAPPING"] == "audit")
            #expect(report.directory.hasPrefix(harness.path("tmp")))
        }
    }

    @Test(arguments: ["KILL", "INT", "QUIT", "TERM", "USR1", "USR2", "ALRM", "ABRT"])
    func `the console's lab exits with the console on any signal`(_ signal: String) async throws {
        try await Pane.with { pane in
            try await Self.openConsole(in: pane)
            let lab = try await Self.lab(of: pane)
            try await pane.signal(signal)
            try await Self.waitForEnd(lab, in: pane)
        }
    }

    @Test func `the console's lab exits with the terminal`() async throws {
        try await Pane.with { pane in
            try await Self.openConsole(in: pane)
            let lab = try await Self.lab(of: pane)
            try await pane.closeTerminal()
            try await Self.waitForEnd(lab, in: pane)
        }
    }

    @Test func `quitting the console ends its lab`() async throws {
        try await Pane.with { pane in
            try await Self.openConsole(in: pane)
            let lab = try await Self.lab(of: pane)
            try await pane.press("Q")
            #expect(try await pane.status == 0)
            try await Self.waitForEnd(lab, in: pane)
        }
    }

    @Test func `a killed lab is reported in a notice, and its files are removed`() async throws {
        try await Pane.with { pane in
            try await Self.openConsole(in: pane)
            let lab = try await Self.lab(of: pane)
            _ = try await Program.run("kill", ["-KILL", lab], environment: pane.files.environment)
            try await pane.waitFor("The lab exited with status 137.")
            try await Self.waitForEnd(lab, in: pane)
        }
    }

    @Test(arguments: [["lab"], ["console", "--lab", "--frame", "-"]])
    func `the error for a missing lab program has a fix`(_ command: [String]) async throws {
        try await Harness.with(secretFiles: ["cambist"]) { harness in
            let alone = harness.path("cambist")
            try FileManager.default.copyItem(atPath: Program.directory + "/cambist", toPath: alone)
            let path = ["PATH": "/usr/bin:/bin", "LD_LIBRARY_PATH": Program.directory]
            let result = try await Program.run(
                "sh",
                ["-c", #"exec "$0" "$@""#, alone] + command,
                environment: harness.environment.merging(path) { $1 }
            )
            #expect(result.status == 69)
            #expect(result.isOneLine)
            #expect(
                result.errorOutput.contains("cambist-lab is neither in \(harness.directory.path) nor on PATH")
            )
            #expect(result.errorOutput.contains("swift build --product cambist-lab"))
        }
    }

    @Test func `the lab's program is also found on PATH`() async throws {
        try await Harness.with(secretFiles: ["cambist"]) { harness in
            let alone = harness.path("cambist")
            try FileManager.default.copyItem(atPath: Program.directory + "/cambist", toPath: alone)
            let result = try await Program.run(
                "sh",
                ["-c", #"exec "$0" "$@""#, alone, "lab", "--scenario", "nowhere"],
                environment: harness.environment.merging(["LD_LIBRARY_PATH": Program.directory]) { $1 }
            )
            #expect(result.status == 64)
            #expect(result.errorOutput.hasPrefix("cambist-lab: Unknown scenario nowhere."))
        }
    }

    @Test func `a scenario file is found relative to the working directory`() async throws {
        try await Harness.with { harness in
            _ = try harness.write("nonsense: 1\n", to: "own.yaml")
            let script = "cambist console --lab --scenario ./own.yaml --frame -"
            let result = try await Self.run(script, in: harness)
            #expect(result.status == 78)
            #expect(result.errorOutput.contains("own.yaml:1"), "\(result)")
        }
    }

    @Test func `each error of a scenario file is on its own line`() async throws {
        try await Harness.with { harness in
            _ = try harness.write("speed: fast\nnonsense: 1\nmappings: {}\n", to: "own.yaml")
            let result = try await Self.run("cambist-lab --scenario ./own.yaml", in: harness)
            let lines = result.errorOutput.split(separator: "\n")
            #expect(result.status == 78)
            #expect(lines.count == 3, "\(result)")
            #expect(lines.allSatisfy { $0.hasPrefix("cambist-lab: ./own.yaml:") }, "\(result)")
        }
    }

    @Test func `too low a limit of open files is reported in one line`() async throws {
        try await Harness.with { harness in
            let result = try await Self.run("ulimit -n 16; cambist-lab", in: harness)
            #expect(result.status == 70)
            #expect(result.isOneLine)
            #expect(result.errorOutput.contains("the limit is 16"))
        }
    }

    /// Runs a shell script in the harness's directory, with `tmp` as the directory for temporary files.
    private static func run(_ script: String, in harness: Harness) async throws -> ProcessResult {
        let variables = ["TMPDIR": harness.path("tmp")]
        return try await Program.run(
            "sh",
            ["-c", "cd '\(harness.directory.path)'; mkdir tmp; \(script)"],
            environment: harness.environment.merging(variables) { $1 }
        )
    }

    /// Opens a console with a lab; the console's process ID is in the file `pid`.
    private static func openConsole(in pane: Pane) async throws {
        try await pane.enter(
            "mkdir tmp; TMPDIR=$PWD/tmp sh -c 'echo $$ >pid; exec cambist console --lab'; \(Pane.epilogue)"
        )
        try await pane.waitFor("audit", "live")
    }

    /// Returns the process ID of the console's child.
    private static func lab(of pane: Pane) async throws -> String {
        let console = try String(contentsOfFile: pane.files.path("pid"), encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let children = try await Program.run(
            "sh",
            ["-c", "grep -l \"^PPid:[[:space:]]*\(console)$\" /proc/[0-9]*/status 2>/dev/null"],
            environment: pane.files.environment
        )
        let lab = children.output.split(separator: "/").dropFirst().first.map(String.init) ?? ""
        try #require(Int(lab) != nil, "\(children)")
        #expect(try temporaryFiles(pane).count == 1)
        return lab
    }

    private static func waitForEnd(_ process: String, in pane: Pane) async throws {
        _ = try await eventually {
            let isRunning = FileManager.default.fileExists(atPath: "/proc/\(process)")
            return try isRunning || !temporaryFiles(pane).isEmpty ? nil : true
        } orElse: {
            "The lab is running or has left files: \(try temporaryFiles(pane))"
        }
    }

    private static func temporaryFiles(_ pane: Pane) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: pane.files.path("tmp"))
            .filter { $0.hasPrefix("cambist-lab-") }
    }
}
