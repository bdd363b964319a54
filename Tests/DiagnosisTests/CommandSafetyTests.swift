import Foundation
import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation
@testable import TrustPolicy

/// The shell runs nothing but the programs of a fix, whatever values the configuration and the token have.
@Suite(.computing) struct CommandSafetyTests {
    /// Values that a shell would expand or run if they were not quoted for their place.
    private static let parts = [
        "$(pwn)", "`pwn`", "';pwn;'", "\";pwn;\"", "'$(pwn)'", "\"$(pwn)\"", "\npwn\n", "&&pwn", "|pwn",
        ";pwn",
        "${IFS}", "$PATH", "\\", "'", "\"", ")", "(", "{", "}", "#", "!", "*", " ", "<x", ">x", "é",
        "'\u{301}",
    ]

    private static func hostileValue(_ random: inout SeededGenerator) -> String {
        let count = Int.random(in: 1...4, using: &random)
        return "A" + (0..<count).map { _ in parts.randomElement(using: &random) ?? "" }.joined()
    }

    /// Returns evidence in which every text of the configuration and the token is hostile.
    private static func hostile(_ evidence: Evidence, _ value: String) -> Evidence {
        var evidence = evidence
        evidence.request.mapping = value
        evidence.request.appRole = value
        evidence.request.sessionName = value
        if evidence.request.audience?.isGUID == false { evidence.request.audience = "api://\(value)" }
        evidence.identity?.resourceID =
            "/subscriptions/s/resourceGroups/\(value)/providers/Microsoft.ManagedIdentity/userAssignedIdentities/\(value)"
        evidence.identity?.clientID = value
        evidence.identity?.principalID = nil
        evidence.reader?.profile = value
        evidence.tools.iam = "http://\(value)"
        evidence.policyFile = value
        evidence.host?.appName = value
        evidence.assignment?.resourceID = value
        evidence.assignment?.applicationID = value
        evidence.assignment?.appRole?.id = value
        if case .claims(let claims, let seen) = evidence.token {
            var payload = claims.payload
            payload["oid"] = .string(value)
            payload["sub"] = .string(value)
            payload["appid"] = .string(value)
            payload["aud"] = .string(value)
            payload["iss"] = .string("https://sts.windows.net\(value)/\(EntraFixture.tenant)/")
            evidence.token = .claims(Claims(header: claims.header, payload: payload), seenBefore: seen)
        }
        if var assertion = evidence.assertion?.payload {
            assertion["sub"] = .string(value)
            assertion["iss"] = .string("https://\(value)")
            evidence.assertion = Claims(header: [:], payload: assertion)
        }
        return evidence
    }

    /// Runs a script with bash in an empty directory; returns its status and the names of the files that it left.
    private static func run(_ script: String, _ options: [String] = []) throws -> (
        status: Int32, files: [String]
    ) {
        let directory = FileManager.default.temporaryDirectory.appending(path: "cambist-\(UUID().uuidString)")
        let work = directory.appending(path: "work")
        try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let file = directory.appending(path: "script")
        try Data(script.utf8).write(to: file)
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = options + [file.path]
        process.currentDirectoryURL = work
        process.environment = ["PATH": "/nonexistent"]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return (process.terminationStatus, try FileManager.default.contentsOfDirectory(atPath: work.path))
    }

    /// The programs of the fixes, which do nothing but succeed; `pwn` leaves a file.
    private static let stubs = """
        pwn() { : >PWNED; }
        az() { echo true; }
        aws() { echo True; }
        openssl() { :; }
        curl() { :; }
        jq() { :; }
        awk() { :; }
        sed() { :; }
        sleep() { :; }
        cambist() { :; }
        timedatectl() { :; }

        """

    @Test func `hostile values run nothing`() throws {
        var random = SeededGenerator(seed: 17)
        var commands: Set<String> = []
        for _ in 0..<12 {
            let value = Self.hostileValue(&random)
            for pitfall in Pitfall.table {
                guard let evidence = pitfall.evidence else { continue }
                for change in [Self.hostile(evidence, value), Self.partlyHostile(evidence, value)] {
                    for cause in Explanation(change).causes where !cause.commands.isEmpty {
                        commands.insert(cause.commands.joined(separator: "\n"))
                    }
                }
            }
        }
        #expect(commands.count > 100)
        let scripts = commands.sorted()
        let all = Self.stubs + scripts.joined(separator: "\n") + "\n"
        try #require(Self.run(all, ["-n"]).status == 0)
        let files = try Self.run(all).files
        #expect(files == [])
        guard !files.isEmpty else { return }
        for script in scripts {
            let files = try Self.run(Self.stubs + script).files
            #expect(files == [], "\(script)")
        }
    }

    /// Returns evidence in which only texts are hostile that do not change the diagnosis.
    private static func partlyHostile(_ evidence: Evidence, _ value: String) -> Evidence {
        var evidence = evidence
        evidence.request.appRole = value
        evidence.request.sessionName = value
        evidence.identity?.clientID = nil
        evidence.host?.appName = value
        evidence.reader?.profile = value
        evidence.tools.iam = "http://\(value)"
        return evidence
    }

    /// Returns evidence of a trust policy of another hub, and of a role that only a file names.
    private static func unread(_ evidence: Evidence, _ value: String) -> Evidence {
        var evidence = hostile(evidence, value)
        evidence.request.roleARN = nil
        evidence.policyRole = value
        return evidence
    }

    /// `aws`, which leaves a file if it would read a value as a file's name or as an option.
    ///
    /// Source: `awscli/paramfile.py` of AWS CLI 1.45, which exempts `--url` of `create-open-id-connect-provider`; global
    /// options are never read from a file.
    private static let strictAWS = """
        aws() {
            local option= count=0 value= word
            for word in "$@" --end; do
                case $word in
                    -*)
                        if [[ $count == 1 && ! $option =~ ^--(url|endpoint-url|profile|region|query|output)$ ]]; then
                            case $value in file://*|fileb://*|http://*|https://*) : >READ ;; esac
                        fi
                        case ${word#--} in
                            action-names|cli-input-json|client-id|client-id-list|end|endpoint-url) ;;
                            max-session-duration|open-id-connect-provider-arn|output|policy-document|policy-name) ;;
                            policy-source-arn|profile|query|region|region-name|resource-arns|role-name) ;;
                            thumbprint-list|url) ;;
                            *) : >READ ;;
                        esac
                        option=$word count=0 ;;
                    *) value=$word count=$((count + 1)) ;;
                esac
            done
            echo True
        }

        """

    @Test(arguments: [
        "file:///etc/passwd", "fileb://x", "http://a.example/", "https://a.example/", "-x", "--url",
    ])
    func `the AWS CLI reads no value as a file, a URL, or an option`(value: String) throws {
        var commands: Set<String> = []
        for pitfall in Pitfall.table {
            guard let evidence = pitfall.evidence else { continue }
            for change in [Self.hostile(evidence, value), Self.unread(evidence, value)] {
                var change = change
                change.reader?.profile = "admin"
                change.request.audience = value
                commands.formUnion(Explanation(change).causes.flatMap(\.commands))
            }
        }
        let scripts = commands.sorted().filter { $0.contains("aws ") }
        #expect(scripts.contains { $0.contains("--cli-input-json ") })
        for script in scripts where try Self.run(Self.stubs + Self.strictAWS + script).files != [] {
            Issue.record("\(script)")
        }
    }

    @Test func `each command can be run alone by sh`() throws {
        var commands: Set<String> = []
        for pitfall in Pitfall.table {
            guard let evidence = pitfall.evidence else { continue }
            for change in [evidence, Self.hostile(evidence, "A'$(pwn)"), Self.partlyHostile(evidence, "A b")]
            {
                for cause in Explanation(change).causes {
                    #expect(cause.fix.hasSuffix(cause.commands.joined(separator: "\n")))
                    commands.formUnion(cause.commands)
                }
            }
        }
        #expect(commands.count > 90 && commands.contains { $0.contains("{\n") })
        let scripts = commands.sorted()
        // With -u, the shell stops at a variable that the command does not set.
        let runs = scripts.enumerated().map { index, script in
            let alone = ShellWord.posix(Self.stubs + script + "\n:")
            return "printf %s \(ShellWord.posix(script)) | /bin/sh -n || : >syntax-\(index)\n"
                + "/bin/sh -u -c \(alone) || : >run-\(index)\n"
        }
        for file in try Self.run(runs.joined()).files {
            let index = file.split(separator: "-").last.flatMap { Int($0) }
            Issue.record("\(file): \(index.map { scripts[$0] } ?? "")")
        }
    }

    @Test func `a value is quoted for its place`() {
        let value = #"A'$(pwn)" "#
        let word = #"'A'\''$(pwn)" '"#
        #expect(("az --id \(value)" as ShellCommand).text == "az --id \(word)")
        #expect((#"az -u "x/\#(value)/y""# as ShellCommand).text == "az -u \"x/\"\(word)\"/y\"")
        #expect((#"az -b '{"a":\#(value)}'"# as ShellCommand).text == #"az -b '{"a":A'\''$(pwn)" }'"#)
        let nested: ShellCommand = "az --id \(value)"
        #expect(
            (#"test "$(\#(nested))" = True"# as ShellCommand).text == "test \"$(az --id \(word))\" = True"
        )
        #expect(
            (#"a "$(b '\#(value)') \#(value)""# as ShellCommand).text
                == #"a "$(b 'A'\''$(pwn)" ') "\#(word)"""#
        )
        #expect(
            ("x -u \"a/\(variable: "SP")\" '\(variable: "SP")' \(variable: "SP")" as ShellCommand).text
                == #"x -u "a/$SP" ''"$SP"'' "$SP""#
        )
    }

    @Test func `a value in a query is a literal`() {
        let query: JMESPath = "[?a==\("x`\"'] | b")].id"
        #expect(query.text == #"[?a==`"x\`\"'] | b"`].id"#)
    }

    @Test func `no command connects to the host of a distrusted token`() {
        let message = "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint"
        let evidence = EvidenceFixture.refused("InvalidIdentityToken", message) {
            $0.identity?.tenantID = EvidenceFixture.other
        }
        #expect(!Explanation(evidence).causes.flatMap(\.commands).contains { $0.contains("openssl") })
    }

    @Test func `every change of the pitfalls' fixes has a profile or a comparison`() {
        for pitfall in Pitfall.table {
            guard var evidence = pitfall.evidence else { continue }
            evidence.reader = ReaderFacts(source: "AWS_ACCESS_KEY_ID", account: "111122223333")
            for cause in Explanation(evidence).causes {
                let script = cause.fix
                for command in cause.remedy.commands where CommandCompletion.changesAWS(command) {
                    #expect(command.text.contains("aws sts get-caller-identity"), "\(command)")
                }
                if cause.remedy.commands.contains(where: CommandCompletion.changesAzure) {
                    let isCompared = script.contains("az account show") || script.contains("-o none && ")
                    #expect(isCompared, "\(script)")
                }
            }
        }
    }

    @Test func `without the role's name, a fix has the document and no command`() throws {
        var evidence = EvidenceFixture.policy(
            #"{"StringEquals":{"\#(EntraFixture.provider):aud":"\#(EntraFixture.audience)","\#(EntraFixture.provider):sub":"\#(EvidenceFixture.other)"}}"#
        )
        evidence.request.roleARN = nil
        let cause = try #require(Explanation(evidence).causes.first { $0.id == "sub-mismatch" })
        #expect(cause.commands == [])
        #expect(cause.fix.contains("--role ARN") && cause.fix.contains(#""Statement":"#), "\(cause.fix)")
    }

    @Test func `without a role, the account in the Federated ARN is compared`() throws {
        var evidence = EvidenceFixture.provider(clientIDs: ["other"])
        evidence.request.roleARN = nil
        let commands = Explanation(evidence).causes.flatMap(\.commands)
        let command = try #require(commands.first { $0.contains("add-client-id") })
        #expect(command.contains("= 111122223333 && aws iam add-client-id"), "\(command)")
    }

    @Test func `without a known account, nothing is changed`() {
        let evidence = EvidenceFixture.evidence {
            $0.request.roleARN = nil
            $0.policy = .unknown
            $0.providers = []
        }
        let causes = Explanation(evidence).causes
        #expect(causes.flatMap(\.commands) == [], "\(causes)")
        #expect(causes.contains { $0.fix.contains("--role ARN") })
    }
}
