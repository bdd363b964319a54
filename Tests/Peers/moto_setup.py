"""`cambist setup` with moto for AWS: plan, apply, verify and destroy.

Azure is the lab; what is made there is made for the sake of the whole, and checked elsewhere. Moto checks the
signatures of the plan's requests, and no later ones: it signs what it has read of a body as botocore would have
written it, with + for a blank, where AWS signs the body as it came.
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
    """Whether the tags are setup's own: `made-by` with cambist, the tenant and the mapping."""
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
    """Lets moto take this many actions unsigned and check signature and rights of every later one."""
    url = f"{endpoint}/moto-api/reset-auth"
    request = urllib.request.Request(url, str(actions).encode(), {"Content-Type": "text/plain"}, method="POST")
    urllib.request.urlopen(request, timeout=10).close()


def make_administrator():
    """A user that may do everything; from then on moto checks signatures and rights."""
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
    """Runs a setup command; returns its status, its stdout and its stderr."""
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
    """The state of every object of AWS, by kind."""
    return {entry["kind"]: entry["state"] for entry in answer["objects"] if entry["cloud"] == "aws"}


write_configuration()
key, administrators_secret = make_administrator()
iam = client(key, administrators_secret)
kinds = {"oidc-provider", "role", "attached-policy", "inline-policy"}

status, answer, complaint = setup("plan", secret="x" * 40)
found = states(answer)
check("moto does check signatures", status != 0 and set(found.values()) == {"unreadable"}, (status, found, complaint))

status, answer, complaint = setup("plan")
check("plan: everything of AWS is missing", states(answer) == dict.fromkeys(kinds, "missing"), (states(answer), complaint))
check("plan: nothing was made", iam.list_open_id_connect_providers()["OpenIDConnectProviderList"] == [])

authenticate_after(10**9)
status, answer, complaint = setup("apply", "--yes")
check("apply: ends with 0", status == 0, f"{status} {complaint} {answer}")
check("apply: everything of AWS is ok then", states(answer) == dict.fromkeys(kinds, "ok"), states(answer))
provider = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=PROVIDER_ARN)
check("apply: the provider takes the audience", provider["ClientIDList"] == [fact("AUDIENCE")], provider)
check("apply: the provider is marked", marked(provider["Tags"]), provider)
role = iam.get_role(RoleName="audit")["Role"]
statement = role["AssumeRolePolicyDocument"]["Statement"][0]
wanted = {f"{PROVIDER}:aud": fact("AUDIENCE"), f"{PROVIDER}:sub": fact("PRINCIPAL_ID")}
check("apply: the role trusts the identity alone", statement["Condition"] == {"StringEquals": wanted}, statement)
check("apply: by way of the provider", statement["Principal"] == {"Federated": PROVIDER_ARN}, statement)
check("apply: path, session and mark", (role["Path"], role["MaxSessionDuration"], marked(role["Tags"])) == ("/teams/", 7200, True), role)
attached = iam.list_attached_role_policies(RoleName="audit")["AttachedPolicies"]
check("apply: the managed policy", [policy["PolicyArn"] for policy in attached] == [MANAGED], attached)
check("apply: the inline policy", iam.get_role_policy(RoleName="audit", PolicyName="own")["PolicyDocument"] == POLICY)

status, answer, complaint = setup("apply", "--yes")
changed = [entry["kind"] for entry in answer["objects"] if entry.get("changed")]
check("apply: run again it changes nothing", status == 0 and not changed, f"{status} {complaint} {changed}")
status, answer, complaint = setup("verify")
check("verify: nothing has drifted", status == 0, f"{status} {complaint}")

iam.detach_role_policy(RoleName="audit", PolicyArn=MANAGED)
iam.put_role_policy(RoleName="audit", PolicyName="own", PolicyDocument=json.dumps(OTHER_POLICY))
iam.update_role(RoleName="audit", MaxSessionDuration=3600)
foreign = {"Sid": "Other", "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
document = {"Version": "2012-10-17", "Statement": [foreign]}
iam.update_assume_role_policy(RoleName="audit", PolicyDocument=json.dumps(document))
status, answer, complaint = setup("verify")
drifted = {kind for kind, state in states(answer).items() if state != "ok"}
check("verify: tells each drift", status == 1 and drifted == kinds - {"oidc-provider"}, f"{status} {drifted}")
status, answer, complaint = setup("apply", "--yes")
statements = iam.get_role(RoleName="audit")["Role"]["AssumeRolePolicyDocument"]["Statement"]
check("apply: puts the drift right", status == 0 and set(states(answer).values()) == {"ok"}, f"{status} {complaint}")
check("apply: leaves a statement of others as it is", foreign in statements and len(statements) == 2, statements)

iam.update_assume_role_policy(
    RoleName="audit", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
)
status, answer, complaint = setup("destroy", "--yes")
check("destroy: ends with 0", status == 0, f"{status} {complaint} {answer}")
roles = [entry["RoleName"] for entry in iam.list_roles()["Roles"]]
providers = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
check("destroy: role and provider are gone", roles == [] and providers == [], (roles, providers))
server.stop()
finish()
