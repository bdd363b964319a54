"""The fleet through Debian's PgBouncer: notifications in session mode, polling in transaction mode."""

import json
import os
import shutil
import subprocess

from checks import check, finish
from lab import fact
from postgres import Node, Postgres, free_port, unprivileged, wait

mapping = fact("MAPPING")


class Pooler:
    """A PgBouncer before a database."""

    def __init__(self, database, mode):
        self.port = free_port()
        users = database.directory / "users"
        users.write_text('"vm1" ""\n')
        configuration = database.directory / f"pgbouncer-{mode}.ini"
        configuration.write_text(
            f"""[databases]
postgres = host={database.directory} port={database.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {self.port}
unix_socket_dir =
auth_type = trust
auth_file = {users}
pool_mode = {mode}
logfile = {database.directory}/pgbouncer-{mode}.log
"""
        )
        self.process = subprocess.Popen(
            [shutil.which("pgbouncer") or "/usr/sbin/pgbouncer", "-q", configuration], cwd="/", **unprivileged
        )

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=20)


def measure(database, mode):
    """Runs a node through a pooler; returns its problems and the time until a request is claimed."""
    pooler = Pooler(database, mode)
    node = Node(f"vm1-{mode}", f"postgresql://vm1@127.0.0.1:{pooler.port}/postgres")
    try:
        query = "SELECT 1 FROM cambist.node WHERE stopped IS NULL AND process IS NOT NULL"
        check(f"{mode} mode: the node is published", wait(30, lambda: database.sql(query)))
        # The check of notifications takes five seconds.
        wait(8, lambda: node.problems)
        request = database.request("vm1", mapping, "vm1")
        seconds = wait(40, lambda: database.answer(request))
        check(f"{mode} mode: a request is executed once", seconds is not None, node.log.read_text())
        query = "SELECT count(*) FROM cambist.exchange JOIN cambist.request ON request.record = exchange.id"
        check(f"{mode} mode: the answer's exchange is stored", wait(5, lambda: database.sql(query) != ["0"]))
        answer = subprocess.run(
            [os.environ["CAMBIST"], "history", "--fleet", "--json", "--config", node.configuration],
            capture_output=True, text=True, env=node.environment,
        )
        check(f"{mode} mode: the history is read", json.loads(answer.stdout)["exchanges"], answer.stderr)
        return node.problems, seconds or 0
    finally:
        node.stop()
        pooler.stop()


with Postgres() as database:
    database.initialize("vm1")
    problems, seconds = measure(database, "session")
    check("session mode: notifications are delivered", not problems, problems)
    check("session mode: a request is claimed at once", seconds < 3, seconds)
    problems, seconds = measure(database, "transaction")
    check("transaction mode: polling is reported once", sum("no notifications" in line for line in problems) == 1, problems)
    check("transaction mode: nothing else is reported", len(problems) == 1, problems)
    check("transaction mode: a request is claimed at a heartbeat", seconds < 16, seconds)
    check("the stop is announced", wait(5, lambda: database.sql("SELECT 1 FROM cambist.node WHERE stopped IS NOT NULL")))

    # The server ends while a long answer is read: the JSON is complete, and names the failure.
    database.sql(
        """INSERT INTO cambist.exchange (id, at, node, mapping, identity, role_arn, failed, steps)
        SELECT gen_random_uuid(), now(), 'vm1', 'audit', 'logging', 'arn:aws:iam::111122223333:role/audit', false, '[]'
        FROM generate_series(1, 5000)"""
    )
    node = Node("vm1-direct", database.owner)
    reading = subprocess.Popen(
        [os.environ["CAMBIST"], "history", "--fleet", "--json", "--limit", "5000", "--config", node.configuration],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=node.environment,
    )
    text = reading.stdout.read(100)
    database.stop()
    text += reading.stdout.read()
    answer = json.loads(text)
    check("an answer that fails is complete JSON", answer["error"]["code"] == "fleet-unreachable", answer.get("error"))
    check("the command exits with the status of the failure", reading.wait() == 69, reading.returncode)
    node.stop()
    database.start()

finish()
