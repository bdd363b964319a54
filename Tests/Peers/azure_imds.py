"""azure-identity's managed identity against the lab's instance metadata."""

from azure.core.exceptions import ClientAuthenticationError
from azure.identity import CredentialUnavailableError, ManagedIdentityCredential

from checks import check, finish, raised
from lab import decoded, fact

scope = fact("AUDIENCE") + "/.default"

token = ManagedIdentityCredential(client_id=fact("CLIENT_ID")).get_token(scope)
claims = decoded(token.token)
check("the audience is the requested one", claims["aud"] == fact("AUDIENCE"), claims["aud"])
check("the subject is the principal", claims["sub"] == fact("PRINCIPAL_ID"), claims["sub"])
check("the expiry is the token's", abs(token.expires_on - claims["exp"]) <= 2, token.expires_on)

by_object = ManagedIdentityCredential(identity_config={"object_id": fact("PRINCIPAL_ID")}).get_token(scope)
check("the object ID selects the identity too", decoded(by_object.token)["oid"] == fact("PRINCIPAL_ID"))

refusals = (ClientAuthenticationError, CredentialUnavailableError)
raised(
    "an unknown identity",
    refusals,
    "Identity not found",
    lambda: ManagedIdentityCredential(client_id="00000000-0000-4000-8000-000000000000").get_token(scope),
)
raised(
    "an unknown audience",
    refusals,
    "AADSTS500011",
    lambda: ManagedIdentityCredential(client_id=fact("CLIENT_ID")).get_token("api://nobody/.default"),
)
finish()
