"""`cambist setup` with moto for AWS: plan, apply, verify, and destroy.

The lab simulates Azure, which other scripts check. Moto checks the signatures of the plan's requests only: it computes
a signature over the body as botocore writes it, with + for a space, where AWS uses the body as received.
"""

import json
import os
import subprocess
import urllib.request

import boto3
import yaml
from moto.server import ThreadedMotoServer

from checks import check, finish
from lab import configuration, fact

ACCOUNT = "123456789012"
MANAGED = "arn:aws:iam::aws:policy/ReadOnlyAccess"
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
OTHER_POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
PROVIDER = fact("ISSUER").removeprefix("https://")
PROVIDER_ARN = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{PROVIDER}"
def marked(tags):
    """Returns whether the tags are those of setup: `made-by` with cambist, the tenant, and the mapping."""
    return [tag["Key"] for tag in tags] == ["made-by"] and tags[0]["Value"].startswith("cambist:") and tags[0]["Value"].count(":") == 2

os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
endpoint = "http://{}:{}".format(*server.get_host_and_port())


def client(key="test", secret="test"):
    return boto3.client(
        "iam", endpoint_url=endpoint, region_name="eu-west-1", aws_access_key_id=key, aws_secret_access_key=secret
    )


def authenticate_after(actions):
    """Makes moto accept this many unsigned actions and check signature and permissions of every later one."""
    url = f"{endpoint}/moto-api/reset-auth"
    request = urllib.request.Request(url, str(actions).encode(), {"Content-Type": "text/plain"}, method="POST")
    urllib.request.urlopen(request, timeout=10).close()


def make_administrator():
    """Creates a user with all permissions; from then on moto checks signatures and permissions."""
    unsigned = client()
    unsigned.create_user(UserName="admin")
    everything = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    unsigned.put_user_policy(UserName="admin", PolicyName="all", PolicyDocument=json.dumps(everything))
    made = unsigned.create_access_key(UserName="admin")["AccessKey"]
    authenticate_after(0)
    return made["AccessKeyId"], made["SecretAccessKey"]


def write_configuration():
    settings = configuration()
    with open("own.json", "w", encoding="utf-8") as file:
        json.dump(POLICY, file)
    mapping = settings["mappings"]["audit"]
    mapping["role_arn"] = f"arn:aws:iam::{ACCOUNT}:role/teams/audit"
    mapping["setup"] |= {"managed_policies": [MANAGED], "inline_policies": {"own": "own.json"}, "max_session": "2h"}
    settings["endpoints"] |= {"iam": endpoint, "sts": endpoint}
    with open("moto.yaml", "w", encoding="utf-8") as file:
        yaml.safe_dump(settings, file)


def setup(command, *options, secret=None):
    """Runs a setup command; returns its status, its stdout, and its stderr."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME")}
    environment |= {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret or administrators_secret}
    environment |= {"AWS_REGION": "eu-west-1"}
    run = subprocess.run(
        [os.environ["CAMBIST"], "setup", command, "audit", *options, "--json", "--config", "moto.yaml"],
        env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240, check=False,
    )
    answer = json.loads(run.stdout) if run.stdout.strip() else {}
    return run.returncode, answer, run.stderr


def states(answer):
    """Returns the state of every AWS object, by kind."""
    return {entry["kind"]: entry["state"] for entry in answer["objects"] if entry["cloud"] == "aws"}


write_configuration()
key, administrators_secret = make_administrator()
iam = client(key, administrators_secret)
kinds = {"oidc-provider", "role", "attached-policy", "inline-policy"}

status, answer, stderr = setup("plan", secret="x" * 40)
found = states(answer)
check("moto checks signatures", status != 0 and set(found.values()) == {"unreadable"}, (status, found, stderr))

status, answer, stderr = setup("plan")
check("plan: all AWS objects are missing", states(answer) == dict.fromkeys(kinds, "missing"), (states(answer), stderr))
check("plan: nothing was created", iam.list_open_id_connect_providers()["OpenIDConnectProviderList"] == [])

authenticate_after(10**9)
status, answer, stderr = setup("apply", "--yes")
check("apply: exits with 0", status == 0, f"{status} {stderr} {answer}")
check("apply: all AWS objects are ok", states(answer) == dict.fromkeys(kinds, "ok"), states(answer))
provider = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=PROVIDER_ARN)
check("apply: the provider has the audience", provider["ClientIDList"] == [fact("AUDIENCE")], provider)
check("apply: the provider is tagged", marked(provider["Tags"]), provider)
role = iam.get_role(RoleName="audit")["Role"]
statement = role["AssumeRolePolicyDocument"]["Statement"][0]
wanted = {f"{PROVIDER}:aud": fact("AUDIENCE"), f"{PROVIDER}:sub": fact("PRINCIPAL_ID")}
check("apply: the role trusts only the identity", statement["Condition"] == {"StringEquals": wanted}, statement)
check("apply: the role trusts the provider", statement["Principal"] == {"Federated": PROVIDER_ARN}, statement)
check("apply: the role has path, session limit, and tag", (role["Path"], role["MaxSessionDuration"], marked(role["Tags"])) == ("/teams/", 7200, True), role)
attached = iam.list_attached_role_policies(RoleName="audit")["AttachedPolicies"]
check("apply: the managed policy is attached", [policy["PolicyArn"] for policy in attached] == [MANAGED], attached)
check("apply: the inline policy is written", iam.get_role_policy(RoleName="audit", PolicyName="own")["PolicyDocument"] == POLICY)

status, answer, stderr = setup("apply", "--yes")
changed = [entry["kind"] for entry in answer["objects"] if entry.get("changed")]
check("apply: a second run changes nothing", status == 0 and not changed, f"{status} {stderr} {changed}")
status, answer, stderr = setup("verify")
check("verify: nothing has drifted", status == 0, f"{status} {stderr}")

iam.detach_role_policy(RoleName="audit", PolicyArn=MANAGED)
iam.put_role_policy(RoleName="audit", PolicyName="own", PolicyDocument=json.dumps(OTHER_POLICY))
iam.update_role(RoleName="audit", MaxSessionDuration=3600)
foreign = {"Sid": "Other", "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
document = {"Version": "2012-10-17", "Statement": [foreign]}
iam.update_assume_role_policy(RoleName="audit", PolicyDocument=json.dumps(document))
status, answer, stderr = setup("verify")
drifted = {kind for kind, state in states(answer).items() if state != "ok"}
check("verify: reports each drift", status == 1 and drifted == kinds - {"oidc-provider"}, f"{status} {drifted}")
status, answer, stderr = setup("apply", "--yes")
statements = iam.get_role(RoleName="audit")["Role"]["AssumeRolePolicyDocument"]["Statement"]
check("apply: corrects the drift", status == 0 and set(states(answer).values()) == {"ok"}, f"{status} {stderr}")
check("apply: keeps a foreign statement", foreign in statements and len(statements) == 2, statements)

iam.update_assume_role_policy(
    RoleName="audit", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
)
status, answer, stderr = setup("destroy", "--yes")
check("destroy: exits with 0", status == 0, f"{status} {stderr} {answer}")
roles = [entry["RoleName"] for entry in iam.list_roles()["Roles"]]
providers = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
check("destroy: role and provider are deleted", roles == [] and providers == [], (roles, providers))
server.stop()
finish()
