import Foundation
import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation

/// The commands of fixes are complete and use the account and the cloud that were read.
@Suite(.computing) struct CommandTests {
    private static let account = "111122223333"

    private static func commands(_ change: (inout Evidence) -> Void) -> [String] {
        let evidence = EvidenceFixture.evidence {
            $0.providers = []
            change(&$0)
        }
        return Explanation(evidence).causes.flatMap(\.commands).filter { $0.contains("open-id-connect") }
    }

    private static func reader(_ profile: String?) -> ReaderFacts {
        ReaderFacts(source: profile ?? "AWS_ACCESS_KEY_ID", account: account, profile: profile)
    }

    @Test func `a command names the profile that read the role`() throws {
        let command = try #require(Self.commands { $0.reader = Self.reader("audit admin") }.first)
        #expect(command.hasPrefix("aws iam create-open-id-connect-provider "))
        #expect(command.hasSuffix(" --profile 'audit admin'"))
    }

    @Test func `without a profile, a change compares accounts, because the shell may have other credentials`()
        throws
    {
        let command = try #require(Self.commands { $0.reader = Self.reader(nil) }.first)
        #expect(!command.contains("--profile"))
        #expect(command.hasPrefix(#"test "$(aws sts get-caller-identity "#))
        #expect(command.contains("= 111122223333 && aws iam create-open-id-connect-provider "))
    }

    @Test func `with credentials of the role's account, a query has neither a profile nor a comparison`()
        throws
    {
        let evidence = EvidenceFixture.failedCall("AccessDenied", "not authorized") {
            $0.reader = Self.reader(nil)
        }
        let command = try #require(Explanation(evidence).causes.flatMap(\.commands).first)
        #expect(command == "aws iam list-attached-role-policies --role-name audit")
    }

    @Test func `without credentials of the account, its ID is compared first`() throws {
        let command = try #require(Self.commands { _ in }.first)
        #expect(
            command.hasPrefix(
                #"test "$(aws sts get-caller-identity --query Account --output text)" = 111122223333 && aws iam "#
            )
        )
    }

    @Test(arguments: [nil, "http://127.0.0.1:9/iam"])
    func `the comparison of accounts calls the configured STS`(iam: String?) throws {
        let command = try #require(
            Self.commands {
                $0.reader = Self.reader(nil)
                $0.tools.sts = "http://127.0.0.1:9/sts"
                $0.tools.iam = iam
            }
            .first
        )
        let comparison = "--output text --endpoint-url http://127.0.0.1:9/sts)\" = 111122223333 && aws iam "
        #expect(command.contains(comparison), "\(command)")
        #expect(command.hasSuffix(" --endpoint-url http://127.0.0.1:9/iam") == (iam != nil))
        #expect(command.components(separatedBy: "--endpoint-url").count == (iam == nil ? 2 : 3))
    }

    @Test func `another partition is selected by a region, and a custom endpoint by its URL`() throws {
        let command = try #require(
            Self.commands {
                $0.request.roleARN = RoleARN("arn:aws-cn:iam::111122223333:role/audit")
                $0.reader = Self.reader("china")
                $0.tools.iam = "http://127.0.0.1:9/iam"
            }.first
        )
        #expect(
            command.hasSuffix(" --profile china --region cn-north-1 --endpoint-url http://127.0.0.1:9/iam")
        )
    }

    @Test func `az of a national cloud runs only while it is set to that cloud and uses its Graph`() throws {
        let evidence = EvidenceFixture.noToken("AADSTS501051", EvidenceFixture.unassigned, .imds) {
            $0.tools.cloud = .china
        }
        let commands = try #require(Explanation(evidence).causes.first).commandLines
        #expect(commands.contains { $0.contains("https://microsoftgraph.chinacloudapi.cn/v1.0/") })
        #expect(
            commands.filter { $0.contains("&& az ") }.allSatisfy {
                $0.hasPrefix(#"test "$(az cloud show --query name -o tsv)" = AzureChinaCloud && "#)
            }
        )
    }

    @Test(arguments: [
        ("login.microsoftonline.us", "https://graph.microsoft.us/v1.0/", "AzureUSGovernment"),
        (
            "login.partner.microsoftonline.cn", "https://microsoftgraph.chinacloudapi.cn/v1.0/",
            "AzureChinaCloud"
        ),
    ])
    func `the cloud of the token's issuer determines Graph's address`(
        host: String,
        graph: String,
        cloud: String
    ) throws {
        let issuer: [String: JSONValue?] = ["iss": .string("https://\(host)/\(EntraFixture.tenant)/v2.0")]
        let changes = EvidenceFixture.versionTwo.merging(issuer) { $1 }
        let evidence = EvidenceFixture.evidence {
            $0.token = .claims(EntraFixture.token(changes))
            $0.request.mapping = "audit"
            $0.policy = .unknown
        }
        let cause = try #require(Explanation(evidence).causes.first { $0.id == "v2-token" })
        #expect(cause.evidence.contains("but the configuration has cloud: public"), "\(cause.evidence)")
        for command in cause.commands where command.contains("az rest") {
            #expect(command.contains(graph) && command.contains("= \(cloud) && "), "\(command)")
        }
    }

    @Test func `the command for a version 2 token of the US government cloud goes to that cloud`() throws {
        let issuer: [String: JSONValue?] = [
            "iss": .string("https://login.microsoftonline.us/\(EntraFixture.tenant)/v2.0")
        ]
        let evidence = EvidenceFixture.token(EvidenceFixture.versionTwo.merging(issuer) { $1 })
        let cause = try #require(Explanation(evidence).causes.first)
        let command = try #require(cause.commands.first)
        #expect(command.contains("https://graph.microsoft.us/v1.0/applications"), "\(command)")
        #expect(cause.evidence.contains("US government cloud"))
    }

    private static let tenant = "abcdef01-2222-3333-4444-555555555555"

    /// The comparison of the tenant to which az is signed in.
    private static func comparison(with tenant: String) -> String {
        #"test "$(az account show --query tenantId -o tsv)" = \#(tenant) && "#
    }

    @Test func `several az commands follow one comparison of tenants, in braces`() throws {
        let evidence = EvidenceFixture.noToken("AADSTS501051", EvidenceFixture.unassigned, .imds) {
            $0.identity?.tenantID = Self.tenant.uppercased()
        }
        let cause = try #require(Explanation(evidence).causes.first)
        let lines = cause.commandLines
        #expect(cause.commands.count == 1)
        #expect(lines.first == Self.comparison(with: Self.tenant) + "{")
        #expect(lines.last == "}")
        #expect(lines.count { $0.contains("az account show") } == 1, "\(lines)")
        #expect(lines.dropFirst().dropLast().allSatisfy { $0.contains("az ") })
        #expect(lines.count > 3)
        #expect(cause.fix.hasSuffix(cause.commands.joined(separator: "\n")))
    }

    /// The check that the directory has the identity.
    private static let presence = "az ad sp show --id \(EntraFixture.subject) -o none && "

    @Test(arguments: [tenant, "contoso.onmicrosoft.com", nil])
    func `a change in Entra follows the comparison of tenants or a search for the identity`(
        configured: String?
    ) throws {
        let message = "AADSTS7000215: Invalid client secret for a secret added to app 'x'."
        let evidence = EvidenceFixture.noToken("AADSTS7000215", message, .clientSecret) {
            $0.identity?.tenantID = configured
        }
        let comparison = configured == Self.tenant ? Self.comparison(with: Self.tenant) : Self.presence
        let command = "az ad app credential reset --id \(EntraFixture.clientID) --append"
        #expect(Explanation(evidence).causes.first?.commands == [comparison + command])
    }

    @Test func `without a configured tenant, az must be signed in to the token's`() throws {
        let evidence = EvidenceFixture.token(EvidenceFixture.versionTwo)
        let commands = Explanation(evidence).causes.flatMap(\.commands)
        let command = try #require(commands.first { $0.contains("az rest -m PATCH") })
        #expect(command.hasPrefix(Self.comparison(with: EntraFixture.tenant)), "\(command)")
    }

    @Test(arguments: ["AADSTS7000215", "AADSTS7000222"], [EntraFixture.clientID, nil])
    func `a new secret is created for the client in the configuration or in the error`(
        code: String,
        configured: String?
    ) throws {
        let message = "\(code): Invalid client secret for a secret added to app '\(EvidenceFixture.other)'."
        let evidence = EvidenceFixture.noToken(code, message, .clientSecret) {
            $0.identity?.clientID = configured
        }
        let cause = try #require(Explanation(evidence).causes.first)
        let client = configured ?? EvidenceFixture.other
        #expect(cause.commands == [Self.presence + "az ad app credential reset --id \(client) --append"])
    }

    /// Returns the words in capitals that no command sets as a variable and no program defines.
    private static func placeholders(in commands: [String]) -> [String] {
        var known: Set = ["BEGIN", "CERT", "PATCH", "POST"]
        for command in commands {
            if let end = command.firstIndex(of: "=") { known.insert(String(command[..<end])) }
        }
        var found: [String] = []
        for command in commands {
            for part in command.split(whereSeparator: { !isWordPart($0) }) {
                let word = String(part)
                let isCapital = word.allSatisfy { $0.isUppercase || $0 == "_" }
                if word.count >= 4, isCapital, !known.contains(word) { found.append(word) }
            }
        }
        return found
    }

    private static func isWordPart(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_" || character == "$"
    }

    @Test func `no command has a placeholder`() {
        for pitfall in Pitfall.table {
            guard let evidence = pitfall.evidence, evidence.request.roleARN != nil else { continue }
            for cause in Explanation(evidence).causes {
                #expect(Self.placeholders(in: cause.commandLines) == [], "\(cause.id): \(cause.commands)")
            }
        }
    }

    @Test func `the thumbprint is computed from the served chain`() throws {
        let evidence = EvidenceFixture.refused(
            "InvalidIdentityToken",
            "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint"
        )
        let commands = try #require(Explanation(evidence).causes.first).commands
        #expect(commands.first?.hasPrefix("SHA1=$(openssl s_client -servername sts.windows.net ") == true)
        #expect(commands.last?.contains(#"--thumbprint-list "$SHA1""#) == true)
        // Nothing is replaced without a certificate, or if the list was changed in the meantime.
        #expect(
            commands.last?.contains(#"test -n "$SHA1" && test "$(aws iam get-open-id-connect-provider "#)
                == true
        )
        #expect(commands.last?.contains("'sort(ThumbprintList) == `[]`'") == true)
    }

    @Test(arguments: [
        (["CONTAINER_APP_NAME": "web"], "az containerapp identity assign"),
        (["WEBSITE_SITE_NAME": "web"], "az webapp identity assign"),
    ])
    func `an app without the identity is named by its variables`(variables: [String: String], words: String)
        throws
    {
        let evidence = EvidenceFixture.noToken(
            "400",
            "Unable to load the proper Managed Identity.",
            .appService,
            variables: variables
        )
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "identity-not-found")
        let commands = cause.commandLines
        let app = try #require(commands.firstIndex { $0.contains("[?name==`\"web\"`].id") })
        let client = "[?clientId==`\"\(EntraFixture.clientID)\"`].id"
        #expect(commands.firstIndex { $0.contains(client) } == app + 1)
        // With an empty list, az would enable the system-assigned identity.
        let guards = #"test -n "$APP" && test -n "$IDENTITY" && "#
        #expect(commands.dropFirst(app + 2).first?.hasPrefix(guards + words) == true)
    }

    /// Resource IDs of the instance metadata, and the command of az that attaches an identity.
    ///
    /// Sources: Microsoft, "Azure Instance Metadata Service", `resourceId`; Azure CLI reference, `az vm identity assign`
    /// and `az vmss identity assign`.
    @Test(arguments: [
        (
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm1",
            "vm identity assign --ids /subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm1"
        ),
        (
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachineScaleSets/set/virtualMachines/3",
            "vmss identity assign --ids /subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachineScaleSets/set"
        ),
    ])
    func `an identity is attached to the scale set of an instance`(resource: String, call: String) throws {
        for tenant in [EntraFixture.tenant, nil] {
            for id in ["/subscriptions/t/resourceGroups/h/providers/x/y/identity", nil] {
                let evidence = EvidenceFixture.noToken("invalid_request", "Identity not found", .imds) {
                    $0.identity?.resourceID = id
                    $0.identity?.tenantID = tenant
                }
                let cause = try #require(Explanation(evidence).causes.first)
                #expect(cause.id == "identity-not-found")
                #expect(cause.advice.contains("`az vmss update-instances`"), "\(cause.advice)")
                let isListed = cause.advice.contains("the identity's full resource ID")
                #expect(isListed == (id == nil), "\(cause.advice)")
                let stubs = """
                    curl() { echo '\(resource)'; }
                    az() {
                        case "$*" in
                            "account show"*) echo \(EntraFixture.tenant) ;;
                            "identity list"*) echo LISTED ;;
                            *) echo "$@" ;;
                        esac
                    }

                    """
                let process = Process()
                let pipe = Pipe()
                process.executableURL = URL(filePath: "/bin/sh")
                process.arguments = ["-c", stubs + cause.commands.joined(separator: "\n")]
                process.standardOutput = pipe
                try process.run()
                process.waitUntilExit()
                let output = String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
                #expect(output.contains("\(call) --identities \(id ?? "LISTED")\n"), "\(output)")
            }
        }
    }

    /// Sources: Azure CLI reference, `az vm identity assign`, `az vmss identity assign`, `az webapp identity assign`:
    /// `[system]` is the system-assigned identity; `az containerapp identity assign`, `--system-assigned`.
    @Test(arguments: [
        (TokenSourceKind.imds, [:] as [String: String], "IDENTITY='[system]'"),
        (
            .appService, ["WEBSITE_SITE_NAME": "web"],
            #"az webapp identity assign --ids "$APP" --identities '[system]'"#
        ),
        (
            .appService, ["CONTAINER_APP_NAME": "web"],
            #"az containerapp identity assign --ids "$APP" --system-assigned"#
        ),
    ])
    func `a system-assigned identity is enabled, and no other identity is attached`(
        source: TokenSourceKind,
        variables: [String: String],
        words: String
    ) throws {
        let message =
            source == .imds ? "Identity not found" : "Unable to load the proper Managed Identity."
        let evidence = EvidenceFixture.noToken("400", message, source, variables: variables) {
            $0.identity?.isSystemAssigned = true
        }
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "identity-not-found")
        #expect(cause.commandLines.contains { $0.contains(words) }, "\(cause.commandLines)")
        #expect(!cause.fix.contains("az identity list"), "\(cause.fix)")
        #expect(cause.fix.contains("enable"))
    }

    /// Source: Microsoft, "Authenticate against Azure resources with Azure Arc-enabled servers": the agent serves the
    /// machine's system-assigned identity.
    @Test(arguments: [true, false])
    func `nothing is attached to a machine in Azure Arc`(isSystemAssigned: Bool) throws {
        let evidence = EvidenceFixture.noToken("invalid_request", "Identity not found", .azureArc) {
            $0.identity?.isSystemAssigned = isSystemAssigned
        }
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "identity-not-found")
        #expect(
            cause.fix.contains("`azcmagent show`") && !cause.fix.contains("identity assign"),
            "\(cause.fix)"
        )
    }

    @Test func `a change of az in a condition of the shell is limited to the national cloud`() throws {
        let evidence = EvidenceFixture.noToken("invalid_request", "Identity not found", .imds) {
            $0.tools.cloud = .china
        }
        let lines = try #require(Explanation(evidence).causes.first).commandLines
        let change = try #require(lines.first { $0.contains("az vmss identity assign") })
        #expect(change.contains("= AzureChinaCloud && test -n"), "\(change)")
    }

    @Test func `a fix that setup covers names the setup command of the mapping`() throws {
        let cause = try #require(
            Explanation(
                EvidenceFixture.evidence {
                    $0.providers = []
                    $0.request.mapping = "audit"
                }
            ).causes.first
        )
        #expect(cause.fix.contains("cambist setup apply audit"))
    }

    @Test(arguments: [
        ("eu-west-1", false), ("us-east-1", false), ("ap-northeast-3", false), ("af-south-1", true),
        ("eu-south-1", true), ("us-gov-west-1", false), ("cn-north-1", false),
    ])
    func `only a region that must be enabled gets the command that enables it`(
        region: String,
        isOptIn: Bool
    ) throws {
        let evidence = EvidenceFixture.refused("RegionDisabledException", "STS is not activated.") {
            $0.request.region = region
            $0.tools.iam = "http://127.0.0.1:9/iam"
        }
        let cause = try #require(Explanation(evidence).causes.first { $0.id == "region-disabled" })
        #expect(cause.commands.contains { $0.contains("enable-region") } == isOptIn)
        #expect(!cause.commands.contains { $0.contains("--endpoint-url") })
        #expect(cause.fix.contains("activate STS in it") != isOptIn && cause.fix.contains("is active"))
    }

    @Test func `a printed curl command fails on an error page`() throws {
        let machine = EvidenceFixture.noToken("invalid_request", "Identity not found", .imds)
        let key = EvidenceFixture.noToken("AADSTS7000272", "AADSTS7000272: x", .workloadIdentity) {
            $0.assertion = EvidenceFixture.assertion()
        }
        for evidence in [machine, key] {
            let commands = Explanation(evidence).causes.flatMap(\.commands).filter { $0.contains("curl ") }
            #expect(!commands.isEmpty)
            for command in commands {
                #expect(!command.replacing("curl -sSf ", with: "").contains("curl "), "\(command)")
            }
        }
    }

    @Test func `a longer maximum duration keeps the role's description`() throws {
        let evidence = EvidenceFixture.evidence {
            $0.request.duration = .seconds(43_200)
            $0.reader = Self.reader("admin")
        }
        let commands = Explanation(evidence).causes.flatMap(\.commands)
        let command = try #require(commands.first { $0.contains("aws iam update-role ") })
        #expect(
            command.contains(#""MaxSessionDuration":43200,"Description":'"$(aws iam get-role "#),
            "\(command)"
        )
        #expect(command.contains("--output json --profile admin)"))
    }

    @Test func `no provider is created for an issuer that is not an HTTPS URL`() {
        let issuer = JSONValue.string("http://\(EntraFixture.provider)")
        for providers in [[], [EvidenceFixture.record]] {
            let evidence = EvidenceFixture.refused("InvalidIdentityToken", "Issuer must be a valid URL") {
                $0.token = .claims(EntraFixture.token(["iss": issuer]))
                $0.providers = providers
            }
            let causes = Explanation(evidence).causes
            #expect(causes.first?.id == "issuer-not-url")
            #expect(!causes.flatMap(\.commands).contains { $0.contains("create-open-id-connect-provider") })
            #expect(!causes.contains { $0.id == "no-provider" })
        }
    }

    /// Denials whose fix is also the change that setup makes.
    private static func coveredBySetup() throws -> [String: Evidence] {
        let subject = #"{"StringEquals": {"\#(EntraFixture.provider):sub": "\#(EvidenceFixture.other)"}}"#
        let other = EvidenceFixture.evidence {
            $0.policy = EvidenceFixture.policy(subject).policy
            $0.request.mapping = "spoke"
        }
        let long = EvidenceFixture.evidence {
            $0.request.duration = .seconds(43_200)
            $0.request.mapping = "spoke"
        }
        let hub = ChainFixture.allowance().replacing("role/hub", with: "role/other")
        return [
            "sub-mismatch": other, "duration-over-maximum": long,
            "hub-untrusted": try ChainFixture.evidence(hub),
            "tag-session-missing": try ChainFixture.evidence(
                ChainFixture.allowance(),
                ChainedSession(tags: ["team": "red"])
            ),
        ]
    }

    @Test(arguments: ["sub-mismatch", "duration-over-maximum", "hub-untrusted", "tag-session-missing"])
    func `the fix names setup before the commands that make the same change`(id: String) throws {
        let evidence = try #require(try Self.coveredBySetup()[id])
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == id && !cause.commands.isEmpty)
        #expect(cause.advice.contains(#/`cambist setup apply spoke`,? or /#), "\(cause.advice)")
        #expect(cause.advice.hasSuffix(":"))
        var unnamed = evidence
        unnamed.request.mapping = nil
        let other = try #require(Explanation(unnamed).causes.first)
        #expect(!other.advice.contains("setup apply"), "\(other.advice)")
    }
}
