"""A run of cambist, and the checks that apply to every run."""

import dataclasses
import json
import os
import resource
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import typing
import urllib.parse

import material

# Raw C0 (except tab and line feed), DEL, C1, and bidi characters; invalid UTF-8 bytes of C1 as surrogates.
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\udc80-\udc9f]")
# The documented exit statuses; `exec` returns its child's.
STATUSES = {0, 1, 64, 69, 70, 75, 77, 78, 130}
CPU_LIMIT = 3.0
MEMORY_LIMIT = 300 << 10
WALL_LIMIT = 15
SLOW_WALL_LIMIT = 25


@dataclasses.dataclass
class Outcome:
    """The result of one process, and the folder it ran in."""

    status: int
    out: bytes
    err: bytes
    seconds: float
    folder: str


@dataclasses.dataclass
class Run:
    """A command line, the files it needs, and the checks of its outcome."""

    name: str
    #: Writes the files to the run's empty folder and returns the arguments.
    arguments: typing.Callable[[str], list]
    #: Each returns the fault of an outcome, or nothing.
    checks: tuple = ()
    environment: dict = dataclasses.field(default_factory=dict)
    #: Shell commands before the program starts, such as `ulimit -n 8`.
    limits: str = ""
    wall: float = WALL_LIMIT
    #: The answer is credentials, so stdout may have secrets.
    returns_credentials: bool = False
    #: The output is the child's, so its characters are not checked.
    checks_controls: bool = True
    statuses: typing.Optional[set] = None
    #: Called with the folder after the run, regardless of its outcome.
    cleanup: typing.Optional[typing.Callable[[str], None]] = None
    is_quick: bool = False


@dataclasses.dataclass
class Session:
    """A run of several processes; `perform` returns its faults."""

    name: str
    perform: typing.Callable[["Context", str], list]
    is_quick: bool = False


@dataclasses.dataclass
class Context:
    program: str
    url: str
    work: str

    def folder(self):
        return tempfile.mkdtemp(dir=self.work)

    def environment(self, folder, changes):
        """Returns the variables of a run; those with value `None` are removed."""
        variables = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "HOME": folder,
            "TMPDIR": folder,
            "XDG_STATE_HOME": folder + "/state",
            "XDG_CONFIG_HOME": folder + "/config",
            "AWS_SHARED_CREDENTIALS_FILE": folder + "/credentials",
            "AWS_EC2_METADATA_DISABLED": "true",
            "HTTPS_PROXY": "http://127.0.0.1:9",
            "CLIENT_SECRET": material.CLIENT_SECRET,
        }
        variables.update(changes)
        return {
            name: value.replace("{folder}", folder) if isinstance(value, str) else value
            for name, value in variables.items()
            if value is not None
        }

    def address(self, service, scenario="good"):
        return f"{self.url}/{service}/{urllib.parse.quote(scenario)}"


context: Context


def quoted(value):
    """Returns a YAML double-quoted scalar."""
    return json.dumps(value)


def configuration(folder, identity="source: imds", mapping="", more="", cache="none", name="audit", **scenarios):
    """Writes a configuration with a hostile mapping and the healthy mapping `steady`; returns its path.

    `scenarios` names the scenario of a service; `identity` and `mapping` are further keys in YAML.
    """
    chosen = {"imds": "good", "sts": "good", "login": "good", "graph": "empty", "arm": "empty", "iam": "good"}
    chosen["signin"] = "good"
    chosen.update(scenarios)
    endpoints = ", ".join(
        f"{'authority' if service == 'login' else service}: {quoted(context.address(service, scenario))}"
        for service, scenario in chosen.items()
        if service not in ("app", "msi", "arc")
    )
    text = f"""\
identities:
  hostile: {{tenant_id: {material.TENANT}, client_id: {material.CLIENT}, principal_id: {material.OBJECT}, timeout: 5s, {identity}}}
  healthy: {{tenant_id: {material.TENANT}, client_id: {material.HEALTHY_CLIENT}, principal_id: {material.HEALTHY_OBJECT}, timeout: 5s, source: imds}}
mappings:
  {quoted(name)}: {{identity: hostile, audience: "{material.AUDIENCE}", app_role: AssumeRoleWithWebIdentity, region: eu-west-1, role_arn: "arn:aws:iam::{material.ACCOUNT}:role/audit"{mapping}}}
  steady: {{identity: healthy, audience: "{material.AUDIENCE}", app_role: AssumeRoleWithWebIdentity, region: eu-west-1, role_arn: "arn:aws:iam::{material.ACCOUNT}:role/steady"}}
endpoints: {{{endpoints}}}
cache: {{store: {cache}}}
{more}
"""
    path = os.path.join(folder, "config.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def controls(data):
    """Returns the forbidden characters of an output, as `U+…`."""
    found = CONTROL.findall(data.decode("utf-8", "surrogateescape"))
    return " ".join(sorted({f"U+{ord(character):04X}" for character in found}))


def limited(command, limits):
    """Returns a command with a soft limit of 5 s of processor time, and further limits.

    Without further limits, no shell is used: it would remove variables whose names it cannot use.
    """
    if not limits:
        return ["prlimit", "--cpu=5:", *command]
    return ["/bin/sh", "-c", f'ulimit -S -t 5; {limits}; exec "$@"', "sh", *command]


def written_files(folder):
    """Yields the state and log files of a run with their contents."""
    for root, directories, names in os.walk(folder):
        directories[:] = [d for d in directories if root != folder or d in ("state", "config")]
        for name in names:
            path = os.path.join(root, name)
            if root != folder or name.startswith("log"):
                if os.path.isfile(path) and os.path.getsize(path) < 50_000_000:
                    with open(path, "rb") as file:
                        yield path, file.read()


def start(command, folder, environment, **streams):
    return subprocess.Popen(
        command,
        env=context.environment(folder, environment),
        cwd=folder,
        start_new_session=True,
        **({"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams),
    )


class Reader(threading.Thread):
    """Reads a pipe to its end and stores at most 8 MB."""

    def __init__(self, pipe):
        super().__init__(daemon=True)
        self.pipe, self.data = pipe, b""
        self.start()

    def run(self):
        pieces, size = [], 0
        while piece := os.read(self.pipe.fileno(), 1 << 16):
            size += len(piece)
            if size <= 8 << 20:
                pieces.append(piece)
            self.data = b"".join(pieces) if size < 1 << 20 else self.data
        self.data = b"".join(pieces)


def wait(process, wall):
    """Returns the exit status and resource usage of a process; the status is `None` if it ran until the limit."""
    timer = threading.Timer(wall, lambda: os.killpg(process.pid, signal.SIGKILL))
    timer.start()
    began = time.monotonic()
    _, status, usage = os.wait4(process.pid, 0)
    is_over = time.monotonic() - began < wall
    timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode if is_over else None, usage


def memory(usage):
    """Returns the peak memory of a process in KB; 0 if it was less than that of this harness.

    Linux counts the memory of the parent at the start of a program as that program's.
    """
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return usage.ru_maxrss if usage.ru_maxrss > own else 0


def perform(run):
    """Returns the faults of one run."""
    folder = context.folder()
    wrong = []
    try:
        arguments = run.arguments(folder)
        began = time.monotonic()
        process = start(limited([context.program, *arguments], run.limits), folder, run.environment)
        out, err = Reader(process.stdout), Reader(process.stderr)
        status, usage = wait(process, run.wall)
        seconds = time.monotonic() - began
        out.join(5), err.join(5)
        process.stdout.close(), process.stderr.close()
        if status is None:
            wrong.append(f"still running after {run.wall:.0f} s")
        elif status < 0:
            wrong.append(f"ended by {signal.Signals(-status).name}")
        elif status not in (run.statuses or STATUSES):
            wrong.append(f"status {status}: {err.data[-200:].decode(errors='replace').strip()!r}")
        if (cpu := usage.ru_utime + usage.ru_stime) > CPU_LIMIT:
            wrong.append(f"{cpu:.1f} s of processor time")
        if (peak := memory(usage)) > MEMORY_LIMIT:
            wrong.append(f"{peak >> 10} MB of memory")
        wrong += output_faults(run, folder, out.data, err.data)
        if not wrong:
            outcome = Outcome(status, out.data, err.data, seconds, folder)
            wrong += [fault for check in run.checks if (fault := check(outcome))]
    finally:
        if run.cleanup:
            run.cleanup(folder)
        shutil.rmtree(folder, ignore_errors=True)
    return wrong


def output_faults(run, folder, out, err):
    """Returns the forbidden control characters and secrets in output and files."""
    wrong = []
    files = list(written_files(folder))
    if run.checks_controls:
        logs = [(os.path.basename(path), data) for path, data in files if os.path.basename(path).startswith("log")]
        for place, data in [("stdout", out), ("stderr", err), *logs]:
            if found := controls(data):
                wrong.append(f"{place} has {found}")
    places = [("stderr", err), *files] + ([] if run.returns_credentials else [("stdout", out)])
    for place, data in places:
        for secret in material.SECRETS:
            if secret.encode() in data:
                wrong.append(f"a secret ({secret[:9]}…) in {os.path.basename(place)}")
    if os.path.exists(os.path.join(folder, "PWNED")):
        wrong.append("a command of the response was executed")
    return wrong
