"""The lab as the peer scripts see it: variables, configuration, and tokens from its metadata endpoint."""

import base64
import json
import os
import urllib.parse
import urllib.request

import yaml

# Loopback is reached directly, regardless of the machine's proxy.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def fact(name):
    """Returns a CAMBIST_LAB_… variable about the first mapping: fact("ROLE_ARN")."""
    return os.environ["CAMBIST_LAB_" + name]


def configuration():
    """Returns the scenario's cambist configuration."""
    with open(os.environ["CAMBIST_CONFIG"], encoding="utf-8") as file:
        return yaml.safe_load(file)


def fetch_json(url, headers=None):
    """Returns the JSON document at `url`."""
    request = urllib.request.Request(url, headers=headers or {})
    with _direct.open(request, timeout=30) as answer:
        return json.load(answer)


def imds_token(audience, client_id):
    """Returns a managed identity's token, requested like a program on its host."""
    query = urllib.parse.urlencode(
        {"api-version": "2018-02-01", "resource": audience, "client_id": client_id}
    )
    host = os.environ["AZURE_POD_IDENTITY_AUTHORITY_HOST"].rstrip("/")
    answer = fetch_json(f"{host}/metadata/identity/oauth2/token?{query}", {"Metadata": "true"})
    return answer["access_token"]


def first_token():
    """Returns the token of the first mapping's identity for its audience."""
    return imds_token(fact("AUDIENCE"), fact("CLIENT_ID"))


def decoded(token):
    """Returns a token's claims without verification."""
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def altered(token, **claims):
    """Returns the token with other claims and the old signature."""
    header, _, signature = token.split(".")
    text = json.dumps(decoded(token) | claims).encode()
    payload = base64.urlsafe_b64encode(text).rstrip(b"=").decode()
    return f"{header}.{payload}.{signature}"
