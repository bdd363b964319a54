"""cambist's JSON answers compared with the schema that it prints: successes, failures, and invalid configurations."""

import json
import os
import re
import subprocess
from pathlib import Path

import botocore.session
from checks import check, finish
from jsonschema import Draft202012Validator
from lab import fact

cambist = os.environ["CAMBIST"]
mapping = fact("MAPPING")
schema = json.loads(subprocess.run([cambist, "schema"], capture_output=True, check=True).stdout)
Draft202012Validator.check_schema(schema)
checked = set()


def answers(name, *arguments, status=0, lines=False, **variables):
    """Checks a command's exit status and that its stdout is one answer, or one per line, as the schema defines it."""
    result = subprocess.run(
        [cambist, *arguments], capture_output=True, text=True, timeout=120, env=os.environ | variables, stdin=subprocess.DEVNULL
    )
    title = " ".join(arguments)
    check(f"{title} exits with {status}", result.returncode == status, f"{result.returncode} {result.stderr.strip()[:200]}")
    try:
        found = [json.loads(text) for text in (result.stdout.splitlines() if lines else [result.stdout])]
    except ValueError as error:
        return check(f"{title} is JSON", False, error)
    documented(name, title, *found)
    return found


def documented(name, title, *found):
    """Checks answers against the schema's definition, which must have all of their members."""
    checked.add(name)
    validator = Draft202012Validator(schema | {"$ref": f"#/$defs/{name}"})
    problem = next((problem for answer in found for problem in validator.iter_errors(answer)), None)
    # The answer may have secrets: only the path and the reason are printed.
    check(f"{title} is as documented", problem is None, problem and f"{problem.json_path}: {problem.validator}")
    unknown = {member for answer in found for member in answer if member not in schema["$defs"][name]["properties"]}
    check(f"{title} has only documented members", not unknown, sorted(unknown))


answers("test", "test", mapping, "--json")
answers("test", "test", "--all", "--json", status=1)
answers("exchange", "exchange", mapping)
answers("exchange", "exchange", "payroll", status=1)
answers("claims", "claims", mapping, "--json")
answers("claims", "claims", mapping, "--json", "--verify")
answers("explain", "explain", mapping, "--json")
answers("explain", "explain", "payroll", "--json", status=1)
answers("status", "status", "--json", status=1)
answers("status", "status", mapping, "--json")
answers("history", "history", "--json")
answers("history", "history", "--json", "--outcome", "failed", "--limit", "1")
answers("history", "history", "--follow", "--json", "--limit", "0", status=64, lines=True)
answers("status", "status", "nowhere", "--watch", "--json", status=64, lines=True)
answers("discover", "discover", "--json")
answers("discover", "discover", "--json", "--write", status=77)
Path("empty.yaml").write_text("endpoints: {imds: 'http://127.0.0.1:9/'}\n")
answers("discover", "discover", "--json", "--config", "empty.yaml", status=69, AWS_ACCESS_KEY_ID="")
answers("doctor", "doctor", "--json")
answers("config-check", "config", "check", "--json")
answers("config-show", "config", "show", "--json")
answers("credential-process", "credential-process", mapping)
Path("errors.yaml").write_text("defaults:\n  regoin: x\nmappings:\n  a: {identity: b, audience: api://c, role_arn: d}\n")
answers("config-check", "config", "check", "--json", "--config", "errors.yaml", status=78)
answers("claims", "claims", mapping, "--json", "--diff", "payroll")
answers("sign-in", "sign-in", mapping, "--json")
answers("config-path", "config", "path", "--json")

lines = answers("wait", "wait", mapping, "--json", lines=True)
check("only the last line of a wait has done", [line.get("done") for line in lines] == [None] * (len(lines) - 1) + [True], lines)
lines = answers("wait", "wait", "payroll", "--json", "--timeout", "2s", lines=True, status=1)
reason = (lines[-1]["verdict"], lines[-1]["error"]["code"])
check("a wait that a policy blocks has the policy's reason", lines[-1]["done"] and reason == ("blocked", "trust-deny"), lines[-1])

server = subprocess.Popen([cambist, "serve", "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
announcement = server.stdout.readline()
server.terminate()
documented("serve", "serve --json", json.loads(announcement))
check("serve exits with 0", server.wait(timeout=20) == 0, server.returncode)

# Setup of a mapping whose role trusts another identity; apply corrects it.

iam = botocore.session.Session().create_client("iam", region_name="us-east-1")
role = fact("ROLE_ARN").rsplit("/", 1)[1]
policy = json.dumps(iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"])
iam.update_assume_role_policy(RoleName=role, PolicyDocument=policy.replace(fact("PRINCIPAL_ID"), "5d0c6b1e-6f0a-4c3e-9a41-6a1d2d4f7c55"))
answers("setup-verify", "setup", "verify", mapping, "--json", status=1)
for action, options in {"plan": (), "apply": ("--yes",), "verify": (), "destroy": ("--yes",)}.items():
    answers(f"setup-{action}", "setup", action, mapping, *options, "--json")
answers("setup-plan", "setup", "plan", mapping, "--json", status=1, AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE")
answers("setup-destroy", "setup", "destroy", mapping, "--yes", "--json", status=1, AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE")

for name, arguments in {
    "wait": ("wait", mapping, "--json"),
    "status": ("status", mapping, "--json"),
    "sign-in": ("sign-in", mapping, "--json"),
    "setup-plan": ("setup", "plan", mapping, "--json"),
    "setup-apply": ("setup", "apply", mapping, "--yes", "--json"),
    "setup-verify": ("setup", "verify", mapping, "--json"),
    "setup-destroy": ("setup", "destroy", mapping, "--yes", "--json"),
    "serve": ("serve", "--json"),
    "test": ("test", mapping, "--json"),
    "exchange": ("exchange", mapping),
    "claims": ("claims", mapping, "--json"),
    "explain": ("explain", mapping, "--json"),
    "config-check": ("config", "check", "--json"),
    "config-show": ("config", "show", "--json"),
}.items():
    answers(name, *arguments, status=78, CAMBIST_CONFIG="/nowhere/config.yaml")
    if mapping in arguments:
        unknown = tuple("nobody" if word == mapping else word for word in arguments)
        answers(name, *unknown, status=64)

parts = set(re.findall(r'"#/\$defs/(\w+)"', json.dumps(schema)))
# fleet_commands.py checks the answer that needs a database.
missing = set(schema["$defs"]) - parts - checked - {"fleet-status"}
check("every documented answer is checked", not missing, sorted(missing))
finish()
