"""PyJWT verifies a lab token with the keys that the lab publishes."""

import jwt

from checks import check, finish, raised
from lab import altered, fact, first_token

token = first_token()
key = jwt.PyJWKClient(fact("JWKS_URL")).get_signing_key_from_jwt(token)


def verified(token, audience=None):
    return jwt.decode(
        token, key, algorithms=["RS256"], audience=audience or fact("AUDIENCE"), issuer=fact("ISSUER")
    )


claims = verified(token)
check("the subject is the principal", claims["sub"] == fact("PRINCIPAL_ID"), claims["sub"])
check("the token is of version 1", claims["ver"] == "1.0", claims["ver"])
check("the token has the app role", claims.get("roles") == ["AssumeRoleWithWebIdentity"], claims.get("roles"))
check("the client is the identity", claims["appid"] == fact("CLIENT_ID"), claims["appid"])
raised(
    "altered claims", jwt.InvalidSignatureError, "Signature verification failed",
    lambda: verified(altered(token, sub="someone")),
)
raised("another audience", jwt.InvalidAudienceError, "Audience", lambda: verified(token, "api://other"))
finish()
