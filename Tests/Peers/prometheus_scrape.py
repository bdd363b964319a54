"""`cambist serve` watched by the real Prometheus, and its files checked by promtool and systemd-analyze.

Requires Debian's packages prometheus and systemd; each that is absent fails a check.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import yaml
from checks import check, finish
from lab import configuration, fact

packaging = Path(__file__).resolve().parents[2] / ".ci/packaging"
cambist = os.environ["CAMBIST"]
mapping = fact("MAPPING")
names = list(configuration()["mappings"])


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **options)


def get(url, token=None, accept=None):
    """Sends a request; returns status, content type and body."""
    headers = {name: value for name, value in (("Authorization", token), ("Accept", accept)) if value}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as reply:
            return reply.status, reply.headers["Content-Type"], reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["Content-Type"], error.read().decode()


def eventually(look, seconds=40):
    """Polls until `look` returns something true; returns the last value."""
    end = time.monotonic() + seconds
    while not (found := look()) and time.monotonic() < end:
        time.sleep(0.3)
    return found


port = free_port()
base = f"http://127.0.0.1:{port}"
server = subprocess.Popen([cambist, "serve", "--port", str(port), "--token-file", "token"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
server.stdout.readline()
token = Path("token").read_text(encoding="utf-8")
eventually(lambda: f'cambist_up{{mapping="{mapping}"}} 1' in get(f"{base}/metrics", token)[2])

status, _, body = get(f"{base}/healthz")
check("healthz is 503 while a mapping fails, without names", status == 503 and not any(name in body for name in names), (status, body))
check("metrics need the token", get(f"{base}/metrics")[0] == 401)
status, kind, text = get(f"{base}/metrics", token)
check("metrics have the text format of Prometheus", status == 200 and "version=0.0.4" in kind, (status, kind))
status, kind, open_text = get(f"{base}/metrics", f"Bearer {token}", "application/openmetrics-text; version=1.0.0")
check("metrics have OpenMetrics on request, ended by EOF", kind.startswith("application/openmetrics-text") and open_text.endswith("# EOF\n"), kind)
try:
    from prometheus_client.openmetrics.parser import text_string_to_metric_families

    families = {family.name: family for family in text_string_to_metric_families(open_text)}
    check("the reference parser of OpenMetrics reads the metrics", families["cambist_exchanges"].type == "counter", list(families))
except ImportError:
    print("      prometheus_client is not installed; its parser was not used", flush=True)
secrets = [token, "ASIA", fact("CLIENT_ID"), fact("PRINCIPAL_ID"), fact("ROLE_ARN")]
check("metrics have no secret, ID, or ARN", not any(secret in text + open_text for secret in secrets))

promtool, prometheus = shutil.which("promtool"), shutil.which("prometheus")
if promtool and prometheus:
    linted = run(promtool, "check", "metrics", input=text)
    check("promtool check metrics has no complaint", (linted.returncode, linted.stdout + linted.stderr) == (0, ""), linted.stdout + linted.stderr)
    rules = run(promtool, "check", "rules", str(packaging / "prometheus/cambist.rules.yml"))
    check("promtool check rules accepts the alerts", rules.returncode == 0, rules.stdout + rules.stderr)
    settings = yaml.safe_load((packaging / "prometheus/scrape.yml").read_text(encoding="utf-8"))
    settings["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    settings["rule_files"] = ["rules.yml"]
    job = settings["scrape_configs"][0]
    job["authorization"]["credentials_file"] = str(Path("token").resolve())
    job["static_configs"][0]["targets"] = [f"127.0.0.1:{port}"]
    Path("prometheus.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    rules = yaml.safe_load((packaging / "prometheus/cambist.rules.yml").read_text(encoding="utf-8"))
    for rule in rules["groups"][0]["rules"]:
        rule["for"] = "0s"
    Path("rules.yml").write_text(yaml.safe_dump(rules), encoding="utf-8")
    watcher_port = free_port()
    watcher = subprocess.Popen(
        [prometheus, "--config.file=prometheus.yml", f"--web.listen-address=127.0.0.1:{watcher_port}", "--storage.tsdb.path=tsdb"],
        stdout=subprocess.DEVNULL, stderr=open("prometheus.log", "w", encoding="utf-8"),
    )

    def query(expression):
        """Returns the series of an instant query; none while Prometheus starts."""
        address = f"http://127.0.0.1:{watcher_port}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
        try:
            return json.loads(get(address)[2])["data"]["result"]
        except (OSError, ValueError, KeyError):
            return []

    try:
        check("Prometheus scrapes the server", eventually(lambda: query('up{job="cambist"} == 1')), Path("prometheus.log").read_text(encoding="utf-8")[-500:])
        found = eventually(lambda: query("cambist_up"))
        states = {series["metric"]["mapping"]: series["value"][1] for series in found}
        check("Prometheus has the state of each mapping", states.get(mapping) == "1" and states.get("payroll") == "0" and len(states) == len(names), states)
        expiry = query("cambist_credential_expiry_timestamp_seconds - time() > 3000")
        check("Prometheus has the expiration of the credentials", any(series["metric"]["mapping"] == mapping for series in expiry), expiry)
        check("Prometheus has the histogram", query("histogram_quantile(0.9, cambist_exchange_duration_seconds_bucket)"))
        firing = eventually(lambda: query('ALERTS{alertname="CambistMappingDown",alertstate="firing",mapping="payroll"}'))
        check("the alert of a mapping without credentials fires", firing, query("ALERTS"))
        expressions = [target["expr"] for panel in json.loads((packaging / "grafana/cambist.json").read_text(encoding="utf-8"))["panels"] for target in panel["targets"]]
        plain = [text.replace("$instance", ".*").replace("$mapping", ".*") for text in expressions]
        check("every expression of the dashboard has data", all(eventually(lambda text=text: query(text), 20) for text in plain), [text for text in plain if not query(text)])
    finally:
        watcher.send_signal(signal.SIGTERM)
        watcher.wait(timeout=30)
else:
    check("Prometheus is installed", False, "apt install prometheus")

server.send_signal(signal.SIGTERM)
check("the server exits with 0", server.wait(timeout=20) == 0)

analyze = shutil.which("systemd-analyze")
check("systemd is installed", analyze, "apt install systemd")
if analyze:
    for kind in ("system", "user"):
        verdict = run(analyze, "security", "--offline=true", "--no-pager", "--threshold=20", str(packaging / f"systemd/{kind}/cambist-serve.service"))
        check(f"the exposure of the {kind} service is at most 2.0", verdict.returncode == 0, verdict.stdout[-200:] + verdict.stderr)
finish()
