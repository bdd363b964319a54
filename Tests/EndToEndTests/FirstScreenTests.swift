import Foundation
import TestSupport
import Testing

/// `cambist` without arguments and without a configuration.
@Suite(.serialized, .timeLimit(.minutes(30)), .limited)
struct FirstScreenTests {
    @Test func `the first screen offers the lab, and l opens it`() async throws {
        try await Pane.with { pane in
            try await pane.enter("cambist")
            try await pane.waitFor("does not exist", "l  Open the lab", "i  Write", "q  Quit")
            try await pane.press("l")
            try await pane.waitFor("audit", "live", "payroll", "failing")
        }
    }

    @Test func `i creates a starter file, and C-r reads it after an edit`() async throws {
        try await Pane.with { pane in
            try await pane.enter("cambist")
            try await pane.waitFor("i  Write")
            try await pane.press("i")
            try await pane.waitFor("Wrote /", "no mappings")
            let path = pane.files.path(".config/cambist/config.yaml")
            let text = try String(contentsOfFile: path, encoding: .utf8)
            #expect(text.contains("# mappings:"))
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            try lines.map { $0.hasPrefix("# ") ? String($0.dropFirst(2)) : String($0) }
                .dropFirst(4).joined(separator: "\n")
                .write(toFile: path, atomically: true, encoding: .utf8)
            try await pane.press("C-r")
            try await pane.waitFor("audit")
        }
    }

    @Test func `d proposes mappings and writes them after yes`() async throws {
        try await LabServer.with { lab in
            try await Pane.with(columns: 120) { pane in
                let file = try pane.files.write(
                    lab.variables.map { "export \($0.key)='\($0.value)'\n" }.joined(),
                    to: "variables"
                )
                try await pane.enter(". \(file); cambist")
                try await pane.waitFor("d  Discover")
                try await pane.press("d")
                try await pane.waitFor("mappings:", "to \(pane.files.path(".config"))", "identity-")
                let path = pane.files.path(".config/cambist/config.yaml")
                #expect(!FileManager.default.fileExists(atPath: path))
                try await pane.press("y")
                try await pane.waitFor("audit", "live", "is written")
                #expect(
                    try String(contentsOfFile: path, encoding: .utf8).contains("# IAM (AWS_ACCESS_KEY_ID)")
                )
            }
        }
    }

    @Test func `q quits the first screen`() async throws {
        try await Pane.with { pane in
            try await pane.enter("cambist; \(Pane.epilogue)")
            try await pane.waitFor("q  Quit")
            try await pane.press("q")
            #expect(try await pane.status == 0)
            #expect(try await !pane.isAlternate)
        }
    }

    @Test func `an invalid configuration is reported line by line with exit status 78`() async throws {
        try await Pane.with { pane in
            let path = try pane.files.write(
                "mappings: {a: {identity: missing}}\nnonsense: 1\n",
                to: "bad.yaml"
            )
            try await pane.enter("cambist console --config \(path); \(Pane.epilogue)")
            #expect(try await pane.status == 78)
            let screen = try await pane.screen
            #expect(screen.contains("nonsense"))
            #expect(screen.contains("role_arn"))
        }
    }
}
