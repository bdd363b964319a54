"""Runs with hostile state: history databases and keyring entries."""

import ctypes
import glob
import json
import os
import sqlite3
import threading
import time

import material
from checks import *  # noqa: F403
from runner import Run, Session, configuration, controls, limited, output_faults, start, wait
import runner

INTEGERS = [material.INT64_MAX, material.INT64_MIN, -1, 10**15]
REALS = [1e300, -1e300, 1e18, -1e18, float("inf"), float("-inf")]
DEEP = "[" * 20_000 + "]" * 20_000
TEXTS = [material.CONTROLS, DEEP, '{"a":' * 20_000 + "1" + "}" * 20_000, "x" * 3_000_000, "", '{"a": 1e400}', "\0"]
# Values for a column of any type, since SQLite does not enforce types.
EXTREMES = [*INTEGERS, *REALS, *TEXTS, None, b"\xff\xfe" * 100]

READERS = {
    "history": ["history"],
    "history json": ["history", "--json"],
    "history csv": ["history", "--csv"],
    "history filtered": ["history", "--mapping", "audit", "--text", "a", "--since", "1d"],
    "console history": ["console", "--keys", "5G", "--frame", "-", "--size", "120x40"],
    "console claims": ["console", "--keys", "2", "--frame", "-"],
    "console watch": ["console", "--keys", "4", "--frame", "-"],
    "console timeline": ["console", "--keys", "8", "--frame", "-"],
    "exchange": ["exchange", "audit"],
    "process": ["credential-process", "audit"],
}


def plain(folder, arguments, environment=None, limits="", wall=runner.WALL_LIMIT):
    """Runs cambist in a folder; returns status, resource usage, stdout, stderr, and seconds."""
    began = time.monotonic()
    process = start(limited([runner.context.program, *arguments], limits), folder, environment or {})
    out, err = runner.Reader(process.stdout), runner.Reader(process.stderr)
    code, usage = wait(process, wall)
    out.join(5), err.join(5)
    process.stdout.close(), process.stderr.close()
    return code, usage, out.data, err.data, time.monotonic() - began


def faults(name, folder, result, returns_credentials=False):
    """Returns the faults of a result of `plain`."""
    code, usage, out, err, seconds = result
    wrong = []
    if code is None:
        wrong.append(f"still running after {seconds:.0f} s")
    elif code not in runner.STATUSES:
        wrong.append(f"status {code}")
    if usage.ru_utime + usage.ru_stime > runner.CPU_LIMIT:
        wrong.append(f"{usage.ru_utime + usage.ru_stime:.1f} s of processor time")
    if (memory := runner.memory(usage)) > runner.MEMORY_LIMIT:
        wrong.append(f"{memory >> 10} MB of memory")
    for place, data in (("stdout", out), ("stderr", err)):
        if found := controls(data):
            wrong.append(f"{place} has {found}")
    for secret in material.SECRETS:
        if secret.encode() in err or secret.encode() in out and not returns_credentials:
            wrong.append(f"a secret ({secret[:9]}…) in the output")
    return [f"{name}: {fault}" for fault in wrong]


def database(folder):
    found = glob.glob(folder + "/state/**/*.sqlite", recursive=True)
    return found[0] if found else None


def prepared(folder):
    """Runs one exchange and returns the paths of the configuration and the history."""
    path = configuration(folder)
    code, _, _, err, _ = plain(folder, ["exchange", "audit", "--config", path], wall=30)
    if code:
        raise RuntimeError(f"the first exchange failed: {err[-200:]!r}")
    for _ in range(20):
        if found := database(folder):
            return path, found
        time.sleep(0.1)
    raise RuntimeError("no history was written")


def columns(path):
    """Returns all columns of a database's tables, as (table, column)."""
    with sqlite3.connect(path) as connection:
        tables = [row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")]
        own = [t for t in tables if not t.startswith(("sqlite_", "grdb_"))]
        return [(t, row[1]) for t in own for row in connection.execute(f'pragma table_info("{t}")')]


def poison(path, changes):
    """Executes statements; those that violate a constraint are skipped."""
    if not changes:
        return
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("pragma foreign_keys = off")
    for statement, values in changes:
        try:
            connection.execute(statement, values)
        except sqlite3.Error:
            pass
    connection.close()


def poisoned(what, changes, readers, is_quick=False):
    """Returns a session: an exchange, changes to the database, then every reader."""

    def perform(context, folder):
        config, path = prepared(folder)
        poison(path, changes(path))
        wrong = []
        for name in readers:
            arguments = [*READERS[name], "--config", config]
            wrong += faults(name, folder, plain(folder, arguments), returns_credentials=name in ("exchange", "process"))
        return wrong

    return Session(f"history {what}", perform, is_quick)


def extreme_rows():
    for index, value in enumerate(EXTREMES):
        label = repr(value)[:24]

        def changes(path, value=value):
            return [(f'update "{t}" set "{c}" = ?', (value,)) for t, c in columns(path) if c != "id"]

        def ids(path, value=value):
            return [(f'update "{t}" set "id" = ?', (value,)) for t, c in columns(path) if c == "id"]

        yield poisoned(f"all columns {label}", changes, READERS, is_quick=index in (0, 11))
        yield poisoned(f"ids {label}", ids, ["history json", "console history", "process"])
    for table, column in [
        *(("detail", c) for c in ("at", "steps", "source", "received", "azureOffset", "awsOffset", "credentialExpiry")),
        *(("detail", "azureUncertainty"), ("detail", "accessKeyID"), ("detail", "assumedRoleARN"), ("label", "text")),
        *(("token", "header"), ("token", "payload"), ("exchange", "failure"), ("housekeeping", "trimmedAt")),
    ]:
        values = REALS + INTEGERS if column.endswith(("t", "d", "y", "Offset", "At")) else TEXTS
        for value in [*values, *TEXTS[:1]]:
            yield poisoned(
                f"{table}.{column} {value!r:.24}",
                lambda path, table=table, column=column, value=value: [(f"update {table} set {column} = ?", (value,))],
                ["history json", "console history", "console timeline"],
            )
    payloads = {
        "exp max": material.claims(exp=material.INT64_MAX, iat=material.INT64_MIN),
        "exp float": material.claims(exp=1e300, nbf=-1e300),
        "controls": material.claims(sub=material.CONTROLS),
    }
    for name, payload in payloads.items():
        yield poisoned(
            f"stored claims {name}",
            lambda path, payload=payload: [("update token set payload = ?", (json.dumps(payload),))],
            READERS,
            is_quick=name == "exp max",
        )
    for name, token in {"exp max": "claim exp int64-max", "iat min": "claim iat int64-min", "exp 1e300": "claim exp 1e300"}.items():

        def perform(context, folder, token=token):
            plain(folder, ["exchange", "audit", "--config", configuration(folder, imds=token)])
            config = configuration(folder)
            return [
                fault
                for name in READERS
                for fault in faults(name, folder, plain(folder, [*READERS[name], "--config", config]), True)
            ]

        yield Session(f"history after token {name}", perform, name == "exp max")
    rows = {
        "watch state controls": ("insert into watch values ('audit', ?, 'x', 1e300)", (json.dumps({"mapping": material.CONTROLS}),)),
        "watch state deep": ("insert into watch values ('audit', ?, NULL, -1e300)", (DEEP,)),
        "watch holder": ("insert into watch values ('audit', '{}', ?, 9e18)", (material.CONTROLS,)),
        "past watch": ("insert into pastWatch values (1, 'audit', 1e300, ?)", (DEEP,)),
        "wait seconds": ("insert into wait values (1, 'audit', 'x', -1e300, 1e300, 1)", ()),
        "many waits": (
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < 200000) "
            "insert into wait select i, 'audit', 'replication', 1e9, 1e308, i % 2 from n", (),
        ),
    }
    for name, row in rows.items():
        yield poisoned(f"row {name}", lambda path, row=row: [row], ["console watch", "history", "process"], name == "wait seconds")


def replaced_files():
    """A history that is not a database, is another program's, or is expensive to read."""

    def replace(content):
        def change(path):
            for suffix in ("", "-wal", "-shm"):
                if os.path.exists(path + suffix):
                    os.remove(path + suffix)
            if callable(content):
                content(path)
            else:
                with open(path, "wb") as file:
                    file.write(content)
            return []

        return change

    def foreign(statements):
        def make(path):
            connection = sqlite3.connect(path, isolation_level=None)
            for statement in statements:
                connection.execute(statement)
            connection.close()

        return make

    contents = {
        "garbage": os.urandom(100_000),
        "header only": b"SQLite format 3\0" + b"\xff" * 4080,
        "empty": b"",
        "text": material.CONTROLS.encode(),
        "directory": os.mkdir,
        "fifo": os.mkfifo,
        "device": lambda path: os.symlink("/dev/zero", path),
        "full device": lambda path: os.symlink("/dev/full", path),
        "loop": lambda path: os.symlink(path, path),
        "other tables": foreign(["create table exchange (x)", "create table label (y)"]),
        "newer": foreign(["create table grdb_migrations (identifier text primary key)",
                          "insert into grdb_migrations values ('exchanges'), ('watches'), ('from-the-future')"]),
    }
    for name, content in contents.items():
        yield poisoned(f"file {name}", replace(content), ["process", "exchange", "history", "console history"], name in ("garbage", "fifo"))
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"
    for name, statements in {
        "endless trigger": [f"create trigger t before insert on exchange begin insert into housekeeping select 1, ({endless}); end"],
        "endless view": ["alter table detail rename to d", f"create view detail as select d.*, ({endless}) from d"],
        "aborting trigger": ["create trigger t before insert on exchange begin select raise(abort, 'no\x1b[31m'); end"],
    }.items():
        yield poisoned(f"file {name}", lambda path, statements=statements: [(s, ()) for s in statements], ["process"], False)


def locked():
    """Credentials are returned in time although another process has locked the history."""
    for mode in ("immediate", "exclusive"):
        for command in ("process", "exchange"):

            def perform(context, folder, mode=mode, command=command):
                config, path = prepared(folder)
                holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
                holder.execute(f"begin {mode}")
                try:
                    result = plain(folder, [*READERS[command], "--config", config], wall=20)
                finally:
                    holder.close()
                wrong = faults(command, folder, result, True)
                if result[0] != 0:
                    wrong.append(f"no credentials: status {result[0]}")
                if result[4] > 6:
                    wrong.append(f"credentials after {result[4]:.1f} s")
                return wrong

            yield Session(f"history locked {mode} {command}", perform, mode == "immediate" and command == "process")

    def reader(context, folder):
        config, path = prepared(folder)
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("begin")
        holder.execute("select count(*) from exchange").fetchall()
        result = plain(folder, ["credential-process", "audit", "--config", config])
        holder.close()
        return faults("process", folder, result, True) + ([] if result[0] == 0 else [f"status {result[0]}"])

    yield Session("history held by a reader", reader)

    def many(context, folder):
        config, path = prepared(folder)
        results = []
        threads = [
            threading.Thread(target=lambda: results.append(plain(folder, ["exchange", "audit", "--config", config], wall=30)))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return [f"status {result[0]}" for result in results if result[0]]

    yield Session("history of eight at once", many)


class Keyring:
    """The user keyring, through system calls."""

    ADD, REQUEST, CONTROL = 248, 249, 250
    USER = ctypes.c_long(-4)

    def __init__(self):
        self.call = ctypes.CDLL(None, use_errno=True).syscall

    def entries(self):
        """Returns the serial number and description of each key."""
        buffer = (ctypes.c_int32 * 4096)()
        size = self.call(self.CONTROL, 11, self.USER, buffer, ctypes.sizeof(buffer))
        for serial in buffer[: max(0, size) // 4]:
            text = ctypes.create_string_buffer(1024)
            if self.call(self.CONTROL, 6, ctypes.c_int32(serial), text, 1024) > 0:
                yield serial, text.value.decode("utf-8", "replace").split(";", 4)[-1]

    def read(self, serial):
        buffer = ctypes.create_string_buffer(40_000)
        size = self.call(self.CONTROL, 11, ctypes.c_int32(serial), buffer, 40_000)
        return buffer.raw[: max(0, size)]

    def put(self, description, payload):
        return self.call(self.ADD, b"user", description.encode(), payload, len(payload), self.USER)

    def remove(self, serial):
        self.call(self.CONTROL, 9, ctypes.c_int32(serial), self.USER)


def keyring_entries():
    """Yields replacements of a cached entry: functions of the JSON document that cambist wrote."""

    def member(name, value):
        def change(document):
            for key in document:
                if key.lower() == name.lower():
                    document[key] = value
            return json.dumps(document).encode()

        return change

    texts = {
        "empty": "",
        "line end": "ASIAEXAMPLE00000001\ncredential_process = touch PWNED",
        "controls": "ASIAEXAMPLE00000001" + material.CONTROLS,
        "blank": "ASIA EXAMPLE 000001",
        "number": 5,
        "null": None,
        "long": "A" * 20_000,
    }
    for name in ("accessKeyID", "secretAccessKey", "sessionToken", "assumedRoleARN", "region"):
        for label, text in texts.items():
            yield f"{name} {label}", member(name, text)
    for name in ("expiration", "issued"):
        for label, value in {"1e300": 1e300, "-1e300": -1e300, "max": material.INT64_MAX, "min": material.INT64_MIN, "text": "nan", "null": None, "past": 0}.items():
            yield f"{name} {label}", member(name, value)
    yield "empty", lambda document: b""
    yield "garbage", lambda document: os.urandom(2000)
    yield "deep", lambda document: b"[" * 30_000
    yield "deep closed", lambda document: b"[" * 15_000 + b"]" * 15_000
    yield "array", lambda document: b"[1, 2]"
    yield "nul", lambda document: b"\0" * 1000
    yield "expiration 1e400", lambda document: json.dumps(document).encode()[:-1] + b', "expiration": 1e400}'


def keyring_runs():
    for label, change in keyring_entries():

        def perform(context, folder, change=change):
            ring = Keyring()
            name = f"hostile{os.getpid()}x{threading.get_ident() % 100_000}"
            config = configuration(folder, cache="keyring", name=name)
            arguments = ["credential-process", name, "--config", config]
            try:
                first = plain(folder, arguments)
                if first[0] != 0:
                    return [f"the first exchange failed: {first[3][-200:]!r}"]
                own = [(serial, text) for serial, text in ring.entries() if f":{name}" in text]
                if not own:
                    return [] if b"keyring" in first[3] else ["no entry in the keyring"]
                for serial, text in own:
                    ring.put(text, change(json.loads(ring.read(serial))))
                wrong = []
                for command in (["credential-process", name], ["exec", name, "--", "env", "-0"], ["console", "--keys", "1", "--frame", "-"]):
                    result = plain(folder, [*command, "--config", config])
                    outcome = runner.Outcome(result[0], result[2], result[3], result[4], folder)
                    if command[0] == "exec":
                        result = (*result[:2], b"", *result[3:])
                    wrong += faults(command[0], folder, result, True)
                    check = {"credential-process": usable(PROCESS_MEMBERS), "exec": usable_child}.get(command[0])
                    if check and not wrong:
                        wrong += [fault for fault in [check(outcome)] if fault]
                return wrong
            finally:
                for serial, text in list(ring.entries()):
                    if f":{name}" in text:
                        ring.remove(serial)

        yield Session(f"keyring {label}", perform, label in ("expiration 1e300", "secretAccessKey line end"))


def runs():
    yield from locked()
    yield from extreme_rows()
    yield from replaced_files()
    yield from keyring_runs()
