"""boto3's IAM client against the lab: providers, roles, policies, and refusals."""

import json
import os
import time

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from checks import check, finish, raised, refused
from lab import fact, first_token

QUICK = Config(retries={"total_max_attempts": 1})
iam = boto3.client("iam", config=QUICK)
sts = boto3.client("sts", config=Config(signature_version=UNSIGNED).merge(QUICK))
errors = iam.exceptions
account = fact("ROLE_ARN").split(":")[4]


def eventually(read, condition, seconds=60):
    """Repeats `read` until its result meets `condition`, because changes propagate with a delay."""
    end = time.monotonic() + seconds
    while True:
        try:
            seen = read()
            if condition(seen):
                return seen
        except ClientError as error:
            seen = error
        if time.monotonic() > end:
            return seen
        time.sleep(0.2)


def trust(subject):
    """Returns a trust policy for the lab's issuer."""
    issuer = fact("ISSUER").removeprefix("https://")
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::{account}:oidc-provider/{issuer}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{issuer}:aud": fact("AUDIENCE"), f"{issuer}:sub": subject}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def exchange(role):
    return sts.assume_role_with_web_identity(
        RoleArn=f"arn:aws:iam::{account}:role/{role}", RoleSessionName="peer", WebIdentityToken=first_token()
    )


# Providers.

url = "https://sts.windows.net/0c9d7c52-2c7c-4b7e-9f6e-5c0d7a1f2b33/"
arn = f"arn:aws:iam::{account}:oidc-provider/{url.removeprefix('https://')}"


def provider():
    return iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)


made = iam.create_open_id_connect_provider(
    Url=url, ClientIDList=["api://peer"], Tags=[{"Key": "made-by", "Value": "peer"}]
)
check("the provider's ARN keeps the slash", made["OpenIDConnectProviderArn"] == arn, made)
seen = eventually(provider, lambda seen: seen["ClientIDList"] == ["api://peer"])
check("the provider is returned without its scheme", seen["Url"] == url.removeprefix("https://"), seen)
check("IAM determined a thumbprint", len(seen["ThumbprintList"]) == 1, seen)
check("the provider has its tag", seen["Tags"] == [{"Key": "made-by", "Value": "peer"}], seen)

raised(
    "a provider that exists already",
    errors.EntityAlreadyExistsException,
    f"Provider with url {url} already exists.",
    lambda: iam.create_open_id_connect_provider(Url=url),
)
refused(
    "a provider without https",
    "ValidationError",
    "Invalid Open ID Connect Provider URL",
    lambda: iam.create_open_id_connect_provider(Url="http://oidc.example.com"),
)
raised(
    "six thumbprints",
    errors.InvalidInputException,
    "Thumbprint list must contain fewer than 5 entries.",
    lambda: iam.update_open_id_connect_provider_thumbprint(
        OpenIDConnectProviderArn=arn, ThumbprintList=["b" * 40] * 6
    ),
)

iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="api://more")
iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="api://peer")
iam.update_open_id_connect_provider_thumbprint(OpenIDConnectProviderArn=arn, ThumbprintList=["c" * 40])
seen = eventually(provider, lambda seen: seen["ThumbprintList"] == ["c" * 40])
check("the thumbprints are replaced", seen["ThumbprintList"] == ["c" * 40], seen)
check("one client ID is added and one removed", seen["ClientIDList"] == ["api://more"], seen)

iam.tag_open_id_connect_provider(OpenIDConnectProviderArn=arn, Tags=[{"Key": "a", "Value": "b"}])
iam.untag_open_id_connect_provider(OpenIDConnectProviderArn=arn, TagKeys=["made-by"])
tags = eventually(
    lambda: iam.list_open_id_connect_provider_tags(OpenIDConnectProviderArn=arn)["Tags"], lambda seen: len(seen) == 1
)
check("tags are added and removed", tags == [{"Key": "a", "Value": "b"}], tags)
listed = [entry["Arn"] for entry in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]]
check("the provider is listed", arn in listed, listed)

iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
raised(
    "a provider that is deleted twice",
    errors.NoSuchEntityException,
    f"OpenId connect Provider {arn} cannot be found.",
    lambda: iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn),
)

# Roles.

document = trust(fact("PRINCIPAL_ID"))
made = iam.create_role(
    RoleName="peer", AssumeRolePolicyDocument=json.dumps(document), Description="caf\u00e9 <peer>", MaxSessionDuration=7200
)["Role"]
iam.get_waiter("role_exists").wait(RoleName="peer")
role = iam.get_role(RoleName="peer")["Role"]
check("the role's ID has the prefix of roles", role["RoleId"].startswith("AROA"), role["RoleId"])
check("the trust policy is returned as sent", role["AssumeRolePolicyDocument"] == document, role)
check("the description survives", role["Description"] == "caf\u00e9 <peer>", role["Description"])
check("the maximum session duration is the requested one", role["MaxSessionDuration"] == 7200, role["MaxSessionDuration"])

raised(
    "a role whose name differs in case only",
    errors.EntityAlreadyExistsException,
    "Role with name PEER already exists.",
    lambda: iam.create_role(RoleName="PEER", AssumeRolePolicyDocument=json.dumps(document)),
)
raised(
    "a missing role",
    errors.NoSuchEntityException,
    "The role with name not-there cannot be found.",
    lambda: iam.get_role(RoleName="not-there"),
)
raised(
    "a trust policy that is not JSON",
    errors.MalformedPolicyDocumentException,
    "This policy contains invalid Json",
    lambda: iam.update_assume_role_policy(RoleName="peer", PolicyDocument="{"),
)
raised(
    "a trust policy that is too long",
    errors.LimitExceededException,
    "Cannot exceed quota for ACLSizePerRole: 2048",
    lambda: iam.update_assume_role_policy(RoleName="peer", PolicyDocument=json.dumps(trust("s" * 2048))),
)
refused(
    "a session limit out of range",
    "ValidationError",
    "1 validation error detected: Value at 'maxSessionDuration' failed to satisfy constraint: "
    "Member must have value less than or equal to 43200",
    lambda: iam.update_role(RoleName="peer", MaxSessionDuration=43201),
)

credentials = eventually(lambda: exchange("peer"), lambda answer: "Credentials" in answer)["Credentials"]
keys = {
    "aws_access_key_id": credentials["AccessKeyId"],
    "aws_secret_access_key": credentials["SecretAccessKey"],
    "aws_session_token": credentials["SessionToken"],
}
refused(
    "a session without permissions",
    "AccessDenied",
    f"User: arn:aws:sts::{account}:assumed-role/peer/peer is not authorized to perform: iam:DeleteRole on resource: "
    "role peer because no identity-based policy allows the iam:DeleteRole action",
    lambda: boto3.client("iam", config=QUICK, **keys).delete_role(RoleName="peer"),
)
refused(
    "IAM with a wrong secret key",
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided.",
    lambda: boto3.client(
        "iam",
        config=QUICK,
        aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key="x" * 40,
    ).list_roles(),
)
refused(
    "IAM with an unknown key",
    "InvalidClientTokenId",
    "The security token included in the request is invalid.",
    lambda: boto3.client(
        "iam", config=QUICK, aws_access_key_id="AKIAXXXXXXXXXXXXXXXX", aws_secret_access_key="x"
    ).list_roles(),
)

iam.update_role(RoleName="peer", Description="other", MaxSessionDuration=3600)
iam.update_assume_role_policy(RoleName="peer", PolicyDocument=json.dumps(trust("someone else")))
seen = eventually(lambda: iam.get_role(RoleName="peer")["Role"], lambda seen: seen["Description"] == "other")
check("the role is updated", seen["MaxSessionDuration"] == 3600, seen)
denied = eventually(lambda: exchange("peer"), lambda answer: False, seconds=15)
check("STS applies the new trust policy", "(AccessDenied)" in str(denied), type(denied).__name__)

# Policies.

policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:List*", "Resource": "*"}]}
read_only = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
iam.put_role_policy(RoleName="peer", PolicyName="inline", PolicyDocument=json.dumps(policy))
iam.attach_role_policy(RoleName="peer", PolicyArn=read_only)
seen = eventually(lambda: iam.get_role_policy(RoleName="peer", PolicyName="inline"), lambda seen: True)
check("the inline policy is returned as sent", seen["PolicyDocument"] == policy, seen)
names = iam.list_role_policies(RoleName="peer")["PolicyNames"]
check("the inline policy is listed", names == ["inline"], names)
attached = eventually(
    lambda: iam.list_attached_role_policies(RoleName="peer")["AttachedPolicies"], lambda seen: len(seen) == 1
)
check("the managed policy is attached", attached[0]["PolicyArn"] == read_only, attached)
found = iam.get_policy(PolicyArn=read_only)["Policy"]
check("the managed policy is AWS's", found["PolicyName"] == "AmazonS3ReadOnlyAccess", found)

raised(
    "a missing managed policy",
    errors.NoSuchEntityException,
    "does not exist or is not attachable.",
    lambda: iam.attach_role_policy(RoleName="peer", PolicyArn=f"arn:aws:iam::{account}:policy/not-there"),
)
raised(
    "a role with a managed policy is not deleted",
    errors.DeleteConflictException,
    "Cannot delete entity, must detach all policies first.",
    lambda: iam.delete_role(RoleName="peer"),
)
iam.detach_role_policy(RoleName="peer", PolicyArn=read_only)
raised(
    "a role with an inline policy is not deleted",
    errors.DeleteConflictException,
    "Cannot delete entity, must delete policies first.",
    lambda: iam.delete_role(RoleName="peer"),
)
iam.delete_role_policy(RoleName="peer", PolicyName="inline")
iam.delete_role(RoleName="peer")
gone = eventually(lambda: iam.get_role(RoleName="peer"), lambda seen: False, seconds=5)
check("the role is gone", "(NoSuchEntity)" in str(gone), type(gone).__name__)

for number in range(5):
    iam.create_role(RoleName=f"page-{number}", Path="/peer/", AssumeRolePolicyDocument=json.dumps(document))


def listed_in_pages():
    pages = iam.get_paginator("list_roles").paginate(PathPrefix="/peer/", PaginationConfig={"PageSize": 2})
    return [role["RoleName"] for page in pages for role in page["Roles"]]


names = eventually(listed_in_pages, lambda seen: len(seen) == 5)
check("roles are listed in pages", names == [f"page-{number}" for number in range(5)], names)
finish()
