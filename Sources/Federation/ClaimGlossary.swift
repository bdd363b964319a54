/// A short explanation of a claim in Entra tokens.
package struct ClaimMeaning: Hashable, Sendable {
    package let name: String
    package let text: String
    /// Whether the claim is expected to differ in every token.
    package let isVolatile: Bool

    /// The explanation of a claim; `nil` if the sources do not list it.
    ///
    /// Sources: Microsoft identity platform, access token claims reference; IAM user guide for AWS's claims.
    package static func of(_ name: String) -> ClaimMeaning? {
        glossary[name]
    }

    /// All known claims, by name.
    static let glossary: [String: ClaimMeaning] = {
        var glossary: [String: ClaimMeaning] = [:]
        for (name, text) in stable {
            glossary[name] = ClaimMeaning(name: name, text: text, isVolatile: false)
        }
        for (name, text) in volatile {
            glossary[name] = ClaimMeaning(name: name, text: text, isVolatile: true)
        }
        return glossary
    }()

    private static let volatile = [
        "aio": "internal to Entra",
        "exp": "the expiration; STS accepts the token for five more minutes",
        "iat": "the time of issue; Entra subtracts five minutes",
        "jti": "the token's ID",
        "nbf": "the start of the token's validity",
        "rh": "internal to Entra",
        "uti": "the token's ID; an equal ID means the same cached token",
    ]

    private static let stable = [
        "acct": "whether the user is a member (0) or a guest (1)",
        "acr": "whether the user's authentication meets ISO/IEC 29115: 1 yes, 0 no",
        "acrs": "the authentication contexts that were satisfied",
        "alg": "the signature's algorithm; RS256 from Entra",
        "amr": "how the user was authenticated",
        "app_displayname": "the client application's name",
        "appid": "the requesting client: the identity's client ID (version 1)",
        "appidacr":
            "the client authentication: 0 none, 1 secret, 2 certificate (also for managed identities)",
        "aud": "the audience; AWS compares it if the token has no azp",
        "azp": "the requesting client (version 2); AWS compares it instead of aud",
        "azpacr": "the client authentication: 0 none, 1 secret, 2 certificate",
        "cnf": "the key that the token is bound to",
        "ctry": "the user's country",
        "deviceid": "the device that the user signed in from",
        "email": "the user's email address",
        "family_name": "the user's last name",
        "given_name": "the user's first name",
        "groups": "the caller's groups; AWS has no condition key for them",
        "hasgroups": "there are too many groups to list",
        "idp": "the identity provider of the caller; usually the issuer",
        "idtyp": "app for an application's token, user for a user's",
        "ipaddr": "the address that the user signed in from",
        "iss": "the issuer; ends in a slash only in version 1 tokens",
        "kid": "the ID of the signing key",
        "login_hint": "the user's name for the next sign-in",
        "name": "the user's name, for display",
        "nonce": "a value of the client that prevents replay",
        "oid": "the caller's object ID in the tenant; equal to sub for an identity",
        "onprem_sid": "the user's identifier in the on-premises directory",
        "preferred_username": "the user's sign-in name (version 2)",
        "puid": "the user's identifier in older services",
        "roles": "the app roles of the caller; AWS does not read them",
        "scp": "the permissions that a user granted; only a user's token has this claim",
        "sid": "the user's session",
        "sub": "the caller; for a managed identity its object ID, which the trust policy should require",
        "tenant_region_scope": "the tenant's region",
        "tid": "the tenant",
        "typ": "the token's type",
        "unique_name": "the user's name (version 1)",
        "upn": "the user's sign-in name",
        "ver": "the token's version, chosen by the audience's application",
        "verified_primary_email": "the user's verified email addresses",
        "wids": "the user's directory roles",
        "x5t": "the signing certificate's thumbprint",
        "xms_cc": "the client's capabilities, such as claims challenges",
        "xms_ftd": "internal to Entra",
        "xms_idrel": "how the caller belongs to the tenant",
        "xms_mirid": "the managed identity's resource in Azure",
        "xms_rd": "internal to Entra",
        "xms_tcdt": "when the tenant was created",
        "xms_tdbr": "the region of the tenant's data",
        "https://aws.amazon.com/roles": "the roles that the issuer allows; STS enforces this list",
        "https://aws.amazon.com/source_identity": "the source identity of the AWS session",
        "https://aws.amazon.com/tags": "the tags of the AWS session",
    ]
}
