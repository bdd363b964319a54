"""Runs of `cambist serve` with hostile clients and hostile responses."""

import contextlib
import json
import os
import socket
import threading
import time
import urllib.error
import urllib.request

import material
from checks import *  # noqa: F403
from file_runs import write
from runner import CPU_LIMIT, Run, Session, configuration, controls, limited, start
import runner

MEMBERS = ("AccessKeyId", "SecretAccessKey", "Token", "Expiration")


class Server:
    """A running `cambist serve` process."""

    def __init__(self, folder, limits="", **scenarios):
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.token_file = folder + "/token"
        arguments = ["serve", "--port", str(self.port), "--token-file", self.token_file]
        path = configuration(folder, **scenarios)
        self.process = start(
            ["sh", "-c", f'{limits + ";" if limits else ""} exec "$@"', "sh", runner.context.program, *arguments, "--config", path],
            folder, {},
        )
        self.out, self.err = runner.Reader(self.process.stdout), runner.Reader(self.process.stderr)

    def token(self):
        with open(self.token_file, encoding="ascii") as file:
            return file.read()

    def ask(self, name="steady", within=6, accept=(200,)):
        """Requests a mapping's credentials until the status is in `accept`; returns the status and the JSON."""
        deadline = time.monotonic() + within
        status, answer = None, None
        while time.monotonic() < deadline:
            try:
                request = urllib.request.Request(f"http://127.0.0.1:{self.port}/{name}", headers={"Authorization": self.token()})
                opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
                with opener.open(request, timeout=2) as response:
                    status, answer = response.status, json.load(response)
            except urllib.error.HTTPError as error:
                status, answer = error.code, error.read()
            except (OSError, ValueError):
                status = None
            if status in accept:
                break
            time.sleep(0.2)
        return status, answer

    def raw(self, data, timeout=3):
        """Sends bytes and returns the response, read until the server closes the connection or `timeout` passes."""
        answer = b""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout) as connection:
                connection.settimeout(timeout)
                connection.sendall(data)
                while piece := connection.recv(65536):
                    answer += piece
        except OSError:
            pass
        return answer

    def processor(self):
        """Returns the processor time used so far, in seconds."""
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self):
        with open(f"/proc/{self.process.pid}/status") as file:
            return int(next(line for line in file if line.startswith("VmHWM")).split()[1])

    def end(self):
        """Ends the server and returns the faults of its end and its output."""
        wrong = []
        if self.process.poll() is not None:
            status = self.process.returncode
            wrong.append(f"serve ended on its own: {'signal' if status < 0 else 'status'} {abs(status)}")
        else:
            self.process.terminate()
            try:
                if self.process.wait(8) not in (0, 130, -15, 143):
                    wrong.append(f"status {self.process.returncode} after SIGTERM")
            except Exception:  # noqa: BLE001 - any failure to end is the finding
                wrong.append("still running 8 s after SIGTERM")
                self.process.kill(), self.process.wait()
        self.out.join(3), self.err.join(3)
        for place, data in (("stdout", self.out.data), ("stderr", self.err.data)):
            if found := controls(data):
                wrong.append(f"{place} has {found}")
            if any(secret.encode() in data for secret in material.SECRETS):
                wrong.append(f"a secret on {place}")
        return wrong


@contextlib.contextmanager
def serving(folder, wrong, limits="", **scenarios):
    """Yields a server that must serve the healthy mapping before and after the block."""
    server = Server(folder, limits, **scenarios)
    try:
        if server.ask(within=15)[0] != 200:
            wrong.append("the healthy mapping is not served at the start")
            return
        yield server
        if server.process.poll() is None:
            if server.ask()[0] != 200:
                wrong.append("the healthy mapping is not served afterward")
            if server.memory() > runner.MEMORY_LIMIT:
                wrong.append(f"{server.memory() >> 10} MB of memory")
    finally:
        wrong += server.end()


def session(name, act, is_quick=False, limits="", **scenarios):
    def perform(context, folder):
        wrong = []
        try:
            with serving(folder, wrong, limits, **scenarios) as server:
                wrong += act(server) or []
        except RuntimeError:
            pass
        return wrong

    return Session(f"serve {name}", perform, is_quick)


def idle_connections(count, first=b"", pause=2.0):
    """Opens many connections that stop sending; the server must respond to others and stay idle."""

    def act(server):
        connections = []
        try:
            for _ in range(count):
                with contextlib.suppress(OSError):
                    connection = socket.create_connection(("127.0.0.1", server.port), 2)
                    connections.append(connection)
                    connection.sendall(first)
            began, used = time.monotonic(), server.processor()
            status, _ = server.ask(within=5)
            wrong = [] if status == 200 else [f"with {count} idle connections: no response for 5 s"]
            time.sleep(pause)
            share = (server.processor() - used) / (time.monotonic() - began)
            if share > 0.3:
                wrong.append(f"{share:.0%} of a processor for idle connections")
            return wrong
        finally:
            for connection in connections:
                connection.close()

    return act


def slow_clients(server):
    """Twenty clients send one byte at a time, for longer than any request may take."""
    stop = threading.Event()

    def client():
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", server.port), 2) as connection:
            connection.sendall(b"GET /steady HTTP/1.1\r\nX: ")
            while not stop.wait(0.1):
                connection.sendall(b"a")

    threads = [threading.Thread(target=client, daemon=True) for _ in range(20)]
    for thread in threads:
        thread.start()
    status, _ = server.ask(within=5)
    stop.set()
    return [] if status == 200 else ["with slow clients: no response for 5 s"]


def short_connections(server):
    used = server.processor()
    for _ in range(2000):
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", server.port), 2).close()
    return [] if server.processor() - used < CPU_LIMIT else ["more than 3 s of processor time for 2,000 connections"]


def request(line, headers, body=b""):
    return lambda server: line + b"\r\n" + headers.replace(b"TOKEN", server.token().encode()).replace(b"PORT", b"%d" % server.port) + b"\r\n" + body


HOST = b"Host: 127.0.0.1:PORT\r\n"
GOOD = HOST + b"Authorization: TOKEN\r\n"
# Requests whose responses must not have credentials.
REFUSED = {
    "host": request(b"GET /steady HTTP/1.1", b"Host: example.com\r\nAuthorization: TOKEN\r\n"),
    "host rebound": request(b"GET /steady HTTP/1.1", b"Host: 127.0.0.1.example.com:PORT\r\nAuthorization: TOKEN\r\n"),
    "host octal": request(b"GET /steady HTTP/1.1", b"Host: 0127.0.0.1:PORT\r\nAuthorization: TOKEN\r\n"),
    "host none": request(b"GET /steady HTTP/1.1", b"Authorization: TOKEN\r\n"),
    "host twice": request(b"GET /steady HTTP/1.1", HOST + b"Host: example.com\r\nAuthorization: TOKEN\r\n"),
    "absolute form": request(b"GET http://example.com/steady HTTP/1.1", GOOD),
    "absolute form other host": request(b"GET http://127.0.0.1:1/steady HTTP/1.1", b"Host: example.com\r\nAuthorization: TOKEN\r\n"),
    "authority form": request(b"CONNECT 127.0.0.1:80 HTTP/1.1", GOOD),
    "no token": request(b"GET /steady HTTP/1.1", HOST),
    "token empty": request(b"GET /steady HTTP/1.1", HOST + b"Authorization: \r\n"),
    "token short": request(b"GET /steady HTTP/1.1", HOST + b"Authorization: a\r\n"),
    "token long": request(b"GET /steady HTTP/1.1", HOST + b"Authorization: TOKENa\r\n"),
    "token bearer": request(b"GET /steady HTTP/1.1", HOST + b"Authorization: Basic TOKEN\r\n"),
    "method": request(b"POST /steady HTTP/1.1", GOOD + b"Content-Length: 0\r\n"),
    "method long": request(b"G" * 100_000 + b" /steady HTTP/1.1", GOOD),
    "path up": request(b"GET /x/../../steady2 HTTP/1.1", GOOD),
    "path long": request(b"GET /" + b"a" * 200_000 + b" HTTP/1.1", GOOD),
    "path controls": request(b"GET /\xc2\x9b31m%1b%0d%0a HTTP/1.1", GOOD),
    "path bytes": request(b"GET /\xff\xfe HTTP/1.1", GOOD),
    "path percent": request(b"GET /%zz%f HTTP/1.1", GOOD),
    "version 0.9": lambda server: b"GET /steady\r\n",
    "version 9.9": request(b"GET /steady HTTP/9.9", GOOD),
    "garbage": lambda server: os.urandom(5000),
    "tls": lambda server: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(500),
    "h2": lambda server: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + os.urandom(100),
    "headers many": request(b"GET /steady HTTP/1.1", HOST + b"".join(b"x%d: y\r\n" % n for n in range(20_000))),
    "header long": request(b"GET /steady HTTP/1.1", HOST + b"x: " + b"y" * 2_000_000 + b"\r\n"),
    "length negative": request(b"GET /steady HTTP/1.1", HOST + b"Content-Length: -1\r\n"),
    "length huge": request(b"POST /steady HTTP/1.1", GOOD + b"Content-Length: 99999999999999999999\r\n"),
    "chunks": request(b"POST /steady HTTP/1.1", GOOD + b"Transfer-Encoding: chunked\r\n", b"ffffffffffffffff\r\n"),
    "smuggled": request(b"POST /steady HTTP/1.1", HOST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\nGET"),
}


def refused(make):
    def act(server):
        answer = server.raw(make(server))
        wrong = ["credentials in the answer"] if b"SecretAccessKey" in answer or material.SECRET_KEY.encode() in answer else []
        if found := controls(answer.replace(b"\r\n", b"\n")):
            wrong.append(f"the answer has {found}")
        return wrong

    return act


def pipelined(server):
    one = request(b"GET /steady HTTP/1.1", GOOD)(server)
    answer = server.raw(one * 3000, timeout=8)
    return [] if answer.startswith(b"HTTP/1.1 200") else ["no response to pipelined requests"]


def never_unusable(scenario, wait=2.0):
    """Credentials served for the hostile mapping are usable, regardless of the response of STS."""

    def act(server):
        deadline = time.monotonic() + wait
        while time.monotonic() < deadline:
            status, answer = server.ask("audit", within=1)
            if status == 200:
                fault = credentials_fault(*(str(answer.get(member, "")) for member in MEMBERS))
                return [fault] if fault else []
            if isinstance(answer, bytes) and (found := controls(answer)):
                return [f"the error has {found}"]
        return []

    return act


def renewed(seconds):
    """Credentials with a lifetime of 25 s are renewed before they expire."""

    def act(server):
        if server.ask("audit", within=10)[0] != 200:
            return ["not served at first"]
        time.sleep(seconds)
        status, answer = server.ask("audit", within=3)
        if status != 200:
            return [f"not renewed: {status} after {seconds} s"]
        fault = credentials_fault(*(str(answer.get(member, "")) for member in MEMBERS))
        return [fault] if fault else []

    return act


def token_file_runs():
    """Token files that must be refused at once."""
    contents = {
        "one character": "a",
        "31 characters": "a" * 31,
        "empty": "",
        "line end": "a" * 40 + "\n",
        "inner line end": "a" * 40 + "\r\nX: y" + "a" * 40,
        "controls": "a" * 40 + material.CONTROLS,
        "bytes": b"\xff" * 40,
        "nul": "a" * 40 + "\0",
        "blank": " " * 40,
        "long": "a" * 50_000_000,
    }
    for name, content in contents.items():
        yield Run(
            f"serve token file {name}",
            lambda folder, content=content: (
                os.chmod(write(folder, "token", content), 0o600),
                ["serve", "--port", "0", "--token-file", folder + "/token", "--config", configuration(folder)],
            )[1],
            (status(64, 70, 77, 78), explains),
            wall=8,
            is_quick=name == "one character",
        )


def runs():
    few = "ulimit -n 256"
    yield session("300 silent connections", idle_connections(300), True, few)
    yield session("300 half headers", idle_connections(300, b"GET /steady HTTP/1.1\r\nHost: 127"), False, few)
    yield session("300 half bodies", idle_connections(300, b"POST /steady HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na"), False, few)
    yield session("300 idle after a request", idle_connections(300, b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"), False, few)
    yield session("100 silent connections, 64 descriptors", idle_connections(100), False, "ulimit -n 64")
    yield session("900 silent connections", idle_connections(900), False, "ulimit -n 1024")
    yield session("slow clients", slow_clients)
    yield session("2,000 short connections", short_connections)
    yield session("pipelined", pipelined)
    for name, make in REFUSED.items():
        yield session(f"request {name}", refused(make), name in ("absolute form", "host"))
    for member in material.CREDENTIAL_MEMBERS[:3]:
        for text in ("empty", "line end", "blank", "c1", "missing"):
            scenario = f"{member} {text}"
            yield session(f"sts {scenario}", never_unusable(scenario), scenario == "AccessKeyId empty", sts=scenario)
    for scenario in ("Expiration past", "Expiration year 99999", "doctype external", "xml deep", "status 000", "silence", "drip body",
                     "good date 9999", "good date year-1", "controls aws xml", "xml entities"):
        yield session(f"sts {scenario}", never_unusable(scenario), False, sts=scenario)
    for scenario in ("expires_in -1e300", "expires_on text-nan", "claim exp int64-max", "claim exp 1e300", "claims nested 400",
                     "silence", "status 099", "good date 9999", "controls header kid", "json deep"):
        yield session(f"imds {scenario}", never_unusable(scenario), False, imds=scenario)
    yield session("renewal under a clock of 1970", renewed(33), sts="short date 1970")
    yield session("renewal under a clock of 9999", renewed(33), sts="short date 9999")
    yield session("renewal of 25 s", renewed(33), sts="Expiration soon")
    yield from token_file_runs()
