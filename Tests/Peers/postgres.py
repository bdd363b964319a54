"""A PostgreSQL of this machine in the working directory, with the schema of the fleet and users for it.

    from postgres import Postgres

    with Postgres() as database:
        database.sql("SELECT count(*) FROM cambist.node")
"""

import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile
import time

programs = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
# The server and PgBouncer refuse to run as root.
user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
unprivileged = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait(seconds, condition):
    """Returns the first true value of `condition`, or its last value at the timeout."""
    end = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < end:
        time.sleep(0.1)
    return value


class Postgres:
    """A server on loopback; `options` are settings such as {"ssl": "on"}."""

    def __init__(self, address="127.0.0.1", **options):
        self.port = free_port()
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="cambist-peer-", dir="/tmp"))
        if user:
            os.chown(self.directory, user.pw_uid, user.pw_gid)
        self.directory.chmod(0o755)
        self.data = self.directory / "data"
        self.run("initdb", "-U", "owner", "-A", "trust", "--no-sync", "--no-instructions")
        settings = {"listen_addresses": address, "port": self.port, "unix_socket_directories": self.directory} | options
        with (self.data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.directory)

    def run(self, program, *arguments):
        subprocess.run(
            [programs / program, "-D", self.data, *arguments],
            check=True, cwd="/", stdout=subprocess.DEVNULL, **unprivileged,
        )

    def start(self):
        self.run("pg_ctl", "-l", str(self.directory / "log"), "-s", "-w", "start")

    def stop(self):
        self.run("pg_ctl", "-m", "immediate", "-s", "-w", "stop")

    @property
    def owner(self):
        return f"postgresql://owner@/postgres?host={self.directory}&port={self.port}"

    def sql(self, text):
        """Runs statements as the owner; returns the rows as lines."""
        answer = subprocess.run(
            [programs / "psql", self.owner, "-q", "-At", "-v", "ON_ERROR_STOP=1", "-c", text],
            check=True, capture_output=True, text=True,
        )
        return answer.stdout.split("\n")[:-1]

    def initialize(self, *nodes):
        """Creates the schema, and a database user for each node that may also send requests."""
        subprocess.run([os.environ["CAMBIST"], "fleet", "init", "--store", self.owner], check=True, stdout=subprocess.DEVNULL)
        for node in nodes:
            self.sql(f"CREATE ROLE {node} LOGIN; GRANT cambist_node, cambist_operator TO {node}")

    def request(self, node, mapping, operator, verb="test"):
        """Inserts a request; returns its ID."""
        return self.sql(
            f"SET ROLE {operator}; INSERT INTO cambist.request (id, verb, node, mapping, operator) VALUES "
            f"(gen_random_uuid(), '{verb}', '{node}', '{mapping}', '{operator}') RETURNING id"
        )[0]

    def answer(self, request):
        """Returns the seconds until a request was claimed if the request is done, otherwise `None`."""
        rows = self.sql(
            f"SELECT extract(epoch FROM claimed - requested) FROM cambist.request WHERE id = '{request}' AND state = 'done'"
        )
        return float(rows[0]) if rows else None


class Node:
    """A `cambist serve` that publishes to a database."""

    def __init__(self, name, store, *prefix):
        configuration = pathlib.Path(os.environ["CAMBIST_CONFIG"]).read_text()
        self.home = pathlib.Path(name).resolve()
        self.home.mkdir(exist_ok=True)
        self.configuration = self.home / "cambist.yaml"
        self.configuration.write_text(f"{configuration}\nfleet: {{store: \"{store}\", node: {name.split('-')[0]}}}\n")
        self.log = self.home / "log"
        self.environment = os.environ | {"XDG_STATE_HOME": str(self.home)}
        self.process = subprocess.Popen(
            [*prefix, os.environ["CAMBIST"], "serve", "--config", self.configuration, "--port", "0",
             "--token-file", self.home / "token"],
            stdout=subprocess.DEVNULL, stderr=self.log.open("w"), env=self.environment,
        )

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=20)

    @property
    def problems(self):
        return [line for line in self.log.read_text().splitlines() if "fleet's database" in line]
