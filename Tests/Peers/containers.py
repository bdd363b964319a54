"""The ways in which a container reaches `cambist serve`, in network namespaces, with botocore's container provider.

Needs root, or a kernel that lets users create namespaces; otherwise the script reports that and checks only `Host`.
"""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from checks import check, finish
from lab import fact

cambist = os.environ["CAMBIST"]
mapping = fact("MAPPING")
token_file = Path("token").resolve()
processes = []
CLIENT = """
import botocore.session
credentials = botocore.session.Session().get_credentials()
print(credentials.method if credentials else "none", credentials.access_key[:4] if credentials else "")
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def started(*command, wait=True, **options):
    """Starts a process that ends with the script; waits for its first line."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, **options)
    processes.append(process)
    if wait:
        process.stdout.readline()
    return process


class Namespace:
    """A network namespace that has only its own loopback interface, as a container without a network."""

    def __init__(self):
        self.holder = started("unshare", "--net", "sh", "-c", "ip link set lo up && echo up && exec sleep 600")
        self.enter = ("nsenter", "--net", "--target", str(self.holder.pid))


def client(port, *enter, token=token_file):
    """Returns what botocore gets from an endpoint, with no configuration except the container's variables."""
    variables = {
        "PATH": os.environ["PATH"], "HOME": "/nowhere", "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://127.0.0.1:{port}/{mapping}",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(token), "AWS_EC2_METADATA_DISABLED": "true", "AWS_METADATA_SERVICE_NUM_ATTEMPTS": "1",
    }  # fmt: skip
    command = [*enter, sys.executable, "-c", CLIENT]
    result = subprocess.run(command, capture_output=True, text=True, env=variables, timeout=60)
    return result.stdout.strip() or result.stderr.strip().splitlines()[-1][:200]


def serve(port, *enter, **variables):
    server = started(*enter, cambist, "serve", mapping, "--port", str(port), "--token-file", str(token_file), env=os.environ | variables)
    return server


def get(port, host):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", f"/{mapping}", headers={"Host": host, "Authorization": token_file.read_text(encoding="utf-8")})
    reply = connection.getresponse()
    return reply.status, json.loads(reply.read())


def namespaces_work():
    probe = subprocess.run(["unshare", "--net", "--mount", "ip", "link", "set", "lo", "up"], capture_output=True, text=True)
    return shutil.which("ip") and probe.returncode == 0


found = "container-role ASIA"
try:
    port = free_port()
    serve(port)
    text = subprocess.run([cambist, "serve", "--help"], capture_output=True, text=True, check=True).stdout
    for host in ("host.docker.internal", "169.254.170.2", "172.17.0.1:9911", "[::]", "localhost.evil.example"):
        status, answer = get(port, host)
        named = all(name in answer.get("message", "") for name in ("127.0.0.1", "localhost", "[::1]", "serve --help"))
        check(f"the Host {host} is refused, and the message lists the accepted ones", (status, answer.get("code"), named) == (403, "wrong-host", True), (status, answer))
    for host in (f"127.0.0.1:{port}", "localhost", f"[::1]:{port}", "127.0.0.1"):
        check(f"the Host {host} is accepted", get(port, host)[0] == 200)
    check("the help names the hosts", all(name in text for name in ("127.0.0.1", "localhost", "[::1]", "--network")))

    if namespaces_work():
        # docker run --network host -v TOKEN:/run/token:ro
        Path("token-mount").touch()
        mount = 'mount --bind "$1" "$2" && mount -o remount,bind,ro "$2" && shift 2 && exec "$@"'
        enter = ("unshare", "--mount", "sh", "-c", mount, "sh", str(token_file), str(Path("token-mount").resolve()))
        seen = client(port, *enter, token=Path("token-mount").resolve())
        check("a container in the host's network, with the token file mounted read-only, gets credentials", seen == found, seen)

        alone = Namespace()
        seen = client(port, *alone.enter)
        check("a container with a separate network does not reach the host's loopback", "CredentialRetrievalError" in seen, seen)

        # A sidecar: docker run --network container:CAMBIST, or two containers of one pod.
        pod = Namespace()
        home = Path("pod")
        home.mkdir()
        lab = started(*pod.enter, cambist, "lab", "--env-file", str(home / "lab.env"), "--config-file", str(home / "lab.yaml"))
        del lab
        end = time.monotonic() + 30
        while not (home / "lab.env").exists() and time.monotonic() < end:
            time.sleep(0.1)
        variables = dict(line.split("=", 1) for line in (home / "lab.env").read_text(encoding="utf-8").splitlines() if "=" in line)
        variables = {name: value.strip("'\"") for name, value in variables.items()}
        serve(port, *pod.enter, CAMBIST_CONFIG=str((home / "lab.yaml").resolve()), **variables)
        seen = client(port, *pod.enter)
        check("a container that shares the network of cambist's container gets credentials", seen == found, seen)
        seen = client(port, *alone.enter)
        check("another container gets no credentials", seen != found, seen)

        # The host's server, through a socket that systemd opens in the container's network.
        proxy = Path("/lib/systemd/systemd-socket-proxyd")
        if proxy.exists() and shutil.which("systemd-socket-activate"):
            listener = started(
                *alone.enter, "systemd-socket-activate", "--listen=127.0.0.1:9911", "nsenter", f"--net=/proc/{os.getpid()}/ns/net", str(proxy), f"127.0.0.1:{port}",
                wait=False,
            )
            time.sleep(1)
            seen = client(9911, *alone.enter)
            check("a container reaches the host's server through systemd-socket-proxyd", seen == found, seen)
            listener.terminate()
        else:
            check("systemd is installed", False, "apt install systemd")
    else:
        print("      namespaces are not permitted here", flush=True)
finally:
    for process in reversed(processes):
        process.send_signal(signal.SIGTERM)
    for process in processes:
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
finish()
