"""The commands and requests of the fleet, on a real PostgreSQL: results as the schema defines them, and no secret."""

import csv
import json
import os
import re
import subprocess
from pathlib import Path

from checks import check, finish
from jsonschema import Draft202012Validator
from lab import configuration, fact
from postgres import Node, Postgres, programs, wait

cambist = os.environ["CAMBIST"]
mapping = fact("MAPPING")
schema = json.loads(subprocess.run([cambist, "schema"], capture_output=True, check=True).stdout)


def run(node, *arguments):
    return subprocess.run(
        [cambist, *arguments, "--config", node.configuration], capture_output=True, text=True, env=node.environment, timeout=60
    )


def answer(node, name, *arguments):
    """Returns an answer in JSON, after it is checked against a definition of the schema."""
    found = run(node, *arguments, "--json")
    value = json.loads(found.stdout)
    problems = [problem.message for problem in Draft202012Validator(schema | {"$ref": f"#/$defs/{name}"}).iter_errors(value)]
    check(f"{' '.join(arguments)} --json answers as the schema defines", not problems, problems[:3])
    return value


def ended(database, request):
    """Returns the state, the reason, and the answer's outcome of a request that has ended."""
    query = f"""SELECT request.state, reason, failed FROM cambist.request LEFT JOIN cambist.exchange ON exchange.id = record
        WHERE request.id = '{request}' AND request.state IN ('done', 'refused')"""
    rows = wait(40, lambda: database.sql(query))
    return rows[0].split("|") if rows else ["not ended", "", ""]


with Postgres() as database:
    database.initialize("vm1")
    node = Node("vm1", f"postgresql://vm1@/postgres?host={database.directory}&port={database.port}")
    wait(30, lambda: database.sql("SELECT 1 FROM cambist.mapping_state LIMIT 1"))

    for verb in ("refresh", "test"):
        state, _, failed = ended(database, database.request("vm1", mapping, "vm1", verb))
        check(f"{verb} is answered with its exchange", (state, failed) == ("done", "f"), (state, failed))
    state, reason, _ = ended(database, database.request("vm1", "nowhere", "vm1"))
    check("a mapping that the node does not have is refused", state == "refused" and "nowhere" in reason, (state, reason))
    failing = "payroll"
    state, reason, _ = ended(database, database.request("vm1", failing, "vm1", "watch"))
    check("a watch is started", state == "done", (state, reason))
    query = f"SELECT state FROM cambist.mapping_state WHERE mapping = '{failing}'"
    check("the watch is published", wait(20, lambda: database.sql(query) in (["waiting"], ["blocked"])), database.sql(query))
    state, reason, _ = ended(database, database.request("vm1", failing, "vm1", "stop"))
    check("a watch is stopped", state == "done", (state, reason))

    states = answer(node, "status", "status", "--fleet")
    found = {entry["name"] for entry in states["mappings"] if entry.get("node") == "vm1"}
    check("status --fleet has every mapping of the node", found == set(configuration()["mappings"]), sorted(found))
    check("status --fleet prints the node", "vm1" in run(node, "status", "--fleet").stdout)
    nodes = answer(node, "fleet-status", "fleet", "status")
    check("fleet status has the node", [entry["name"] for entry in nodes["nodes"]] == ["vm1"], nodes)
    check("fleet status exits with 0 while every node is running", run(node, "fleet", "status").returncode == 0)
    history = answer(node, "history", "history", "--fleet")
    check("history --fleet names the node", {entry["node"] for entry in history["exchanges"]} == {"vm1"}, history["exchanges"][:1])
    rows = list(csv.DictReader(run(node, "history", "--fleet", "--csv").stdout.splitlines()))
    check("history --fleet --csv has the same exchanges", len(rows) == len(history["exchanges"]) and rows[0]["node"] == "vm1", rows[:1])
    check("history --fleet prints a table", "vm1" in run(node, "history", "--fleet").stdout)
    text = run(node, "doctor").stdout
    check("doctor checks the database", re.search(r"(?i)fleet|postgres", text) and "✕" not in text.split("fleet")[-1][:80], text[-300:])

    following = subprocess.Popen(
        [cambist, "history", "--fleet", "--follow", "--json", "--limit", "1", "--config", node.configuration],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=node.environment,
    )
    first = json.loads(following.stdout.readline())["exchange"]
    database.request("vm1", mapping, "vm1")
    line = json.loads(following.stdout.readline())["exchange"]
    check("history --follow prints an exchange as it is forwarded", line["at"] > first["at"] and line["mapping"] == mapping, line)
    following.terminate()
    following.wait(timeout=20)

    dump = subprocess.run([programs / "pg_dump", database.owner], capture_output=True, text=True, check=True).stdout
    secrets = [r"eyJ[A-Za-z0-9_-]{20,}\.", "LabSession", re.escape(Path(node.home / "token").read_text().strip())]
    check("the database has no token and no credentials", not any(re.search(secret, dump) for secret in secrets))
    database.sql("INSERT INTO cambist.exchange (id, at, node, mapping, identity, role_arn, failed, steps) VALUES "
                 "('01000000-0000-7000-8000-000000000000', '2020-01-01', 'vm1', 'audit', 'i', 'r', false, '[]')")
    pruned = subprocess.run([cambist, "fleet", "prune", "--days", "30", "--store", database.owner], capture_output=True, text=True)
    check("fleet prune deletes only the old exchange", pruned.stdout.startswith("Deleted 1 exchange"), pruned.stdout + pruned.stderr)
    node.stop()
    check("fleet status exits with 1 when a node has stopped", run(node, "fleet", "status").returncode == 1)

finish()
