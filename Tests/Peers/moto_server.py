"""cambist against moto: exchanges a token of the lab's instance metadata with a third-party STS.

Moto accepts any web identity token; with authentication enabled, it checks signatures with botocore's signer.
"""

import json
import os
import subprocess
import urllib.request

import boto3
from moto.server import ThreadedMotoServer

from checks import check, finish, refused
from lab import fact

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
endpoint = "http://{}:{}".format(*server.get_host_and_port())


def client(service, key="test", secret="test", token=None):
    return boto3.client(
        service, endpoint_url=endpoint, region_name="eu-west-1",
        aws_access_key_id=key, aws_secret_access_key=secret, aws_session_token=token,
    )


def make_role(name, *trust):
    """Creates a role with all permissions and these statements of its trust policy and returns its ARN."""
    iam = client("iam")
    trust_policy = {"Version": "2012-10-17", "Statement": list(trust)}
    everything = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust_policy))
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(everything))
    return role["Role"]["Arn"]


def write_configuration(path, role_arn):
    tenant = fact("ISSUER").rstrip("/").rsplit("/", 1)[1]
    identity = {
        "tenant_id": tenant,
        "client_id": fact("CLIENT_ID"),
        "principal_id": fact("PRINCIPAL_ID"),
        "source": "imds",
    }
    mapping = {"identity": "lab", "audience": fact("AUDIENCE"), "region": "eu-west-1", "role_arn": role_arn}
    spoke = {
        "via": "moto", "region": "eu-west-1", "role_arn": role_arn.replace(":role/peer", ":role/spoke"),
        "external_id": "peer-1", "session_tags": {"team": "red"}, "transitive_tags": ["team"],
    }
    endpoints = {"imds": os.environ["AZURE_POD_IDENTITY_AUTHORITY_HOST"], "sts": endpoint}
    with open(path, "w", encoding="utf-8") as file:  # JSON is YAML too
        json.dump({"identities": {"lab": identity}, "mappings": {"moto": mapping, "spoke": spoke}, "endpoints": endpoints}, file)


def cambist(*arguments):
    """Runs the program without the lab's AWS variables."""
    return subprocess.run(
        [os.environ["CAMBIST"], *arguments, "--config", "moto.yaml"],
        env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
    )


def authenticate_after(actions):
    """Makes moto accept this many unsigned actions and check the signature of every later one."""
    url = f"{endpoint}/moto-api/reset-auth"
    request = urllib.request.Request(url, str(actions).encode(), {"Content-Type": "text/plain"}, method="POST")
    urllib.request.urlopen(request, timeout=10).close()


hub_arn = make_role("peer")
write_configuration("moto.yaml", hub_arn)
# Moto compares the principal with the caller's session, not with its role.
hub_session = hub_arn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + "/cambist-moto"
make_role("spoke", {
    "Effect": "Allow", "Principal": {"AWS": hub_session}, "Action": ["sts:AssumeRole", "sts:TagSession"],
    "Condition": {"StringEquals": {"sts:ExternalId": "peer-1"}},
})

authenticate_after(1)
run = cambist("test", "moto", "--json")
check("cambist test exits with 0", run.returncode == 0, f"{run.returncode}: {run.stderr}")
steps = {step["step"]: step for step in json.loads(run.stdout)["mappings"][0]["steps"]}
for name in ("token", "claims", "exchange", "caller"):
    check(f"step {name} is ok", steps[name]["outcome"] == "ok", steps[name])

authenticate_after(1)
run = cambist("test", "spoke", "--json")
check("cambist test of a chained role exits with 0", run.returncode == 0, f"{run.returncode}: {run.stdout}{run.stderr}")
steps = {step["step"]: step for step in json.loads(run.stdout)["mappings"][0]["steps"]}
for name in ("exchange", "assume", "caller"):
    check(f"step {name} of the chain is ok", steps[name]["outcome"] == "ok", steps[name])
check("the chained session is the spoke's", ":assumed-role/spoke/" in steps["caller"]["message"], steps["caller"])

authenticate_after(1)
run = cambist("exchange", "moto", "--format", "json")
answer = json.loads(run.stdout)
keys = answer["accessKeyId"], answer["secretAccessKey"], answer["sessionToken"]
arn = client("sts", *keys).get_caller_identity()["Arn"]
check("boto3 has the identity that cambist reports", arn == answer["assumedRoleArn"], arn)
refused(
    "moto checks signatures",
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match",
    lambda: client("sts", keys[0], "x" * 40, keys[2]).get_caller_identity(),
)
server.stop()
finish()
