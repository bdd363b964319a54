"""`cambist discover` with moto for AWS: roles that boto3 made are found, listed, and written.

Moto is a third-party server: its ListRoles returns pages with markers, and it encodes documents as AWS does.
"""

import json
import os
import subprocess

import boto3
import yaml
from moto.server import ThreadedMotoServer

from checks import check, finish
from lab import configuration, fact

ACCOUNT = "123456789012"
PROVIDER = fact("ISSUER").removeprefix("https://")
PROVIDER_ARN = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{PROVIDER}"
ROLES = 250

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
endpoint = "http://{}:{}".format(*server.get_host_and_port())
iam = boto3.client("iam", endpoint_url=endpoint, region_name="eu-west-1", aws_access_key_id="test", aws_secret_access_key="test")


def trust(condition, principal=PROVIDER_ARN):
    statement = {"Effect": "Allow", "Principal": {"Federated": principal}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": condition}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def discover(*options, environment=None):
    """Runs discover; returns its status, its answer and its stderr."""
    variables = {name: os.environ[name] for name in ("PATH", "HOME")}
    variables |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "eu-west-1"}
    variables |= environment or {}
    run = subprocess.run(
        [os.environ["CAMBIST"], "discover", "--json", *options, "--config", "moto.yaml"],
        env=variables, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240, check=False,
    )
    return run.returncode, json.loads(run.stdout) if run.stdout.strip() else {}, run.stderr


settings = configuration()
settings.pop("mappings")
settings.pop("identities")
settings["endpoints"] |= {"iam": endpoint, "sts": endpoint}
administrator = {name: identity for name, identity in configuration()["identities"].items() if name == settings.get("setup", {}).get("graph_identity")}
settings["identities"] = administrator
with open("moto.yaml", "w", encoding="utf-8") as file:
    file.write("# kept\n" + yaml.safe_dump(settings))
before = open("moto.yaml", encoding="utf-8").read()

status, answer, stderr = discover()
check("nothing is proposed from a bare account", (status, answer["mappings"], answer["accounts"]) == (0, [], [ACCOUNT]), (answer, stderr))

iam.create_open_id_connect_provider(Url=f"https://{PROVIDER}", ClientIDList=[fact("AUDIENCE")], ThumbprintList=[])
for number in range(ROLES):
    iam.create_role(RoleName=f"lambda-{number:03}", AssumeRolePolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    ))
exact = {"StringEquals": {f"{PROVIDER}:aud": fact("AUDIENCE"), f"{PROVIDER}:sub": fact("PRINCIPAL_ID")}}
iam.create_role(RoleName="z-audit", Path="/teams/", AssumeRolePolicyDocument=trust(exact))
iam.create_role(RoleName="z-open", AssumeRolePolicyDocument=trust({"StringEquals": {f"{PROVIDER}:aud": fact("AUDIENCE")}}))
iam.create_role(RoleName="z-slash", AssumeRolePolicyDocument=trust({"StringEquals": {f"{PROVIDER[:-1]}:aud": fact("AUDIENCE"), f"{PROVIDER[:-1]}:sub": fact("PRINCIPAL_ID")}}))
iam.create_role(RoleName="z-gone", AssumeRolePolicyDocument=trust(exact, PROVIDER_ARN.replace("sts.windows.net", "login.microsoftonline.com")))

status, answer, stderr = discover()
found = [mapping["roleArn"] for mapping in answer["mappings"]]
check("one of 254 roles is proposed", (status, found) == (0, [f"arn:aws:iam::{ACCOUNT}:role/teams/z-audit"]), (answer, stderr))
reasons = {note["subject"].rsplit("/", 1)[-1]: note["reason"] for note in answer["omitted"]}
check("a role without sub is listed", "no exact sub" in reasons.get("z-open", ""), reasons)
check("a role with keys of the other slash form is listed", "no exact sub" in reasons.get("z-slash", ""), reasons)
check("a role whose provider is missing is listed", "does not exist" in reasons.get("z-gone", ""), reasons)
check("the identity is the one that Graph knows", [identity["clientId"] for identity in answer["identities"]] in ([fact("CLIENT_ID")], []), answer["identities"])

status, answer, stderr = discover("--write")
check("without a terminal and --yes nothing is written", status == 77 and open("moto.yaml", encoding="utf-8").read() == before, (status, stderr))
status, answer, stderr = discover("--write", "--yes")
check("the proposal is written", (status, answer["written"]) == (0, True), (status, answer, stderr))
text = open("moto.yaml", encoding="utf-8").read()
kept = iter(text)
check("every byte of the file stays in its order", all(character in kept for character in before), text)
mapping = yaml.safe_load(text)["mappings"]["z-audit"]
check("the mapping is valid YAML", mapping["role_arn"].endswith("role/teams/z-audit") and mapping["audience"] == fact("AUDIENCE"), mapping)
environment = {name: os.environ[name] for name in ("PATH", "HOME")}
run = subprocess.run([os.environ["CAMBIST"], "config", "check", "--config", "moto.yaml"], env=environment, capture_output=True, text=True, timeout=60, check=False)
check("config check accepts the file", run.returncode == 0, run.stdout + run.stderr)
status, answer, stderr = discover("--write", "--yes")
check("a second run adds nothing", (status, answer["mappings"], open("moto.yaml", encoding="utf-8").read()) == (0, [], text), (answer, stderr))

with open("aws-config", "w", encoding="utf-8") as file:
    file.write(f"[profile ci]\nrole_arn = arn:aws:iam::{ACCOUNT}:role/ci\nweb_identity_token_file = /nowhere\n[profile sso]\nsso_session = x\n")
status, answer, stderr = discover(environment={"AWS_CONFIG_FILE": "aws-config"})
check("a token file that cannot be read is listed", any(note["subject"] == "profile ci" for note in answer["omitted"]), answer["omitted"])
check("a profile with SSO is listed", any("sso" in note["reason"] for note in answer["unreadable"]), answer["unreadable"])

server.stop()
finish()
