import Foundation
import TestSupport
import Testing

/// An operator's tasks in the lab, each with the keys that it requires in a new console.
@Suite(.serialized, .timeLimit(.minutes(30)), .limited)
struct JobTests {
    /// The maximum number of keys of a job.
    private static let keyLimit = 3

    /// Opens the lab, waits until no exchange runs, and presses each key once the screen shows the awaited
    /// text.
    private static func run(
        in scenario: String = "steady",
        opening: [String] = ["live", "payroll", "failing"],
        _ steps: [(awaited: String, key: String)],
        then body: (Pane) async throws -> Void
    ) async throws {
        #expect(steps.count <= keyLimit)
        try await Pane.with(columns: 120, rows: 40, showsTmux: true) { pane in
            try await pane.enter("cambist console --lab --scenario \(scenario)")
            for text in opening { try await pane.waitFor(text) }
            try await pane.waitFor("no running exchange") { !$0.contains("↻") }
            for step in steps {
                try await pane.waitFor(step.awaited)
                try await pane.press(step.key)
            }
            try await body(pane)
        }
    }

    @Test func `the keys f and c copy the command that fixes the next failing mapping`() async throws {
        try await Self.run([("payroll", "f"), ("AccessDenied", "c")]) { pane in
            try await pane.waitFor("Copied the fix of payroll")
            let command = try #require(await pane.clipboard)
            #expect(command.hasPrefix("test \"$(aws iam get-role --role-name payroll "))
            #expect(command.contains("update-assume-role-policy --role-name payroll"))
        }
    }

    @Test func `the key 4 shows how long a wait lasts at most`() async throws {
        try await Self.run(in: "propagation", opening: ["waiting"], [("waiting", "4")]) { pane in
            let screen = try await pane.waitFor("WHY", "LEFT", "WAITING FOR")
            let left = try #require(screen.split(separator: "\n").first { $0.contains(" LEFT  ") })
            #expect(left.contains(/[0-9]+[dhms]/), "\(left)")
        }
    }

    @Test func `the keys G and r exchange the last mapping's token`() async throws {
        try await Self.run([("payroll", "G"), ("live", "r")]) { pane in
            try await pane.waitFor("credentials until")
        }
    }

    @Test func `the keys R and y exchange the tokens of all mappings`() async throws {
        try await Self.run([("payroll", "R"), ("Exchange the tokens of all", "y")]) { pane in
            try await pane.waitFor("exchanged, 1 failed: payroll")
        }
    }

    @Test func `the keys f and e show why a mapping fails, with the evidence`() async throws {
        try await Self.run([("payroll", "f"), ("AccessDenied", "e")]) { pane in
            let screen = try await pane.waitFor(
                "payroll fails at exchange: AccessDenied",
                "required",
                "found"
            )
            #expect(screen.contains("aws iam get-role"))
            try await pane.press("G")
            try await pane.waitFor("SOURCES")
        }
    }

    @Test func `the keys f, a, and y fix the failing mapping`() async throws {
        try await Self.run([("payroll", "f"), ("AccessDenied", "a"), ("Apply", "y")]) { pane in
            try await pane.waitFor("payroll works")
            try await pane.press("1")
            try await pane.waitFor("payroll live") { screen in
                screen.split(separator: "\n").contains { $0.contains("payroll") && $0.contains("live") }
            }
        }
    }

    @Test func `the key E edits the configuration at the mapping, and the console reloads it`() async throws {
        try await LabServer.with { lab in
            let configuration = try lab.write()
            let text = try String(contentsOfFile: configuration, encoding: .utf8)
            let line = text.split(separator: "\n").firstIndex { $0.hasPrefix("  audit:") }
            try await Pane.with { pane in
                _ = try pane.files.write(
                    "#!/bin/sh\necho \"$1\" > line\nsed -i 's/^  audit:/  renamed:/' \"$2\"\n",
                    to: "vi"
                )
                try await pane.enter("chmod +x vi; VISUAL=$PWD/vi cambist console --config \(configuration)")
                try await pane.waitFor("audit", "idle")
                try await pane.press("E")
                try await pane.waitFor("renamed", "Reloaded the configuration.")
                let argument = try String(contentsOfFile: pane.files.path("line"), encoding: .utf8)
                let number = try #require(
                    Int(argument.trimmingCharacters(in: .whitespacesAndNewlines).dropFirst())
                )
                #expect(argument.hasPrefix("+"))
                #expect(
                    try (#require(line) + 1)...(#require(line) + 2) ~= number,
                    "its name, or its first key"
                )
            }
        }
    }

    @Test(arguments: [("#ffffff", "38;5;25"), ("#000000", "38;5;80")])
    func `the theme follows the terminal's background`(_ background: String, _ accent: String) async throws {
        try await Pane.with { pane in
            try await pane.setBackground(background)
            try await pane.enter("TERM=tmux-256color cambist console --lab")
            try await pane.waitFor("live", "payroll")
            #expect(try await pane.coloredScreen.contains(accent))
        }
    }
}
