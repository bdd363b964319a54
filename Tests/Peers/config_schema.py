"""The JSON schema of the configuration file, with an independent YAML parser and validator, compared with the reader."""

import json
import os
import random
import re
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from checks import check, finish
from jsonschema import Draft7Validator
from lab import configuration, fact
from ruamel.yaml import YAML

cambist = os.environ["CAMBIST"]
environment = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]}
guid = "1ea7e6e0-7876-4d1c-aec5-7b1c927ede74"
role = "arn:aws:iam::111122223333:role/audit"

# Values of every kind that the file has, and near misses. Numbers that YAML changes before the schema sees them (a plus
# sign, leading zeros) are in quotation marks.
VALUES = [
    "", "~", "null", "''", "' '", "x", "a b", "true", "True", "'false'", "yes", "off", "no", "0", "1", "7", "-1", "'+5'", "1.5", "36500", "36501",
    "2000000", "100000001", "'400'", "'0'", "1e3", "nan", "2026-01-01", "5m", "15m1s", "15m", "899s", "900s", "1h", "1h30m", "30m1h", "12h", "13h",
    "43200s", "43201s", "1d", "600s", "601s", "10m", "h", "3600", "1 h", "[]", "[a]", "[a, 1]", "[[a]]", "[~]", "[a, '']", "{}", "{a: b}", "{a: [b]}",
    "{a: {b: c}}", "{a: {b: {fg: red}}}", "{aws:a: b}", "{'a!': b}", "{a: 'b!'}", guid, guid.upper(), guid[:-1], f"{guid}0", f"'{guid} '",
    role, "arn:aws:iam::1111:role/a", "arn:aws-xx:iam::111122223333:role/a", "'arn:aws:iam::111122223333:role/a*b'", "arn:aws-cn:iam::111122223333:role/p/q",
    "arn:aws:iam::111122223333:user/a", "[arn:aws:iam::aws:policy/ReadOnlyAccess]", "[arn:aws:iam::1:policy/x]", f"[{role}]",
    "https://sts.example/", "http://sts.example/", "http://127.0.0.1:9/", "'http://[::1]:9/'", "http://169.254.169.254/", "http://localhost", "HTTPS://x",
    "https://user:word@x/", "https://x/?q=1", "ftp://x", "https://", "http://proxy.example:3128", "api://x", "api://x%zz", "'api://<tenant>/x'", "urn:a:b",
    "eu-west-1", "us-gov-west-1", "xx-west-1", "eu-west", "EU-WEST-1", "cambist-{mapping}", "'{mapping}'", "'{x}'", "s", "ab", "a/b", "a:b",
    "imds", "azure-cli", "command", "nowhere", "keyring", "none", "osc9", "public", "china", "auto", "manual", "dark", "[sh, -c, 'x y']", "9x", "X_1",
    f"/subscriptions/{guid}/resourceGroups/ops/providers/Microsoft.ManagedIdentity/userAssignedIdentities/a",
    f"/subscriptions/x/resourceGroups/ops/providers/Microsoft.ManagedIdentity/userAssignedIdentities/a",
    "[626d44e704d1ceabe3bf0d53397464ac8080142c]", "[626d44e704d1ceabe3bf0d53397464ac8080142]", "[state, mapping]", "'a\tb'", "\"a\\u0007b\"", "'é'", "ß: ü",
]  # fmt: skip
# Keys whose values must agree with other entries; the schema cannot express that, and may accept what the reader rejects.
RELATED = {
    "identity", "via", "graph_identity", "federated_identity", "theme", "cloud", "region", "role_arn", "policy_arns", "managed_policies", "transitive_tags",
    "source", "themes", "keys",
}  # fmt: skip
IDENTITIES = {
    "imds": f"source: imds, principal_id: {guid}",
    "client-secret": f"source: client-secret, tenant_id: {guid}, client_id: {guid}",
    "client-certificate": f"source: client-certificate, tenant_id: {guid}, client_id: {guid}, certificate_file: c.pem",
    "workload-identity": "source: workload-identity",
    "command": "source: command",
}
BASES = {
    "secret_env": "client-secret", "secret_file": "client-secret", "certificate_file": "client-certificate",
    "certificate_password_env": "client-certificate", "token_file": "workload-identity", "federated_identity": "workload-identity",
    "authority": "workload-identity", "command": "command",
}  # fmt: skip
CHAINED = {"external_id", "session_tags", "transitive_tags", "source_identity"}

schema = json.loads(subprocess.run([cambist, "config", "schema"], capture_output=True, check=True).stdout)
Draft7Validator.check_schema(schema)


def python_patterns(value):
    """Returns the schema with `$` at the end of patterns as Python's `\\Z`, which does not match before a final newline."""
    if isinstance(value, dict):
        return {
            key: re.sub(r"\$$", r"\\Z", member) if key == "pattern" and isinstance(member, str) else python_patterns(member)
            for key, member in value.items()
        }
    return [python_patterns(member) for member in value] if isinstance(value, list) else value


validator = Draft7Validator(python_patterns(schema))


def with_text_keys(value):
    """Returns a YAML value as JSON has it, where names are always text and dates are not known."""
    if isinstance(value, dict):
        return {str(key): with_text_keys(member) for key, member in value.items()}
    if isinstance(value, list):
        return [with_text_keys(member) for member in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def by_schema(text):
    """Returns the first reason for which the schema rejects a file."""
    found = next(validator.iter_errors(with_text_keys(YAML(typ="safe", pure=True).load(text))), None)
    return found and f"{found.json_path}: {found.message[:100]}"


def by_reader(text):
    """Returns the first error that `config check` reports for a file."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", dir=".", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        result = subprocess.run([cambist, "config", "check", "--json", "--config", file.name], capture_output=True, env=environment, timeout=60)
    if result.returncode not in (0, 78):
        raise AssertionError(f"status {result.returncode} for {text!r}: {result.stderr}")
    problems = [problem for problem in json.loads(result.stdout)["problems"] if problem["severity"] == "error"]
    return problems[0] if problems else None


def line(indentation, key, value):
    return f"{' ' * indentation}{key}: {value}\n"


def keys(group, path=()):
    """Yields the paths of keys that have a value."""
    for name, member in group["properties"].items():
        if "properties" in member:
            yield from keys(member, (*path, name))
        else:
            yield (*path, name)


def nested(indentation, path, value):
    for depth, name in enumerate(path[:-1]):
        yield line(indentation + 2 * depth, name, "")
    yield line(indentation + 2 * (len(path) - 1), path[-1], value)


def file(place, path, value):
    """Returns a file that is valid except for the given value."""
    name = path[-1]
    identity = f"identities:\n  vm: {{{IDENTITIES['imds']}}}\n"
    mapping = f"  audit:\n    identity: vm\n    audience: api://x\n    role_arn: {role}\n"
    if place == "identity":
        base = "" if name == "source" else f"{IDENTITIES[BASES.get(name, 'imds')]}".replace(", ", "\n    ")
        kept = [entry for entry in base.split("\n    ") if entry and entry.split(":")[0] != name]
        if name == "secret_file":
            kept = [entry for entry in kept if "secret_env" not in entry]
        if name in ("tenant_id", "client_id") and name not in base:
            kept = [entry for entry in kept if "principal_id" not in entry]
        return identity + "  other:\n" + "".join(f"    {entry}\n" for entry in kept) + line(4, name, value) + f"mappings:\n{mapping}"
    if place == "mapping":
        spoke = f"  other:\n    via: audit\n    role_arn: {role}\n" if name in CHAINED else mapping.replace("audit:", "other:")
        kept = "".join(text for text in spoke.splitlines(True) if not text.startswith(f"    {name}:"))
        return identity + f"mappings:\n{mapping}{kept}" + "".join(nested(4, path, value))
    return identity + f"mappings:\n{mapping}" + "".join(nested(0, path, value))


places = [("identity", path) for path in keys(schema["definitions"]["identity"])]
places += [("mapping", path) for path in keys(schema["definitions"]["mapping"])]
general = {"properties": {name: member for name, member in schema["properties"].items() if name not in ("defaults", "identities", "mappings")}}
places += [("general", path) for path in keys(general)]
check("the schema has the keys of the file", len(places) > 60, len(places))

cases = [(place, path, value) for place, path in places for value in VALUES]
cases = random.Random(21).sample(cases, 1500)
with ThreadPoolExecutor(4) as pool:
    texts = [file(*case) for case in cases]
    read = list(pool.map(by_reader, texts))


def unparsable(text):
    try:
        by_schema(text)
    except Exception:
        return True
    return False


stricter, laxer, agreed, parsed = [], [], [0, 0], 0
for (place, path, value), text, problem in zip(cases, texts, read):
    if unparsable(text):
        continue
    parsed += 1
    verdict = by_schema(text)
    if verdict and not problem:
        stricter.append(f"{'.'.join(path)}: {value} ({verdict})")
    elif problem and not verdict:
        # An identity may be named by setup.identity, too, but that is another group.
        # So may a key that the source of an identity requires.
        if path[-1] not in RELATED and problem["found"] != "nothing" and not (place == "mapping" and path[:2] == ("setup", "identity")):
            laxer.append(f"{'.'.join(path)}: {value} ({problem['key']}: {problem['found']})")
    else:
        agreed[problem is None] += 1
check("the schema rejects no file that the reader accepts", not stricter, f"{len(stricter)}: {stricter[:12]}")
check("the schema accepts no file that the reader rejects, except for relations between entries", not laxer, f"{len(laxer)}: {laxer[:12]}")
check("both accept many files and reject many", min(agreed) > 200 and parsed > 1400, (agreed, parsed))

ENTRY = f"identity: vm, audience: api://x, role_arn: {role}"
VM = f"identities: {{vm: {{source: imds, principal_id: {guid}}}}}\n"
WHOLE = {
    "an empty file": ("", True),
    "a null": ("~\n", True),
    "a list": ("- a\n", False),
    "an unknown key": ("mapings: {}\n", False),
    "an unknown key of a mapping": (f"{VM}mappings: {{a: {{{ENTRY}, regoin: x}}}}\n", False),
    "an unknown key of a group": ("watch: {sped: 1}\n", False),
    "a mapping without keys": (f"{VM}mappings: {{a: }}\n", False),
    "a mapping without a role": (f"{VM}mappings: {{a: {{identity: vm, audience: api://x}}}}\n", False),
    "a mapping without an audience": (f"{VM}mappings: {{a: {{identity: vm, role_arn: '{role}'}}}}\n", False),
    "an audience by default": (f"{VM}defaults: {{audience: api://x}}\nmappings: {{a: {{identity: vm, role_arn: '{role}'}}}}\n", True),
    "an audience that is null by default": (f"{VM}defaults: {{audience: }}\nmappings: {{a: {{identity: vm, role_arn: '{role}'}}}}\n", False),
    "a chain": (f"{VM}mappings: {{a: {{{ENTRY}}}, b: {{via: a, role_arn: '{role}'}}}}\n", True),
    "a name with a blank": (f"{VM}mappings: {{a b: {{{ENTRY}}}}}\n", False),
    "a number as a name": (f"{VM}mappings: {{5: {{{ENTRY}}}}}\n", True),
    "a key of another source": (f"identities: {{vm: {{source: imds, principal_id: {guid}, secret_env: X}}}}\n", False),
    "a null key of another source": (f"identities: {{vm: {{source: imds, principal_id: {guid}, secret_env: }}}}\n", True),
    "entries as a list": ("mappings: [a]\n", False),
    "an unknown key by default": ("defaults: {regoin: eu-west-1}\n", False),
    "a bad value by default": ("defaults: {duration: 5m}\n", False),
    "an unknown action": ("keys: {refrobnicate: x}\n", False),
    "an unknown column": ("console: {columns: [stat]}\n", False),
}
for name, (text, expected) in WHOLE.items():
    verdicts = (by_reader(text) is None, by_schema(text) is None)
    check(f"reader and schema {'accept' if expected else 'reject'} {name}", verdicts == (expected, expected), (verdicts, by_schema(text), by_reader(text)))

for name, text in {"the lab's file": Path(os.environ["CAMBIST_CONFIG"]).read_text(encoding="utf-8")}.items():
    check(f"the schema accepts {name}", by_schema(text) is None, by_schema(text))
subprocess.run([cambist, "config", "init", "--config", "new.yaml"], check=True, capture_output=True, env=environment)
starter = Path("new.yaml").read_text(encoding="utf-8")
named = re.match(r"# yaml-language-server: \$schema=(\S+)\n", starter)
check("the starter file names the schema beside it", named and json.loads(Path(named[1]).read_text(encoding="utf-8")) == schema, starter[:80])
uncommented = "".join(re.sub(r"^# ?", "", text) for text in starter.splitlines(True)[4:])
check("the schema accepts the starter file", by_schema(starter) is None and by_schema(uncommented) is None, by_schema(uncommented))
finish()
