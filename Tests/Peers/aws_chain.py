"""boto3's AssumeRole against the lab: a chained session, and each refusal with its code and text."""

import json
import os
import time

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from checks import check, finish, refused
from lab import configuration, first_token

QUICK = Config(retries={"total_max_attempts": 1})
mappings = configuration()["mappings"]
spoke = mappings["archive"]
hub_arn = mappings[spoke["via"]]["role_arn"]
account = hub_arn.split(":")[4]
hub_session = f"arn:aws:sts::{account}:assumed-role/{hub_arn.rsplit('/', 1)[1]}/peer"


def client(service, credentials=None, profile=None, **changes):
    if profile:
        return boto3.Session(profile_name=profile).client(service, region_name="eu-west-1", config=QUICK)
    keys = {
        "aws_access_key_id": credentials["AccessKeyId"],
        "aws_secret_access_key": credentials["SecretAccessKey"],
        "aws_session_token": credentials["SessionToken"],
    }
    return boto3.client(service, region_name="eu-west-1", config=QUICK, **(keys | changes))


unsigned = boto3.client("sts", config=Config(signature_version=UNSIGNED).merge(QUICK))
hub = unsigned.assume_role_with_web_identity(
    RoleArn=hub_arn, RoleSessionName="peer", WebIdentityToken=first_token()
)["Credentials"]
sts = client("sts", hub)


def assume(role=spoke["role_arn"], caller=sts, **parameters):
    parameters = {"RoleSessionName": "peer", "ExternalId": spoke["external_id"]} | parameters
    return caller.assume_role(RoleArn=role, **{name: value for name, value in parameters.items() if value is not None})


def denied(action="sts:AssumeRole", role=spoke["role_arn"]):
    return f"User: {hub_session} is not authorized to perform: {action} on resource: {role}"


answer = assume(DurationSeconds=900)
arn = answer["AssumedRoleUser"]["Arn"]
check("the chained session has its ARN", arn.endswith("assumed-role/archive/peer"), arn)
identity = client("sts", answer["Credentials"]).get_caller_identity()
check("GetCallerIdentity names the chained session", identity["Arn"] == arn, identity["Arn"])

refused("no external ID", "AccessDenied", denied(), lambda: assume(ExternalId=None))
refused("a wrong external ID", "AccessDenied", denied(), lambda: assume(ExternalId="other"))
missing = spoke["role_arn"] + "-none"
refused("a missing role", "AccessDenied", denied(role=missing), lambda: assume(missing))
refused(
    "tags without sts:TagSession", "AccessDenied", denied("sts:TagSession"),
    lambda: assume(Tags=[{"Key": "team", "Value": "red"}]),
)
refused(
    "a source identity without sts:SetSourceIdentity", "AccessDenied", denied("sts:SetSourceIdentity"),
    lambda: assume(SourceIdentity="peer"),
)
refused(
    "a session over the role's maximum", "ValidationError",
    "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    lambda: assume(DurationSeconds=7200),
)
refused(
    "repeated tags", "InvalidParameterValue",
    "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    lambda: assume(Tags=[{"Key": "team", "Value": "1"}, {"Key": "TEAM", "Value": "2"}]),
)
refused(
    "a transitive key without a tag", "InvalidParameterValue",
    "The specified transitive tag key must be included in the requested tags.",
    lambda: assume(TransitiveTagKeys=["team"]),
)
refused(
    "an external ID with a blank", "ValidationError", r"Member must satisfy regular expression pattern: [\w+=,.@:\/-]*",
    lambda: assume(ExternalId="a b"),
)
refused(
    "another secret key", "SignatureDoesNotMatch", "The request signature we calculated does not match",
    lambda: assume(caller=client("sts", hub, aws_secret_access_key="x" * 40)),
)
refused(
    "no session token", "InvalidClientTokenId", "The security token included in the request is invalid.",
    lambda: assume(caller=client("sts", hub, aws_session_token=None)),
)

os.environ["AWS_CONFIG_FILE"] = os.environ["CAMBIST_LAB_AWS_CONFIG_FILE"]
for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
    os.environ.pop(name, None)
spoke_account = spoke["role_arn"].split(":")[4]
iam = client("iam", profile=f"lab-{spoke_account}")
iam.update_role(RoleName="archive", MaxSessionDuration=43200)


def settled(call, text):
    """Repeats a call until AWS's text contains `text`: the lab's IAM settles like AWS's."""
    for _ in range(200):
        try:
            call()
        except ClientError as error:
            if text in error.response["Error"]["Message"]:
                return True
        time.sleep(0.1)
    return False


limit = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
check("more than an hour is refused", settled(lambda: assume(DurationSeconds=7200), limit), limit)
check("an hour is allowed", assume(DurationSeconds=3600)["Credentials"]["AccessKeyId"].startswith("ASIA"))

hub_iam = client("iam", profile=f"lab-{account}")
name = hub_iam.list_role_policies(RoleName=hub_arn.rsplit("/", 1)[1])["PolicyNames"][0]
document = hub_iam.get_role_policy(RoleName=hub_arn.rsplit("/", 1)[1], PolicyName=name)["PolicyDocument"]
check("the hub's permission names the role", spoke["role_arn"] in json.dumps(document), document)
hub_iam.delete_role_policy(RoleName=hub_arn.rsplit("/", 1)[1], PolicyName=name)
check("without the hub's permission the call is denied", settled(assume, denied()), denied())
finish()
