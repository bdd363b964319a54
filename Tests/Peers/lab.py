"""What the peer scripts know of the lab: its facts, its configuration, and tokens off its metadata endpoint."""

import base64
import json
import os
import urllib.parse
import urllib.request

import yaml

# Straight to loopback, whatever proxy the machine is set to.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def fact(name):
    """One of the CAMBIST_LAB_… facts of the first mapping: fact("ROLE_ARN")."""
    return os.environ["CAMBIST_LAB_" + name]


def configuration():
    """The scenario's cambist configuration."""
    with open(os.environ["CAMBIST_CONFIG"], encoding="utf-8") as file:
        return yaml.safe_load(file)


def fetch_json(url, headers=None):
    """The JSON document at `url`."""
    request = urllib.request.Request(url, headers=headers or {})
    with _direct.open(request, timeout=30) as answer:
        return json.load(answer)


def imds_token(audience, client_id):
    """A managed identity's token as any program on its host would fetch it."""
    query = urllib.parse.urlencode(
        {"api-version": "2018-02-01", "resource": audience, "client_id": client_id}
    )
    host = os.environ["AZURE_POD_IDENTITY_AUTHORITY_HOST"].rstrip("/")
    answer = fetch_json(f"{host}/metadata/identity/oauth2/token?{query}", {"Metadata": "true"})
    return answer["access_token"]


def first_token():
    """The token of the first mapping's identity for its audience."""
    return imds_token(fact("AUDIENCE"), fact("CLIENT_ID"))


def decoded(token):
    """A token's claims, unchecked."""
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def altered(token, **claims):
    """The token with other claims under its old signature."""
    header, _, signature = token.split(".")
    text = json.dumps(decoded(token) | claims).encode()
    payload = base64.urlsafe_b64encode(text).rstrip(b"=").decode()
    return f"{header}.{payload}.{signature}"
