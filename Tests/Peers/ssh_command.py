"""cambist's command source over ssh, to an sshd that this script starts on loopback."""

import getpass
import json
import os
import pathlib
import shlex
import socket
import subprocess
import sys
import time

import yaml

from checks import check, finish
from lab import configuration, fact

SSHD = "/usr/sbin/sshd"
cambist = os.environ["CAMBIST"]
here = pathlib.Path.cwd()


def key(name):
    """Creates a key pair; returns the private key's path."""
    path = here / name
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    return path


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_sshd(port, host_key, user_key):
    """Starts an sshd that accepts a single key."""
    if os.geteuid() == 0:
        # A service manager creates this directory when it starts sshd.
        pathlib.Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    (here / "sshd_config").write_text(
        f"""
        ListenAddress 127.0.0.1
        Port {port}
        HostKey {host_key}
        PidFile none
        AuthorizedKeysFile {user_key}.pub
        StrictModes no
        UsePAM no
        PasswordAuthentication no
        KbdInteractiveAuthentication no
        """,
        encoding="ascii",
    )
    server = subprocess.Popen([SSHD, "-D", "-e", "-f", here / "sshd_config"], stderr=open("sshd.log", "wb"))
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return server
        except OSError:
            if server.poll() is not None:
                break
            time.sleep(0.05)
    server.terminate()
    sys.exit("sshd did not start: " + (here / "sshd.log").read_text(encoding="utf-8"))


def ssh(port, host_key, user_key, command):
    """Returns the arguments that run `command` on the host with the identity."""
    known = here / f"known-{host_key.name}"
    known.write_text(f"[127.0.0.1]:{port} {host_key.with_suffix('.pub').read_text(encoding='ascii')}", encoding="ascii")
    options = {
        "BatchMode": "yes", "IdentitiesOnly": "yes", "IdentityFile": user_key, "UserKnownHostsFile": known,
        "GlobalKnownHostsFile": "/dev/null", "StrictHostKeyChecking": "yes", "LogLevel": "ERROR",
    }
    flags = [f"-o{name}={value}" for name, value in options.items()]
    return ["ssh", "-F", "/dev/null", *flags, "-p", str(port), f"{getpass.getuser()}@127.0.0.1", command]


def claims(*arguments, command):
    """Runs `cambist claims` with a configuration whose identity has the source `command`."""
    laptop = configuration()
    identity = laptop["mappings"][fact("MAPPING")]["identity"]
    laptop["identities"][identity] |= {"source": "command", "command": command, "timeout": "30s"}
    path = here / "laptop.yaml"
    path.write_text(yaml.safe_dump(laptop), encoding="utf-8")
    environment = os.environ | {"CAMBIST_CONFIG": str(path)}
    return subprocess.run(
        [cambist, "claims", fact("MAPPING"), *arguments],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )


def remote_claims(mapping):
    """Returns the command to run on the host: cambist with the host's configuration."""
    setting = "CAMBIST_CONFIG=" + os.environ["CAMBIST_CONFIG"]
    return shlex.join(["env", setting, cambist, "claims", mapping, "--raw", "--yes"])


port, host_key, user_key, other_key = free_port(), key("host"), key("user"), key("other")
server = start_sshd(port, host_key, user_key)
try:
    answer = claims("--json", "--verify", command=ssh(port, host_key, user_key, remote_claims(fact("MAPPING"))))
    check("ssh returns a token", answer.returncode == 0, answer.stderr)
    token = json.loads(answer.stdout or "{}")
    subject = token.get("claims", {}).get("sub")
    check("the token is that of the host's identity", subject == fact("PRINCIPAL_ID"), subject)
    check("the signature is verified", token.get("signature") == "verified", token.get("signature"))
    check("the source is the command", token.get("source") == "command", token.get("source"))

    answer = claims(command=ssh(port, host_key, other_key, remote_claims(fact("MAPPING"))))
    check("an unauthorized key is refused", answer.returncode == 1, answer.returncode)
    check("the error message of ssh is shown", "Permission denied" in answer.stderr, answer.stderr)

    answer = claims(command=ssh(port, other_key, user_key, remote_claims(fact("MAPPING"))))
    check("another host key is refused", "Host key verification failed" in answer.stderr, answer.stderr)

    answer = claims(command=ssh(port, host_key, user_key, remote_claims("nobody")))
    check("the message of the remote cambist is shown", "nobody" in answer.stderr, answer.stderr)
    check("a failed remote command yields no token", answer.returncode == 1 and not answer.stdout, answer.stdout)

    answer = claims(command=ssh(free_port(), host_key, user_key, "true"))
    check("an unreachable host is reported", "Connection refused" in answer.stderr, answer.stderr)
finally:
    server.terminate()
    server.wait(timeout=20)
finish()
