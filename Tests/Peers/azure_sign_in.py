"""The real `az login --service-principal` against the lab: with a secret, a certificate, and a federated token.

az is configured with the lab as a separate cloud, whose authority MSAL must not look up at Microsoft.
"""

import configparser
import json
import os
import subprocess
from pathlib import Path

from checks import check, finish


def az(*words):
    """Runs az; returns its exit status, its parsed answer or None, and its stderr."""
    run = subprocess.run(
        [f"{os.environ['AZ_PATH']}/az", *words], env=environment, capture_output=True, text=True, timeout=120
    )
    return run.returncode, json.loads(run.stdout) if run.stdout.strip() else None, run.stderr.strip()


def signs_in(name, *words):
    """Checks that az signs in, and that Azure Resource Manager accepts its token."""
    status, accounts, error = az("login", "--service-principal", "-u", client, *words, "--tenant", tenant)
    found = accounts[0] if accounts else {}
    check(f"az signs in with {name}", status == 0 and found.get("user", {}).get("name") == client, error)
    check(f"the account of {name} is the lab's", found.get("tenantId") == tenant and found.get("state") == "Enabled", found)
    status, token, error = az("account", "get-access-token", "--resource", "https://management.azure.com/")
    check(f"az has a token of {name}", status == 0 and token and token["tenant"] == tenant, error)
    az("logout")


client = os.environ["CAMBIST_LAB_APP_CLIENT_ID"]
tenant = os.environ["AZURE_TENANT_ID"]
home = Path("azure").resolve()
home.mkdir()
clouds, settings = configparser.ConfigParser(), configparser.ConfigParser()
clouds["Lab"] = {
    "endpoint_active_directory": os.environ["AZURE_AUTHORITY_HOST"].rstrip("/"),
    "endpoint_active_directory_resource_id": "https://management.core.windows.net/",
    "endpoint_microsoft_graph_resource_id": os.environ["CAMBIST_LAB_GRAPH_URL"].rstrip("/"),
    "endpoint_resource_manager": os.environ["CAMBIST_LAB_ARM_URL"].rstrip("/"),
    "endpoint_management": os.environ["CAMBIST_LAB_ARM_URL"].rstrip("/"),
}
settings["cloud"] = {"name": "Lab"}
settings["core"] = {"collect_telemetry": "no", "instance_discovery": "False"}
for name, content in (("clouds.config", clouds), ("config", settings)):
    with (home / name).open("w", encoding="utf-8") as file:
        content.write(file)
environment = os.environ | {"AZURE_CONFIG_DIR": str(home)}

# First, because az keeps the tokens of earlier sign-ins.
status, _, error = az("login", "--service-principal", "-u", client, "-p", "wrong", "--tenant", tenant)
check("a wrong secret is refused with Entra's code", status != 0 and "AADSTS7000215" in error, error)
signs_in("a secret", "-p", os.environ["CAMBIST_LAB_APP_SECRET"])
signs_in("a certificate", "--certificate", os.environ["CAMBIST_LAB_APP_CERTIFICATE"])
signs_in("a federated token", "--federated-token", Path(os.environ["CAMBIST_LAB_FEDERATED_TOKEN_FILE"]).read_text().strip())
finish()
