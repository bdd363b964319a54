"""Checks of an outcome: each receives a `runner.Outcome` and returns a fault, or nothing."""

import json
import os
import re
import subprocess
import time

from runner import CONTROL

EXCHANGE_MEMBERS = ("accessKeyId", "secretAccessKey", "sessionToken", "expiration")
PROCESS_MEMBERS = ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")
VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION")


def credentials_fault(key, secret, session, expiration):
    """Returns the fault of unusable credentials: an empty, malformed, or expired member."""
    if not re.fullmatch("[A-Za-z0-9_]{16,128}", key):
        return f"malformed access key ID {key!r:.60}"
    for name, value in (("secret key", secret), ("session token", session)):
        if not re.fullmatch("[!-~]{16,}", value):
            return f"malformed {name}"
    if not re.fullmatch(r"\d{4}(-\d\d){2}T(\d\d:?){3}Z", expiration):
        return f"malformed expiration {expiration!r:.60}"
    if expiration <= time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()):
        return f"expired credentials ({expiration})"
    return None


def usable(members):
    """JSON credentials of a successful run are complete, well formed, and unexpired."""

    def check(outcome):
        if outcome.status == 0:
            found = json.loads(outcome.out)
            return credentials_fault(*(str(found.get(name, "")) for name in members))

    return check


def usable_environment(outcome):
    """The shell text of a successful run sets usable credentials and executes nothing."""
    if outcome.status:
        return None
    script = outcome.out.decode("utf-8", "replace") + "".join(f'\nprintf "%s\\0" "${name}"' for name in VARIABLES)
    shell = subprocess.run(
        ["sh"],
        input=script.encode(),
        capture_output=True,
        cwd=outcome.folder,
        env={"PATH": os.environ["PATH"]},
        timeout=10,
    )
    if os.path.exists(os.path.join(outcome.folder, "PWNED")):
        return "the shell text executes a command of the response"
    values = shell.stdout.decode("utf-8", "replace").split("\0")
    return credentials_fault(*values[:4]) if len(values) > 4 else "the shell text does not set four variables"


def usable_child(outcome):
    """The variables that the child of `exec` printed are usable."""
    if outcome.status:
        return None
    values = dict(line.split("=", 1) for line in outcome.out.decode("utf-8", "replace").split("\0") if "=" in line)
    return credentials_fault(*(values.get(name, "") for name in VARIABLES))


def healthy(outcome):
    """The healthy mapping works in `test --json`."""
    mappings = json.loads(outcome.out).get("mappings", [])
    if not any(mapping["name"] == "steady" and mapping["outcome"] == "ok" for mapping in mappings):
        return "the healthy mapping failed"


def is_json(outcome):
    """stdout is JSON: one document, or one per line."""
    text = outcome.out.decode("utf-8")
    if not text.strip():
        return "stdout is empty" if outcome.status == 0 else None
    try:
        json.loads(text)
    except ValueError:
        try:
            for line in text.splitlines():
                json.loads(line)
        except ValueError as error:
            return f"stdout is not JSON: {error}"


def explains(outcome):
    """A failure has a line on stderr."""
    if outcome.status not in (0, 1) and not outcome.err.strip():
        return f"status {outcome.status} without a line on stderr"


def status(*accepted):
    def check(outcome):
        if outcome.status not in accepted:
            return f"status {outcome.status}, not {' or '.join(map(str, accepted))}: {outcome.err[-160:]!r}"

    return check


def within(seconds):
    def check(outcome):
        if outcome.seconds > seconds:
            return f"{outcome.seconds:.1f} s, more than {seconds} s"

    return check


def printed(expected):
    def check(outcome):
        if outcome.out != expected:
            return f"{outcome.out[:80]!r} instead of {expected[:80]!r}"

    return check


def profiles(expected, kept=""):
    """The credentials file has these profiles and its earlier content, and no setting that runs a command."""

    def check(outcome):
        path = os.path.join(outcome.folder, "credentials")
        text = open(path, encoding="utf-8", newline="").read() if os.path.exists(path) else ""
        found = re.findall(r"(?m)^\s*\[(.*)\]", text)
        allowed = [expected, [name for name in expected if name != "x"]]
        if found not in allowed:
            return f"profiles {found} in the credentials file"
        if "credential_process" in text.replace(kept, ""):
            return "credential_process in the credentials file"
        if kept and kept not in text:
            return "another profile of the credentials file was changed"
        if CONTROL.search(text):
            return "control characters in the credentials file"
        if path and os.path.exists(path) and os.stat(path).st_mode & 0o077:
            return "the credentials file is readable by others"

    return check


def leftovers(*allowed):
    """No temporary file remains in the folder."""

    def check(outcome):
        rest = [n for n in os.listdir(outcome.folder) if n.endswith((".tmp", ".new")) and n not in allowed]
        return f"remaining temporary files: {rest}" if rest else None

    return check
