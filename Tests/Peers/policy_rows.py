"""Trust policy decisions compared with AWS's documentation, the lab's STS, and published test vectors.

The lab and `explain` share an evaluator, so each row has its own expected result. The rows from AWS's documentation
are evaluated by the lab's STS and by `explain`, which must both agree with it. The vectors restate the tests of
SeaweedFS (seaweedfs/seaweedfs, weed/iam/policy/condition_set_test.go and negation_test.go, Apache License 2.0)
and of node-pbac (monken/node-pbac, t/conditions.js and t/forvalues.js, MIT License).
"""

import json
import os
import subprocess
import time

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from checks import check, finish
from lab import decoded, fact, first_token

PROVIDER = fact("ISSUER").removeprefix("https://")
ACCOUNT, ROLE = fact("ROLE_ARN").split(":")[4], fact("ROLE_ARN").rsplit("/", 1)[1]
FEDERATED = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{PROVIDER}"
AUD, SUB = f"{PROVIDER}:aud", f"{PROVIDER}:sub"
OTHER = "5d0c6b1e-6f0a-4c3e-9a41-6a1d2d4f7c55"


def policy(condition, **changes):
    statement = {
        "Effect": "Allow", "Principal": {"Federated": FEDERATED}, "Action": "sts:AssumeRoleWithWebIdentity",
    }
    if condition is not None:
        statement["Condition"] = condition
    return {"Version": "2012-10-17", "Statement": [statement | changes]}


def explained(document, claims, *options):
    """Returns the decision of `explain` for files."""
    with open("claims.json", "w", encoding="utf-8") as file:
        json.dump(claims, file)
    with open("policy.json", "w", encoding="utf-8") as file:
        json.dump(document, file)
    answer = subprocess.run(
        [os.environ["CAMBIST"], "explain", "--token-file", "claims.json", "--trust-policy", "policy.json"]
        + ["--role", fact("ROLE_ARN"), "--json", *options],
        capture_output=True, text=True, timeout=30,
    )
    return json.loads(answer.stdout)["decision"]


# Rows of AWS's documentation: IAM user guide, condition operators; keys for web identity federation.
audience, subject = fact("AUDIENCE"), fact("PRINCIPAL_ID")
exact = {AUD: audience, SUB: subject}
ROWS = [
    ("the exact audience and subject", policy({"StringEquals": exact}), True),
    ("another subject", policy({"StringEquals": exact | {SUB: OTHER}}), False),
    ("one of several subjects", policy({"StringEquals": exact | {SUB: [OTHER, subject]}}), True),
    ("the subject in capitals", policy({"StringEquals": exact | {SUB: subject.upper()}}), False),
    ("capitals where case is ignored", policy({"StringEqualsIgnoreCase": {SUB: subject.upper()}}), True),
    ("a wildcard under StringEquals", policy({"StringEquals": {SUB: "*"}}), False),
    ("a wildcard under StringLike", policy({"StringLike": {SUB: subject[:8] + "*"}}), True),
    ("a question mark for one character", policy({"StringLike": {SUB: subject[:-1] + "?"}}), True),
    ("a question mark for no character", policy({"StringLike": {SUB: subject + "?"}}), False),
    ("a key without the slash", policy({"StringEquals": {f"{PROVIDER[:-1]}:aud": audience}}), False),
    ("a key in capitals", policy({"StringEquals": {AUD.upper(): audience}}), True),
    ("a claim that is not a condition key", policy({"StringEquals": {f"{PROVIDER}:oid": subject}}), False),
    ("an absent key under a negated operator", policy({"StringNotEquals": {f"{PROVIDER}:oid": "x"}}), True),
    ("an absent key with IfExists", policy({"StringEqualsIfExists": {f"{PROVIDER}:oaud": "x"}}), True),
    ("a present key with IfExists", policy({"StringEqualsIfExists": {AUD: "x"}}), False),
    ("ForAllValues without the key", policy({"ForAllValues:StringEquals": {f"{PROVIDER}:amr": "x"}}), True),
    ("ForAnyValue without the key", policy({"ForAnyValue:StringEquals": {f"{PROVIDER}:amr": "x"}}), False),
    ("ForAnyValue of one value", policy({"ForAnyValue:StringEquals": {AUD: ["x", audience]}}), True),
    ("Null true of a present key", policy({"Null": {SUB: "true"}}), False),
    ("Null false of a present key", policy({"Null": {SUB: "false"}}), True),
    ("Null true of an absent key", policy({"Null": {f"{PROVIDER}:oaud": "true"}}), True),
    ("all operators must pass", policy({"StringEquals": {AUD: audience}, "StringLike": {SUB: "x*"}}), False),
    ("a variable of the request", policy({"StringEquals": {"sts:RoleSessionName": "${" + SUB + "}"}}), False),
    ("the session's name", policy({"StringEquals": {"sts:RoleSessionName": "peer"}}), True),
    ("an address in the network", policy({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}), True),
    ("an address outside the network", policy({"NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"}}), False),
    ("a time that has passed", policy({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}), True),
    ("a time to come", policy({"DateGreaterThan": {"aws:CurrentTime": "2120-01-01T00:00:00Z"}}), False),
    ("seconds since 1970", policy({"NumericGreaterThan": {"aws:EpochTime": "1000"}}), True),
    ("an insecure transport", policy({"Bool": {"aws:SecureTransport": "true"}}), False),
    ("the provider's ARN", policy({"ArnLike": {"aws:FederatedProvider": "arn:aws:iam::*:oidc-provider/*"}}), True),
    ("an action with a wildcard", policy({"StringEquals": exact}, Action="sts:AssumeRole*"), True),
    ("another action", policy({"StringEquals": exact}, Action="sts:AssumeRole"), False),
    ("a provider without the slash", policy({"StringEquals": exact}, Principal={"Federated": FEDERATED[:-1]}), False),
    ("a wildcard principal", policy({"StringEquals": exact}, Principal="*"), True),
    (
        "a Deny that matches",
        {"Version": "2012-10-17", "Statement": policy({"StringEquals": exact})["Statement"]
         + policy({"StringLike": {SUB: "*"}}, Effect="Deny")["Statement"]},
        False,
    ),
    (
        "a Deny for others",
        {"Version": "2012-10-17", "Statement": policy({"StringEquals": exact})["Statement"]
         + policy({"StringNotEquals": {SUB: subject}}, Effect="Deny")["Statement"]},
        True,
    ),
]

token = first_token()
iam = boto3.client("iam")
sts = boto3.client("sts", config=Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1}))


def assumed():
    """Whether the lab's STS exchanges the token."""
    try:
        sts.assume_role_with_web_identity(
            RoleArn=fact("ROLE_ARN"), RoleSessionName="peer", WebIdentityToken=token
        )
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDenied", error
        return False
    return True


stored = iam.get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"]
claims = decoded(token)
for name, document, allows in ROWS:
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(document))
    time.sleep(0.2)
    check(f"STS: {name}", assumed() == allows, f"expected {allows}")
    decision = explained(
        document, claims, "--session-name", "peer", "--source-ip", "127.0.0.1", "--context", "aws:SecureTransport=false"
    )
    check(f"explain: {name}", (decision == "allow") == allows and decision != "undetermined", decision)
iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(stored))

# The published vectors: operator, the policy's values, the request's values, whether the condition passes.
SEAWEEDFS = [
    ("ForAnyValue:StringEquals", ["ReadWrite", "Admin"], ["Admin", "OtherRole"], True),
    ("ForAnyValue:StringEquals", ["ReadWrite", "Admin"], ["OtherRole1", "OtherRole2"], False),
    ("ForAnyValue:StringEquals", ["ReadWrite", "Admin"], [], False),
    ("ForAllValues:StringEquals", ["RoleA", "RoleB", "RoleC"], ["RoleA", "RoleB"], True),
    ("ForAllValues:StringEquals", ["RoleA", "RoleB", "RoleC"], ["RoleA", "RoleD"], False),
    ("ForAllValues:StringEquals", ["RoleA", "RoleB", "RoleC"], [], True),
    ("ForAllValues:NumericEquals", ["3600", "7200"], [], True),
    ("ForAllValues:Bool", ["true"], [], True),
    ("ForAllValues:DateGreaterThan", ["2020-01-01T00:00:00Z"], [], True),
    ("ForAllValues:DateGreaterThan", ["2020-01-01T00:00:00Z"], ["2021-01-01T00:00:00Z", "2022-01-01T00:00:00Z"], True),
    ("ForAllValues:Bool", ["true"], ["true", "true"], True),
    ("StringLike", ["Project/*"], ["Project/data"], True),
    ("StringLike", ["Project/*"], ["project/data"], False),
    ("ForAllValues:NumericNotEquals", ["3600", "7200"], ["3600", "1800"], False),
    ("ForAllValues:NumericNotEquals", ["3600", "7200"], ["1800", "900"], True),
    (
        "ForAllValues:DateNotEquals", ["2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z"],
        ["2024-01-01T00:00:00Z", "2024-01-03T00:00:00Z"], False,
    ),
    ("ForAllValues:IpAddress", ["192.168.1.0/24", "10.0.0.1"], ["192.168.1.10", "10.0.0.1"], True),
    ("ForAllValues:IpAddress", ["192.168.1.0/24", "10.0.0.1"], ["192.168.1.10", "172.16.0.1"], False),
    ("ForAnyValue:IpAddress", ["192.168.1.0/24"], ["192.168.1.10", "172.16.0.1"], True),
    ("IpAddress", ["192.168.1.1"], ["192.168.1.1"], True),
    ("IpAddress", ["192.168.1.1"], ["10.0.0.1"], False),
    ("IpAddress", ["10.0.0.0/16"], ["10.0.5.1"], True),
    ("IpAddress", ["10.0.0.0/16"], ["192.168.1.1"], False),
    ("Bool", ["true", "false"], ["true"], True),
    ("StringEqualsIgnoreCase", ["AES256", "aws:kms"], ["aes256"], True),
    ("ForAllValues:StringNotEquals", ["Admin"], ["User", "Developer"], True),
    ("ForAllValues:StringNotEquals", ["Admin"], ["Admin", "User"], False),
    ("ForAnyValue:StringNotEquals", ["Prohibited"], ["Prohibited", "Allowed"], True),
    ("ForAnyValue:StringNotEquals", ["Prohibited"], ["Prohibited", "Prohibited"], False),
]
NODE_PBAC = [
    ("StringLike", ["foo"], ["foo"], True),
    ("StringLike", ["foo"], ["fooo"], False),
    ("StringLike", ["foo"], ["baz"], False),
    ("StringLike", ["fo?o"], ["foo"], False),
    ("StringLike", ["fo*"], ["foo"], True),
    ("StringLike", ["fo*bar"], ["fooxyqkhwebar"], True),
    ("StringLikeIfExists", ["foo"], [], True),
    ("StringNotLike", ["foo"], ["foo"], False),
    ("StringNotLike", ["foo"], ["baz"], True),
    ("Bool", ["false"], ["true"], False),
    ("Bool", ["false"], ["false"], True),
    ("Bool", ["true"], ["false"], False),
    ("IpAddress", ["127.0.0.1"], ["127.0.0.1"], True),
    ("IpAddress", ["127.0.0.1/32"], ["127.0.0.1"], True),
    ("IpAddress", ["127.0.0.0/24"], ["127.0.0.122"], True),
    ("IpAddress", ["127.0.0.2"], ["127.0.0.1"], False),
    ("IpAddress", ["127.0.0.0/24"], ["127.0.1.122"], False),
    ("IpAddress", ["test"], ["test"], False),
    ("Null", ["true"], ["defined"], False),
    ("Null", ["true"], [], True),
    ("Null", ["false"], [], False),
    ("NumericLessThan", ["3"], ["2"], True),
    ("NumericLessThan", ["2"], ["3"], False),
    ("NumericLessThan", ["3"], ["foo"], False),
    ("NumericLessThan", ["2"], ["2"], False),
    ("NumericGreaterThanEquals", ["3"], ["2"], False),
    ("NumericGreaterThanEquals", ["2"], ["3"], True),
    ("NumericGreaterThanEquals", ["2"], ["2"], True),
    ("DateEquals", ["foo"], ["foo"], False),
    ("DateEquals", ["foo"], ["2015-07-07T14:00:00.123Z"], False),
    ("DateEquals", ["2015-07-07T14:00:00.123Z"], ["2015-07-07T14:00:00.123Z"], True),
    ("DateEquals", ["2015-07-07T14:00:00.123Z"], ["2015-07-07T15:00:00.123Z"], False),
    ("DateGreaterThan", ["2015-07-07T14:00:00.123Z"], ["2015-07-07T14:00:00.123Z"], False),
    ("DateGreaterThan", ["2015-07-07T14:00:00.123Z"], ["2015-07-07T15:00:00.123Z"], True),
    ("DateGreaterThanEquals", ["2015-07-07T14:00:00.123Z"], ["2015-07-07T14:00:00.123Z"], True),
    ("BinaryEquals", ["SGVsbG8gV29ybGQ="], ["SGVsbG8gV29ybGQ="], True),
    ("ForAllValues:StringLike", ["PostDateTime", "Message", "Tags"], ["PostDateTime", "Message"], True),
    ("ForAllValues:StringLike", ["PostDateTime", "Message", "Tags"], ["PostDateTime", "Message", "ID"], False),
    ("ForAnyValue:StringLike", ["ID", "PostDateTime"], ["PostDateTime", "Message"], True),
    ("ForAnyValue:StringLike", ["ID", "PostDateTime"], ["Message"], False),
]
for source, vectors in (("SeaweedFS", SEAWEEDFS), ("node-pbac", NODE_PBAC)):
    for operator, required, found, passes in vectors:
        options = [word for value in found for word in ("--context", f"custom:key={value}")]
        decision = explained(policy({operator: {"custom:key": required}}), claims, *options)
        check(
            f"{source}: {operator} {required} with {found}", (decision == "allow") == passes,
            f"{decision}, expected {'allow' if passes else 'deny'}",
        )
finish()
