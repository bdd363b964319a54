"""Building blocks of hostile responses: tokens, credentials, HTTP messages, and values that break parsers.

The secrets are invented; none may appear in a log, a state file, or an error message.
"""

import base64
import datetime
import gzip
import json
import time

TENANT = "2f4a9838-26b7-47ee-be60-ccc1fdec5953"
AUDIENCE = "api://security-aws-logging"
CLIENT, OBJECT = "50d69e93-b49a-4251-8683-b9bca79dea7c", "1ea7e6e0-7876-4d1c-aec5-7b1c927ede74"
HEALTHY_CLIENT, HEALTHY_OBJECT = "7d3c1b52-0c9e-4f7a-9a55-6f0f1f1c2b11", "3b8f1c9e-5a4d-4e6b-8c7a-2d1e0f9a8b7c"
ACCOUNT = "111122223333"

SIGNATURE = "SIGNATUREOFATOKENSIGNATUREOFATOKENSIGNATUREA"
SECRET_KEY = "SECRETKEYSECRETKEYSECRETKEYSECRETKEY0001"
SESSION_TOKEN = "SESSIONTOKENSESSIONTOKENSESSIONTOKEN0001"
CLIENT_SECRET = "CLIENTSECRETCLIENTSECRETCLIENTSECRET0001"
IDENTITY_HEADER = "IDENTITYHEADERIDENTITYHEADERIDENTITY0001"
SIGN_IN_TOKEN = "SIGNINTOKENSIGNINTOKENSIGNINTOKENSIG0001"
SECRETS = [SIGNATURE, SECRET_KEY, SESSION_TOKEN, CLIENT_SECRET, IDENTITY_HEADER]

HOSTILE_KEY_ID, HEALTHY_KEY_ID = "ASIAEXAMPLE000000001", "ASIAEXAMPLE000000002"

# A window title, a color, DEL, a C1 control sequence, bidi overrides, isolates, and marks.
CONTROLS = "\x1b]0;TITLE\x07\x1b[31mRED\x7f\u202eLTR\u009b31m\u0085\u2066\u200f\u061c"
# The ones that are valid in XML 1.0, as character references.
XML_CONTROLS = "&#x9b;31m&#x85;&#x202e;&#x2066;&#x200f;&#x61c;"

INT64_MIN, INT64_MAX = -(1 << 63), (1 << 63) - 1

# Numbers that trap, overflow, or lose their value in a conversion; as JSON texts, which can express 10^400.
NUMBERS = {
    "int64-max": str(INT64_MAX),
    "int64-min": str(INT64_MIN),
    "int64-over": str(INT64_MAX + 1),
    "uint64-max": str((1 << 64) - 1),
    "1e300": "1e300",
    "-1e300": "-1e300",
    "1e400": "1e400",
    "digits": "1" + "0" * 400,
    "year-10000": "253402300800",
    "year-0": "-62135596801",
    "milliseconds": str(10**15),
    "minus-one": "-1",
    "zero": "0",
    "fraction": "1.5e-320",
    "text-nan": '"nan"',
    "text-inf": '"-inf"',
    "text-max": f'"{INT64_MAX}"',
    "text-1e300": '"1e300"',
    "text-digits": '"' + "9" * 400 + '"',
    "text-empty": '""',
    "text-blank": '" 5 "',
    "object": '{"a": 1}',
    "array": "[[[]]]",
    "true": "true",
    "null": "null",
}

# HTTP dates whose clock offset overflows, and invalid dates.
DATES = {
    "year-1": "Mon, 01 Jan 0001 00:00:00 GMT",
    "year-0": "Sat, 01 Jan 0000 00:00:00 GMT",
    "1970": "Thu, 01 Jan 1970 00:00:00 GMT",
    "9999": "Fri, 31 Dec 9999 23:59:59 GMT",
    "99999": "Fri, 31 Dec 99999 23:59:59 GMT",
    "negative": "Fri, 31 Dec -292277022657 08:29:52 GMT",
    "words": "tomorrow",
    "month-13": "Fri, 99 Xyz 2026 99:99:99 GMT",
}


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def claims(principal=OBJECT, client=CLIENT, **changes):
    """Returns claims that every check accepts, with `changes`; `None` removes a claim."""
    now = int(time.time())
    good = {
        "aud": AUDIENCE,
        "iss": f"https://sts.windows.net/{TENANT}/",
        "iat": now - 60,
        "nbf": now - 60,
        "exp": now + 86000,
        "appid": client,
        "oid": principal,
        "sub": principal,
        "tid": TENANT,
        "ver": "1.0",
        "uti": "abc",
        "roles": ["AssumeRoleWithWebIdentity"],
    }
    good.update(changes)
    return {name: value for name, value in good.items() if value is not None}


def jwt(payload, header=None, signature=SIGNATURE):
    """Returns a compact JWS; `payload` and `header` are JSON values or bytes."""
    header = header or {"typ": "JWT", "alg": "RS256", "kid": "k1"}
    head, body = (p if isinstance(p, bytes) else json.dumps(p).encode() for p in (header, payload))
    return f"{base64url(head)}.{base64url(body)}.{signature}"


def claims_with(member, value):
    """Returns the bytes of valid claims with one member given as JSON text."""
    rest = json.dumps(claims(**{member: None}))
    return f"{rest[:-1]}, {json.dumps(member)}: {value}}}".encode()


def iso(seconds):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def http(status, body, headers=(), date=None, kind="application/json"):
    """Returns the bytes of an HTTP response."""
    body = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    date = date or time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
    head = f"HTTP/1.1 {status} X\r\nDate: {date}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n".encode()
    for name, value in headers:
        head += name.encode() + b": " + (value if isinstance(value, bytes) else value.encode()) + b"\r\n"
    return head + b"\r\n" + body


def xml(body, status=200, **rest):
    return http(status, body, kind="text/xml", **rest)


def token_answer(token=None, **changes):
    """Returns a token endpoint's JSON; `changes` are JSON texts, `None` removes a member."""
    members = {
        "access_token": json.dumps(token or jwt(claims())),
        "expires_in": '"86000"',
        "expires_on": f'"{int(time.time()) + 86000}"',
        "resource": json.dumps(AUDIENCE),
        "token_type": '"Bearer"',
    }
    members.update(changes)
    kept = (f"{json.dumps(name)}: {value}" for name, value in members.items() if value is not None)
    return "{" + ", ".join(kept) + "}"


def good_token():
    return http(200, token_answer())


def healthy_token():
    return http(200, token_answer(jwt(claims(HEALTHY_OBJECT, HEALTHY_CLIENT))))


STS_NAMESPACE = 'xmlns="https://sts.amazonaws.com/doc/2011-06-15/"'
CREDENTIAL_MEMBERS = ["AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration", "Arn"]


def assumed_role(before="", after="", role="audit", **members):
    """Returns an AssumeRoleWithWebIdentity response; `members` are XML texts, `None` removes an element."""
    good = {
        "AccessKeyId": HOSTILE_KEY_ID,
        "SecretAccessKey": SECRET_KEY,
        "SessionToken": SESSION_TOKEN,
        "Expiration": iso(3600),
        "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/cambist-{role}",
    }
    good.update(members)

    def element(name):
        return "" if good[name] is None else f"<{name}>{good[name]}</{name}>"

    inner = "".join(element(name) for name in CREDENTIAL_MEMBERS[:4])
    return (
        f"{before}<AssumeRoleWithWebIdentityResponse {STS_NAMESPACE}><AssumeRoleWithWebIdentityResult>"
        f"<Credentials>{inner}</Credentials><AssumedRoleUser>{element('Arn')}"
        f"<AssumedRoleId>AROAEXAMPLE:cambist-{role}</AssumedRoleId></AssumedRoleUser>"
        f"<SubjectFromWebIdentityToken>{OBJECT}</SubjectFromWebIdentityToken><Audience>{AUDIENCE}</Audience>"
        f"<Provider>p</Provider>{after}</AssumeRoleWithWebIdentityResult>"
        "<ResponseMetadata><RequestId>request-1</RequestId></ResponseMetadata></AssumeRoleWithWebIdentityResponse>"
    )


def caller(role="audit", arn=None, user="AROAEXAMPLE:cambist-audit", account=ACCOUNT):
    arn = arn or f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/cambist-{role}"
    return (
        f"<GetCallerIdentityResponse {STS_NAMESPACE}><GetCallerIdentityResult><Arn>{arn}</Arn>"
        f"<UserId>{user}</UserId><Account>{account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
    )


def aws_error(code, message="no", status=400, request="request-1", **rest):
    return xml(
        f"<ErrorResponse {STS_NAMESPACE}><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>"
        f"</Error><RequestId>{request}</RequestId></ErrorResponse>",
        status,
        **rest,
    )


def nested(depth, size, leaf='"x"'):
    """Returns a JSON array of about `size` characters whose members are `depth` deep."""
    one = "[" * depth + leaf + "]" * depth
    return "[" + ",".join([one] * max(1, size // (len(one) + 1))) + "]"


def entities(levels, fan=10):
    """Returns a document type whose entity `last` expands to fan^levels copies of the first entity."""
    lines = ['<!ENTITY e0 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA">']
    lines += [f'<!ENTITY e{n} "{f"&e{n - 1};" * fan}">' for n in range(1, levels)]
    lines.append(f'<!ENTITY last "{f"&e{levels - 1};" * fan}">')
    return '<?xml version="1.0"?><!DOCTYPE r [' + "".join(lines) + "]>"


def zeros(size=50_000_000):
    return gzip.compress(b"0" * size, 1)
