"""`cambist serve` with botocore's container provider, and `cambist sign-in`."""

import datetime
import http.client
import json
import os
import re
import signal
import socket
import stat
import subprocess
import time
import urllib.parse
from pathlib import Path

import botocore.session
from botocore.exceptions import CredentialRetrievalError
from checks import check, finish, raised
from lab import configuration, fact

cambist = os.environ["CAMBIST"]
account, role_name = fact("ROLE_ARN").split(":")[4], fact("ROLE_ARN").rsplit("/", 1)[1]
mapping = fact("MAPPING")
token_file = Path("token").resolve()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A `cambist serve` process that has announced its mappings."""

    def __init__(self, port, *arguments):
        self.process = subprocess.Popen(
            [cambist, "serve", "--port", str(port), *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.exports = {}
        name = None
        expected = len(configuration()["mappings"])
        while len(self.exports) < expected or len(self.exports[name]) < 2:
            line = self.process.stdout.readline()
            if not line:
                raise RuntimeError(self.process.stderr.read())
            if line.startswith("# "):
                name = line[2:].strip()
                self.exports[name] = {}
            else:
                variable, value = line.removeprefix("export ").strip().split("=", 1)
                self.exports[name][variable] = value.strip("'")

    def stop(self):
        """Ends the server with SIGTERM; returns its exit status and the duration in seconds."""
        start = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=20)
        return status, time.monotonic() - start


def container_session(variables):
    """Returns a botocore session with only the container's variables."""
    for name in list(os.environ):
        if name.startswith("AWS_CONTAINER_"):
            del os.environ[name]
    os.environ.update(variables)
    return botocore.session.Session()


for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
    os.environ.pop(name, None)
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"

port = free_port()
server = Server(port, "--token-file", str(token_file))
check("every mapping is announced", sorted(server.exports) == sorted(configuration()["mappings"]), sorted(server.exports))
exports = server.exports[mapping]
check("the token is announced by its file", exports.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") == str(token_file), sorted(exports))
check("the token file is accessible to its owner only", stat.S_IMODE(token_file.stat().st_mode) == 0o600)
check("the token file has no line break", "\n" not in token_file.read_text())

session = container_session(exports)
identity = session.create_client("sts", region_name="eu-west-1").get_caller_identity()
check("botocore acts as the role through the container's address", f"assumed-role/{role_name}/" in identity["Arn"], identity["Arn"])
credentials = session.get_credentials()
check("the credentials are those of the container provider", credentials.method == "container-role", credentials.method)
check("the credentials need no refresh", not credentials.refresh_needed(15 * 60))
key = credentials.get_frozen_credentials().access_key


def get(path, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    start = time.monotonic()
    connection.request("GET", path, headers={"Authorization": token_file.read_text()} | headers)
    answer = connection.getresponse()
    body = json.loads(answer.read())
    return answer.status, body, time.monotonic() - start


status, body, seconds = get(f"/{mapping}")
check("the answer is immediate", status == 200 and seconds < 1, f"{status} {seconds:.2f} s")
check("the answer has the members that SDKs read", {"AccessKeyId", "SecretAccessKey", "Token", "Expiration"} <= set(body))
status, body, seconds = get("/payroll")
check("a mapping that STS refuses is answered with 403 and JSON, immediately", status == 403 and sorted(body) == ["code", "message"] and seconds < 1, body)
status, body, _ = get(f"/{mapping}", Host="evil.example")
check("another Host is refused", status == 403 and "Token" not in body, body)
status, body, _ = get(f"/{mapping}", Authorization="wrong")
check("a wrong token is refused", status == 401 and "Token" not in body, body)
wrong = container_session(exports | {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://127.0.0.1:{port}/payroll"})
raised("botocore reports the reason for missing credentials", CredentialRetrievalError, "AccessDenied", wrong.get_credentials)
check("the server listens on loopback only", subprocess.run(["sh", "-c", f"ss -ltn 2>/dev/null | grep :{port} | grep -v 127.0.0.1"]).returncode != 0)

# A new server at the same address has other credentials; botocore requests them before its own expire.

status, seconds = server.stop()
check("SIGTERM ends the server with 0", status == 0 and seconds < 10, f"{status} after {seconds:.1f} s")
server = Server(port, "--token-file", str(token_file))
check("the new server uses the same token file", server.exports[mapping] == exports)
check("botocore keeps valid credentials", credentials.get_frozen_credentials().access_key == key)
real = credentials._time_fetcher
credentials._time_fetcher = lambda: real() + datetime.timedelta(minutes=46)
renewed = credentials.get_frozen_credentials().access_key
check("botocore refreshes before the expiration", renewed != key and renewed.startswith("ASIA"), renewed)
process = server.process
server.stop()
check("stderr is only about the failing mapping", all("payroll" in line for line in process.stderr.read().splitlines()))

server = Server(free_port())
check("without a file the token is printed", "AWS_CONTAINER_AUTHORIZATION_TOKEN" in server.exports[mapping])
identity = container_session(server.exports[mapping]).create_client("sts", region_name="eu-west-1").get_caller_identity()
check("botocore uses the printed token", f"assumed-role/{role_name}/" in identity["Arn"], identity["Arn"])
server.stop()

Path("lines").write_text("token\n")
refused = subprocess.run([cambist, "serve", "--token-file", "lines"], capture_output=True, text=True, timeout=30)
check("a token file with a newline is refused", refused.returncode == 78 and "newline" in refused.stderr, refused.stderr)

# Sign-in.

result = subprocess.run([cambist, "sign-in", mapping, "--log-file", "log", "--verbose"], capture_output=True, text=True, timeout=60)
url = urllib.parse.urlsplit(result.stdout.strip())
check("sign-in prints one URL", result.returncode == 0 and url.scheme == "http" and result.stdout.count("\n") == 1, result.stderr)
query = dict(urllib.parse.parse_qsl(url.query))
connection = http.client.HTTPConnection(url.hostname, url.port, timeout=10)
connection.request("GET", f"{url.path}?{url.query}")
answer = connection.getresponse()
answer.read()
check("the URL redirects to the console", answer.status == 302 and re.match(r"https://eu-west-1\.console\.aws\.amazon\.com/", answer.getheader("location") or ""), answer.status)
written = Path("log").read_text() + result.stderr
check("the log has the request and not the token", "/federation" in written and query["SigninToken"] not in written and "SigninToken" not in written)
finish()
