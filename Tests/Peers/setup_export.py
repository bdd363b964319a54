"""The output of `cambist setup export`, parsed and run by third-party tools.

python-hcl2 parses the Terraform file, bash and ShellCheck parse the az script, Python parses the JSON, and a tree-sitter
grammar parses the PowerShell script (PowerShell is not available from Debian or PyPI). The real az and aws run the az
script against the lab, twice; its AWS part also runs against moto, with a stub for az.
"""

import json
import os
import re
import subprocess
import time
from pathlib import Path

import boto3
import hcl2
import tree_sitter
import tree_sitter_powershell
import yaml
from moto.server import ThreadedMotoServer

import azure_cli
from checks import check, finish
from lab import configuration, fact, fetch_json, imds_token

HOSTILE = "O'Brien \"$HOME\" `id` ${x} %{y} \\ z \u2018q\u2019 漢字"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::it's/${aws:username}/*", "arn:aws:s3:::a%{b}`c`\\d\"e"]}
    ],
}
MANAGED = "arn:aws:iam::aws:policy/ReadOnlyAccess"
PROVIDER = fact("ISSUER").removeprefix("https://")
# The arguments in use of azuread 3.7.0, azurerm 4.55.0, and aws 6.25.0; required ones are in capitals.
ARGUMENTS = {
    "azuread_application": "DISPLAY_NAME sign_in_audience identifier_uris tags api app_role",
    "api": "requested_access_token_version",
    "app_role": "ID value DISPLAY_NAME DESCRIPTION ALLOWED_MEMBER_TYPES enabled",
    "azuread_service_principal": "client_id app_role_assignment_required tags",
    "azuread_app_role_assignment": "APP_ROLE_ID PRINCIPAL_OBJECT_ID RESOURCE_OBJECT_ID",
    "azurerm_user_assigned_identity": "NAME RESOURCE_GROUP_NAME location tags",
    "aws_iam_openid_connect_provider": "URL CLIENT_ID_LIST tags",
    "aws_iam_role": "name path description max_session_duration ASSUME_ROLE_POLICY tags",
    "aws_iam_role_policy_attachment": "ROLE POLICY_ARN",
    "aws_iam_role_policy": "ROLE name POLICY",
}


def run(command, environment=None, timeout=300):
    return subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout, check=False
    )


def export(form, config, mapping="audit"):
    """Returns the export's text, which is empty if the command fails."""
    result = run([os.environ["CAMBIST"], "setup", "export", mapping, "--format", form, "--config", config])
    check(f"{Path(config).stem}: {form} is exported", result.returncode == 0 and result.stdout, result.stderr)
    return result.stdout


def write_variant(name, account=None, place=None, known=True):
    """Writes the lab's configuration with hostile texts, policies, and optionally another account or an identity to create."""
    settings = configuration()
    mapping = settings["mappings"]["audit"]
    setup = {"application": HOSTILE, "managed_policies": [MANAGED], "inline_policies": {"own": "own.json"}}
    if place:
        setup["identity"] = place
    mapping |= {"setup": setup, "duration": "2h"}
    if account:
        mapping["role_arn"] = f"arn:aws:iam::{account}:role/teams/audit"
    if not known:
        settings["identities"]["logging"].pop("principal_id")
    with open(name, "w", encoding="utf-8") as file:
        yaml.safe_dump(settings, file, allow_unicode=True)


def trust(account, subject):
    """Returns the trust policy that a role should have."""
    equal = {f"{PROVIDER}:aud": fact("AUDIENCE"), f"{PROVIDER}:sub": subject}
    statement = {
        "Sid": "Cambist1",
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::{account}:oidc-provider/{PROVIDER}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": equal},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


# Terraform.


def unquoted(value):
    """Returns a value of python-hcl2 as Terraform reads it: literals without quotes and escapes, JSON decoded."""
    if isinstance(value, list):
        return [unquoted(item) for item in value]
    if isinstance(value, dict):
        return {key.strip('"'): unquoted(item) for key, item in value.items() if key != "__is_block__"}
    if not isinstance(value, str):
        return value
    encoded = re.fullmatch(r"\$\{jsonencode\((.*)\)\}", value, re.S)
    if encoded:
        return unquoted(hcl2.loads(f"x = {encoded[1]}\n")["x"])
    if value[:1] != '"':
        return value
    plain = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
    text = re.sub(r'\\(["\\nrt])', lambda match: plain[match[1]], value[1:-1])
    return text.replace("$${", "${").replace("%%{", "%{")


def check_arguments(kind, body):
    known = ARGUMENTS[kind].split()
    required = {name.lower() for name in known if name.isupper()}
    names = set(body)
    check(f"terraform: {kind} has known arguments only", names <= {name.lower() for name in known}, names)
    check(f"terraform: {kind} has all required arguments", required <= names, required - names)


def check_terraform(config, name, policies):
    root = unquoted(hcl2.loads(export("terraform", config)))
    resources = {}
    for entry in root["resource"]:
        for kind, named in entry.items():
            for label, body in named.items():
                check_arguments(kind, body)
                resources[f"{kind}.{label}"] = body
    application = resources["azuread_application.cambist"]
    for kind in ("api", "app_role"):
        check_arguments(kind, application[kind][0])
    check(f"terraform: {config} names the application", application["display_name"] == name, application)
    check("terraform: tokens are of version 1", application["api"] == [{"requested_access_token_version": 1}])
    check("terraform: the identifier URI is the audience", application["identifier_uris"] == [fact("AUDIENCE")])
    check("terraform: the role is for applications", application["app_role"][0]["allowed_member_types"] == ["Application"])
    principal = resources["azuread_service_principal.cambist"]
    check("terraform: an assignment is required", principal["app_role_assignment_required"] is True)
    provider = resources["aws_iam_openid_connect_provider.cambist"]
    check("terraform: the provider's URL ends in a slash", provider["url"] == fact("ISSUER") and fact("ISSUER")[-1] == "/")
    role = resources["aws_iam_role.cambist"]
    condition = role["assume_role_policy"]["Statement"][0]["Condition"]["StringEquals"]
    check("terraform: the role requires the audience", condition[f"{PROVIDER}:aud"] == fact("AUDIENCE"), condition)
    if policies:
        check("terraform: the role has the inline policy", resources["aws_iam_role_policy.cambist_1"]["policy"] == POLICY)
        attachment = resources["aws_iam_role_policy_attachment.cambist_1"]
        check("terraform: the role has the managed policy", attachment["policy_arn"] == MANAGED)


# PowerShell.


def check_powershell(config, wanted):
    script = export("powershell", config)
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
    root = parser.parse(script.encode()).root_node
    check(f"powershell: {config} can be parsed", not root.has_error)
    literals, rest = set(), [root]
    while rest:
        node = rest.pop()
        rest += node.children
        if node.type == "verbatim_string_characters":
            literals.add(re.sub("(['\u2018\u2019\u201a\u201b])\\1", r"\1", node.text.decode()[1:-1]))
    for text in wanted:
        check(f"powershell: {config} contains {text[:30]!r}", text in literals)


# The az script.


def check_script(config):
    script = export("az", config)
    file = Path(config).with_suffix(".sh")
    file.write_text(script, encoding="utf-8")
    parsed = run(["bash", "-n", str(file)])
    check(f"az: bash parses {file}", parsed.returncode == 0, parsed.stderr)
    checked = run(["shellcheck", str(file)])
    check(f"az: ShellCheck reports nothing about {file}", checked.returncode == 0 and not checked.stdout, checked.stdout)
    return file


def objects(environment):
    """Returns the objects in both clouds of the kinds that the script creates."""
    queries = [
        ["az", "ad", "app", "list", "--all", "--query", "[].[appId, tags, appRoles, identifierUris, api]"],
        ["az", "ad", "sp", "list", "--all", "--query", "[].[id, appId, appRoleAssignmentRequired, tags]"],
        ["aws", "iam", "list-roles", "--query", "Roles[].[RoleName, AssumeRolePolicyDocument, MaxSessionDuration]"],
        ["aws", "iam", "list-open-id-connect-providers"],
    ]
    return [run([*query, "--output", "json"], environment).stdout for query in queries]


def check_run_in_lab(file, environment):
    first = run(["bash", str(file)], environment)
    check("az: the script sets up both clouds", first.returncode == 0, first.stderr[-600:])
    check("az: the script reports the objects that it creates", "creating the application" in first.stderr, first.stderr[-600:])
    end = time.monotonic() + 90
    while True:
        tried = run([os.environ["CAMBIST"], "test", "audit", "--json"])
        if tried.returncode == 0 or time.monotonic() > end:
            break
        time.sleep(1)
    steps = json.loads(tried.stdout)["mappings"][0]["steps"]
    check("az: the mapping works", tried.returncode == 0, tried.stdout[-900:])
    check("az: the token has the app role", all(step["outcome"] != "warn" for step in steps), steps)
    verified = run([os.environ["CAMBIST"], "setup", "verify", "audit", "--json"])
    found = [(entry["kind"], entry["state"], entry["ours"]) for entry in json.loads(verified.stdout)["objects"]]
    check("az: setup verify finds all objects ok", verified.returncode == 0, found)
    check("az: setup verify recognizes its own objects", all(ours for kind, _, ours in found if kind != "identity"), found)
    before = objects(environment)
    second = run(["bash", str(file)], environment)
    made = re.findall("creating|setting|requiring|assigning|adding", second.stderr)
    check("az: a second run creates nothing", second.returncode == 0 and not made, second.stderr[-600:])
    check("az: a second run changes nothing", objects(environment) == before and all(before))


def check_foreign_trust(file, environment):
    """Checks that an existing role with another trust policy is not changed and is reported."""
    admin_principal = configuration()["identities"]["admin"]["principal_id"]
    other = Path("other.sh")
    text = file.read_text(encoding="utf-8").replace(fact("PRINCIPAL_ID"), admin_principal)
    other.write_text(text, encoding="utf-8")
    before = objects(environment)[2]
    result = run(["bash", str(other)], environment)
    check("az: a role that trusts another identity stops the script", result.returncode == 1, result.stderr[-600:])
    check("az: the script prints the statement to add", "does not trust the identity yet" in result.stderr, result.stderr[-600:])
    check("az: the role is unchanged", objects(environment)[2] == before)


STUB = """#!/usr/bin/env python3
import json, os, sys
words = sys.argv[1:]
with open("az.log", "a", encoding="utf-8") as log:
    print(json.dumps(words), file=log)
called = " ".join(words)
answers = [
    ("account show", os.environ["AZURE_TENANT_ID"]), ("cloud show", "https://graph.example/"),
    ("identity list", ""), ("identity create", "1ea7e6e0-7876-4d1c-aec5-7b1c927ede74"),
    ("ad app list", ""), ("--method POST --url https://graph.example/v1.0/applications", "app"),
    ("requestedAccessTokenVersion --output", "1"), ("ad app show", "27dc233a-b082-415f-9369-e3b9aff01678"),
    ("ad sp list", ""), ("--method GET", ""), ("--method POST", "made"),
]
print(next(answer for beginning, answer in answers if beginning in called))
"""


def check_run_against_moto(file, account):
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    endpoint = "http://{}:{}".format(*server.get_host_and_port())
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    stub = Path("stub/az")
    stub.parent.mkdir()
    stub.write_text(STUB, encoding="utf-8")
    stub.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_ENDPOINT")} | keys
    environment |= {"AWS_ENDPOINT_URL": endpoint, "PATH": f"{stub.parent.resolve()}:{os.environ['PATH']}"}
    first = run(["bash", str(file)], environment)
    check("moto: the script sets up AWS", first.returncode == 0, first.stderr[-600:])
    iam = boto3.client(
        "iam", endpoint_url=endpoint, region_name="eu-west-1", aws_access_key_id="test", aws_secret_access_key="test"
    )
    arn = f"arn:aws:iam::{account}:oidc-provider/{PROVIDER}"
    provider = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    mark = [{"Key": "made-by", "Value": f"cambist:{fact('ISSUER').split('/')[3]}:audit"}]
    check("moto: the provider has the audience", provider["ClientIDList"] == [fact("AUDIENCE")], provider)
    check("moto: the provider is tagged", provider["Tags"] == mark, provider)
    role = iam.get_role(RoleName="audit")["Role"]
    wanted = trust(account, fact("PRINCIPAL_ID"))
    check("moto: the role trusts the identity", role["AssumeRolePolicyDocument"] == wanted, role)
    check("moto: the role has path, session limit, and tag", (role["Path"], role["MaxSessionDuration"], role["Tags"]) == ("/teams/", 7200, mark), role)
    attached = iam.list_attached_role_policies(RoleName="audit")["AttachedPolicies"]
    check("moto: the managed policy is attached", [policy["PolicyArn"] for policy in attached] == [MANAGED], attached)
    inline = iam.get_role_policy(RoleName="audit", PolicyName="own")["PolicyDocument"]
    check("moto: the inline policy has its texts unchanged", inline == POLICY, inline)
    second = run(["bash", str(file)], environment)
    check("moto: a second run creates no role", second.returncode == 0 and "creating the role" not in second.stderr, second.stderr[-600:])
    check("moto: a second run writes no inline policy", "writing the inline policy" not in second.stderr, second.stderr[-600:])
    calls = [json.loads(line) for line in Path("az.log").read_text(encoding="utf-8").splitlines()]
    bodies = [json.loads(call[call.index("--body") + 1]) for call in calls if "--body" in call]
    check("az: the application's name is unchanged", bodies[0]["displayName"] == HOSTILE, bodies[0])
    check("az: the application has version 1 tokens and one role for applications", bodies[0]["api"] == {"requestedAccessTokenVersion": 1}
          and bodies[0]["appRoles"][0]["allowedMemberTypes"] == ["Application"], bodies[0])
    check("az: the service principal requires an assignment", bodies[1]["appRoleAssignmentRequired"] is True, bodies[1])
    statement = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
    other = {"Version": "2012-10-17", "Statement": [statement]}
    iam.put_role_policy(RoleName="audit", PolicyName="own", PolicyDocument=json.dumps(other))
    third = run(["bash", str(file)], environment)
    stopped = third.returncode == 1 and "has a different inline policy" in third.stderr
    check("moto: a different inline policy stops the script", stopped, third.stderr[-600:])
    kept = iam.get_role_policy(RoleName="audit", PolicyName="own")["PolicyDocument"]
    check("moto: the different inline policy is unchanged", kept == other, kept)
    server.stop()


def lab_place():
    """Returns the administrator's client ID, and the subscription and resource group of the lab's identities."""
    admin = configuration()["identities"]["admin"]["client_id"]
    token = imds_token("https://graph.microsoft.com", admin)
    url = f"{fact('GRAPH_URL')}/v1.0/servicePrincipals/{fact('PRINCIPAL_ID')}"
    names = fetch_json(url, {"Authorization": f"Bearer {token}"})["alternativeNames"]
    parts = next(name for name in names if name.startswith("/subscriptions/")).split("/")
    return admin, parts[2], parts[4]


Path("own.json").write_text(json.dumps(POLICY), encoding="utf-8")
admin, subscription, group = lab_place()
place = {"subscription": subscription, "resource_group": group, "location": "westeurope", "name": "exported"}
moto_account = "123456789012"
lab_file = os.environ["CAMBIST_CONFIG"]
write_variant("created.yaml", account=moto_account, place=place)
write_variant("lookup.yaml", known=False)

account = fact("ROLE_ARN").split(":")[4]
policy = json.loads(export("trust-policy", lab_file))
check("trust-policy: the policy allows the identity", policy == trust(account, fact("PRINCIPAL_ID")), policy)
check_terraform(lab_file, "security-aws-logging", policies=False)
for variant in ("created.yaml", "lookup.yaml"):
    check_terraform(variant, HOSTILE, policies=True)
    check_powershell(variant, [HOSTILE, fact("AUDIENCE"), MANAGED])
check_powershell(lab_file, ["security-aws-logging", fact("PRINCIPAL_ID")])

script = check_script(lab_file)
check_script("lookup.yaml")
check_run_against_moto(check_script("created.yaml"), moto_account)
signed_in = azure_cli.sign_in(admin)
shown = subprocess.run(["az", "account", "show"], env=signed_in, capture_output=True, text=True, timeout=120)
check("az login: az lists the lab's subscription", json.loads(shown.stdout or "{}").get("id") == subscription, shown)
check_run_in_lab(script, signed_in)
check_foreign_trust(script, signed_in)
finish()
