import Foundation
import TestSupport
import Testing

/// The search for secrets after each test finds them.
@Suite(.limited) struct SecretSearchTests {
    @Test(arguments: [
        ("echo $AWS_SECRET_ACCESS_KEY", "secrets in the scrollback buffer"),
        ("echo $AWS_SESSION_TOKEN", "secrets in the scrollback buffer"),
        ("echo $AWS_SECRET_ACCESS_KEY >leak", "secrets in files"),
        ("exec sleep 600", "secrets in processes"),
    ])
    func `a secret of a pane's program is found`(_ command: String, _ finding: String) async throws {
        try await LabServer.with { lab in
            try await withKnownIssue {
                try await Pane.with { pane in
                    try await pane.enter(
                        "cambist exec --config \(lab.configuration) audit -- sh -c 'touch begun; \(command); touch end'"
                    )
                    _ = try await eventually {
                        let name = command.hasPrefix("exec") ? "begun" : "end"
                        return FileManager.default.fileExists(atPath: pane.files.path(name)) ? true : nil
                    } orElse: {
                        "The command did not run: \(try await pane.screen)"
                    }
                }
            } matching: { issue in
                issue.comments.contains { $0.rawValue == finding }
            }
        }
    }

    @Test func `a secret in stderr is found`() async throws {
        try await LabServer.with { lab in
            await withKnownIssue {
                let words = ["exec", "audit", "--", "sh", "-c", "echo $AWS_SECRET_ACCESS_KEY >&2"]
                _ = try await lab.cambist(words)
            }
        }
    }

    @Test func `only regular files are read`() async throws {
        try await Harness.with(secretFiles: ["file", "large"]) { harness in
            let secret = SecretSearch.token + "XXXX"
            _ = try harness.write("x\n\(secret)\n", to: "file")
            let script =
                "ln -s /dev/zero zero; ln -s file link; mkfifo pipe; truncate -s 65M large; echo no >other"
            let shell = ["-c", "cd '\(harness.directory.path)' && " + script]
            #expect(try await Program.run("sh", shell, environment: harness.environment).status == 0)
            #expect(SecretSearch.issued.files(under: harness.directory.path).sorted() == ["file", "large"])
            #expect(SecretSearch.issued.files(under: harness.directory.path, except: ["file"]) == ["large"])
        }
    }
}
