"""The commands that `explain` proposes, run against the lab: the mapping then works.

Every mapping of the gallery is explained. The commands of its first cause, if any of them change something, are run
unchanged by bash, `aws`, and `az`; afterward `cambist test` must succeed. The only substitution is Microsoft Graph's
address, because az signs in through a proxy (azure_cli.py). The last line counts the mappings.
"""

import concurrent.futures
import json
import os
import re
import shlex
import subprocess
import time

import azure_cli
from checks import check, finish
from lab import configuration

CAMBIST = os.environ["CAMBIST"]
# Commands that only read, for diagnosis.
READING = re.compile(r"^(test \"[^\"]*\" = [\w-]+ && |az ad sp show --id \S+ -o none && )*(\{$|\}$|aws iam (get|list|simulate)-|aws sts get-caller-identity|az \S+( \S+)* (show|list)\b|az rest -m GET|curl -sSf )")
# Mappings whose fix the lab cannot verify, and those whose commands are not sufficient yet.
NOT_TRIED = {
    "provider-thumbprint": "the certificate is read from the issuer's real host",
    "region-disabled": "the lab has no account service",
    "federated-issuer": "the token's issuer is not the one that publishes the cluster's keys",
    "federated-subject": "the lab's Resource Manager does not list the identities of its pods",
    "federated-audience": "the lab's Resource Manager does not list the identities of its pods",
    "token-version-2": "open: the provider lists no audience of version 1",
    "identity-not-found": "the lab's Resource Manager has no virtual machine",
    "client-secret-wrong": "the lab's Graph creates no secrets",
    "client-secret-expired": "the lab's Graph creates no secrets",
    "client-without-principal": "the new service principal still needs the app role, which is the next cause",
}
# The maximum wait for a change to be visible, in seconds; a day of the lab lasts two minutes.
MAXIMUM_WAIT = 180


def environment(account):
    """Returns the variables of an operator whose AWS credentials are the profiles of the lab's accounts."""
    variables = {name: value for name, value in signed_in.items() if not name.startswith("AWS_ACCESS_KEY_ID")}
    variables.pop("AWS_SECRET_ACCESS_KEY", None)
    return variables | {
        "PATH": os.path.dirname(CAMBIST) + ":" + variables["PATH"],
        "AWS_CONFIG_FILE": os.environ["CAMBIST_LAB_AWS_CONFIG_FILE"], "AWS_PROFILE": f"lab-{account}",
        "AWS_PAGER": "", "AWS_MAX_ATTEMPTS": "1",
    }


def cambist(*words):
    """Returns the JSON answer of one run, with the lab's variables."""
    answer = subprocess.run([CAMBIST, *words, "--json"], capture_output=True, text=True, timeout=200)
    return json.loads(answer.stdout)


def works(name):
    return cambist("test", name)["mappings"][0]["outcome"] == "ok"


def fixing(commands):
    """Returns the commands; an empty list if all of them only read."""
    lines = [line for command in commands for line in command.splitlines()]
    return [] if all(READING.match(line) for line in lines) else commands


def fix(name, commands):
    """Runs the commands, then waits until the mapping works; returns the failure, or None."""
    # The guard of a command names the account whose credentials it needs, such as the one of a hub.
    guard = re.search(r"= (\d{12}) &&", "\n".join(commands))
    account = guard[1] if guard else mappings[name]["role_arn"].split(":")[4]
    address = re.escape(os.environ["CAMBIST_LAB_GRAPH_URL"].removesuffix("/v1.0").rstrip("/"))
    # Each command runs in a separate shell.
    alone = "\n".join(f"bash -e -c {shlex.quote(command)}" for command in commands)
    script = re.sub(rf"(https://graph\.microsoft\.com|{address})(?=/v1\.0)", graph, alone)
    for _ in range(3):
        run = subprocess.run(
            ["bash", "-e", "-c", script], env=environment(account), capture_output=True, text=True, timeout=150
        )
        # The metadata service throttles the token requests of all mappings together.
        if "rate limit exceeded" not in run.stderr:
            break
        time.sleep(5)
    if run.returncode != 0:
        return f"status {run.returncode}: {(run.stderr or run.stdout).strip()[-300:]}"
    end = time.monotonic() + MAXIMUM_WAIT
    while time.monotonic() < end:
        if works(name):
            return None
        time.sleep(3)
    answer = cambist("test", name)["mappings"][0]
    failed = next(step for step in answer["steps"] if step["outcome"] == "failed")
    return f"still fails at {failed['step']}: {failed['message']}"


def attempt(name):
    """Explains a mapping and runs its fix; returns the first cause, the commands, and the failure."""
    if works(name):
        return None, [], None
    causes = cambist("explain", name)["causes"]
    if not causes:
        return "none", [], None
    commands = fixing(causes[0]["commands"])
    if name in NOT_TRIED or any(command.startswith("timedatectl") for command in commands):
        return causes[0]["id"], [], None
    return causes[0]["id"], commands, fix(name, commands) if commands else None


settings = configuration()
mappings = settings["mappings"]
administrator = settings["identities"][settings["setup"]["graph_identity"]]
signed_in = azure_cli.sign_in(administrator["client_id"])
graph = signed_in["AZURE_POD_IDENTITY_AUTHORITY_HOST"] + "/graph"

with concurrent.futures.ThreadPoolExecutor(max_workers=4) as pool:
    results = dict(zip(mappings, pool.map(attempt, mappings)))

tried = {name: result for name, result in results.items() if result[1]}
fixed = [name for name, result in tried.items() if result[2] is None]
for name, (cause, commands, failure) in tried.items():
    check(f"{name} works after the commands of {cause}", failure is None, f"{failure}; {commands}")
check(
    f"{len(fixed)} of {len(tried)} mappings work, of {len(mappings)}; not tried: {', '.join(NOT_TRIED)}",
    len(fixed) == len(tried) and len(tried) >= 18,
    sorted(set(tried) - set(fixed)),
)
finish()
