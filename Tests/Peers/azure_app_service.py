"""azure-identity's managed identity on the lab's App Service."""

import os

from azure.core.exceptions import ClientAuthenticationError
from azure.identity import CredentialUnavailableError, ManagedIdentityCredential

from checks import check, finish, raised
from lab import decoded, fact

refusals = (ClientAuthenticationError, CredentialUnavailableError)


def token(client_id, header=fact("IDENTITY_HEADER"), audience=fact("AUDIENCE")):
    """Returns a token as a program on App Service receives it; two variables identify that host."""
    os.environ["IDENTITY_ENDPOINT"] = fact("IDENTITY_ENDPOINT")
    os.environ["IDENTITY_HEADER"] = header
    return ManagedIdentityCredential(client_id=client_id).get_token(audience + "/.default")


answer = token(fact("CLIENT_ID"))
claims = decoded(answer.token)
check("the audience is the requested one", claims["aud"] == fact("AUDIENCE"), claims["aud"])
check("the subject is the principal", claims["sub"] == fact("PRINCIPAL_ID"), claims["sub"])
check("the expiry is the token's", abs(answer.expires_on - claims["exp"]) <= 2, answer.expires_on)
raised("a wrong header", refusals, "", lambda: token(fact("CLIENT_ID"), header="wrong"))
raised(
    "an unknown identity",
    refusals,
    "No User Assigned or Delegated Managed Identity found",
    lambda: token("00000000-0000-4000-8000-000000000000"),
)
finish()
