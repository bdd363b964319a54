"""Runs with hostile command lines, variables, descriptors, limits, and signals."""

import json
import os
import signal
import subprocess
import termios
import threading
import time

import material
from checks import *  # noqa: F403
from file_runs import write
from runner import Run, Session, configuration
import runner

DURATIONS = ["300000d", "99999999999999999999h", "1e300s", "-1h", "nan", "inf", "0", "", " ", "1h\x1b[31m", "9" * 5000 + "s"]
INSTANTS = ["99999999999999999999", "-99999999999999999999", "99999-01-01T00:00:00Z", "1e300", "nan", "0000-00-00", "\u202e", "2026-13-45T99:99:99Z"]
COUNTS = ["9223372036854775808", "-1", "1e9", "nan", "0", "", "\u0661", "0x10"]
SPEEDS = ["1e308", "1e-308", "nan", "inf", "-1", "0", "1e400", "\u202e"]
SIZES = ["0x0", "-1x5", "99999x99999", "9223372036854775807x2", "axb", "80", "1e9x1e9", "\x1b[31mx5"]


def value(name, arguments, *checks, is_quick=False, **rest):
    return Run(
        f"value {name}",
        lambda folder: [a.replace("{config}", configuration(folder)) if isinstance(a, str) else a for a in arguments],
        checks,
        is_quick=is_quick,
        **rest,
    )


def value_runs():
    config = ["--config", "{config}"]
    for text in DURATIONS:
        yield value(f"wait --timeout {text!r:.40}", ["wait", "audit", f"--timeout={text}", *config], is_quick=text == "300000d")
        yield value(f"exchange --duration {text!r:.40}", ["exchange", "audit", f"--duration={text}", *config], returns_credentials=True)
    for text in [*DURATIONS, *INSTANTS]:
        yield value(f"history --since {text!r:.40}", ["history", f"--since={text}", *config], is_quick=text == "300000d")
    for text in INSTANTS:
        yield Run(
            f"value explain --at {text!r}",
            lambda folder, text=text: [
                "explain", "--token-file", write(folder, "t.json", json.dumps(material.claims())),
                "--trust-policy", write(folder, "p.json", "{}"), f"--at={text}",
            ],
            is_quick=text == INSTANTS[0],
        )
    for text in COUNTS:
        yield value(f"history --limit {text!r}", ["history", f"--limit={text}", *config])
        if text != "0":
            yield value(f"serve --port {text!r}", ["serve", f"--port={text}", *config], status(64), wall=6)
    for text in SPEEDS:
        yield value(f"console --speed {text!r}", ["console", "--lab", f"--speed={text}", "--keys", "4", "--frame", "-"], wall=25, is_quick=text == "1e308")
        if text not in ("1e308", "1e-308"):
            yield value(f"lab --speed {text!r}", ["lab", f"--speed={text}"], status(64, 78), wall=10)
    for text in SIZES:
        yield value(f"console --size {text!r}", ["console", "--keys", "1", "--frame", "-", f"--size={text}", *config])
    for text in ("scale:99999999999999999999", "scale:-1", "scale:nan", "scale:", "\x1b[31m", "a" * 100_000):
        yield value(f"lab --scenario {text!r:.40}", ["lab", f"--scenario={text}"], status(64, 69, 77, 78), wall=10)
    for place, arguments in {
        "mapping": ["exchange", "{}", *config],
        "option": ["exchange", "audit", "--{}", *config],
        "command": ["{}"],
        "format": ["exchange", "audit", "--format", "{}", *config],
        "config": ["config", "check", "--config", "{}"],
        "diff": ["claims", "audit", "--diff", "{}", *config],
        "token file": ["explain", "--token-file", "{}", "--trust-policy", "{}"],
        "context": ["explain", "--token-file", "x", "--trust-policy", "y", "--context", "{}"],
        "theme": ["console", "--theme", "{}", "--keys", "1", "--frame", "-", *config],
        "keys": ["console", "--keys", "{}", "--frame", "-", *config],
        "filter": ["console", "--keys", "/{}", "--frame", "-", *config],
        "outcome": ["history", "--outcome", "{}", *config],
        "log file": ["doctor", "--log-file", "/nonexistent/{}", *config],
        "key setting": ["config", "aws-profile", "{}", *config],
    }.items():
        for label, text in {"controls": material.CONTROLS, "long": "a" * 100_000, "bytes": b"\xff\xc2\x9b\xfe", "empty": ""}.items():
            hostile = [
                a.replace("{}", text) if isinstance(text, str) else a.encode().replace(b"{}", text) if "{}" in a else a
                for a in arguments
            ]
            yield value(f"{place} {label}", hostile, explains, is_quick=label == "controls" and place in ("mapping", "option"))
    yield value("many arguments", ["test", *(f"m{n}" for n in range(20_000)), *config])
    yield value("mapping repeated", ["test", *["audit"] * 5000, *config], wall=60)


def exec_runs():
    """`exec` passes arguments and variables byte by byte."""
    samples = {
        "not utf-8": b"\xff.txt",
        "cut utf-8": b"a\xc3",
        "latin": b"caf\xe9",
        "surrogate": b"\xed\xa0\x80",
        "overlong": b"\xc0\xaf",
        "lines": b"a\nb\r\nc",
        "escape": b"\x1b[31m\xc2\x9b",
        "empty": b"",
        "blank": b"  a  b ",
        "decomposed": "e\u0301".encode(),
        "composed": "\u00e9".encode(),
    }
    for name, data in samples.items():
        common = {"checks_controls": False, "statuses": set(range(256))}
        quick = name in ("not utf-8", "decomposed")
        yield Run(
            f"exec argument {name}",
            lambda folder, data=data: ["exec", "audit", "--config", configuration(folder), "--", "printf", "%s", data],
            (printed(data),), is_quick=quick, **common,
        )
        yield Run(
            f"exec variable {name}",
            lambda folder: ["exec", "audit", "--config", configuration(folder), "--", "sh", "-c", 'printf %s "$SAMPLE"'],
            (printed(data),), environment={"SAMPLE": data}, is_quick=quick, **common,
        )
        if data and b"\n" not in data:
            yield Run(
                f"exec variable name {name}",
                lambda folder: ["exec", "audit", "--config", configuration(folder), "--", "env", "-0"],
                (lambda outcome, data=data: None if b"\0" + data + b"=x\0" in b"\0" + outcome.out else "the variable is missing",),
                environment={data: "x"}, returns_credentials=True, **common,
            )
    yield Run(
        "exec without inherited profile",
        lambda folder: ["exec", "audit", "--config", configuration(folder), "--", "env", "-0"],
        (usable_child, lambda o: "AWS_PROFILE is passed" if b"AWS_PROFILE=" in o.out else None),
        environment={"AWS_PROFILE": "x\x1b", "AWS_ACCESS_KEY_ID": "", "AWS_SESSION_TOKEN": "old\nline"},
        returns_credentials=True, checks_controls=False,
    )


def variable_runs():
    hostile = {
        "controls": material.CONTROLS,
        "bytes": b"\xff\xfe\xc2\x9b",
        "empty": "",
        "long": "x" * 100_000,
        "lines": "a\nb\r\nc",
        "digits": "9" * 400,
    }
    names = [
        *("TERM", "LANG", "LC_ALL", "TZ", "COLUMNS", "LINES", "HOME", "TMPDIR", "PATH", "XDG_STATE_HOME", "XDG_CONFIG_HOME"),
        *("CAMBIST_CONFIG", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_IAM"),
        *("AWS_MAX_ATTEMPTS", "AWS_ACCESS_KEY_ID", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CA_BUNDLE"),
        *("AZURE_AUTHORITY_HOST", "AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE", "SSL_CERT_FILE"),
        *("AZURE_POD_IDENTITY_AUTHORITY_HOST", "IDENTITY_ENDPOINT", "IDENTITY_HEADER", "MSI_ENDPOINT", "MSI_SECRET"),
        *("HTTPS_PROXY", "NO_PROXY", "no_proxy", "NO_COLOR", "COLORTERM", "VISUAL", "CLIENT_SECRET"),
    ]
    for name in names:
        for label, text in hostile.items():
            where = f"variable {name} {label}"
            yield Run(
                f"{where} doctor",
                lambda folder: ["doctor", "--config", configuration(folder, "source: auto")],
                environment={name: text}, wall=30,
                is_quick=label == "controls" and name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "HTTPS_PROXY"),
            )
            if label in ("controls", "long", "digits", "lines"):
                yield Run(
                    f"{where} test",
                    lambda folder: ["test", "--all", "--config", configuration(folder, "source: auto")],
                    environment={name: text}, wall=30,
                )
                yield Run(
                    f"{where} console",
                    lambda folder: ["console", "--keys", "1", "--frame", "-", "--config", configuration(folder)],
                    environment={name: text},
                )
    for url in ("http://0127.0.0.1:1/x", "http://+127.0.0.1:1/x", "http://example.com/x", "http://127.0.0.1.example.com/", "file:///etc/passwd"):
        for name in ("IDENTITY_ENDPOINT", "MSI_ENDPOINT", "AZURE_POD_IDENTITY_AUTHORITY_HOST", "AWS_ENDPOINT_URL_STS", "AZURE_AUTHORITY_HOST"):
            yield Run(
                f"variable {name} {url}",
                lambda folder: ["test", "audit", "--config", configuration(folder, "source: auto")],
                environment={name: url, "IDENTITY_HEADER": material.IDENTITY_HEADER, "MSI_SECRET": material.IDENTITY_HEADER},
            )
    yield Run("variable none", lambda folder: ["doctor"], environment={n: None for n in ("PATH", "HOME", "LANG", "TERM", "TMPDIR", "XDG_STATE_HOME")})
    yield Run("variable no home", lambda folder: ["exchange", "audit", "--config", configuration(folder)], (usable(EXCHANGE_MEMBERS),),
              environment={"HOME": None, "XDG_STATE_HOME": None}, returns_credentials=True)


def descriptor_runs():
    for count in (4, 6, 8, 10, 12, 16, 24, 32):
        for command in (["exchange", "audit"], ["credential-process", "audit"], ["test", "--all"], ["serve", "--port", "0"], ["lab"]):
            if command[0] in ("serve", "lab") and count > 12:
                continue
            for kind in ("", "-S ", "-H "):
                if kind and command[0] != "exchange":
                    continue
                yield Run(
                    f"descriptors {kind}{count} {command[0]}",
                    lambda folder, command=command: [*command, *([] if command[0] == "lab" else ["--config", configuration(folder)])],
                    (explains,), limits=f"ulimit {kind}-n {count}", returns_credentials=True, is_quick=count == 8 and not kind and command[0] == "exchange",
                    wall=4 if command[0] in ("serve", "lab") else 15,
                )
    for name, limits in {
        "memory": "ulimit -v 4000000",
        "file size 0": "ulimit -f 0",
        "file size 1": "ulimit -f 1",
        "processes": "ulimit -u 1",
        "stack": "ulimit -s 256",
        "locked memory": "ulimit -l 0",
        "signals": "ulimit -i 0",
        "core": "ulimit -c 0",
        "niceness": "ulimit -e 0",
    }.items():
        for command in (["credential-process", "audit"], ["exchange", "audit", "--format", "credentials-file", "--profile", "x"]):
            yield Run(
                f"limit {name} {command[0]}",
                lambda folder, command=command: [*command, "--config", configuration(folder)],
                (explains,), limits=limits, returns_credentials=True,
            )
    for streams in ("0<&-", "1>&-", "2>&-", "0<&- 1>&-", "0<&- 1>&- 2>&-", ">/dev/full", "2>/dev/full", "</dev/full", "0</"):
        for command in (["exchange", "audit"], ["credential-process", "audit"], ["history", "--json"], ["test", "--all", "--json"], ["config", "check"]):
            yield Run(
                f"streams {streams} {command[0]}",
                lambda folder, command=command: [*command, "--config", configuration(folder)],
                limits=f"exec {streams}", returns_credentials=True, is_quick=streams == ">/dev/full" and command[0] == "exchange",
            )


def restored_terminal(arguments, number, is_quick=False, key="Q"):
    """A signal ends a console: the terminal is restored, and no folder remains."""

    def perform(context, folder):
        temporary = os.path.join(folder, "tmp")
        os.mkdir(temporary)
        master, slave = os.openpty()
        before = termios.tcgetattr(slave)
        output = bytearray()

        def drain():
            try:
                while piece := os.read(master, 65536):
                    output.extend(piece)
            except OSError:
                pass

        threading.Thread(target=drain, daemon=True).start()
        process = subprocess.Popen(
            ["setsid", "-c", context.program, *(a.replace("{config}", configuration(folder)) for a in arguments)],
            env=context.environment(folder, {"TMPDIR": temporary}), cwd=folder, stdin=slave, stdout=slave, stderr=slave,
        )
        wrong = []
        try:
            deadline = time.monotonic() + 10
            while b"\x1b[?1049h" not in output and time.monotonic() < deadline and process.poll() is None:
                time.sleep(0.1)
            time.sleep(1)
            if process.poll() is not None:
                return [f"ended before the signal: status {process.returncode}"]
            process.send_signal(number)
            deadline = time.monotonic() + 6
            time.sleep(0.5)
            while process.poll() is None and time.monotonic() < deadline:
                try:
                    os.write(master, key.encode())
                except OSError:
                    pass
                time.sleep(0.5)
            if process.poll() is None:
                wrong.append("still running after the signal and the key Q")
            elif number != signal.SIGKILL:
                time.sleep(0.3)
                if termios.tcgetattr(slave) != before:
                    wrong.append("the terminal is left raw")
                if b"\x1b[?1049h" in output and b"\x1b[?1049l" not in output:
                    wrong.append("the alternate screen is left on")
            deadline = time.monotonic() + 6
            while (rest := os.listdir(temporary)) and time.monotonic() < deadline:
                time.sleep(0.2)
            if rest:
                wrong.append(f"left in the temporary folder: {rest[:3]}")
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
            os.close(slave)
        return wrong

    name = signal.Signals(number).name
    return Session(f"signal {name} {' '.join(arguments[:2])}", perform, is_quick)


def ended_server(arguments, number, is_quick=False):
    """A signal ends a server: no files remain."""

    def perform(context, folder):
        temporary = os.path.join(folder, "tmp")
        os.mkdir(temporary)
        process = subprocess.Popen(
            [context.program, *(a.replace("{config}", configuration(folder)) for a in arguments)],
            env=context.environment(folder, {"TMPDIR": temporary}), cwd=folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        try:
            time.sleep(3)
            if process.poll() is not None:
                return [f"ended before the signal: status {process.returncode}"]
            process.send_signal(number)
            try:
                process.wait(8)
            except subprocess.TimeoutExpired:
                return [] if number in (signal.SIGHUP, signal.SIGPIPE) else ["still running 8 s after the signal"]
            deadline = time.monotonic() + 6
            while (rest := os.listdir(temporary)) and time.monotonic() < deadline:
                time.sleep(0.2)
            return [f"left in the temporary folder: {rest[:3]}"] if rest else []
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()

    return Session(f"signal {signal.Signals(number).name} {arguments[0]} server", perform, is_quick)


def signal_runs():
    fatal = [
        *(signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGVTALRM),
        *(signal.SIGPROF, signal.SIGXCPU, signal.SIGXFSZ, signal.SIGSYS, signal.SIGTRAP, signal.SIGSEGV, signal.SIGABRT),
        *(signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGPIPE, signal.SIGIO, signal.SIGPWR, signal.SIGSTKFLT),
        *(signal.SIGHUP, signal.SIGRTMIN, signal.SIGRTMAX),
    ]
    for number in fatal:
        quick = number in (signal.SIGQUIT, signal.SIGUSR1)
        yield restored_terminal(["console", "--config", "{config}"], number, quick)
        if number not in (signal.SIGHUP, signal.SIGPIPE):
            yield restored_terminal(["console", "--lab"], number)
    yield restored_terminal(["console", "--lab"], signal.SIGKILL)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGUSR1, signal.SIGALRM):
        yield ended_server(["lab"], number, number == signal.SIGTERM)
        yield ended_server(["serve", "--port", "0", "--config", "{config}"], number)


def runs():
    yield from value_runs()
    yield from exec_runs()
    yield from variable_runs()
    yield from descriptor_runs()
    yield from signal_runs()
