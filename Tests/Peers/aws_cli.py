"""The `aws` command against the lab: web identity by profile and by command, IAM, and refusals."""

import json
import os
import subprocess
from pathlib import Path

from checks import check, finish
from lab import altered, fact, first_token

account, role_name = fact("ROLE_ARN").split(":")[4], fact("ROLE_ARN").rsplit("/", 1)[1]
session_arn = f"arn:aws:sts::{account}:assumed-role/{role_name}/peer"


def aws(*arguments, **variables):
    """Runs the command; returns its exit status, its JSON if any, and its stderr."""
    environment = os.environ | {"AWS_PAGER": "", "AWS_MAX_ATTEMPTS": "1"} | variables
    result = subprocess.run(
        ["aws", *arguments, "--output", "json"], env=environment, capture_output=True, text=True, timeout=120
    )
    answer = json.loads(result.stdout) if result.stdout.strip() else None
    return result.returncode, answer, result.stderr.strip()


def fails(name, text, *arguments, **variables):
    """Checks that the command fails and prints this text."""
    status, _, complaint = aws(*arguments, **variables)
    check(name, status != 0 and text in complaint, f"{status} {complaint}")


def profile(name, token, role=None):
    """Adds a profile with a token file."""
    file = Path(f"{name}.jwt").resolve()
    file.write_text(token)
    config = Path(".aws/config")
    config.parent.mkdir(exist_ok=True)
    with config.open("a", encoding="utf-8") as out:
        out.write(
            f"[profile {name}]\nrole_arn = {role or fact('ROLE_ARN')}\nrole_session_name = peer\n"
            f"web_identity_token_file = {file}\n"
        )


# The exchange by profile.

token = first_token()
profile("good", token)
profile("altered", altered(token, sub="5d0c6b1e-6f0a-4c3e-9a41-6a1d2d4f7c55"))
profile("line", token + "\n")
profile("missing", token, f"arn:aws:iam::{account}:role/not-there")

_, identity, complaint = aws("sts", "get-caller-identity", "--profile", "good")
check("web_identity_token_file yields a session", (identity or {}).get("Arn") == session_arn, identity or complaint)
fails(
    "web_identity_token_file with altered claims",
    "(InvalidIdentityToken) when calling the AssumeRoleWithWebIdentity operation: Couldn't retrieve verification key",
    *("sts", "get-caller-identity", "--profile", "altered"),
)
fails(
    "web_identity_token_file with a line break",
    "(InvalidIdentityToken) when calling the AssumeRoleWithWebIdentity operation: The ID Token provided is not a "
    "valid JWT.",
    *("sts", "get-caller-identity", "--profile", "line"),
)
fails(
    "web_identity_token_file with a missing role",
    "(AccessDenied) when calling the AssumeRoleWithWebIdentity operation: Not authorized to perform "
    "sts:AssumeRoleWithWebIdentity",
    *("sts", "get-caller-identity", "--profile", "missing"),
)

# The exchange by command.

by_hand = ("sts", "assume-role-with-web-identity", "--role-arn", fact("ROLE_ARN"), "--web-identity-token", token)
_, answer, complaint = aws(*by_hand, "--role-session-name", "peer", "--duration-seconds", "900")
credentials = (answer or {}).get("Credentials", {})
check("assume-role-with-web-identity returns credentials", credentials.get("AccessKeyId", "")[:4] == "ASIA", complaint)
keys = {
    "AWS_ACCESS_KEY_ID": credentials.get("AccessKeyId", ""),
    "AWS_SECRET_ACCESS_KEY": credentials.get("SecretAccessKey", ""),
    "AWS_SESSION_TOKEN": credentials.get("SessionToken", ""),
}
_, identity, complaint = aws("sts", "get-caller-identity", **keys)
check("get-caller-identity names the session", (identity or {}).get("Arn") == session_arn, identity or complaint)
fails(
    "a session name with invalid characters",
    "(ValidationError) when calling the AssumeRoleWithWebIdentity operation: 1 validation error detected: Value 'a b' "
    r"at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*",
    *(*by_hand, "--role-session-name", "a b"),
)
fails(
    "a session longer than the role allows",
    "(ValidationError) when calling the AssumeRoleWithWebIdentity operation: The requested DurationSeconds exceeds the "
    "MaxSessionDuration set for this role.",
    *(*by_hand, "--role-session-name", "peer", "--duration-seconds", "43200"),
)
fails(
    "get-caller-identity with a wrong secret key",
    "(SignatureDoesNotMatch) when calling the GetCallerIdentity operation",
    *("sts", "get-caller-identity"),
    **(keys | {"AWS_SECRET_ACCESS_KEY": "x" * 40}),
)
fails(
    "get-caller-identity without the session token",
    "(InvalidClientTokenId) when calling the GetCallerIdentity operation",
    *("sts", "get-caller-identity"),
    **(keys | {"AWS_SESSION_TOKEN": ""}),
)

# IAM.

url = "https://login.microsoftonline.com/0c9d7c52-2c7c-4b7e-9f6e-5c0d7a1f2b33/v2.0"
_, made, complaint = aws("iam", "create-open-id-connect-provider", "--url", url, "--client-id-list", "api://cli")
arn = f"arn:aws:iam::{account}:oidc-provider/{url.removeprefix('https://')}"
check("a provider is created", (made or {}).get("OpenIDConnectProviderArn") == arn, made or complaint)
fails(
    "a provider with a port",
    "(ValidationError) when calling the CreateOpenIDConnectProvider operation: Invalid Open ID Connect Provider URL",
    *("iam", "create-open-id-connect-provider", "--url", "https://oidc.example.com:8443"),
)
status, _, complaint = aws("iam", "delete-open-id-connect-provider", "--open-id-connect-provider-arn", arn)
check("a provider is deleted", status == 0, complaint)

statement = {
    "Effect": "Allow",
    "Principal": {"Federated": arn},
    "Action": "sts:AssumeRoleWithWebIdentity",
    "Condition": {"StringEquals": {f"{url.removeprefix('https://')}:aud": "api://cli"}},
}
Path("trust.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2))
document = "file://trust.json"
_, made, complaint = aws("iam", "create-role", "--role-name", "cli", "--assume-role-policy-document", document)
shown = (made or {}).get("Role", {}).get("AssumeRolePolicyDocument", {})
check("a role is created from a file with line breaks", shown.get("Statement") == [statement], made or complaint)
fails(
    "a role that exists already",
    "(EntityAlreadyExists) when calling the CreateRole operation: Role with name cli already exists.",
    *("iam", "create-role", "--role-name", "cli", "--assume-role-policy-document", document),
)
fails(
    "a missing role",
    "(NoSuchEntity) when calling the GetRole operation: The role with name not-there cannot be found.",
    *("iam", "get-role", "--role-name", "not-there"),
)
status, _, complaint = aws("iam", "delete-role", "--role-name", "cli")
check("a role is deleted", status == 0, complaint)
finish()
