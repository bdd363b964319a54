"""cambist as `credential_process` of botocore and of the `aws` command, with and without a keyring."""

import ctypes
import datetime
import json
import os
import platform
import shutil
import struct
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import botocore.session
from checks import check, finish
from lab import fact

cambist = os.environ["CAMBIST"]
account, role_name = fact("ROLE_ARN").split(":")[4], fact("ROLE_ARN").rsplit("/", 1)[1]
mapping = fact("MAPPING")
calls = Path("calls.txt")


def session_of(profile):
    return botocore.session.Session(profile=profile)


def assumed(arn):
    """Whether an ARN is a session of the first mapping's role."""
    return (arn or "").startswith(f"arn:aws:sts::{account}:assumed-role/{role_name}/")


def credential_process(*arguments, check_status=True, **options):
    """Runs `cambist credential-process`; returns its document, its stderr, and its exit status."""
    options.setdefault("stdin", subprocess.DEVNULL)
    result = subprocess.run(
        [cambist, "credential-process", *arguments], capture_output=True, text=True, timeout=60, **options
    )
    document = json.loads(result.stdout) if result.returncode == 0 else {}
    return document, result.stderr, result.returncode


def expiry(document):
    return datetime.datetime.fromisoformat(document["Expiration"].replace("Z", "+00:00"))


# Profiles with only credential_process; a wrapper counts the calls of one of them.

wrapper = Path("counted").resolve()
wrapper.write_text(f'#!/bin/sh\necho called >>{calls.resolve()}\nexec "{cambist}" "$@"\n')
wrapper.chmod(0o700)
Path(".aws").mkdir(exist_ok=True)
block = subprocess.run([cambist, "config", "aws-profile", mapping, "--profile", "printed"], capture_output=True, text=True)
Path(".aws/config").write_text(
    f"[profile plain]\ncredential_process = {cambist} credential-process {mapping}\n"
    f"[profile counted]\ncredential_process = {wrapper} credential-process {mapping}\n" + block.stdout
)

for profile in ("plain", "printed"):
    result = subprocess.run(
        ["aws", "--profile", profile, "sts", "get-caller-identity", "--output", "json"],
        capture_output=True, text=True, timeout=120,
    )
    identity = json.loads(result.stdout) if result.returncode == 0 else {}
    check(f"aws --profile {profile} with credential_process alone", assumed(identity.get("Arn")), result.stderr)

session = session_of("counted")
identity = session.create_client("sts", region_name="eu-west-1").get_caller_identity()
check("botocore acts as the role through credential_process", assumed(identity["Arn"]), identity["Arn"])
credentials = session.get_credentials()
check("botocore treats the credentials as refreshable", credentials.method == "custom-process", credentials.method)
check("new credentials need no refresh", not credentials.refresh_needed())
check("new credentials need no advisory refresh", not credentials.refresh_needed(15 * 60))
before = len(calls.read_text().splitlines())
for _ in range(3):
    session.create_client("sts", region_name="eu-west-1").get_caller_identity()
check("botocore runs the process once", len(calls.read_text().splitlines()) == before)
real = credentials._time_fetcher
credentials._time_fetcher = lambda: real() + datetime.timedelta(minutes=46)
frozen = credentials.get_frozen_credentials()
check("botocore runs the process again before the expiration", len(calls.read_text().splitlines()) == before + 1)
check("botocore uses the new credentials", frozen.access_key.startswith("ASIA"), frozen.access_key)

# The document, in different environments.

document, said, _ = credential_process(mapping)
check(
    "the document has the members of version 1",
    sorted(document) == ["AccessKeyId", "AccountId", "Expiration", "SecretAccessKey", "SessionToken", "Version"]
    and document["Version"] == 1 and document["AccountId"] == account,
    sorted(document),
)
check("stderr is empty", said == "", said)
check("more than 16 minutes are left", expiry(document) - datetime.datetime.now(datetime.timezone.utc) > datetime.timedelta(minutes=16))
again, _, _ = credential_process(mapping)
check("the next process returns the same credentials", again == document)

closed = subprocess.run(
    ["sh", "-c", f'exec "{cambist}" credential-process {mapping} <&-'], capture_output=True, text=True, timeout=60
)
check("a closed stdin makes no difference", closed.returncode == 0 and json.loads(closed.stdout) == document, closed.stderr)
silent = subprocess.run(
    ["setsid", "sh", "-c", f'exec "{cambist}" credential-process {mapping} <&- 2>&-'],
    capture_output=True, text=True, timeout=60,
)
check("a closed stderr and no terminal make no difference", silent.returncode == 0 and json.loads(silent.stdout) == document)
without_home = {name: value for name, value in os.environ.items() if name not in ("HOME", "XDG_STATE_HOME")}
bare, said, status = credential_process(mapping, env=without_home | {"XDG_STATE_HOME": str(Path("state").resolve())})
check("a missing HOME makes no difference", bare == document, said)

status = subprocess.run([cambist, "credential-process", "nobody"], capture_output=True, text=True)
check(
    "a usage error is one line on stderr and nothing on stdout",
    status.returncode == 64 and status.stdout == "" and len(status.stderr.splitlines()) == 1,
    status.stderr,
)

# A kernel that forbids the keyring: credentials are not cached, which is reported once.

NUMBERS = {"x86_64": (248, 249, 250), "aarch64": (217, 218, 219)}.get(platform.machine())


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p)]


def forbid_keyring():
    """Makes add_key, request_key, and keyctl fail with EPERM through a seccomp filter."""
    load = struct.pack("HBBI", 0x20, 0, 0, 0)
    jumps = b"".join(
        struct.pack("HBBI", 0x15, len(NUMBERS) - index, 0, number) for index, number in enumerate(NUMBERS)
    )
    allow = struct.pack("HBBI", 0x06, 0, 0, 0x7FFF0000)
    refuse = struct.pack("HBBI", 0x06, 0, 0, 0x00050000 | 1)
    code = ctypes.create_string_buffer(load + jumps + allow + refuse)
    program = Program(len(NUMBERS) + 3, ctypes.addressof(code))
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(38, 1, 0, 0, 0) or library.prctl(22, 2, ctypes.byref(program), 0, 0):
        os._exit(99)


if NUMBERS:
    first, said, status = credential_process(mapping, preexec_fn=forbid_keyring)
    check("credentials are returned without a keyring", status == 0 and first.get("Version") == 1, said)
    check("the forbidden keyring is reported in one line", len(said.splitlines()) == 1 and "keyring" in said, said)
    check("the report has no secret", first.get("SecretAccessKey", "-") not in said)
    second, _, _ = credential_process(mapping, preexec_fn=forbid_keyring)
    check("without a keyring each process runs an exchange", second["AccessKeyId"] != first["AccessKeyId"])
    after, _, _ = credential_process(mapping)
    check("the keyring entry is unchanged", after == document)

# Twenty concurrent processes share one exchange.

configuration = Path(os.environ["CAMBIST_CONFIG"]).read_text()
Path("fresh.yaml").write_text(configuration.replace("region: eu-west-1", "region: eu-west-1\n    session_name: fresh", 1))
with ThreadPoolExecutor(20) as pool:
    answers = list(pool.map(lambda _: credential_process(mapping, "--config", "fresh.yaml"), range(20)))
check("twenty concurrent processes all receive credentials", all(status == 0 for _, _, status in answers))
check("the credentials are of one exchange", len({document.get("AccessKeyId") for document, _, _ in answers}) == 1)

# Sessions under 32 minutes cause a warning, and are returned while more than half of their lifetime remains.

short = Path("short.yaml")
short.write_text(configuration.replace("region: eu-west-1", "region: eu-west-1\n    duration: 15m", 1))
warned = subprocess.run([cambist, "config", "check", "--config", short], capture_output=True, text=True)
check("config check warns about short sessions", warned.returncode == 0 and "32m" in warned.stderr, warned.stderr)
one, _, _ = credential_process(mapping, "--config", str(short))
two, _, _ = credential_process(mapping, "--config", str(short))
check("a short session is returned again in its first half", one == two and one != document)

# The keyring quota of an unprivileged user.

if os.getuid() == 0:
    other = 54321
    home = Path(tempfile.mkdtemp(prefix="cambist-quota-"))
    program = home / "cambist"
    try:
        os.link(cambist, program)
    except OSError:
        shutil.copy(cambist, program)
    names = [f"m{number:02}" for number in range(40)]
    start = configuration.index("mappings:")
    end = configuration.index("\nendpoints:", start)
    body = configuration[start:end].splitlines()[1:]
    first = [body[0]] + [line for line in body[1:] if line.startswith("    ")]
    first = first[: next((i for i, line in enumerate(body[1:], 1) if not line.startswith("    ")), len(body))]
    copies = ["\n".join([f"  {name}:"] + first[1:]) for name in names]
    (home / "config.yaml").write_text(configuration[:start] + "mappings:\n" + "\n".join(copies) + configuration[end:])
    for path in (home, home / "config.yaml"):
        os.chown(path, other, other)
    home.chmod(0o755)
    environment = {"HOME": str(home), "CAMBIST_CONFIG": str(home / "config.yaml"), "PATH": os.environ["PATH"]}

    def as_other(name):
        result = subprocess.run(
            [program, "credential-process", name], env=environment, user=other, group=other, extra_groups=[],
            capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, cwd=home,
        )
        return (json.loads(result.stdout) if result.returncode == 0 else {}), result.stderr

    given = [as_other(name) for name in names]
    check("credentials are returned with a full quota", all(document and not said for document, said in given), [s for _, s in given if s][:1])
    check("the newest entry is kept", as_other(names[-1])[0] == given[-1][0])
    # Entries stored within one second expire together; either may be removed first.
    check("earlier entries were removed", any(as_other(name)[0] != kept for name, (kept, _) in zip(names, given)))
    subprocess.run(["keyctl", "clear", "@u"], user=other, group=other, extra_groups=[], capture_output=True) if shutil.which("keyctl") else None
    shutil.rmtree(home)

finish()
