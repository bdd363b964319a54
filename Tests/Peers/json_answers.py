"""What cambist answers in JSON against answers.schema.json: what works, what fails, and what is no configuration."""

import json
import os
import subprocess
from pathlib import Path

from checks import check, finish
from jsonschema import Draft202012Validator
from lab import fact

cambist = os.environ["CAMBIST"]
mapping = fact("MAPPING")
schema = json.loads((Path(__file__).parent / "answers.schema.json").read_text(encoding="utf-8"))
Draft202012Validator.check_schema(schema)


def answers(name, *arguments, status=0, **variables):
    """Checks a command's exit status and that its stdout is one answer as the schema's definition has it."""
    result = subprocess.run(
        [cambist, *arguments], capture_output=True, text=True, timeout=120, env=os.environ | variables, stdin=subprocess.DEVNULL
    )
    title = " ".join(arguments)
    check(f"{title} ends with {status}", result.returncode == status, f"{result.returncode} {result.stderr.strip()[:200]}")
    try:
        answer = json.loads(result.stdout)
    except ValueError as error:
        return check(f"{title} is JSON", False, error)
    validator = Draft202012Validator(schema | {"$ref": f"#/$defs/{name}"})
    problem = next(validator.iter_errors(answer), None)
    # The instance may hold secrets: only where and why is told.
    return check(f"{title} is as documented", problem is None, problem and f"{problem.json_path}: {problem.validator}")


answers("test", "test", mapping, "--json")
answers("test", "test", "--all", "--json", status=1)
answers("exchange", "exchange", mapping)
answers("exchange", "exchange", "payroll", status=1)
answers("claims", "claims", mapping, "--json")
answers("claims", "claims", mapping, "--json", "--verify")
answers("explain", "explain", mapping, "--json")
answers("explain", "explain", "payroll", "--json")
answers("history", "history", "--json")
answers("history", "history", "--json", "--outcome", "failed", "--limit", "1")
answers("doctor", "doctor", "--json")
answers("config-check", "config", "check", "--json")
answers("config-show", "config", "show", "--json")
answers("credential-process", "credential-process", mapping)
Path("slips.yaml").write_text("defaults:\n  regoin: x\nmappings:\n  a: {identity: b, audience: api://c, role_arn: d}\n")
answers("config-check", "config", "check", "--json", "--config", "slips.yaml", status=78)
for name, arguments in {
    "test": ("test", mapping, "--json"),
    "exchange": ("exchange", mapping),
    "claims": ("claims", mapping, "--json"),
    "explain": ("explain", mapping, "--json"),
    "config-check": ("config", "check", "--json"),
    "config-show": ("config", "show", "--json"),
}.items():
    answers(name, *arguments, status=78, CAMBIST_CONFIG="/nowhere/config.yaml")
    if name != "config-check" and name != "config-show":
        unknown = tuple("nobody" if word == mapping else word for word in arguments)
        answers(name, *unknown, status=64)
finish()
