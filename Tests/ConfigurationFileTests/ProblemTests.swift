import Federation
import TestSupport
import Testing

@testable import ConfigurationFile

/// A change to the sample and the only message that it causes.
struct Fault: Sendable, CustomTestStringConvertible {
    let old: String
    let new: String
    let message: String

    init(_ old: String, _ new: String, _ message: String) {
        self.old = old
        self.new = new
        self.message = message
    }

    var testDescription: String { new }
}

@Suite(.limited) struct ProblemTests {
    @Test(arguments: values + entries + relations)
    func `an error has its position, the value found, and the accepted values`(_ fault: Fault) {
        let text = Sample.replacing(fault.old, with: fault.new)
        #expect(text != Sample.text)
        #expect(messages(text) == [fault.message])
    }

    private static let values = [
        Fault(
            "duration: 1h",
            "duration: 5m",
            #"config.yaml:3:3: defaults.duration: found "5m"; accepted: 15m to 12h"#
        ),
        Fault(
            "duration: 1h",
            "duration: 3600",
            #"config.yaml:3:3: defaults.duration: found "3600"; accepted: 15m to 12h"#
        ),
        Fault(
            "refresh: manual",
            "refresh: off",
            #"config.yaml:24:5: mappings.audit.refresh: found "off"; accepted: auto or manual"#
        ),
        Fault(
            "role_arn: arn:aws:iam::111122223333:role/audit",
            #"role_arn: "arn:aws:iam::111122223333:role/audit ""#,
            #"config.yaml:20:5: mappings.audit.role_arn: found "arn:aws:iam::111122223333:role/audit", which has "#
                + "trailing white space; accepted: the ARN of a role, arn:aws:iam::123456789012:role/name"
        ),
        Fault(
            "role_arn: arn:aws:iam::111122223333:role/audit",
            #"role_arn: "arn:aws:iam::111122223333:role/aud*it""#,
            #"config.yaml:20:5: mappings.audit.role_arn: found "arn:aws:iam::111122223333:role/aud*it", which has the "#
                + "character * in the role's name; accepted: the ARN of a role, arn:aws:iam::123456789012:role/name"
        ),
        Fault(
            "role_arn: arn:aws:iam::111122223333:role/audit",
            "role_arn: arn:aws:iam::1111:role/audit",
            #"config.yaml:20:5: mappings.audit.role_arn: found "arn:aws:iam::1111:role/audit"; "#
                + "accepted: the ARN of a role, arn:aws:iam::123456789012:role/name"
        ),
        Fault(
            "audience: api://11111111-2222-3333-4444-555555555555/",
            "audience: api://<tenant>/",
            #"config.yaml:18:5: mappings.audit.audience: found "api://<tenant>/security-aws-logging"; "#
                + "accepted: an Application ID URI such as api://… or https://…, or an application's GUID"
        ),
        Fault(
            "proxy: http://proxy",
            "proxy: https://proxy",
            "config.yaml:45:30: network.proxy: found a value that is not shown, because it may be a secret; "
                + "accepted: the URL of a proxy that is reached without TLS, http://host:port"
        ),
        Fault(
            "graph: https://graph.example/",
            "graph: http://graph.example/",
            #"config.yaml:34:3: endpoints.graph: found "http://graph.example/"; "#
                + "accepted: an https URL, or an http URL of a loopback or link-local address"
        ),
        Fault(
            "tags: [prod, emea]",
            "tags: prod",
            #"config.yaml:25:5: mappings.audit.tags: found "prod"; accepted: a list of words: [one, two]"#
        ),
        Fault(
            "tags: [prod, emea]",
            "tags: [prod, [emea]]",
            "config.yaml:25:18: mappings.audit.tags[1]: found a list; accepted: text"
        ),
        Fault(
            "command: [ssh, vm1, cambist, claims, audit, --raw]",
            "command: []",
            "config.yaml:13:5: identities.laptop.command: found a list of 0; "
                + "accepted: a command as a list of words: [program, argument]"
        ),
        Fault(
            "mouse: true",
            "mouse: yes",
            #"config.yaml:39:3: console.mouse: found "yes"; accepted: true or false"#
        ),
        Fault(
            "days: 30",
            "days: 0",
            #"config.yaml:46:11: history.days: found "0"; accepted: a whole number from 1 to 36500"#
        ),
        Fault(
            "speed: 720",
            "speed: nan",
            #"config.yaml:47:9: watch.speed: found "nan"; accepted: a number from 0.001 to 1000000"#
        ),
        Fault(
            "theme: night",
            "theme: knight",
            #"config.yaml:38:3: console.theme: found "knight"; accepted: auto, dark, light, mono, high-contrast, or night"#
        ),
        Fault(
            "client_id: 1EA7E6E0-",
            "client_id: x1EA7E6E0-",
            #"config.yaml:8:5: identities.logging.client_id: found "x1EA7E6E0-7876-4D1C-AEC5-7B1C927EDE74"; "#
                + "accepted: a GUID such as 1ea7e6e0-7876-4d1c-aec5-7b1c927ede74"
        ),
    ]

    private static let entries = [
        Fault(
            "app_role:",
            "app_roll:",
            "config.yaml:19:5: mappings.audit.app_roll: found an unknown key; did you mean app_role?; accepted: "
                + "identity, audience, app_role, role_arn, region, duration, session_name, policy_arns, policy_file, "
                + "trust_policy_file, probe, refresh, tags, via, external_id, session_tags, transitive_tags, "
                + "source_identity, setup"
        ),
        Fault(
            "    identity: logging\n",
            "",
            "config.yaml:16:3: mappings.audit.identity: found nothing; "
                + "accepted: a name under identities"
        ),
        Fault(
            "  audit:\n",
            "  audit trail:\n",
            #"config.yaml:16:3: mappings.audit trail: found "audit trail"; "#
                + "accepted: a name of at most 64 letters, digits, _ + = , . @ - that starts with a letter or digit"
        ),
        Fault(
            "  logging:\n    tenant_id",
            "  laptop: {source: azure-cli}\n  logging:\n    tenant_id",
            "config.yaml:6:3: identities.laptop: found a duplicate key; accepted: each key once"
        ),
        Fault(
            "watch: {speed: 720}",
            "watch: 720",
            #"config.yaml:47:1: watch: found "720"; accepted: a group of keys (speed)"#
        ),
        Fault(
            "watch: {speed: 720}",
            "? [watch]\n: 1",
            "config.yaml:47:3: found a list as a key; accepted: a name"
        ),
    ]

    private static let relations = [
        Fault(
            "identity: logging\n",
            "identity: loging\n",
            #"config.yaml:17:5: mappings.audit.identity: found the unknown identity "loging"; did you mean logging?; "#
                + "accepted: laptop, logging"
        ),
        Fault(
            "source: imds\n",
            "source: workload-identity\n    federated_identity: logging\n",
            #"config.yaml:11:5: identities.logging.federated_identity: found the identity itself; "#
                + "accepted: the name of a different identity"
        ),
        Fault(
            "graph_identity: laptop",
            "graph_identity: admin",
            #"config.yaml:44:9: setup.graph_identity: found the unknown identity "admin"; accepted: laptop, logging"#
        ),
        Fault(
            "region: eu-west-1",
            "region: cn-north-1",
            #"config.yaml:2:3: defaults.region: found "cn-north-1"; accepted: a region of the role's partition, aws"#
        ),
        Fault(
            "arn:aws:iam::aws:policy/ReadOnlyAccess]\n    trust",
            "arn:aws:iam::444455556666:policy/Read]\n    trust",
            #"config.yaml:21:5: mappings.audit.policy_arns: found "arn:aws:iam::444455556666:policy/Read"; "#
                + "accepted: policies of the role's account 111122223333 or of AWS, in partition aws"
        ),
        Fault(
            "    principal_id:",
            "    system_assigned: true\n    principal_id:",
            "config.yaml:9:5: identities.logging.system_assigned: found system_assigned in addition to client_id; "
                + "accepted: one of client_id, resource_id, system_assigned"
        ),
        Fault(
            "    source: imds",
            "    source: imds\n    secret_env: SECRET",
            "config.yaml:11:5: identities.logging.secret_env: found a key that source imds does not read; "
                + "accepted: secret_env with source client-secret"
        ),
        Fault(
            "    source: imds",
            "    source: client-secret",
            "config.yaml:6:3: identities.logging.secret_env: found nothing; "
                + "accepted: secret_env or secret_file, which source client-secret requires"
        ),
        Fault(
            "location: westeurope, ",
            "",
            "config.yaml:26:5: mappings.audit.setup.identity.location: found nothing; "
                + "accepted: subscription, resource_group, location, name, either all or none"
        ),
        Fault(
            "session_name: cambist-{mapping}",
            "session_name: cambist-{mapping}-012345678901234567890123456789012345678901234567890",
            #"config.yaml:4:3: mappings.audit.session_name: found "#
                + #""cambist-audit-012345678901234567890123456789012345678901234567890", 65 characters; "#
                + "accepted: 2 to 64 letters, digits, and any of _ + = , . @ -, with {mapping} for the mapping's name"
        ),
        Fault(
            "audience: api://11111111-2222-3333-4444-555555555555/security-aws-logging",
            "audience: api://AzureADTokenExchange",
            #"config.yaml:18:5: warning: mappings.audit.audience: found "api://AzureADTokenExchange", which is AAD Token "#
                + "Exchange; accepted: the identifier URI of your own application, because a token for a Microsoft "
                + "application can be replayed to that application"
        ),
        Fault(
            "duration: 1h",
            "duration: 20m",
            #"config.yaml:3:3: warning: defaults.duration: found "20m"; "#
                + "accepted: 32m or more, because AWS SDKs may renew shorter sessions on every call"
        ),
        Fault(
            "    client_id: 1EA7E6E0-7876-4D1C-AEC5-7B1C927EDE74\n    principal_id: ee1823f6-34f4-4b8a-8fd1-925e404d170a\n",
            "",
            "config.yaml:6:3: warning: identities.logging: found no ID that selects the identity, so the host's "
                + "default identity is used; accepted: client_id, resource_id, principal_id, or system_assigned: true"
        ),
    ]
}
