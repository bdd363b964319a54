"""boto3's STS client against the lab: the exchange, the caller, and refusals."""

import os
import time

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from checks import check, finish, refused
from lab import altered, configuration, fact, first_token, imds_token

QUICK = Config(retries={"total_max_attempts": 1})
unsigned = boto3.client("sts", config=Config(signature_version=UNSIGNED).merge(QUICK))


def exchange(token, role=None, **parameters):
    return unsigned.assume_role_with_web_identity(
        RoleArn=role or fact("ROLE_ARN"), RoleSessionName="peer", WebIdentityToken=token, **parameters
    )


def caller(credentials, **changes):
    keys = {
        "aws_access_key_id": credentials["AccessKeyId"],
        "aws_secret_access_key": credentials["SecretAccessKey"],
        "aws_session_token": credentials["SessionToken"],
    }
    return boto3.client("sts", config=QUICK, **(keys | changes)).get_caller_identity()


def at(region):
    """Returns the address of a region's STS."""
    return f"{os.environ['AWS_ENDPOINT_URL_STS']}/{region}"


token = first_token()
account, role_name = fact("ROLE_ARN").split(":")[4], fact("ROLE_ARN").rsplit("/", 1)[1]
session_arn = f"arn:aws:sts::{account}:assumed-role/{role_name}/peer"

answer = exchange(token, DurationSeconds=900)
credentials = answer["Credentials"]
subject, audience = answer["SubjectFromWebIdentityToken"], answer["Audience"]
check("the subject is the principal", subject == fact("PRINCIPAL_ID"), subject)
check("the audience is returned", audience == fact("AUDIENCE"), audience)
check("the session has its ARN", answer["AssumedRoleUser"]["Arn"] == session_arn, answer["AssumedRoleUser"])
check("the access key ID is that of a session", credentials["AccessKeyId"].startswith("ASIA"), credentials["AccessKeyId"])
life = credentials["Expiration"].timestamp() - time.time()
check("the session lasts the requested fifteen minutes", 840 < life <= 900, life)

sts_address = os.environ["AWS_ENDPOINT_URL_STS"].rstrip("/")
for address in (f"{sts_address}/eu-west-1", f"{sts_address}/eu-west-1/"):
    identity = caller(credentials, region_name="eu-west-1", endpoint_url=address)
    check(f"a region's address ending in {address[-1]}", identity["Arn"] == session_arn, identity["Arn"])
identity = caller(credentials)
check("GetCallerIdentity names the session", identity["Arn"] == session_arn, identity["Arn"])
check("GetCallerIdentity names the account", identity["Account"] == account, identity["Account"])
regional = caller(credentials, endpoint_url=at("eu-west-1"), region_name="eu-west-1")
check("a region's endpoint returns the same session", regional["Arn"] == session_arn, regional["Arn"])

refused(
    "altered claims under the old signature",
    "InvalidIdentityToken",
    "Couldn't retrieve verification key",
    lambda: exchange(altered(token, sub="5d0c6b1e-6f0a-4c3e-9a41-6a1d2d4f7c55")),
)
refused(
    "a token that is not a JWT",
    "InvalidIdentityToken",
    "The ID Token provided is not a valid JWT",
    lambda: exchange("opaque-token"),
)
refused(
    "an issuer without a provider",
    "InvalidIdentityToken",
    "No OpenIDConnect provider found in your account for https://sts.windows.net/other/",
    lambda: exchange(altered(token, iss="https://sts.windows.net/other/")),
)
refused(
    "an audience that the provider does not list",
    "InvalidIdentityToken",
    "Incorrect token audience",
    lambda: exchange(imds_token("https://management.azure.com/", fact("CLIENT_ID"))),
)

mappings = configuration()["mappings"]
identities = configuration()["identities"]
payroll = mappings["payroll"]
other = imds_token(payroll["audience"], identities[payroll["identity"]]["client_id"])
denied = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
refused("a role that trusts another subject", "AccessDenied", denied, lambda: exchange(other, payroll["role_arn"]))
refused("another identity's token", "AccessDenied", denied, lambda: exchange(other))
refused(
    "a role that does not exist",
    "AccessDenied",
    denied,
    lambda: exchange(token, f"arn:aws:iam::{account}:role/not-there"),
)
refused(
    "a session longer than the role allows",
    "ValidationError",
    "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    lambda: exchange(token, DurationSeconds=43200),
)

refused(
    "a wrong secret key",
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided.",
    lambda: caller(credentials, aws_secret_access_key="x" * 40),
)
refused(
    "an unknown key ID",
    "InvalidClientTokenId",
    "The security token included in the request is invalid.",
    lambda: caller(credentials, aws_access_key_id="ASIAXXXXXXXXXXXXXXXX"),
)
refused(
    "a key without its session token",
    "InvalidClientTokenId",
    "The security token included in the request is invalid.",
    lambda: caller(credentials, aws_session_token=None),
)
for endpoint, signed_for in (("eu-west-1", "sa-east-1"), ("aws-global", "eu-west-1")):
    refused(
        f"a signature for {signed_for} at {endpoint}",
        "SignatureDoesNotMatch",
        "Credential should be scoped to a valid region",
        lambda: caller(credentials, endpoint_url=at(endpoint), region_name=signed_for),
    )
finish()
