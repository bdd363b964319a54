import Foundation
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(30)), .limited)
struct ConsoleTests {
    @Test func `the lab's mappings are drawn and become live`() async throws {
        try await Pane.with { pane in
            try await pane.enter("cambist console --lab")
            let screen = try await pane.waitFor("audit", "payroll", "live", "failing")
            #expect(screen.contains("Mappings"))
        }
    }

    @Test func `r exchanges the selected mapping's token, and the mapping's state becomes live`() async throws
    {
        try await LabServer.with { lab in
            let configuration = try lab.write()
            try await Pane.with { pane in
                try await pane.enter("cambist console --config \(configuration)")
                try await pane.waitFor("audit", "idle")
                try await pane.press("r")
                let screen = try await pane.waitFor("live")
                #expect(!screen.contains("idle"))
            }
        }
    }

    @Test func `a silent database of the fleet delays neither the mappings nor their exchange`() async throws
    {
        try await LabServer.with { lab in
            let listener = try SilentListener()
            let configuration = try lab.write()
            let fleet = "fleet: {store: \"postgresql://vm1@127.0.0.1:\(listener.port)/c\"}\n"
            try (String(contentsOfFile: configuration, encoding: .utf8) + fleet)
                .write(toFile: configuration, atomically: true, encoding: .utf8)
            try await Pane.with { pane in
                try await pane.enter("cambist console --config \(configuration)")
                try await pane.waitFor("audit", "idle")
                _ = try await eventually {
                    listener.hasClient ? true : nil
                } orElse: {
                    "The console never connected to the database."
                }
                try await pane.press("r")
                try await pane.waitFor("audit", "live")
            }
        }
    }

    @Test func `the console displays AWS's error for a role that trusts another subject`() async throws {
        try await Pane.with(columns: 160) { pane in
            try await pane.enter("cambist console --lab")
            try await pane.waitFor("failing")
            try await pane.press("/")
            try await pane.enter("payroll")
            try await pane.waitFor("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
        }
    }

    @Test func `the screen follows the terminal's size, from 20×5 to 200×50`() async throws {
        try await Pane.with { pane in
            try await pane.enter("cambist console --lab")
            try await pane.waitFor("live", "payroll")
            for (columns, rows) in [(70, 12), (20, 5), (200, 50)] {
                try await pane.resize(columns: columns, rows: rows)
                try await pane.waitFor("the footer at \(columns)×\(rows)") { screen in
                    let lines = screen.split(separator: "\n", omittingEmptySubsequences: false)
                    return lines.count > rows - 1 && lines[rows - 1].contains("r refresh")
                        && screen.contains("audit")
                }
            }
            try await pane.waitFor("payroll", "failing", "quit")
        }
    }

    @Test func `Ctrl-Z suspends the console, and fg redraws it`() async throws {
        try await Pane.with { pane in
            try await pane.enter("cambist console --lab")
            try await pane.waitFor("live")
            try await pane.press("C-z")
            try await pane.waitFor("Stopped")
            #expect(try await !pane.isAlternate)
            try await pane.resize(columns: 90, rows: 20)
            try await pane.enter("fg")
            let screen = try await pane.waitFor("live", "payroll")
            #expect(!screen.contains("Stopped"))
        }
    }

    @Test(arguments: [
        ("TERM", 143), ("INT", 130), ("SEGV", 139), ("TRAP", 133), ("QUIT", 131), ("USR1", 138),
        ("ALRM", 142),
        ("XCPU", 152), ("PWR", 158),
    ])
    func `the terminal is restored after a signal ends the console`(_ signal: String, status: Int)
        async throws
    {
        try await Pane.with { pane in
            let modes = try await pane.answer(to: "stty -g")
            try await pane.enter("sh -c 'echo $$ > pid; exec cambist console --lab'; \(Pane.epilogue)")
            try await pane.waitFor("live")
            #expect(try await pane.isAlternate)
            try await pane.signal(signal)
            #expect(try await pane.status == status)
            #expect(try await !pane.isAlternate)
            #expect(try await pane.answer(to: "stty -g") == modes)
        }
    }

    /// Synchronous signals are delivered to the thread that crashes, whose own stack the handler then uses.
    @Test(arguments: [0, 0.3, 0.6, 1])
    func `a crash of any thread restores the terminal and removes the lab's directory`(_ fraction: Double)
        async throws
    {
        try await Pane.with { pane in
            let temporary = pane.files.path("tmp")
            try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: false)
            let modes = try await pane.answer(to: "stty -g")
            let command = "echo $$ > pid; TMPDIR=\(temporary) exec cambist console --lab"
            try await pane.enter("sh -c '\(command)'; \(Pane.epilogue)")
            try await pane.waitFor("live")
            let files = try FileManager.default.contentsOfDirectory(atPath: temporary)
            #expect(!files.isEmpty, "the lab has a directory")
            try pane.crashThread(at: fraction)
            #expect(try await pane.status == 139)
            #expect(try await !pane.isAlternate)
            #expect(try await pane.answer(to: "stty -g") == modes)
            _ = try await eventually {
                try FileManager.default.contentsOfDirectory(atPath: temporary).isEmpty ? true : nil
            } orElse: {
                "The lab's directory still exists."
            }
        }
    }

    @Test(arguments: [true, false])
    func `the terminal is restored after SIGKILL, with and without a mouse`(_ usesMouse: Bool) async throws {
        try await Pane.with { pane in
            let modes = try await pane.answer(to: "stty -g")
            let option = usesMouse ? " --mouse" : ""
            try await pane.enter(
                "sh -c 'echo $$ > pid; exec cambist console --lab\(option)'; \(Pane.lateEpilogue)"
            )
            try await pane.waitFor("live")
            #expect(try await pane.isAlternate)
            try await pane.signal("KILL")
            #expect(try await pane.status == 137)
            #expect(try await !pane.isAlternate)
            #expect(try await pane.answer(to: "stty -g") == modes)
        }
    }

    @Test func `a stopped console that is killed leaves the terminal to the shell`() async throws {
        try await Pane.with { pane in
            try await pane.enter("sh -c 'echo $$ > pid; exec cambist console --lab'")
            try await pane.waitFor("live")
            try await pane.press("C-z")
            try await pane.waitFor("Stopped")
            let modes = try await pane.answer(to: "stty -g")
            try await pane.signal("KILL")
            #expect(try await pane.answer(to: "sleep 1; stty -g") == modes)
            #expect(try await !pane.isAlternate)
        }
    }

    /// The signal cannot be handled: only the terminal's thread has an alternate stack.
    @Test func `the terminal is restored after a stack overflow of another thread`() async throws {
        try await Pane.with { pane in
            let source = try pane.files.write(Self.overflowingLibrary, to: "overflow.c")
            let library = pane.files.path("overflow.so")
            let compiled = try await Program.run(
                "cc",
                ["-shared", "-fPIC", "-O0", "-o", library, source],
                environment: pane.files.environment
            )
            try #require(compiled.status == 0, "\(compiled.errorOutput)")
            let modes = try await pane.answer(to: "stty -g")
            let variables = "LD_PRELOAD=\(library) OVERFLOW=overflow"
            try await pane.enter("env \(variables) cambist console --lab; \(Pane.lateEpilogue)")
            try await pane.waitFor("live")
            #expect(try await pane.isAlternate)
            _ = FileManager.default.createFile(atPath: pane.files.path("overflow"), contents: nil)
            #expect(try await pane.status == 139)
            #expect(try await !pane.isAlternate)
            #expect(try await pane.answer(to: "stty -g") == modes)
        }
    }

    /// A library in which a thread of cambist overflows its stack as soon as the file that OVERFLOW names exists.
    private static let overflowingLibrary = #"""
        #define _GNU_SOURCE
        #include <errno.h>
        #include <pthread.h>
        #include <stdlib.h>
        #include <string.h>
        #include <unistd.h>

        static int recurse(int depth) {
            volatile char frame[4096];
            frame[depth % 4096] = (char)depth;
            return recurse(depth + 1) + frame[0];
        }

        static void *run(void *file) {
            while (access(file, F_OK) != 0) usleep(10000);
            return (void *)(long)recurse(0);
        }

        __attribute__((constructor)) static void start(void) {
            pthread_t thread;
            char *file = getenv("OVERFLOW");
            if (file != NULL && strcmp(program_invocation_short_name, "cambist") == 0) pthread_create(&thread, NULL, run, file);
        }
        """#

    @Test func `q exits with status 0 and restores the terminal`() async throws {
        try await Pane.with { pane in
            let modes = try await pane.answer(to: "stty -g")
            try await pane.enter("cambist console --lab; \(Pane.epilogue)")
            try await pane.waitFor("live")
            try await pane.waitFor("no exchange running") { !$0.contains("↻") }
            try await pane.press("q")
            #expect(try await pane.status == 0)
            #expect(try await !pane.isAlternate)
            #expect(try await pane.answer(to: "stty -g") == modes)
        }
    }

    @Test(arguments: ["dumb", "no-such-terminal", ""])
    func `an unusable terminal is reported in one line`(_ type: String) async throws {
        try await Pane.with { pane in
            let command = "TERM=\(type) cambist console --lab"
            let answer = try await pane.answer(
                to: "\(command) 2> errorOutput > /dev/tty; echo $?; cat errorOutput"
            )
            let lines = answer.split(separator: "\n")
            #expect(lines.first == "64")
            #expect(lines.count == 2)
            #expect(lines.last?.contains("cambist test --all") == true)
        }
    }
}
