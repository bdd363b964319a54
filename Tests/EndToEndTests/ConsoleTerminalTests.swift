import Foundation
import TestSupport
import Testing

/// The console in terminals of every kind and size.
@Suite(.serialized, .timeLimit(.minutes(30)), .limited)
struct ConsoleTerminalTests {
    @Test(arguments: [(20, 5), (40, 10), (60, 15), (80, 24), (132, 43), (300, 100)])
    func `the console draws at its initial size`(columns: Int, rows: Int) async throws {
        try await Pane.with(columns: columns, rows: rows) { pane in
            try await pane.enter("cambist console --lab")
            try await pane.waitFor("a mapping and the footer") { screen in
                let lines = screen.split(separator: "\n", omittingEmptySubsequences: false)
                return lines.count >= rows && lines[rows - 1].contains("r refresh")
                    && screen.contains("audit")
            }
        }
    }

    @Test func `after many resizes, the console is drawn at the last size`() async throws {
        try await Pane.with { pane in
            try await pane.enter("cambist console --lab")
            try await pane.waitFor("live", "payroll")
            for number in 0..<30 {
                try await pane.resize(columns: 10 + number * 37 % 190, rows: 2 + number * 13 % 60)
            }
            try await pane.resize(columns: 100, rows: 30)
            try await pane.waitFor("the complete screen at the last size") { screen in
                let lines = screen.split(separator: "\n", omittingEmptySubsequences: false)
                return lines.count >= 30 && lines[0].hasPrefix(" cambist  lab")
                    && lines[29].contains("q quit") && screen.contains("payroll")
            }
        }
    }

    @Test(arguments: ["xterm-256color", "xterm", "screen", "tmux-256color", "linux", "vt100"])
    func `the console draws on each type of terminal`(_ type: String) async throws {
        try await Pane.with { pane in
            try await pane.enter("TERM=\(type) cambist console --lab")
            try await pane.waitFor("Mappings", "payroll", "failing", "q quit")
        }
    }

    @Test func `in a locale without UTF-8, the screen is ASCII`() async throws {
        try await Pane.with { pane in
            try await pane.enter("LC_ALL=C cambist console --lab")
            let screen = try await pane.waitFor("payroll", "failing", "q quit")
            #expect(screen.filter { !$0.isASCII } == "")
        }
    }

    @Test func `with NO_COLOR, the screen has no colors`() async throws {
        try await Pane.with { pane in
            try await pane.enter("NO_COLOR=1 cambist console --lab")
            try await pane.waitFor("payroll", "failing")
            let colored = try await pane.coloredScreen
            #expect(colored.firstMatch(of: /\u{1B}\[[0-9;]*(3[0-7]|38|4[0-7]|48|9[0-7])[;m]/) == nil)
        }
    }

    @Test func `without a terminal, one line names the command to use`() async throws {
        try await Pane.with { pane in
            let answer = try await pane.answer(
                to: "cambist console --lab 2> errorOutput | cat; echo ${PIPESTATUS[0]}; cat errorOutput"
            )
            let lines = answer.split(separator: "\n")
            #expect(lines.first == "64")
            #expect(lines.count == 2)
            #expect(lines.last?.contains("cambist test --all") == true)
        }
    }

    @Test func `the console ends when its terminal is closed`() async throws {
        try await Pane.with { pane in
            try await pane.enter("sh -c 'echo $$ > pid; exec cambist console --lab'")
            try await pane.waitFor("live")
            try await pane.closeTerminal()
            _ = try await eventually {
                try pane.isAlive ? nil : true
            } orElse: {
                "The console is still running without its terminal."
            }
        }
    }

    @Test func `SIGHUP reloads the configuration, and an invalid one changes nothing`() async throws {
        try await LabServer.with { lab in
            let configuration = try lab.write()
            let text = try String(contentsOfFile: configuration, encoding: .utf8)
            try await Pane.with { pane in
                try await pane.enter("sh -c 'echo $$ > pid; exec cambist console --config \(configuration)'")
                try await pane.waitFor("audit", "idle")
                _ = try lab.harness.write(text.replacing("  audit:", with: "  renamed:"), to: "audit.yaml")
                try await pane.signal("HUP")
                try await pane.waitFor("the mapping's new name") { $0.contains(/idle +renamed/) }
                _ = try lab.harness.write(text + "nonsense: 1\n", to: "audit.yaml")
                try await pane.signal("HUP")
                try await pane.waitFor("nonsense", "unknown key", "renamed")
            }
        }
    }

    @Test func `y copies to the terminal's clipboard`() async throws {
        try await Pane.with { pane in
            try await pane.allowClipboard()
            try await pane.enter("cambist console --lab")
            try await pane.waitFor("live", "payroll")
            try await pane.press("y", "Enter")
            let text = try await eventually {
                await pane.clipboard
            } orElse: {
                "Nothing was copied to the clipboard."
            }
            #expect(
                text.wholeMatch(of: /arn:aws:iam::[0-9]{12}:role\/payroll/) != nil,
                "the failing mapping is first"
            )
        }
    }

    @Test func `inside tmux, which ignores OSC 52 by default, a copy is stored in its buffer`() async throws {
        try await Pane.with(showsTmux: true) { pane in
            try await pane.enter("cambist console --lab")
            try await pane.waitFor("live", "payroll")
            try await pane.press("y", "Enter")
            try await pane.waitFor("Copied the role ARN of", "to tmux's buffer")
            let text = await pane.clipboard
            #expect(text?.wholeMatch(of: /arn:aws:iam::[0-9]{12}:role\/[a-z]+/) != nil)
        }
    }

    @Test func `the error for an unknown terminal type has two fixes`() async throws {
        try await Pane.with { pane in
            let answer = try await pane.answer(
                to: "TERM=no-such-terminal cambist console --lab 2> errorOutput > /dev/tty; cat errorOutput"
            )
            #expect(answer.contains("TERM=xterm-256color cambist"))
            #expect(answer.contains("ncurses-term"))
        }
    }

    @Test func `control sequences in claims are shown, not executed`() async throws {
        let claims = """
            {"aud":"api://a","iss":"https://sts.windows.net/2f4a9838-26b7-47ee-be60-ccc1fdec5953/",\
            "exp":4102444800,"sub":"\\u001b]0;owned\\u0007","name":"\\u202eeman\\u001b[2J","wide":"漢字e\\u0301",\
            "long":"\(String(repeating: "x", count: 40_000))"}
            """
        let parts = [#"{"alg":"RS256","typ":"JWT"}"#, claims, "signature"].map(Self.base64url)
        try await Pane.with(secretFiles: ["token"]) { pane in
            _ = try pane.files.write(parts.joined(separator: "."), to: "token")
            let configuration = try pane.files.write(
                """
                identities:
                  one: {source: file, token_file: token, tenant_id: 2f4a9838-26b7-47ee-be60-ccc1fdec5953}
                mappings:
                  audit:
                    {identity: one, audience: "api://a", role_arn: "arn:aws:iam::111122223333:role/audit"}
                endpoints: {sts: "http://127.0.0.1:9"}
                """,
                to: "config.yaml"
            )
            try await pane.enter("cambist console --config \(configuration)")
            try await pane.waitFor("audit", "failing")
            // Claims that the panel does not compare are folded.
            try await pane.press("2", "G", "Enter")
            try await pane.waitFor("sub", "<U+001B>]0;owned<U+0007>", "<U+202E>eman<U+001B>[2J", "漢字é")
            #expect(try await pane.title != "owned")
        }
    }

    private static func base64url(_ text: String) -> String {
        Data(text.utf8).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
