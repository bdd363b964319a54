"""Runs with hostile files: configurations, policies, tokens, AWS's files, FIFOs, and devices."""

import json
import os

import material
import scenarios
from checks import *  # noqa: F403
from runner import Run, configuration

FIFO, ZERO, DIRECTORY, LOOP, BIG = "fifo", "zero", "directory", "loop", "big"
# The kinds of unusable files.
UNREADABLE = (FIFO, ZERO, DIRECTORY, LOOP, BIG)


def write(folder, name, content):
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    return path


def unreadable(folder, kind):
    """Returns a path that is not a regular file, or a file above the limit of every reader."""
    path = os.path.join(folder, f"unreadable-{kind}")
    if os.path.lexists(path):
        return path
    if kind == FIFO:
        os.mkfifo(path)
    elif kind == ZERO:
        os.symlink("/dev/zero", path)
    elif kind == DIRECTORY:
        os.mkdir(path)
    elif kind == LOOP:
        os.symlink(path, path)
    else:
        with open(path, "wb") as file:
            file.truncate(3 << 30)
    return path


def aliases(last, levels=12, width=10):
    """Returns YAML whose aliases expand to width^levels scalars; `last` uses the last alias, `*b`."""
    lines = [f"a0: &a0 [{','.join(['x'] * width)}]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * width)}]" for n in range(1, levels)]
    return "\n".join([*lines, last.replace("*b", f"*a{levels - 1}")]) + "\n"


def hidden_aliases():
    """Returns YAML with aliases below known keys."""
    lines = ["identities:", "  a0: &a0 {tenant_id: x, client_id: y}"]
    lines += [f"  a{n}: &a{n} {{{', '.join(f'k{m}: *a{n - 1}' for m in range(10))}}}" for n in range(1, 12)]
    return "\n".join(lines) + "\n"


IDENTITY = "tenant_id: 2f4a9838-26b7-47ee-be60-ccc1fdec5953, client_id: 50d69e93-b49a-4251-8683-b9bca79dea7c, source: imds"
MAPPING = 'identity: i, audience: "api://x", role_arn: "arn:aws:iam::111122223333:role/r"'
BOTH = f"identities: {{i: {{{IDENTITY}}}}}\nmappings: {{m: {{{MAPPING}}}}}\n"

CONFIGURATIONS = {
    "aliases": aliases("x: *b"),
    "aliases duplicate key": aliases("defaults: {region: a}\ndefaults: {region: b}"),
    "aliases as key": aliases("? *b\n: x"),
    "aliases as value": aliases("defaults: *b"),
    "aliases as region": aliases("defaults: {region: *b}"),
    "aliases as list": aliases(BOTH + "console: {columns: *b}"),
    "aliases in identities": hidden_aliases(),
    "aliases merge": aliases("mappings:\n  <<: *b"),
    "alias to itself": "a: &a [*a]\n",
    "alias to parent": "identities: &a\n  x: *a\n",
    "deep flow": "a: " + "[" * 50_000 + "]" * 50_000,
    "deep maps": "a: " + "{a: " * 50_000 + "}" * 50_000,
    "deep block": "".join(" " * n + "a:\n" for n in range(2000)),
    "deep sequences": "a:\n" + "- " * 50_000 + "x\n",
    "wide": "identities:\n" + "".join(f"  i{n}: {{{IDENTITY}}}\n" for n in range(60_000)),
    "many duplicates": "".join("defaults: {region: a}\n" for _ in range(20_000)),
    "many duplicate members": "defaults: {" + ", ".join(["region: a"] * 20_000) + "}\n",
    "many documents": "---\na: 1\n" * 50_000,
    "many unknown": "".join(f"unknown{n}: 1\n" for n in range(50_000)),
    "unknown names": "identities:\n"
    + "".join(f"  {'i' * 60}{n}: {{source: imds}}\n" for n in range(1000))
    + "mappings:\n"
    + "".join(
        f"  m{n}: {{identity: {'j' * 60}{n}, audience: 'api://x', role_arn: 'arn:aws:iam::111122223333:role/r'}}\n"
        for n in range(1000)
    ),
    "unknown long name": f"identities: {{{'a' * 50_000}: {{{IDENTITY}}}}}\nmappings: {{m: {{{MAPPING.replace('identity: i', 'identity: ' + 'b' * 50_000)}}}}}\n",
    "unknown long key": "x" * 1_000_000 + ": 1\n",
    "anchors": "".join(f"a{n}: &a{n} 1\n" for n in range(50_000)),
    "tags": "a: !!binary " + "A" * 100_000 + "\nb: !<" + "x" * 50_000 + "> 1\n",
    "directive": "%YAML 9.9\n%TAG ! tag:x,2000:\n---\na: 1\n",
    "tabs": "\t" * 100_000 + "a: 1\n",
    "controls key": f"{json.dumps(material.CONTROLS)}: 1\n" + BOTH,
    "controls raw": BOTH + "x: \x1b[31m\u009b\u202e\n",
    "controls nested key": BOTH.replace("source: imds", f"source: imds, {json.dumps('k' + material.CONTROLS)}: 1"),
    "controls mapping name": BOTH.replace("{m:", "{" + json.dumps("m" + material.CONTROLS) + ":"),
    "controls identity name": BOTH.replace("identity: i", "identity: " + json.dumps("j" + material.CONTROLS)),
    "controls source": BOTH.replace("source: imds", "source: " + json.dumps("imds" + material.CONTROLS)),
    "controls role": BOTH.replace("role/r", "role/r\\e[31m\\u202e\\x9b"),
    "controls audience": BOTH.replace("api://x", "api://x\\e[31m\\u202e\\x9b"),
    "controls region": BOTH + 'defaults: {region: "a\\e[31m\\u202e\\x9b"}\n',
    "controls theme": BOTH + 'console: {theme: "a\\e]0;x\\a\\u202e"}\nthemes: {"x\\e[31m": {"s\\u202e": {fg: "\\x9b"}}}\n',
    "controls endpoint": BOTH + 'endpoints: {sts: "http://\\e[31m\\u202e\\x9b/"}\n',
    "controls tag": BOTH.replace("role/r", 'role/r", tags: ["a\\e[31m", "b\\u202e"], region: "x'),
    "bad utf-8": b"a: \xff\xfe\xc3(\n",
    "utf-16": BOTH.encode("utf-16"),
    "utf-32": BOTH.encode("utf-32"),
    "nul": BOTH.replace("imds", "im\0ds"),
    "only nul": "\0" * 100_000,
    "only blank": " \n" * 500_000,
    "number": "1e400\n",
    "durations": BOTH + "defaults: {duration: 99999999999999999999h}\n",
    "durations exponent": BOTH + "defaults: {duration: 1e300s}\nwatch: {speed: 1e400}\n",
    "speed zero": BOTH + "watch: {speed: 0}\n",
    "speed tiny": BOTH + "watch: {speed: 1e-320}\n",
    "speed nan": BOTH + "watch: {speed: .nan}\n",
    "history extremes": BOTH + "history: {days: 9223372036854775808, rows: -9223372036854775808}\n",
    "timeout": BOTH.replace("source: imds", "source: imds, timeout: 300000000d"),
    "tags many": BOTH.replace("role/r", "role/r\", tags: [" + ",".join(f"t{n}" for n in range(50_000)) + '], region: "x'),
}

# Plain HTTP is accepted for loopback and link-local addresses only.
NOT_LOCAL = [
    *("0127.0.0.1", "+127.0.0.1", "127.0.0.1.example.com", "127.1.example.com", "0x7f.0.0.1", "2130706433", "127.1"),
    *("127.0.0.01", "127.0.0.256", "localhost.example.com", "169.254.169.254.example.com", "169.0254.169.254"),
    *("0251.0376.0251.0376", "10.0.0.1", "192.168.0.1", "[::ffff:8.8.8.8]", "[::2]", "１２７.0.0.1", "127.0.0.1%00"),
    *("user@example.com", "127.0.0.1@example.com", "example.com#127.0.0.1", "example.com?127.0.0.1"),
]
LOCAL = ["127.0.0.1", "127.9.9.9", "[::1]", "169.254.169.254", "localhost"]

TOKENS = {
    "nested": lambda: material.jwt(material.claims_with("groups", material.nested(400, 34_000))),
    "nested deep": lambda: material.jwt(material.claims_with("groups", "[" * 15_000 + "]" * 15_000)),
    "controls": lambda: material.jwt(material.claims(sub=material.CONTROLS), {"alg": material.CONTROLS, "kid": material.CONTROLS}),
    "two lines": lambda: material.jwt(material.claims()) + "\n" + material.jwt(material.claims()),
    "line ends": lambda: material.jwt(material.claims()) + "\r\n\r\n",
    "empty": lambda: "",
    "nul": lambda: "\0" * 1000,
    "bad utf-8": lambda: b"\xff\xfe\xc3(" * 100,
    "long": lambda: "a." + "b" * 20_000_000 + ".c",
    "dots": lambda: "." * 1_000_000,
}

CLAIMS = {
    "extremes": {"iat": material.INT64_MIN, "nbf": material.INT64_MIN, "exp": material.INT64_MAX},
    "extremes swapped": {"iat": material.INT64_MAX, "nbf": material.INT64_MAX, "exp": material.INT64_MIN},
    "floats": {"iat": -1e300, "nbf": 1e300, "exp": 1e308},
    "texts": {"iat": "nan", "nbf": "-inf", "exp": "9" * 400},
    "controls": {"sub": "s" + material.CONTROLS, "x" + material.CONTROLS: "v"},
    "lists": {"aud": ["a"] * 20_000, "roles": [[["x"]]]},
}

AWS_CONFIGS = {
    "controls": f"[profile {material.CONTROLS}]\nregion = {material.CONTROLS}\n[default]\nregion = a{material.CONTROLS}\n",
    "no end": "[profile " + "a" * 1_000_000,
    "many profiles": "".join(f"[profile p{n}]\nregion = x\n" for n in range(60_000)),
    "many settings": "[default]\n" + "".join(f"k{n} = v\n" for n in range(100_000)),
    "long value": "[default]\nregion = " + "x" * 3_000_000 + "\n",
    "nested": "[default]\ns3 =\n" + "".join(f"  k{n} = v\n" for n in range(60_000)),
    "source loop": "[profile admin]\nsource_profile = admin\nrole_arn = arn:aws:iam::111122223333:role/x\n",
    "source chain": "[profile admin]\nsource_profile = p0\nrole_arn = arn:aws:iam::111122223333:role/x\n" + "".join(
        f"[profile p{n}]\nsource_profile = p{n + 1}\nrole_arn = arn:aws:iam::111122223333:role/x\n" for n in range(20_000)
    ),
    "bad utf-8": b"[default]\nregion = \xff\xfe\n",
    "endpoint octal": "[default]\nendpoint_url = http://0127.0.0.1:1/\naws_access_key_id = AKIAEXAMPLE000000001\naws_secret_access_key = abcdabcdabcdabcd\n",
    "endpoint controls": "[default]\nendpoint_url = http://\x1b[31m/\n",
    "process hangs": "[profile admin]\ncredential_process = sleep 60\n",
    "process floods": "[profile admin]\ncredential_process = cat /dev/zero\n",
    "process controls": "[profile admin]\ncredential_process = sh -c 'printf \"\\033[31m\\302\\233\" >&2; exit 3'\n",
    "process empty keys": "[profile admin]\ncredential_process = echo '{\"Version\":1,\"AccessKeyId\":\"\",\"SecretAccessKey\":\"\"}'\n",
    "process expired": '[profile admin]\ncredential_process = echo {"Version":1,"AccessKeyId":"AKIAEXAMPLE000000001",'
    '"SecretAccessKey":"abcdabcdabcdabcd","SessionToken":"abcdabcdabcdabcd","Expiration":"99999-01-01T00:00:00Z"}\n',
    "process deep": "[profile admin]\ncredential_process = python3 -c 'print(\"[\" * 30000)'\n",
    "keys lines": "[profile admin]\naws_access_key_id = AKIA\x1b[31m\naws_secret_access_key = a\u0085b\n",
}

COMMAND_SOURCES = {
    "controls": ["sh", "-c", r"printf '\033]0;x\a\302\233\342\200\256' >&2; exit 1"],
    "controls stdout": ["sh", "-c", r"printf '\033[31m.\302\233.x'"],
    "flood": ["cat", "/dev/zero"],
    "flood stderr": ["sh", "-c", "cat /dev/zero >&2"],
    "hang": ["sleep", "60"],
    "hang child": ["sh", "-c", "sleep 60 & echo x"],
    "signal": ["sh", "-c", "kill -SEGV $$"],
    "nothing": ["true"],
    "missing": ["/nonexistent/\u202eprogram"],
    "secret": ["sh", "-c", f"echo {material.SIGNATURE} >&2; exit 1"],
    "json": ["echo", '{"accessToken": "\\u001b[31m", "expiresOn": "99999"}'],
}


def config_check(name, content, *checks, quick=False, more=()):
    return Run(
        f"file configuration {name}{' '.join(['', *more])}",
        lambda folder: ["config", "check", "--config", write(folder, "config.yaml", content), *more],
        checks,
        is_quick=quick,
    )


def configuration_runs():
    quick = ("aliases duplicate key", "aliases as key", "controls key", "unknown names", "deep flow", "durations exponent")
    for name, content in CONFIGURATIONS.items():
        yield config_check(name, content, explains, quick=name in quick)
        yield config_check(name, content, is_json, more=("--json",))
        yield Run(
            f"file configuration {name} test",
            lambda folder, content=content: ["test", "--all", "--config", write(folder, "config.yaml", content)],
            # Nothing listens there: a valid configuration fails at once.
            environment={"AZURE_POD_IDENTITY_AUTHORITY_HOST": "http://127.0.0.1:9"},
            returns_credentials=True,
            wall=25,
        ) if name.startswith(("aliases", "deep", "many", "controls", "unknown")) else config_check(name, content)
    for scenario in ("console", "doctor", "status", "profiles"):
        for name in ("controls mapping name", "controls theme", "controls tag", "aliases duplicate key"):
            arguments = {
                "console": ["console", "--keys", "1", "--frame", "-"],
                "profiles": ["config", "aws-profile", "--all", "-y"],
            }.get(scenario, [scenario])
            yield Run(
                f"file configuration {name} {scenario}",
                lambda folder, name=name, arguments=arguments: [
                    *arguments, "--config", write(folder, "config.yaml", CONFIGURATIONS[name])
                ],
                wall=30,
            )
    for host in NOT_LOCAL:
        for key in ("sts", "imds", "graph"):
            yield Run(
                f"file address {host} {key}",
                lambda folder, host=host, key=key: [
                    "config", "check", "--config",
                    write(folder, "config.yaml", BOTH + f'endpoints: {{{key}: "http://{host}:8080/x"}}\n'),
                ],
                (status(78),),
                is_quick=host in ("0127.0.0.1", "+127.0.0.1") and key == "sts",
            )
    for host in LOCAL:
        yield config_check(f"local address {host}", BOTH + f'endpoints: {{sts: "http://{host}:8080/x"}}\n', status(0))


def unreadable_runs():
    """Every configurable file, once for each kind of unreadable file."""

    def with_config(folder, identity="source: imds", mapping="", more=""):
        return configuration(folder, identity=identity, mapping=mapping, more=more)

    places = {
        "config": lambda folder, path: ["config", "check", "--config", path],
        "config test": lambda folder, path: ["test", "--all", "--config", path],
        "config process": lambda folder, path: ["credential-process", "audit", "--config", path],
        "config console": lambda folder, path: ["console", "--keys", "1", "--frame", "-", "--config", path],
        "config serve": lambda folder, path: ["serve", "--config", path],
        "log-file": lambda folder, path: ["test", "--all", "--config", with_config(folder), "--log-file", path],
        "token_file": lambda folder, path: [
            "test", "audit", "--config", with_config(folder, f"source: file, token_file: {path}")
        ],
        "federated token": lambda folder, path: [
            "test", "audit", "--config", with_config(folder, f"source: workload-identity, token_file: {path}")
        ],
        "secret_file": lambda folder, path: [
            "test", "audit", "--config", with_config(folder, f"source: client-secret, secret_file: {path}")
        ],
        "certificate_file": lambda folder, path: [
            "test", "audit", "--config", with_config(folder, f"source: client-certificate, certificate_file: {path}")
        ],
        "policy_file": lambda folder, path: [
            "test", "audit", "--config", with_config(folder, mapping=f", policy_file: {path}")
        ],
        "trust_policy_file": lambda folder, path: [
            "explain", "audit", "--config", with_config(folder, mapping=f", trust_policy_file: {path}")
        ],
        "ca_file": lambda folder, path: ["test", "audit", "--config", with_config(folder, more=f"network: {{ca_file: {path}}}")],
        "explain token": lambda folder, path: [
            "explain", "--token-file", path, "--trust-policy", write(folder, "p.json", json.dumps(scenarios.trust_policy()))
        ],
        "explain policy": lambda folder, path: [
            "explain", "--token-file", write(folder, "t.json", json.dumps(material.claims())), "--trust-policy", path
        ],
        "explain provider": lambda folder, path: [
            "explain", "--token-file", write(folder, "t.json", json.dumps(material.claims())),
            "--trust-policy", write(folder, "p.json", json.dumps(scenarios.trust_policy())), "--provider", path,
        ],
        "claims diff": lambda folder, path: ["claims", "audit", "--diff-file", path, "--config", with_config(folder)],
        "serve token": lambda folder, path: ["serve", "--token-file", path, "--port", "0", "--config", with_config(folder)],
        "lab scenario": lambda folder, path: ["lab", "--scenario", path],
        "inline policy": lambda folder, path: [
            "setup", "export", "audit", "--format", "terraform", "--config",
            with_config(folder, mapping=f", setup: {{application: x, inline_policies: {{p: {path}}}}}"),
        ],
    }
    for kind in UNREADABLE:
        for name, arguments in places.items():
            # A log file is only written.
            if name == "log-file" and kind in (ZERO, BIG):
                continue
            yield Run(
                f"file {kind} {name}",
                lambda folder, kind=kind, arguments=arguments: arguments(folder, unreadable(folder, kind)),
                (within(10), explains) if name != "log-file" else (within(10),),
                limits="ulimit -v 4000000",
                statuses={1, 64, 69, 70, 77, 78} if name not in ("log-file", "ca_file", "trust_policy_file") else None,
                is_quick=name in ("config", "token_file") and kind in (FIFO, ZERO),
            )
        for variable in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CA_BUNDLE", "SSL_CERT_FILE", "CAMBIST_CONFIG"):
            yield Run(
                f"file {kind} {variable}",
                lambda folder, kind=kind, variable=variable: unreadable(folder, kind)
                and (["doctor"] if variable == "CAMBIST_CONFIG" else ["explain", "audit", "--config", with_config(folder)]),
                environment={variable: f"{{folder}}/unreadable-{kind}"},
                limits="ulimit -v 4000000",
            )
        yield Run(
            f"file {kind} state",
            lambda folder, kind=kind: (
                os.rename(unreadable(folder, kind), folder + "/state") if kind not in (LOOP, ZERO) else os.symlink("/dev/zero", folder + "/state"),
                ["credential-process", "audit", "--config", with_config(folder)],
            )[1],
            (status(0), within(8), usable(PROCESS_MEMBERS)),
            returns_credentials=True,
        )


def content_runs():
    for name, make in TOKENS.items():
        yield Run(
            f"file token {name}",
            lambda folder, make=make: [
                "exchange", "audit", "--config",
                configuration(folder, f"source: file, token_file: {write(folder, 'token', make())}"),
            ],
            (usable(EXCHANGE_MEMBERS),),
            returns_credentials=True,
            is_quick=name == "nested",
        )
        for more in ((), ("--json",)):
            yield Run(
                f"file token {name} explain {' '.join(more)}",
                lambda folder, make=make, more=more: [
                    "explain", "--token-file", write(folder, "token", make()), "--trust-policy",
                    write(folder, "policy.json", json.dumps(scenarios.trust_policy())), *more,
                ],
                (explains,),
            )
    for name, changes in CLAIMS.items():
        for more in ((), ("--json",)):
            yield Run(
                f"file claims {name} {' '.join(more)}",
                lambda folder, changes=changes, more=more: [
                    "explain", "--token-file", write(folder, "claims.json", json.dumps(material.claims(**changes))),
                    "--trust-policy", write(folder, "policy.json", json.dumps(scenarios.trust_policy())), *more,
                ],
                (explains,),
                is_quick=name == "extremes",
            )
    for name, policy in scenarios.POLICIES.items():
        for more in ((), ("--json",)):
            yield Run(
                f"file policy {name} {' '.join(more)}",
                lambda folder, policy=policy, more=more: [
                    "explain", "--token-file", write(folder, "claims.json", json.dumps(material.claims())), "--trust-policy",
                    write(folder, "policy.json", policy if isinstance(policy, str) else json.dumps(policy)), *more,
                ],
                (explains,),
                is_quick=name in ("variables", "nested 400"),
            )
    for name, content in AWS_CONFIGS.items():
        for variable in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            for command in ("explain", "setup plan"):
                yield Run(
                    f"file aws {name} {variable} {command}",
                    lambda folder, content=content, command=command: (
                        write(folder, "aws", content),
                        [*command.split(), "audit", "--config", configuration(
                            folder, mapping=", setup: {application: x}", more="setup: {graph_identity: healthy, aws_profile: admin}"
                        )],
                    )[1],
                    environment={variable: "{folder}/aws"},
                    wall=80 if name == "process hangs" else 15,
                    is_quick=name in ("controls", "process controls") and variable == "AWS_CONFIG_FILE" and command == "explain",
                )
    for name, command in COMMAND_SOURCES.items():
        yield Run(
            f"command source {name}",
            lambda folder, command=command: [
                "test", "--all", "--json", "--config", configuration(folder, f"source: command, command: {json.dumps(command)}"),
                "--log-file", folder + "/log.txt", "--verbose",
            ],
            (healthy, is_json),
            is_quick=name in ("controls", "flood"),
        )
        # The standard output of a probe is discarded: with a flood of it, only the probe itself uses processor time.
        if name != "flood":
            yield Run(
                f"command probe {name}",
                lambda folder, command=command: [
                    "test", "--all", "--config", configuration(folder, mapping=f", probe: {json.dumps(command)}"),
                    "--log-file", folder + "/log.txt",
                ],
                wall=75 if name.startswith("hang") else 15,
                is_quick=name == "controls",
            )
        yield Run(
            f"command az {name}",
            lambda folder, command=command: (
                os.mkdir(folder + "/bin"),
                write(folder, "bin/az", "#!/bin/sh\nexec " + " ".join("'" + w.replace("'", "'\\''") + "'" for w in command) + "\n"),
                os.chmod(folder + "/bin/az", 0o755),
                ["test", "--all", "--json", "--config", configuration(folder, "source: azure-cli")],
            )[-1],
            (healthy, is_json),
            environment={"PATH": "{folder}/bin:" + os.environ["PATH"]},
        )
    for name, before in {
        "other profile": "[other]\naws_access_key_id = AKIAEXAMPLE000000009\n",
        "without line end": "[other]\nregion = x",
        "carriage returns": "[other]\r\nregion = x\r\n",
    }.items():
        yield Run(
            f"file credentials {name}",
            lambda folder, before=before: (
                write(folder, "credentials", before),
                ["exchange", "audit", "--format", "credentials-file", "--profile", "x", "--config", configuration(folder)],
            )[1],
            (status(0), leftovers()),
        )
    for profile in ("x]\ncredential_process = touch PWNED\n[y", "x\u0085[default]", "\x1b[31m", "", " ", "x\r\ny"):
        yield Run(
            f"file credentials profile {profile!r}",
            lambda folder, profile=profile: [
                "exchange", "audit", "--format", "credentials-file", "--profile", profile, "--config", configuration(folder)
            ],
            (status(1, 64, 78), profiles([])),
        )


def runs():
    yield from configuration_runs()
    yield from unreadable_runs()
    yield from content_runs()
