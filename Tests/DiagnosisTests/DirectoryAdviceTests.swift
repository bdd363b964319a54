import Foundation
import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation

/// The directory decides between the causes that Entra reports with one error.
@Suite(.computing) struct DirectoryAdviceTests {
    private static let resource = "ee1823f6-34f4-4b8a-8fd1-925e404d170a"
    private static let role = "27dc233a-b082-415f-9369-e3b9aff01678"
    private static let application = "a11ce000-2222-4333-8444-555566667777"
    private static let unknown =
        "AADSTS500011: The resource principal named \(EntraFixture.audience) was not found in the tenant."

    private static func cause(
        _ message: String,
        isRequired: Bool = true,
        _ change: (inout AssignmentFacts) -> Void
    ) throws -> Cause {
        var facts = AssignmentFacts(isRequired: isRequired, assigned: nil)
        change(&facts)
        let evidence = EvidenceFixture.noToken("invalid_resource", message, .imds) {
            $0.assignment = facts
            $0.request.mapping = "audit"
        }
        return try #require(Explanation(evidence).causes.first)
    }

    @Test func `an app role for users only is changed before it is assigned`() throws {
        let cause = try Self.cause(EvidenceFixture.unassigned) {
            $0.resourceID = Self.resource
            $0.applicationID = Self.application
            $0.appRole = AppRoleFacts(
                id: Self.role,
                memberTypes: ["User"],
                correctedRoles: .array([]),
                readRoles: .array([])
            )
        }
        #expect(cause.id == "member-type-user")
        // The assignment is tried only after the change of the app role.
        #expect(cause.commands.count == 1)
        let commands = cause.commandLines
        #expect(commands.count == 2 && commands[0].hasSuffix(" &&"))
        #expect(commands[0].contains("PATCH") && commands[0].contains(Self.application))
        #expect(commands[1].contains("appRoleAssignedTo") && commands[1].contains(Self.role))
        #expect(cause.fix.hasPrefix("Run `cambist setup apply audit`, or add Application"))
    }

    private static let shells = [
        ["/bin/sh"], ["/bin/sh", "-e"], ["/bin/sh", "-u"], ["/bin/bash", "-eu"],
    ]
    /// The shell, and the number of attempts to assign the app role that fail.
    private static let attempts: [(shell: [String], failures: Int)] = shells.flatMap { shell in
        [(shell, 0), (shell, 2), (shell, 6)]
    }

    @Test(arguments: attempts)
    func `the repeated assignment of an app role has the status of its last attempt`(
        shell: [String],
        failures: Int
    ) throws {
        let (status, lines) = try Self.run(shell, areRolesUnchanged: true, failures: failures)
        #expect(status == (failures == 6 ? 7 : 0), "\(lines)")
        let count = min(failures + 1, 6)
        #expect(lines.count { $0 == "attempt" } == count)
        #expect(lines.count { $0 == "sleep" } == count - 1)
    }

    @Test(arguments: shells)
    func `an app role is not assigned if the app roles changed after they were read`(shell: [String]) throws {
        let (status, lines) = try Self.run(shell, areRolesUnchanged: false, failures: 0)
        #expect(status != 0)
        #expect(!lines.contains("attempt"), "\(lines)")
    }

    /// Runs the commands that assign an app role for users only, and returns the exit status and the output.
    private static func run(
        _ shell: [String],
        areRolesUnchanged: Bool,
        failures: Int
    ) throws -> (status: Int32, lines: [Substring]) {
        let cause = try Self.cause(EvidenceFixture.unassigned) {
            $0.resourceID = Self.resource
            $0.applicationID = Self.application
            $0.appRole = AppRoleFacts(
                id: Self.role,
                memberTypes: ["User"],
                correctedRoles: .array([]),
                readRoles: .array([])
            )
        }
        let file = FileManager.default.temporaryDirectory.appending(path: "cambist-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        // Only the request that creates the assignment fails.
        let stubs = """
            sleep() { echo sleep; }
            az() {
                case "$*" in
                *appRoleAssignedTo*) ;;
                *' PATCH '*) return;;
                *) echo \(areRolesUnchanged); return;;
                esac
                echo attempt
                attempts=$((${attempts:-0} + 1))
                test $attempts -gt \(failures) || return 7
            }

            """
        try Data((stubs + cause.commands.joined(separator: "\n") + "\n").utf8).write(to: file)
        let process = Process()
        process.executableURL = URL(filePath: shell[0])
        process.arguments = shell.dropFirst() + [file.path]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (
            process.terminationStatus, String(decoding: data, as: UTF8.self).split(separator: "\n")
        )
    }

    @Test func `app roles are replaced only if the application has the roles that were read`() throws {
        let read = try #require(JSONValue(text: #"[{"id":"b","isEnabled":false},{"id":"a"}]"#))
        let corrected = try #require(JSONValue(text: #"[{"id":"b"},{"id":"a"}]"#))
        let cause = try Self.cause(EvidenceFixture.unassigned) {
            $0.resourceID = Self.resource
            $0.applicationID = Self.application
            $0.appRole = AppRoleFacts(
                id: Self.role,
                memberTypes: ["User"],
                correctedRoles: corrected,
                readRoles: read
            )
        }
        let command = try #require(cause.commandLines.first)
        let reading = try #require(command.range(of: "az rest -m GET"))
        let changing = try #require(command.range(of: #"-o json)" = true && az rest -m PATCH"#))
        #expect(reading.upperBound < changing.lowerBound)
        #expect(command.contains("/applications(appId='\(Self.application)')\" --query"))
        // All properties are compared, not only the IDs.
        #expect(command.contains(#""id":"b","isEnabled":false,"#), "\(command)")
    }

    @Test func `an assignment has the IDs that were read from the directory`() throws {
        let cause = try Self.cause(EvidenceFixture.unassigned) {
            $0.resourceID = Self.resource
            $0.appRole = AppRoleFacts(id: Self.role, memberTypes: ["Application", "User"])
        }
        #expect(cause.id == "role-unassigned")
        #expect(cause.commands.count == 1)
        for id in [Self.resource, Self.role, EntraFixture.subject] { #expect(cause.commands[0].contains(id)) }
    }

    @Test func `an application without a service principal gets one`() throws {
        let cause = try Self.cause(Self.unknown) {
            $0.resourceExists = false
            $0.applicationID = Self.application
        }
        #expect(cause.id == "service-principal-missing")
        let presence = "az ad sp show --id \(EntraFixture.subject) -o none && "
        #expect(cause.commands == [presence + "az ad sp create --id \(Self.application)"])
    }

    @Test(arguments: [
        (EntraFixture.audience + "/", "audience-slash"),
        (EntraFixture.audience.uppercased(), "audience-case"),
        (EntraFixture.audience + "s", "audience-misspelled"),
    ])
    func `a similar identifier URI is suggested`(similar: String, id: String) throws {
        let cause = try Self.cause(Self.unknown) {
            $0.resourceExists = false
            $0.similarAudience = similar
        }
        #expect(cause.id == id)
        #expect(cause.fix.contains("Did you mean \(similar)?") && cause.fix.contains("cambist config edit"))
    }

    @Test func `an audience without a similar audience is unknown`() throws {
        let cause = try Self.cause(Self.unknown) { $0.resourceExists = false }
        #expect(cause.id == "audience-unknown")
    }

    @Test(arguments: [(EntraFixture.audience, true), ("https://graph.microsoft.com/", false)])
    func `setup is named if it creates the application`(audience: String, isNamed: Bool) {
        let context = DiagnosisContext(
            EvidenceFixture.evidence {
                $0.request.mapping = "prod"
                $0.request.audience = audience
            }
        )
        let setup = "`cambist setup apply prod`, which creates"
        #expect(context.missingPrincipal.text.contains(setup) == isNamed)
        #expect(context.missingPrincipal.text.contains("setup apply") == isNamed)
    }

    @Test func `a recreated identity has commands for settings, assignment, and trust policy`() throws {
        let path =
            "/subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/n"
        let evidence = EvidenceFixture.evidence {
            $0.identity?.resourceID = path
            $0.identity?.principalID = EvidenceFixture.other
            $0.identity?.clientID = EvidenceFixture.otherClient
            $0.missingPrincipals = [EvidenceFixture.other]
            $0.token = .claims(EntraFixture.token(["xms_mirid": .string(path)]))
            $0.policy =
                EvidenceFixture.policy(
                    #"{"StringEquals": {"\#(EntraFixture.provider):sub": "\#(EvidenceFixture.other)"}}"#
                ).policy
            $0.assignment = AssignmentFacts(isRequired: true, assigned: nil)
            $0.assignment?.resourceID = Self.resource
            $0.assignment?.appRole = AppRoleFacts(id: Self.role, memberTypes: ["Application"])
            $0.tools.configuration = ConfigurationReference(path: "/etc/my own.yaml", isOption: true)
        }
        let explanation = Explanation(evidence)
        let cause = try #require(explanation.causes.first)
        #expect(cause.id == "identity-recreated")
        #expect(cause.commands.count == 3)
        #expect(cause.commands[0].contains("s/\(EvidenceFixture.other)/\(EntraFixture.subject)/"))
        #expect(cause.commands[0].contains("s/\(EvidenceFixture.otherClient)/\(EntraFixture.clientID)/"))
        #expect(cause.commands[0].hasSuffix(" '/etc/my own.yaml'"))
        #expect(cause.fix.contains("`cambist config edit -c '/etc/my own.yaml'`"))
        #expect(cause.commands[1].contains(EntraFixture.subject))
        #expect(cause.commands[2].contains("update-assume-role-policy"))
        #expect(explanation.causes.contains { $0.id == "subject-deleted" && !$0.commands.isEmpty })
        let mismatch = try #require(explanation.causes.first { $0.id == "sub-mismatch" })
        #expect(mismatch.commands == [])
        #expect(
            mismatch.fix.contains("The `aws iam update-assume-role-policy` command of cause 1 also applies")
        )
        // Without a read of the directory, the old object ID may belong to another identity.
        var unread = evidence
        unread.missingPrincipals = []
        #expect(!Explanation(unread).causes.contains { $0.id == "subject-deleted" })
    }
}
