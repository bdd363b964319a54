"""azure-identity's application credentials against the lab's Entra, which require TLS."""

import os
import pathlib
import subprocess

from azure.core.exceptions import ClientAuthenticationError
from azure.identity import CertificateCredential, ClientSecretCredential, WorkloadIdentityCredential

from checks import check, finish, raised
from lab import altered, decoded, fact

tenant = os.environ["AZURE_TENANT_ID"]
scope = fact("AUDIENCE") + "/.default"
# Microsoft's instance discovery does not know the lab's host.
common = {"disable_instance_discovery": True}


def secret(value=fact("APP_SECRET"), tenant_id=tenant, client_id=fact("APP_CLIENT_ID"), requested_scope=scope):
    return ClientSecretCredential(tenant_id, client_id, value, **common).get_token(requested_scope)


def certificate(path=fact("APP_CERTIFICATE"), client_id=fact("APP_CLIENT_ID")):
    return CertificateCredential(tenant, client_id, certificate_path=path, **common).get_token(scope)


def workload(file=fact("FEDERATED_TOKEN_FILE"), client_id=fact("CLIENT_ID")):
    return WorkloadIdentityCredential(
        tenant_id=tenant, client_id=client_id, token_file_path=file, **common
    ).get_token(scope)


def refused(name, text, call):
    raised(name, ClientAuthenticationError, text, call)


for name, call, client_id in (
    ("client secret", secret, fact("APP_CLIENT_ID")),
    ("client certificate", certificate, fact("APP_CLIENT_ID")),
    ("workload identity", workload, fact("CLIENT_ID")),
):
    claims = decoded(call().token)
    check(f"{name}: the audience is the requested one", claims["aud"] == fact("AUDIENCE"), claims["aud"])
    check(f"{name}: the client is the one that requested the token", claims["appid"] == client_id, claims["appid"])

unknown_id = "00000000-0000-4000-8000-000000000000"
refused("a wrong secret", "AADSTS7000215", lambda: secret("wrong"))
refused("an unknown client", "AADSTS700016", lambda: secret(client_id=unknown_id))
refused("an unknown audience", "AADSTS500011", lambda: secret(requested_scope="api://nobody/.default"))

# A valid certificate that the application does not have.
unknown = pathlib.Path("unknown.pem")
subprocess.run(
    ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=unknown",
     "-keyout", unknown, "-out", "unknown.crt"],
    check=True, capture_output=True,
)
unknown.write_text(unknown.read_text() + pathlib.Path("unknown.crt").read_text(), encoding="ascii")
refused("an unknown certificate", "AADSTS700027", lambda: certificate(str(unknown)))
# The library requests the tenant's discovery document first and reports only that it is missing.
refused("another tenant", "Unable to get authority configuration", lambda: secret(tenant_id="6f1a3c70-1f0e-4a6f-bb43-2d7f0a9c5e11"))

wrong = pathlib.Path("altered.jwt")
wrong.write_text(altered(pathlib.Path(fact("FEDERATED_TOKEN_FILE")).read_text(), sub="someone"), encoding="ascii")
refused("an altered federated token", "AADSTS", lambda: workload(str(wrong)))
finish()
