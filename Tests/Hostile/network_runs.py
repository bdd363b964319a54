"""Runs with hostile services: token endpoints, Entra, Microsoft Graph, STS, IAM, sign-in."""

import scenarios
from checks import *  # noqa: F403
from runner import SLOW_WALL_LIMIT, WALL_LIMIT, Run, configuration
import runner
# Scenarios of --quick: at least one of each kind.
QUICK = {
    *("sts AccessKeyId empty", "sts SecretAccessKey line end", "sts SessionToken shell", "sts Expiration past"),
    *("sts doctype external", "sts good date 9999", "sts xml deep", "sts status 000", "sts xml entities"),
    *("sts controls aws xml", "imds claim exp int64-max", "imds expires_on text-nan", "imds controls header kid"),
    *("imds claims nested 400", "imds status 099", "app expires_on 1e300", "iam policy variables", "iam policy deep"),
    *("login key huge", "login json deep closed", "graph names controls", "signin token controls", "arc challenge zero"),
}


def exchange(*more):
    return lambda path: ["exchange", "audit", "--config", path, *more]


def wall(scenario):
    return SLOW_WALL_LIMIT if scenario in scenarios.SLOW else WALL_LIMIT


def run(service, scenario, name, arguments, *checks, identity="source: imds", more="", mapping="", environment=None, **rest):
    """Returns a run with one scenario of one service; `arguments` receives the configuration's path."""

    def prepare(folder):
        path = configuration(folder, identity=identity, mapping=mapping, more=more, **{service: scenario})
        return [argument.replace("{folder}", folder) for argument in arguments(path)]

    full = f"{service} {scenario}"
    rest.setdefault("wall", wall(scenario))
    is_quick = rest.pop("quick", True) and full in QUICK
    return Run(f"{full}: {name}", prepare, checks, environment or {}, is_quick=is_quick, **rest)


def test_all(path):
    return ["test", "--all", "--json", "--config", path, "--log-file", "{folder}/log.txt", "--verbose"]


def console(keys):
    return lambda path: ["console", "--keys", keys, "--frame", "-", "--size", "100x30", "--config", path]


def imds_runs():
    for scenario in scenarios.names("imds"):
        yield run("imds", scenario, "test", test_all, healthy, is_json)
        if scenario in scenarios.SLOW:
            continue
        yield run("imds", scenario, "exchange", exchange(), usable(EXCHANGE_MEMBERS), returns_credentials=True)
        if scenario in scenarios.TOKENS:
            yield run("imds", scenario, "claims", lambda path: ["claims", "audit", "--config", path], explains)
            yield run(
                "imds", scenario, "claims json", lambda path: ["claims", "audit", "--json", "--config", path], is_json
            )
            yield run("imds", scenario, "console claims", console("2"))
        if scenario.startswith(("controls", "claim", "expires_on")):
            yield run(
                "imds", scenario, "wait", lambda path: ["wait", "audit", "--timeout", "1s", "--json", "--config", path]
            )
            yield run(
                "imds", scenario, "explain", lambda path: ["explain", "audit", "--config", path], explains
            )


def other_source_runs():
    """The other sources, whose responses or failures are those of IMDS."""
    url = runner.context.url
    header = runner.material.IDENTITY_HEADER
    for scenario in scenarios.names("app"):
        if scenario.startswith(("not_before", "refresh_in", "claim iat", "claim nbf")):
            continue
        address = runner.context.address("app", scenario)
        variables = {"IDENTITY_ENDPOINT": address + "/msi/token", "IDENTITY_HEADER": header}
        yield run(
            "app", scenario, "test", test_all, healthy, identity="source: app-service", environment=variables
        )
    for scenario in scenarios.names("msi"):
        if not scenario.startswith(("expires_on", "status", "json", "controls", "drip", "date", "token")):
            continue
        address = runner.context.address("msi", scenario) + "/token"
        yield run(
            "msi", scenario, "azure-ml", test_all, healthy, identity="source: azure-ml",
            environment={"MSI_ENDPOINT": address, "MSI_SECRET": header},
        )
        yield run(
            "msi", scenario, "cloud-shell", test_all, healthy, identity="source: cloud-shell",
            environment={"MSI_ENDPOINT": address},
        )
    for scenario in scenarios.names("arc"):
        address = runner.context.address("arc", scenario) + "/token"
        yield run(
            "arc", scenario, "test", test_all, healthy, identity="source: azure-arc",
            environment={"IDENTITY_ENDPOINT": address, "IMDS_ENDPOINT": url},
        )
    for scenario in scenarios.names("login"):
        if scenario in scenarios.KEYS or scenario.startswith("discovery "):
            yield run(
                "login", scenario, "verify",
                lambda path: ["claims", "audit", "--verify", "--json", "--config", path], is_json,
            )
            continue
        if scenario.startswith(("not_before", "refresh_in", "expires_on", "claim nbf")):
            continue
        yield run(
            "login", scenario, "test", test_all, healthy, identity="source: client-secret, secret_env: CLIENT_SECRET"
        )
        if scenario in scenarios.FAULTS:
            yield run(
                "login", scenario, "verify", lambda path: ["claims", "audit", "--verify", "--config", path], explains
            )


def sts_runs():
    members = tuple(name + " " for name in runner.material.CREDENTIAL_MEMBERS)
    for scenario in scenarios.names("sts"):
        yield run("sts", scenario, "test", test_all, healthy, is_json)
        if scenario in scenarios.SLOW:
            continue
        yield run("sts", scenario, "exchange", exchange(), usable(EXCHANGE_MEMBERS), returns_credentials=True)
        yield run(
            "sts", scenario, "credential-process", lambda path: ["credential-process", "audit", "--config", path],
            usable(PROCESS_MEMBERS), returns_credentials=True,
        )
        if not scenario.startswith(members) and not scenario.startswith("doctype"):
            yield run("sts", scenario, "console", console("5"))
            continue
        yield run(
            "sts", scenario, "file", exchange("--format", "credentials-file", "--profile", "x"), profiles(["x"]), leftovers()
        )
        yield run(
            "sts", scenario, "env", exchange("--format", "env"), usable_environment, returns_credentials=True, quick=False
        )
        for shell in ("fish", "powershell"):
            yield run(
                "sts", scenario, shell, exchange("--format", shell), returns_credentials=True, quick=False
            )
        yield run(
            "sts", scenario, "exec", lambda path: ["exec", "audit", "--config", path, "--", "env", "-0"], usable_child,
            returns_credentials=True, checks_controls=False, statuses=runner.STATUSES | {2, 125, 127},
        )


def operator_runs():
    """IAM, Graph, Resource Manager, and sign-in, with the commands that use them."""
    operator = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE000000001", "AWS_SECRET_ACCESS_KEY": runner.material.SECRET_KEY}
    for scenario in scenarios.names("iam"):
        yield run(
            "iam", scenario, "explain json", lambda path: ["explain", "audit", "--json", "--config", path], is_json,
            environment=operator,
        )
        if scenario in scenarios.IAM:
            yield run(
                "iam", scenario, "explain", lambda path: ["explain", "audit", "--config", path], explains,
                environment=operator,
            )
            yield run("iam", scenario, "console trust", console("3"), environment=operator)
            yield run("iam", scenario, "console roles", console("7"), environment=operator)
        yield run(
            "iam", scenario, "setup", lambda path: ["setup", "plan", "audit", "--config", path], explains,
            environment=operator, mapping=", setup: {application: x}", more="setup: {graph_identity: healthy}",
            wall=SLOW_WALL_LIMIT,
        )
    for service in ("graph", "arm"):
        for scenario in scenarios.names(service):
            yield run(
                service, scenario, "setup", lambda path: ["setup", "plan", "audit", "--json", "--config", path], is_json,
                environment=operator, more="setup: {graph_identity: healthy}", wall=SLOW_WALL_LIMIT,
                mapping=", setup: {application: x, identity: {subscription: 2f4a9838-26b7-47ee-be60-ccc1fdec5953, "
                "resource_group: ops, location: westeurope, name: audit}}",
            )
    for scenario in ("silence", "drip body", "next silence", "status 000", "json deep short"):
        yield run(
            "graph", scenario, "explain", lambda path: ["explain", "audit", "--config", path], explains,
            environment=operator, more="setup: {graph_identity: healthy}", wall=SLOW_WALL_LIMIT,
        )
        yield run(
            "graph", scenario, "wait", lambda path: ["wait", "audit", "--timeout", "1s", "--json", "--config", path],
            more="setup: {graph_identity: healthy}",
        )
    for scenario in scenarios.names("signin"):
        yield run(
            "signin", scenario, "sign-in", lambda path: ["sign-in", "audit", "--config", path], explains,
            returns_credentials=True,
        )


def runs():
    yield from sts_runs()
    yield from imds_runs()
    yield from other_source_runs()
    yield from operator_runs()
