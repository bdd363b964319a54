import Foundation
import TestSupport
import Testing

/// The commands around an exchange: shells, waits, the history, and the files of cambist and of the AWS tools.
@Suite(.serialized, .timeLimit(.minutes(30)), .limited)
struct WorkflowTests {
    @Test func `exec without a command starts the user's shell with CAMBIST_MAPPING set`() async throws {
        try await LabServer.with { lab in
            let shell = try lab.harness.write(
                "#!/bin/sh\necho \"$CAMBIST_MAPPING $# $AWS_REGION\"; exit 5\n",
                to: "shell"
            )
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: shell)
            let variables = ["CAMBIST_CONFIG": lab.configuration, "SHELL": shell]
            for arguments in [["exec", "audit"], ["exec", "audit", "--"]] {
                let result = try await lab.harness.cambist(arguments, variables)
                #expect(result.status == 5)
                #expect(result.output == "audit 0 eu-west-1\n")
            }
            let named = try await lab.cambist("exec", "audit", "--", "sh", "-c", "echo $CAMBIST_MAPPING")
            #expect(named.output == "audit\n")
        }
    }

    @Test func `a wait for several mappings ends after all of them, with the worst status`() async throws {
        try await LabServer.with(["--speed", "100"]) { lab in
            let result = try await lab.cambist(
                "wait",
                "audit",
                "payroll",
                "audit",
                "--timeout",
                "8s",
                "--json"
            )
            #expect(result.status == 1 || result.status == 75, "\(result.errorOutput)")
            struct Line: Decodable {
                let mapping: String
                let done: Bool?
                let verdict: String?
            }
            let lines = try result.output.split(separator: "\n").map {
                try JSONDecoder().decode(Line.self, from: Data($0.utf8))
            }
            let ends = lines.filter { $0.done == true }
            #expect(ends.map(\.mapping).sorted() == ["audit", "payroll"])
            #expect(ends.first { $0.mapping == "audit" }?.verdict == "works")
            #expect(result.errorOutput.contains("payroll: "))
            #expect(!result.errorOutput.contains("audit: "))
        }
    }

    @Test func `a wait for all names each mapping in its lines`() async throws {
        try await LabServer.with(["--scenario", "scale:3", "--speed", "100"]) { lab in
            let result = try await lab.cambist("wait", "--all", "--timeout", "60s")
            #expect(result.status == 0, "\(result.errorOutput)")
            let works = result.output.split(separator: "\n").filter { $0.contains(" works, ") }
            #expect(works.count == 3)
            let both = try await lab.cambist("wait", "--all", "audit")
            #expect(both.status == 64)
        }
    }

    @Test(arguments: [[], ["--json"], ["--csv"]])
    func `the history can be followed`(_ options: [String]) async throws {
        try await LabServer.with { lab in
            _ = try await lab.cambist("test", "audit")
            let environment = lab.harness.environment.merging(["CAMBIST_CONFIG": lab.configuration]) { $1 }
            let result = try await RunningProcess.with(
                lab.harness,
                ["history", "--follow"] + options,
                environment
            ) {
                process in
                try await process.waitForOutput("the first exchange") { $0.contains("audit") }
                _ = try await lab.cambist("test", "payroll")
                try await process.waitForOutput("the second exchange") { $0.contains("AccessDenied") }
            }
            let lines = result.output.split(separator: "\n")
            #expect(lines.count == (options == ["--csv"] ? 3 : 2), "\(result.output)")
            if options == ["--json"] { #expect(lines.allSatisfy { $0.hasPrefix(#"{"exchange":{"#) }) }
        }
    }

    @Test func `config edit opens the editor and then reports errors`() async throws {
        try await Harness.with { harness in
            let file = harness.path("new/cambist.yaml")
            let created = try await harness.cambist(["config", "edit", "-c", file], ["EDITOR": "true"])
            #expect(created.status == 0, "\(created.errorOutput)")
            #expect(try String(contentsOfFile: file, encoding: .utf8).contains("identities:"))
            let editor = try harness.write(
                "#!/bin/sh\nprintf 'defaults:\\n  regoin: x\\n' > \"$1\"\n",
                to: "editor"
            )
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: editor)
            let variables = ["VISUAL": editor, "EDITOR": "false"]
            let broken = try await harness.cambist(["config", "edit", "--config", file], variables)
            #expect(broken.status == 78)
            #expect(broken.errorOutput.contains("\(file):2:3"))
            let failed = try await harness.cambist(["config", "edit", "--config", file], ["EDITOR": "false"])
            #expect(failed.status == 77)
            #expect(failed.isOneLine)
        }
    }

    @Test func `the editor is opened again at the line of an error`() async throws {
        try await Pane.with { pane in
            let editor = """
                #!/bin/sh
                echo "$@" >> edits
                for file; do :; done
                if [ -e once ]; then printf '{}\\n' > "$file"; else printf 'a: 1\\nb: 2\\n' > "$file"; touch once; fi

                """
            let path = try pane.files.write(editor, to: "vi")
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
            let file = try pane.files.write("{}\n", to: "edited.yaml")
            try await pane.enter("EDITOR=\(path) cambist config edit --config \(file); \(Pane.epilogue)")
            try await pane.waitFor("Edit again?")
            try await pane.press("Enter")
            #expect(try await pane.status == 0)
            let edits = try String(contentsOfFile: pane.files.path("edits"), encoding: .utf8)
            #expect(edits == "\(file)\n+1 \(file)\n")
        }
    }

    @Test func `profiles of all mappings are written once, and other lines are unchanged`() async throws {
        try await LabServer.with { lab in
            let file = try lab.harness.write("[profile payroll]\nregion = us-east-1\n", to: "aws-config")
            let variables = ["CAMBIST_CONFIG": lab.configuration, "AWS_CONFIG_FILE": file]
            let command = ["config", "aws-profile", "--all"]
            let unconfirmed = try await lab.harness.cambist(command, variables)
            #expect(unconfirmed.status == 77)
            let written = try await lab.harness.cambist(command + ["-y"], variables)
            #expect(written.status == 0, "\(written.errorOutput)")
            #expect(written.errorOutput.contains("+ [profile audit]"))
            #expect(written.errorOutput.contains("payroll is skipped"))
            let text = try String(contentsOfFile: file, encoding: .utf8)
            #expect(text.hasPrefix("[profile payroll]\nregion = us-east-1\n\n# BEGIN cambist"))
            #expect(text.contains("credential-process audit --config"))
            let again = try await lab.harness.cambist(command, variables)
            #expect(again.status == 0)
            #expect(again.output.hasSuffix(": unchanged\n"))
            #expect(try String(contentsOfFile: file, encoding: .utf8) == text)
        }
    }

    @Test func `short options have the same effect as long ones`() async throws {
        try await LabServer.with { lab in
            let result = try await lab.harness.cambist(["test", "-jv", "-c", lab.configuration, "audit"])
            #expect(result.status == 0)
            #expect(result.output.hasPrefix("{"))
            #expect(result.errorOutput.contains("request"))
            let exchange = try await lab.cambist("exchange", "audit", "--json")
            #expect(exchange.output.contains("\"accessKeyId\""))
            let conflict = try await lab.cambist("exchange", "audit", "-j", "--format", "env")
            #expect(conflict.status == 64)
        }
    }

    @Test func `the log can be JSON, one event per line`() async throws {
        try await LabServer.with { lab in
            let log = lab.harness.path("log")
            _ = try await lab.cambist("test", "payroll", "--log-format", "json", "--log-file", log)
            let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
            #expect(!lines.isEmpty)
            for line in lines {
                let event = try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
                #expect(event["level"] != nil && event["message"] != nil)
                #expect(event["time"]?.hasSuffix("Z") == true)
            }
        }
    }
}
