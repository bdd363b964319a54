import Federation
import Foundation
import TestSupport
import Testing

@testable import Provisioning

/// The exports for other tools.
///
/// RECORD_EXPORTS=1 rewrites the expected files.
@Suite(.limited) struct ExportTests {
    @Test(arguments: [SetupExport.powershell, .az, .terraform])
    func `every object that the mapping needs is exported, with any strings`(form: SetupExport) throws {
        try expect(form.text(of: ExportFixture.created(), region: "eu-west-1"), "created-\(form.rawValue)")
    }

    @Test(arguments: SetupExport.allCases)
    func `a configured identity is not looked up`(form: SetupExport) throws {
        try expect(form.text(of: ExportFixture.known(), region: "eu-west-1"), "known-\(form.rawValue)")
    }

    @Test(arguments: [
        (
            SetupExport.powershell,
            "(Get-MgServicePrincipal -Filter 'appId eq ''50d69e93-b49a-4251-8683-b9bca79dea7c''').Id"
        ),
        (.az, "$(az ad sp show --id 50d69e93-b49a-4251-8683-b9bca79dea7c --query id --output tsv)"),
        (.terraform, "= data.azuread_service_principal.cambist.object_id\n"),
    ])
    func `an identity configured by client ID is looked up in the directory`(form: SetupExport, text: String)
        throws
    {
        let identity = ManagedIdentity(
            id: "logging",
            tenantID: ExportFixture.tenant,
            clientID: "50d69e93-b49a-4251-8683-b9bca79dea7c"
        )
        #expect(try form.text(of: ExportFixture.desiredState(identity), region: "eu-west-1").contains(text))
    }

    @Test(arguments: [
        (SetupExport.powershell, "-Name 'logging').PrincipalId"),
        (.az, "--name logging --query principalId --output tsv)"),
        (.terraform, "= data.azurerm_user_assigned_identity.cambist.principal_id\n"),
    ])
    func `an identity configured by resource ID is looked up by it`(form: SetupExport, text: String) throws {
        let identity = ManagedIdentity(
            id: "logging",
            tenantID: ExportFixture.tenant,
            resourceID: ExportFixture.place.resourceID
        )
        #expect(try form.text(of: ExportFixture.desiredState(identity), region: "eu-west-1").contains(text))
    }

    @Test(arguments: [
        (SetupExport.powershell, "Set-DefaultAWSRegion -Region 'cn-north-1'\n"),
        (.az, "export AWS_PAGER= AWS_REGION=cn-north-1 AWS_DEFAULT_REGION=cn-north-1\n"),
    ])
    func `a script for a national partition sets a region of the partition`(form: SetupExport, line: String)
        throws
    {
        let identity = ManagedIdentity(id: "logging", tenantID: ExportFixture.tenant)
        let china = try ExportFixture.desiredState(
            identity,
            place: ExportFixture.place,
            policies: false,
            partition: "aws-cn"
        )
        #expect(try form.text(of: china, region: "cn-north-1").contains("\n\(line)"))
        let standard = try ExportFixture.desiredState(identity, place: ExportFixture.place)
        #expect(try !form.text(of: standard, region: "eu-west-1").contains("eu-west-1"))
    }

    @Test(arguments: [
        (SetupExport.powershell, "-ThumbprintList @('\(thumbprint)')"),
        (.az, "--thumbprint-list \(thumbprint)"),
        (.terraform, "thumbprint_list = [\"\(thumbprint)\"]"),
    ])
    func `the thumbprints of a provider are exported`(form: SetupExport, text: String) throws {
        let desired = try ExportFixture.desiredState(
            ManagedIdentity(id: "logging", tenantID: ExportFixture.tenant),
            place: ExportFixture.place,
            thumbprints: [Self.thumbprint]
        )
        let script = try form.text(of: desired, region: "eu-west-1")
        #expect(script.split(separator: " ").joined(separator: " ").contains(text), "\(script)")
        if form == .powershell { #expect(PowerShellTokens(script).problems == []) }
        if form != .terraform { #expect(script.contains("rovider lacks the thumbprint")) }
    }

    private static let thumbprint = "626d44e704d1ceabe3bf0d53397464ac8080142c"

    @Test func `the exported trust policy is that of a new role`() throws {
        let desiredState = try ExportFixture.known()
        let text = try SetupExport.trustPolicy.text(of: desiredState, region: "eu-west-1")
        #expect(JSONValue(text: text) == desiredState.roles.first?.trustPolicy())
    }

    @Test func `a trust policy without the object ID is refused`() throws {
        let desiredState = try ExportFixture.created()
        #expect(throws: SetupExportError.principalUnknown) {
            try SetupExport.trustPolicy.text(of: desiredState, region: "eu-west-1")
        }
    }

    @Test(arguments: SetupExport.allCases)
    func `the error for an invalid resource ID names the ID`(form: SetupExport) throws {
        let id = "/subscriptions/0/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm"
        let desiredState = try ExportFixture.desiredState(
            ManagedIdentity(id: "logging", tenantID: ExportFixture.tenant, resourceID: id)
        )
        let error = #expect(throws: SetupExportError.identityUnusable("logging", resourceID: id)) {
            try form.text(of: desiredState, region: "eu-west-1")
        }
        #expect(error?.description.hasSuffix(id) == true)
    }

    /// Setup compares `accountEnabled` and sets it, so the scripts do too.
    @Test(arguments: [
        (SetupExport.az, #"graph PATCH "servicePrincipals/$sp_id" '{"accountEnabled": true}' ''"#),
        (.powershell, "        accountEnabled = $true\n"),
    ])
    func `a script enables a service principal that is disabled`(form: SetupExport, text: String) throws {
        #expect(try form.text(of: ExportFixture.known(), region: "eu-west-1").contains(text))
    }

    @Test func `the script names the ARN of the role that has the name, without its session duration`() throws
    {
        let script = try SetupExport.az.text(of: ExportFixture.known(), region: "eu-west-1")
        #expect(script.contains(#"stop "the name is taken by ${role%%$'\t'*}""#))
    }

    @Test func `the PowerShell script tokenizes, with every text intact and all brackets balanced`() throws {
        let script = try SetupExport.powershell.text(of: ExportFixture.created(), region: "eu-west-1")
        let tokens = PowerShellTokens(script)
        #expect(tokens.problems == [])
        #expect(tokens.literals.contains(ExportFixture.hostile))
        #expect(tokens.literals.contains("rg (it's)"))
        let policies = tokens.literals.compactMap { JSONValue(text: $0) }.filter { $0["Version"] != nil }
        #expect(policies == [try #require(JSONValue(text: ExportFixture.policy))])
    }

    @Test(arguments: SetupExport.allCases)
    func `an export contains no control character of a string`(form: SetupExport) throws {
        let text = try form.text(of: ExportFixture.known(), region: "eu-west-1")
        #expect(text.hasSuffix("\n"))
        #expect(!text.contains(/[\u{0}-\u{8}\u{B}-\u{1F}\u{7F}]/))
    }

    @Test(arguments: [
        (SetupExport.az, #"run: cambist wait -c '\''our own.yaml'\'' NAME'"#),
        (.powershell, "run: cambist wait -c ''our own.yaml'' ''NAME'''"),
    ])
    func `the command at the end of a script names the configuration file of the option`(
        form: SetupExport,
        end: String
    ) throws {
        let reference = ConfigurationReference(path: "our own.yaml", isOption: true)
        for desiredState in [try ExportFixture.known(), try ExportFixture.spoke()] {
            let name = try #require(desiredState.mappings.first)
            let script = try form.text(of: desiredState, region: "eu-west-1", configuration: reference)
            let last = script.split(separator: "\n").last ?? ""
            #expect(last.hasSuffix(end.replacing("NAME", with: name)), "\(last)")
        }
    }

    @Test(arguments: [
        (SetupExport.az, ["iam get-role ", "iam create-role", "get-role-policy", "put-role-policy"]),
        (.powershell, ["Get-IAMRoleList", "New-IAMRole", "Get-IAMRolePolicyList", "Write-IAMRolePolicy"]),
    ])
    func `the hub's permission is written last, and only if the hub has no policy of the name`(
        form: SetupExport,
        commands: [String]
    ) throws {
        let script = try form.text(of: ExportFixture.spoke(), region: "eu-west-1")
        let places = try commands.map { try #require(script.range(of: $0)).lowerBound }
        #expect(places == places.sorted())
        #expect(script.contains("without the permission; add its statement:"))
        if form == .powershell { #expect(PowerShellTokens(script).problems == []) }
    }

    @Test(arguments: [
        (
            SetupExport.az,
            ["get-role-policy --role-name NAME ", "different inline", "put-role-policy --role-name NAME"]
        ),
        (
            .powershell,
            ["Get-IAMRolePolicyList -RoleName 'NAME'", "Write-IAMRolePolicy ", "different inline"]
        ),
        (.terraform, ["get-role-policy --role-name NAME ", #""aws_iam_role_policy" "cambist_1""#]),
    ])
    func `an existing inline policy is read before a script writes one`(form: SetupExport, parts: [String])
        throws
    {
        let states = [try ExportFixture.created(), try ExportFixture.spoke(policies: true)]
        for (desiredState, name) in zip(states, ["reader", "spoke"]) {
            let script = try form.text(of: desiredState, region: "eu-west-1")
            let texts = parts.map { $0.replacing("NAME", with: name) }
            let places = try texts.map { try #require(script.range(of: $0)).lowerBound }
            #expect(places == places.sorted(), "\(script)")
            if form == .powershell { #expect(PowerShellTokens(script).problems == []) }
        }
    }

    @Test func `the Terraform files warn against the import of an unchanged role`() throws {
        for desiredState in [try ExportFixture.known(), try ExportFixture.spoke()] {
            let text = try SetupExport.terraform.text(of: desiredState, region: "eu-west-1")
            let warning = try #require(text.range(of: "Do not import an existing"))
            let command = try #require(text.range(of: "terraform import aws_iam_role.cambist"))
            #expect(warning.lowerBound < command.lowerBound)
        }
    }

    @Test(arguments: [
        (SetupExport.az, "set AWS_PROFILE=reader and unset", "(AWS_PROFILE=reader)"),
        (.powershell, "choose others with Set-AWSCredential -ProfileName reader.", "-ProfileName reader)"),
        (.terraform, "111122223333 (AWS_PROFILE=reader)", "This file"),
    ])
    func `a script names the profile of the role's account`(form: SetupExport, advice: String, need: String)
        throws
    {
        let desiredState = try ExportFixture.known()
        let text = try form.text(
            of: desiredState,
            region: "eu-west-1",
            configuration: nil,
            profiles: ["111122223333": "reader", "444455556666": "unrelated"]
        )
        #expect(text.contains(advice) && text.contains(need), "\(text)")
        #expect(!text.contains("unrelated"))
        let unusable = try form.text(
            of: desiredState,
            region: "eu-west-1",
            configuration: nil,
            profiles: ["111122223333": "a $(b)"]
        )
        #expect(try unusable == form.text(of: desiredState, region: "eu-west-1"))
    }

    @Test(arguments: [
        (SetupExport.az, ["set AWS_PROFILE=spokes and unset", "set HUB_PROFILE=hubs"]),
        (.powershell, ["Set-AWSCredential -ProfileName spokes.", "choose others with -HubProfile hubs."]),
        (.terraform, ["(AWS_PROFILE=spokes)", "hub_profile (TF_VAR_hub_profile=hubs)"]),
    ])
    func `a script for a mapping with a hub names the profiles of both accounts`(
        form: SetupExport,
        parts: [String]
    ) throws {
        let text = try form.text(
            of: ExportFixture.spoke(),
            region: "eu-west-1",
            configuration: nil,
            profiles: ["444455556666": "spokes", "111122223333": "hubs"]
        )
        for part in parts { #expect(text.contains(part), "\(text)") }
    }

    @Test func `a JMESPath literal of a statement escapes backticks`() {
        let statement = JSONValue.object(["Resource": .string("a`b")])
        #expect(QueryLiteral.jmesPath(json: statement) == #"`{"Resource":"a\`b"}`"#)
    }

    private func expect(_ text: String, _ name: String) throws {
        let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Exports")
        let file = directory.appending(path: "\(name).txt")
        if ProcessInfo.processInfo.environment["RECORD_EXPORTS"] == "1" {
            try Data(text.utf8).write(to: file)
        }
        let expected = try String(contentsOf: file, encoding: .utf8)
        #expect(text == expected, "\(name) differs")
    }
}

extension SetupExport {
    /// Returns the text for a configuration that no option names.
    func text(of desiredState: DesiredState, region: String) throws(SetupExportError) -> String {
        try text(of: desiredState, region: region, configuration: nil)
    }
}
