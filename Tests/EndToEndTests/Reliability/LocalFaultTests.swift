import CredentialDelivery
import Foundation
import TestSupport
import Testing

/// Each fault of this host has the consequences that the table of faults states.
@Suite(.serialized, .timeLimit(.minutes(30)), .limited)
struct LocalFaultTests {
    /// Whether the tools that mount file systems in a separate namespace and set a program's clock are installed.
    private static let hasTools = ["/usr/bin/unshare", "/usr/bin/faketime"].allSatisfy {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// Whether the tests can fill another user's quota of keys.
    private static let canFillKeyring: Bool = {
        do throws(KeyringError) {
            _ = try Keyring().read("test-probe")
            return geteuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv")
        } catch {
            return false
        }
    }()

    @Test(.enabled(if: hasTools, "unshare or faketime is missing"))
    func `each fault of the table has the documented result`() async throws {
        try await LabServer.with { lab in
            for row in FaultRow.local {
                for fault in row.faults
                where (row.component, fault) != (.keyring, .full) || Self.canFillKeyring {
                    try await LocalCase(row: row, fault: fault, lab: lab).check()
                }
            }
        }
    }
}

/// One fault of this host.
private struct LocalCase: Sendable {
    let row: FaultRow
    let fault: Fault
    let lab: LabServer

    func check() async throws {
        guard row.component == .fleet, fault != .refused else { return try await check(port: 1) }
        try await ScriptedServer.run(withoutHTTP: PostgresFault.reply(fault)) { server in
            try await check(port: server.url().port ?? 1)
            #expect(row.kept == .credentials || server.requests.count == 1, "\(row.component) \(fault)")
        }
    }

    /// Runs the preparation, the command, and the test of the kept state in a mount namespace.
    private func check(port: Int) async throws {
        let (preparation, test) = script
        let text = """
            cd "$DIRECTORY" && \(preparation) || exit 99
            \(command); status=$?
            \(test.isEmpty ? "" : "if \(test); then echo KEPT; fi")
            exit $status
            """
        let directory = lab.harness.path(
            "local-\(row.component)-\(fault)-\(row.command.replacing(" ", with: "-"))"
        )
        for name in ["state", "full"] {
            try FileManager.default.createDirectory(
                atPath: "\(directory)/\(name)",
                withIntermediateDirectories: true
            )
        }
        let configuration = try String(contentsOfFile: lab.configuration, encoding: .utf8)
        let fleet = "fleet: {store: \"postgresql://vm1@127.0.0.1:\(port)/db\"}\n"
        try (configuration + (row.component == .fleet ? fleet : ""))
            .write(toFile: "\(directory)/config.yaml", atomically: true, encoding: .utf8)
        let variables = [
            "CAMBIST_CONFIG": "\(directory)/config.yaml", "DIRECTORY": directory,
            "XDG_STATE_HOME": "\(directory)/state",
            "AWS_SHARED_CREDENTIALS_FILE": "\(directory)/full/credentials",
            "REFUSE_KEYRING": KeyringFault.refused, "FILL_KEYRING": KeyringFault.full,
        ]
        let result = try await Program.run(
            "unshare",
            (geteuid() == 0 ? ["-m"] : ["-rm"]) + ["sh", "-c", text],
            environment: lab.harness.environment.merging(variables) { $1 }
        )
        #expect(result.status == row.status, "\(row.component) \(fault): \(result)")
        #expect(
            (result.output + result.errorOutput).contains(row.message),
            "\(row.component) \(fault): \(result)"
        )
        #expect(test.isEmpty || result.output.hasSuffix("KEPT\n"), "\(row.component) \(fault): \(result)")
        #expect(row.kept != .credentials || result.output.contains(secret), "\(row.component) \(fault)")
        #expect(
            row.kept != .success || result.output.contains("credentials until"),
            "\(row.component) \(fault)"
        )
    }

    private var secret: String {
        switch row.command {
        case "cambist credential-process audit": "SecretAccessKey"
        default: "secretAccessKey"
        }
    }

    private var command: String {
        switch (row.component, fault) {
        case (.clock, .hourAhead): "faketime -f +1h \(row.command)"
        case (.clock, .hourBehind): "faketime -f -1h \(row.command)"
        case (.clock, .yearsAhead): "faketime -f +50y \(row.command)"
        case (.clock, .yearsBehind): "faketime -f -50y \(row.command)"
        case (.keyring, .full): "perl -e \"$FILL_KEYRING\" \(row.command)"
        case (.keyring, _): "perl -e \"$REFUSE_KEYRING\" \(row.command)"
        case (.disk, .readOnly) where row.command.hasSuffix("init"): "\(row.command) --config full/new.yaml"
        case _ where row.command.hasPrefix("cambist exchange") && !row.command.contains("--format"):
            "\(row.command) --format json"
        default: "\(row.command) </dev/null"
        }
    }

    /// The commands that cause the fault, and the test of what is kept.
    private var script: (preparation: String, test: String) {
        let stored = "cambist exchange audit --format json >/dev/null"
        let records = "[ $(cambist history | grep -c ok) -ge 1 ]"
        switch (row.component, fault) {
        case (.history, .full):
            return (
                "mount -t tmpfs -o size=300k tmpfs state && \(stored) && \(Self.fill("state"))",
                "rm state/fill && \(records)"
            )
        case (.history, .readOnly) where row.kept == .shown:
            return ("mount -t tmpfs tmpfs state && \(stored) && mount -o remount,ro state", "true")
        case (.history, .readOnly):
            return (
                "mount -t tmpfs tmpfs state && \(stored) && mount -o remount,ro state",
                "mount -o remount,rw state && \(records)"
            )
        case (.history, .corrupt):
            let file = "state/cambist/history.sqlite"
            return (
                "mkdir state/cambist && head -c 20000 /dev/urandom >\(file) && cp \(file) before",
                "cmp -s \(file) before"
            )
        case (.disk, .full) where row.kept == .file:
            let file = "printf '[a]\\nregion = x\\n' >full/credentials && cp full/credentials before"
            return (
                "mount -t tmpfs -o size=64k tmpfs full && \(file) && \(Self.fill("full"))",
                "cmp -s full/credentials before && ! ls full | grep tmp"
            )
        case (.disk, .full): return ("mount -t tmpfs -o size=64k tmpfs full && \(Self.fill("full"))", "")
        case (.disk, .readOnly):
            let file = "printf '[a]\\nregion = x\\n' >full/credentials && cp full/credentials before"
            return (
                "mount -t tmpfs tmpfs full && \(file) && mount -o remount,ro full",
                "cmp -s full/credentials before"
            )
        case (.clock, _) where row.kept == .record:
            return ("true", "cambist history | grep -q failed")
        default: return ("true", "")
        }
    }

    private static func fill(_ directory: String) -> String {
        "{ head -c 1M /dev/zero >\(directory)/fill 2>/dev/null || true; }"
    }
}

/// Replies of a server that is not a working PostgreSQL.
private enum PostgresFault {
    static func reply(_ fault: Fault) -> ScriptedReply {
        switch fault {
        case .reset: return ScriptedReply(.reset)
        case .garbage: return ScriptedReply(.sendBytes((0..<500).map { UInt8($0 * 37 % 251) }), .close)
        case .slow:
            // No TLS, and an error message of 1,872 bytes.
            let text = "NE\0\0\u{07}\u{50}" + String(repeating: " ", count: 1868)
            return ScriptedReply(.drip(Array(text.utf8), every: .milliseconds(100)))
        default: return ScriptedReply(.stall)
        }
    }
}

/// Programs in Perl that start a command whose keyring fails; the numbers are system calls of x86-64 and arm64.
private enum KeyringFault {
    private static let calls = """
        use Config;
        my ($add, $control, $process) = $Config{archname} =~ /^x86_64/ ? (248, 250, 157) : (217, 219, 167);
        """

    /// `add_key` and `keyctl` fail with EPERM, as in a container of Docker.
    ///
    /// Source: seccomp(2).
    static let refused =
        calls + """

            my $filter = pack "(SCCL)*", 0x20, 0, 0, 0, 0x15, 1, 0, $add, 0x15, 0, 1, $control,
                0x06, 0, 0, 0x00050001, 0x06, 0, 0, 0x7fff0000;
            syscall $process, 38, 1, 0, 0, 0;
            syscall($process, 22, 2, pack("Sx6P", 5, $filter)) == 0 or die "seccomp: $!";
            exec @ARGV;
            """

    /// Another user, who may read the test's files, has as many keys as the quota allows.
    ///
    /// Source: keyrings(7).
    static let full =
        calls + """

            exec qw(setpriv --reuid 61234 --inh-caps +dac_override --ambient-caps +dac_override perl -e), $ENV{FILL_KEYRING}, @ARGV
                if $< == 0;
            my ($session, $user) = (-3, -4);
            syscall $control, 7, $user;
            syscall $control, 1, 0;
            syscall $control, 8, $user, $session;
            my ($type, $payload) = ("user", "x" x 100);
            for my $count (1..100_000) {
                my $name = "fill$count";
                last if syscall($add, $type, $name, $payload, 100, $user) < 0;
            }
            my $status = system @ARGV;
            syscall $control, 7, $user;
            exit $status >> 8;
            """
}
