"""cambist as the `credential_process` of botocore and of the `aws` command; the keyring, and what is there without one."""

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


def ask(*arguments, check_status=True, **options):
    """Runs `cambist credential-process`; its document, and what it said on stderr."""
    options.setdefault("stdin", subprocess.DEVNULL)
    result = subprocess.run(
        [cambist, "credential-process", *arguments], capture_output=True, text=True, timeout=60, **options
    )
    document = json.loads(result.stdout) if result.returncode == 0 else {}
    return document, result.stderr, result.returncode


def expiry(document):
    return datetime.datetime.fromisoformat(document["Expiration"].replace("Z", "+00:00"))


# The profile has nothing but the process, counted by a wrapper for one of them.

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
check("botocore takes them for refreshable ones", credentials.method == "custom-process", credentials.method)
check("what is given needs no refresh", not credentials.refresh_needed())
check("nor at the advisory bound", not credentials.refresh_needed(15 * 60))
before = len(calls.read_text().splitlines())
for _ in range(3):
    session.create_client("sts", region_name="eu-west-1").get_caller_identity()
check("botocore asks once", len(calls.read_text().splitlines()) == before)
real = credentials._time_fetcher
credentials._time_fetcher = lambda: real() + datetime.timedelta(minutes=46)
frozen = credentials.get_frozen_credentials()
check("ahead of the end botocore asks again", len(calls.read_text().splitlines()) == before + 1)
check("and goes on with what it got", frozen.access_key.startswith("ASIA"), frozen.access_key)

# The document, and the surroundings it is asked in.

document, said, _ = ask(mapping)
check(
    "the document has the members of version 1",
    sorted(document) == ["AccessKeyId", "AccountId", "Expiration", "SecretAccessKey", "SessionToken", "Version"]
    and document["Version"] == 1 and document["AccountId"] == account,
    sorted(document),
)
check("nothing is said on stderr", said == "", said)
check("more than 16 minutes are left", expiry(document) - datetime.datetime.now(datetime.timezone.utc) > datetime.timedelta(minutes=16))
again, _, _ = ask(mapping)
check("the next process gives the same ones", again == document)

closed = subprocess.run(
    ["sh", "-c", f'exec "{cambist}" credential-process {mapping} <&-'], capture_output=True, text=True, timeout=60
)
check("a closed stdin does no harm", closed.returncode == 0 and json.loads(closed.stdout) == document, closed.stderr)
silent = subprocess.run(
    ["setsid", "sh", "-c", f'exec "{cambist}" credential-process {mapping} <&- 2>&-'],
    capture_output=True, text=True, timeout=60,
)
check("nor does a closed stderr, nor no terminal", silent.returncode == 0 and json.loads(silent.stdout) == document)
homeless = {name: value for name, value in os.environ.items() if name not in ("HOME", "XDG_STATE_HOME")}
bare, said, status = ask(mapping, env=homeless | {"XDG_STATE_HOME": str(Path("state").resolve())})
check("no HOME does no harm", bare == document, said)

status = subprocess.run([cambist, "credential-process", "nobody"], capture_output=True, text=True)
check(
    "a slip says so on stderr and nothing on stdout",
    status.returncode == 64 and status.stdout == "" and len(status.stderr.splitlines()) == 1,
    status.stderr,
)

# A kernel that forbids its keyring: it works all the same, uncached, and says so once.

NUMBERS = {"x86_64": (248, 249, 250), "aarch64": (217, 218, 219)}.get(platform.machine())


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p)]


def forbid_keyring():
    """Lets add_key, request_key and keyctl fail with EPERM, by a seccomp filter."""
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
    first, said, status = ask(mapping, preexec_fn=forbid_keyring)
    check("a forbidden keyring does no harm", status == 0 and first.get("Version") == 1, said)
    check("it is said in one line", len(said.splitlines()) == 1 and "keyring" in said, said)
    check("no secret is in it", first.get("SecretAccessKey", "-") not in said)
    second, _, _ = ask(mapping, preexec_fn=forbid_keyring)
    check("without a keyring each process exchanges", second["AccessKeyId"] != first["AccessKeyId"])
    after, _, _ = ask(mapping)
    check("the keyring still has its own", after == document)

# Twenty processes at once make one exchange.

configuration = Path(os.environ["CAMBIST_CONFIG"]).read_text()
Path("fresh.yaml").write_text(configuration.replace("region: eu-west-1", "region: eu-west-1\n    session_name: fresh", 1))
with ThreadPoolExecutor(20) as pool:
    answers = list(pool.map(lambda _: ask(mapping, "--config", "fresh.yaml"), range(20)))
check("twenty processes at once all get credentials", all(status == 0 for _, _, status in answers))
check("they are of one exchange", len({document.get("AccessKeyId") for document, _, _ in answers}) == 1)

# Sessions under 32 minutes: warned of, and given while more than half is left.

short = Path("short.yaml")
short.write_text(configuration.replace("region: eu-west-1", "region: eu-west-1\n    duration: 15m", 1))
warned = subprocess.run([cambist, "config", "check", "--config", short], capture_output=True, text=True)
check("config check warns of short sessions", warned.returncode == 0 and "32m" in warned.stderr, warned.stderr)
one, _, _ = ask(mapping, "--config", str(short))
two, _, _ = ask(mapping, "--config", str(short))
check("a short session is given again while it is young", one == two and one != document)

# The quota of a user who has room for a few keys only.

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
    check("a full quota does no harm", all(document and not said for document, said in given), [s for _, s in given if s][:1])
    check("the newest is kept", as_other(names[-1])[0] == given[-1][0])
    # Entries stored within one second expire together; either may be removed first.
    check("earlier ones made room", any(as_other(name)[0] != kept for name, (kept, _) in zip(names, given)))
    subprocess.run(["keyctl", "clear", "@u"], user=other, group=other, extra_groups=[], capture_output=True) if shutil.which("keyctl") else None
    shutil.rmtree(home)

finish()
