"""The hostile responses, one table per simulated service: from scenario name to a function that returns the response.

A response is bytes, or an iterator of bytes if it is slow. `FAULTS` are responses of any HTTP server; every service sends
them.
"""

import gzip
import json
import os
import time
import urllib.parse

from material import *  # noqa: F403 - used throughout this file

PORT = 0


def drip(first, piece=b"a", pause=0.5):
    yield first
    for _ in range(100_000):
        time.sleep(pause)
        yield piece


def silence():
    time.sleep(120)
    yield b""


def redirect(status):
    head = f"HTTP/1.1 {status} T\r\nLocation: http://127.0.0.1:{PORT}/leak/{status}\r\nContent-Length: 0\r\n\r\n"
    return head.encode()


def answer_head(rest, status="200 OK"):
    return f"HTTP/1.1 {status}\r\n".encode() + rest


# Responses of any server to any request.
FAULTS = {
    "status 000": lambda: answer_head(b"Content-Length: 0\r\n\r\n", "000 X"),
    "status 001": lambda: answer_head(b"Content-Length: 2\r\n\r\n{}", "001 X"),
    "status 099": lambda: answer_head(b"Content-Length: 2\r\n\r\n{}", "099 X"),
    "status 600": lambda: http(600, "{}"),
    "status 999": lambda: http(999, "{}"),
    "status 9999": lambda: http(9999, "{}"),
    "status -1": lambda: answer_head(b"Content-Length: 2\r\n\r\n{}", "-1 X"),
    "status 101": lambda: answer_head(b"Upgrade: h2c\r\nConnection: upgrade\r\n\r\n", "101 Switching"),
    "status 100 flood": lambda: b"HTTP/1.1 100 Continue\r\n\r\n" * 2000 + http(500, "{}"),
    "status 204": lambda: answer_head(b"\r\n", "204 None"),
    "version 9.9": lambda: b"HTTP/9.9 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    "header control": lambda: answer_head(b"x-ms-request-id: a\x1b[31mb\r\nContent-Length: 2\r\n\r\n{}"),
    "header many": lambda: answer_head(b"".join(b"x-%d: y\r\n" % n for n in range(10_000)) + b"\r\n"),
    "header long": lambda: answer_head(b"x: " + b"y" * 1_000_000 + b"\r\nContent-Length: 2\r\n\r\n{}"),
    "header endless": lambda: drip(b"HTTP/1.1 200 OK\r\nx: ", b"y" * 1000, 0.01),
    "length negative": lambda: answer_head(b"Content-Length: -5\r\n\r\n{}"),
    "length huge": lambda: answer_head(b"Content-Length: 99999999999999999999\r\n\r\n{}"),
    "length 10 GB": lambda: answer_head(b"Content-Length: 10000000000\r\n\r\n{}"),
    "length two": lambda: answer_head(b"Content-Length: 2\r\nContent-Length: 900\r\n\r\n{}"),
    "length short": lambda: answer_head(b"Content-Length: 500\r\n\r\n{}"),
    "chunk bad": lambda: answer_head(b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc"),
    "chunk huge": lambda: answer_head(b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nabc"),
    "chunk cut": lambda: answer_head(b"Transfer-Encoding: chunked\r\n\r\nffff\r\nabc"),
    "gzip bomb": lambda: http(200, zeros(), [("Content-Encoding", "gzip")]),
    "gzip false": lambda: http(200, "{}", [("Content-Encoding", "gzip")]),
    "deflate bomb": lambda: http(200, zeros(), [("Content-Encoding", "deflate")]),
    "redirect 302": lambda: redirect(302),
    "redirect 307": lambda: redirect(307),
    "redirect 308": lambda: redirect(308),
    "garbage": lambda: os.urandom(2000),
    "no http": lambda: b"hello\n",
    "close": lambda: b"",
    "empty 200": lambda: http(200, ""),
    "empty 503": lambda: http(503, ""),
    "html 200": lambda: http(200, "<html>sign in</html>", kind="text/html"),
    "html 403": lambda: http(403, "<html>" + CONTROLS, kind="text/html"),
    "text 400": lambda: http(400, CONTROLS, kind="text/plain"),
    "nul": lambda: http(200, "\0" * 1000),
    "utf-16": lambda: http(200, "{}".encode("utf-16")),
    "bad utf-8": lambda: http(400, b'{"error": "\xff\xfe\xc3("}'),
    "array": lambda: http(200, "[1, 2]"),
    "number": lambda: http(200, "1e400"),
    "big": lambda: http(200, "x" * 3_000_000),
    "json deep": lambda: http(200, "[" * 100_000),
    "json deep closed": lambda: http(200, '{"a":' * 20_000 + "1" + "}" * 20_000),
    "json deep error": lambda: http(400, '{"error":' * 20_000 + "1" + "}" * 20_000),
    "json wide": lambda: http(200, '{"a":[' + "0," * 500_000 + "0]}"),
    "json deep short": lambda: http(200, '{"value":' + nested(400, 34_000) + "}"),
    "xml deep": lambda: xml("<a>" * 60_000 + "</a>" * 60_000),
    "xml deep error": lambda: xml("<a>" * 60_000 + "</a>" * 60_000, 400),
    "xml deep open": lambda: xml("<a>" * 100_000),
    "xml wide": lambda: xml("<r>" + "<a/>" * 200_000 + "</r>"),
    "xml attributes": lambda: xml("<r " + " ".join(f'a{n}="1"' for n in range(60_000)) + "/>"),
    "xml namespaces": lambda: xml("<r " + " ".join(f'xmlns:n{n}="u"' for n in range(20_000)) + "/>"),
    "xml blank": lambda: xml("<r>" + " " * 1_000_000 + "</r>"),
    "xml instructions": lambda: xml("<?x y?>" * 50_000 + "<r/>"),
    "xml comments": lambda: xml("<!--x-->" * 50_000 + "<r/>"),
    "xml entities": lambda: xml(entities(9) + "<r>&last;</r>"),
    "xml entities error": lambda: xml(entities(9) + "<r><Code>&last;</Code></r>", 400),
    "xml quadratic": lambda: xml(f'<!DOCTYPE r [<!ENTITY a "{"A" * 100_000}">]><r>{"&a;" * 100_000}</r>'),
    "xml external": lambda: xml('<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><r>&a;</r>'),
    "xml external dtd": lambda: xml(f'<!DOCTYPE r SYSTEM "http://127.0.0.1:{PORT}/leak/dtd"><r/>'),
    "xml parameter": lambda: xml(
        f'<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1:{PORT}/leak/entity"> %p;]><r/>'
    ),
    "retry huge": lambda: http(429, '{"error":"x"}', [("Retry-After", str(INT64_MAX))]),
    "retry digits": lambda: http(503, "{}", [("Retry-After", "9" * 300)]),
    "retry negative": lambda: http(429, "{}", [("Retry-After", "-1")]),
    "retry nan": lambda: http(503, "{}", [("Retry-After", "nan")]),
    "retry date": lambda: http(503, "{}", [("Retry-After", DATES["9999"])]),
    "drip body": lambda: drip(answer_head(b"Content-Length: 60000\r\n\r\n")),
    "drip header": lambda: drip(b"HTTP/1.1 200 OK\r\n", b"x: y\r\n"),
    "drip status": lambda: drip(b"HTTP/1", b".", 1),
    "silence": silence,
}
SLOW = {
    *("drip body", "drip header", "drip status", "silence", "header endless", "length 10 GB", "length short"),
    *("key silence", "key drip", "discovery silence", "discovery drip", "role silence", "role drip", "next silence"),
}
# The server closes the connection after these.
LAST = {
    *("status 000", "status 001", "status 099", "status 9999", "status -1", "status 101", "version 9.9", "garbage"),
    *("header control", "header long", "length negative", "length huge", "length two", "chunk bad", "chunk huge"),
    *("chunk cut", "no http", "close"),
}
for name, date in DATES.items():
    FAULTS[f"date {name}"] = lambda date=date: http(400, '{"error": "invalid_request"}', date=date)
    FAULTS[f"date {name} xml"] = lambda date=date: aws_error("AccessDenied", status=403, date=date)
for place in ("error", "error_description", "correlation_id", "trace_id", "timestamp", "error_uri"):
    FAULTS[f"controls {place}"] = lambda place=place: http(
        400, json.dumps({"error": "invalid_request", "error_description": "AADSTS500011: no", place: CONTROLS})
    )
for header in ("x-ms-request-id", "x-amzn-requestid", "request-id", "client-request-id", "Server", "Via"):
    FAULTS[f"controls header {header}"] = lambda header=header: http(
        400, '{"error": "invalid_request"}', [(header, "r\u009b31m\u202e\u2066")]
    )
FAULTS["controls graph"] = lambda: http(400, json.dumps({"error": {"code": "A" + CONTROLS, "message": CONTROLS}}))
FAULTS["controls aws json"] = lambda: http(400, json.dumps({"Error": {"Code": "A" + CONTROLS, "Message": CONTROLS}}))
FAULTS["controls aws xml"] = lambda: aws_error("A" + XML_CONTROLS, XML_CONTROLS, request=XML_CONTROLS)

# Responses of a token endpoint: IMDS, App Service, Azure ML, Cloud Shell, Entra.
TOKENS = {"good": good_token}
for name, number in NUMBERS.items():
    TOKENS[f"expires_on {name}"] = lambda number=number: http(200, token_answer(expires_on=number))
    TOKENS[f"expires_in {name}"] = lambda number=number: http(200, token_answer(expires_on=None, expires_in=number))
    TOKENS[f"claim exp {name}"] = lambda number=number: http(200, token_answer(jwt(claims_with("exp", number))))
    TOKENS[f"claim iat {name}"] = lambda number=number: http(200, token_answer(jwt(claims_with("iat", number))))
    TOKENS[f"claim nbf {name}"] = lambda number=number: http(200, token_answer(jwt(claims_with("nbf", number))))
    TOKENS[f"not_before {name}"] = lambda number=number: http(200, token_answer(not_before=number))
    TOKENS[f"refresh_in {name}"] = lambda number=number: http(200, token_answer(refresh_in=number))
for name, date in DATES.items():
    TOKENS[f"good date {name}"] = lambda date=date: http(200, token_answer(), date=date)
for member in ("alg", "kid", "typ", "x5t"):
    TOKENS[f"controls header {member}"] = lambda member=member: http(
        200, token_answer(jwt(claims(), {"typ": "JWT", "alg": "RS256", "kid": "k1", member: "RS" + CONTROLS}))
    )
for member in ("aud", "iss", "sub", "oid", "appid", "tid", "uti", "ver", "name", "xms_mirid"):
    TOKENS[f"controls claim {member}"] = lambda member=member: http(
        200, token_answer(jwt(claims(**{member: "v" + CONTROLS})))
    )
TOKENS |= {
    "controls claim name itself": lambda: http(200, token_answer(jwt(claims(**{"x" + CONTROLS: "v"})))),
    "controls claim roles": lambda: http(200, token_answer(jwt(claims(roles=["a" + CONTROLS])))),
    "controls claim deep": lambda: http(200, token_answer(jwt(claims(x={"a": [{"b": CONTROLS}]})))),
    "controls resource": lambda: http(200, token_answer(resource=json.dumps(CONTROLS))),
    "controls token_type": lambda: http(200, token_answer(token_type=json.dumps(CONTROLS))),
    "controls token": lambda: http(200, token_answer("a\n." + CONTROLS + ".c")),
    "token newline": lambda: http(200, token_answer(jwt(claims()) + "\r\nX-Injected: yes")),
    "token empty": lambda: http(200, token_answer(access_token='""')),
    "token null": lambda: http(200, token_answer(access_token="null")),
    "token object": lambda: http(200, token_answer(access_token='{"a": 1}')),
    "token jwe": lambda: http(200, token_answer("a.b.c.d.e")),
    "token dots": lambda: http(200, token_answer("." * 9000)),
    "token unsigned": lambda: http(200, token_answer(jwt(claims(), {"alg": "none"}, ""))),
    "token long": lambda: http(200, token_answer("a." + "b" * 60_000 + ".c")),
    "token padded": lambda: http(200, token_answer(jwt(claims()) + "=====")),
    "token bad base64": lambda: http(200, token_answer("!!.@@.##")),
    "claims array": lambda: http(200, token_answer(jwt(b"[]"))),
    "claims empty": lambda: http(200, token_answer(jwt(b""))),
    "claims deep": lambda: http(200, token_answer(jwt(b'{"a":' * 5000 + b"1" + b"}" * 5000))),
    "claims deep array": lambda: http(200, token_answer(jwt(claims_with("x", "[" * 10_000 + "]" * 10_000)))),
    "claims nested 400": lambda: http(200, token_answer(jwt(claims_with("groups", nested(400, 34_000))))),
    "claims nested 63": lambda: http(200, token_answer(jwt(claims_with("groups", nested(60, 34_000))))),
    "claims twice": lambda: http(200, token_answer(jwt(json.dumps(claims()).encode()[:-1] + b',"sub":"x","exp":1}'))),
    "claims surrogates": lambda: http(200, token_answer(jwt(claims_with("name", '"\\ud800 \\udc00x"')))),
    "claims bad utf-8": lambda: http(200, token_answer(jwt(b'{"aud":"\xff\xfe","sub":"\xc3("}'))),
    "claims nul": lambda: http(200, token_answer(jwt(claims_with("name", '"a\\u0000b"')))),
    "claims many": lambda: http(200, token_answer(jwt(claims(**{f"c{n}": n for n in range(3000)})))),
    "claims number": lambda: http(200, token_answer(jwt(claims_with("x", "1" + "0" * 5000)))),
    "claims exponent": lambda: http(200, token_answer(jwt(claims_with("x", "1e99999999")))),
    "claims roles object": lambda: http(200, token_answer(jwt(claims(roles={"a": 1})))),
    "claims aud array": lambda: http(200, token_answer(jwt(claims(aud=[AUDIENCE] * 1000)))),
    "header deep": lambda: http(200, token_answer(jwt(claims(), b"[" * 9000))),
    "header kid long": lambda: http(200, token_answer(jwt(claims(), {"alg": "RS256", "kid": "k" * 30_000}))),
    "foreign identity": lambda: http(200, token_answer(jwt(claims(HEALTHY_OBJECT, HEALTHY_CLIENT)))),
}

# STS: AssumeRoleWithWebIdentity.
TEXTS = {
    "missing": None,
    "empty": "",
    "blank": "   ",
    "short": "A",
    "inner blank": "ASIAEXAMPLE 00000001",
    "tab": "ASIAEXAMPLE&#9;00000001",
    "line end": "ASIAEXAMPLE00000001&#10;credential_process = touch PWNED&#10;[default]&#10;aws_access_key_id = X",
    "carriage return": "ASIAEXAMPLE00000001&#13;credential_process = touch PWNED",
    "header": "ASIAEXAMPLE00000001&#13;&#10;X-Injected: yes",
    "shell": "ASIA'$(touch PWNED)`touch PWNED`\"; touch PWNED #",
    "line separators": "ASIAEXAMPLE00000001&#x85;[default]&#x2028;x = y",
    "c1": "ASIAEXAMPLE00000001" + XML_CONTROLS,
    "accent": "ASIAEXAMPLÉ00000001",
    "wide digits": "ASIAEXAMPLE０００００００１",
    "cdata": "<![CDATA[A]]>",
    "element": "<x>ASIAEXAMPLE00000001</x>",
    "entity": "ASIA&unknown;EXAMPLE00000001",
    "comment": "ASIA<!-- x -->EXAMPLE",
    "long": "A" * 900_000,
    "minus": "-",
    "nul": "ASIAEXAMPLE\x0000000001",
}
STS = {"good": lambda: xml(assumed_role())}
for member in CREDENTIAL_MEMBERS:
    for name, text in TEXTS.items():
        STS[f"{member} {name}"] = lambda member=member, text=text: xml(assumed_role(**{member: text}))
for name, text in {
    "past": -100,
    "long past": -10**9,
    "now": 0,
    "soon": 25,
    "year 99999": "99999-12-31T23:59:59Z",
    "year 10000": "10000-01-01T00:00:00Z",
    "year 9999": "9999-12-31T23:59:59Z",
    "year 0": "0000-00-00T00:00:00Z",
    "negative": "-9999-01-01T00:00:00Z",
    "month 13": "2099-13-45T25:61:61Z",
    "seconds": "4102444800",
    "1e300": "1e300",
    "digits": "9" * 300 + "-01-01T00:00:00Z",
    "offset": "2099-01-01T00:00:00+99:99",
    "fraction": "2099-01-01T00:00:00." + "9" * 5000 + "Z",
}.items():
    STS[f"Expiration {name}"] = lambda text=text: xml(
        assumed_role(Expiration=iso(text) if isinstance(text, int) else text)
    )
for name, date in DATES.items():
    STS[f"good date {name}"] = lambda date=date: xml(assumed_role(), date=date)
    STS[f"short date {name}"] = lambda date=date: xml(assumed_role(Expiration=iso(25)), date=date)
STS |= {
    "doctype external": lambda: xml(
        assumed_role('<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]>', AccessKeyId="ASIAEXAMPLE0000&a;")
    ),
    "doctype internal": lambda: xml(assumed_role('<!DOCTYPE l [<!ENTITY a "0001">]>', AccessKeyId="ASIAEXAMPLE0000&a;")),
    "doctype laughs": lambda: xml(assumed_role(entities(10), SessionToken="&last;")),
    "doctype quadratic": lambda: xml(
        assumed_role(f'<!DOCTYPE l [<!ENTITY a "{"A" * 100_000}">]>', AccessKeyId="&a;" * 50_000)
    ),
    "doctype attribute": lambda: xml(assumed_role('<!DOCTYPE l [<!ATTLIST l a CDATA "x">]>')),
    "deep inside": lambda: xml(assumed_role(after="<a>" * 30_000 + "</a>" * 30_000)),
    "deep key": lambda: xml(assumed_role(AccessKeyId="<a>" * 3000 + "A" + "</a>" * 3000)),
    "wide inside": lambda: xml(assumed_role(after="<a/>" * 150_000)),
    "instructions": lambda: xml(assumed_role("<?x y?>" * 50_000)),
    "two credentials": lambda: xml(assumed_role(after="<Credentials><AccessKeyId>EVIL</AccessKeyId></Credentials>")),
    "two answers": lambda: xml(assumed_role() + assumed_role(AccessKeyId="EVIL")),
    "other namespace": lambda: xml(assumed_role().replace("https://sts.amazonaws.com/doc/2011-06-15/", "urn:x")),
    "prefixed": lambda: xml(assumed_role().replace("<Credentials>", '<e:Credentials xmlns:e="u">')),
    "utf-16": lambda: xml(('<?xml version="1.0" encoding="UTF-16"?>' + assumed_role()).encode("utf-16")),
    "unknown encoding": lambda: xml('<?xml version="1.0" encoding="EBCDIC-CP-US"?>' + assumed_role()),
    "error 200": lambda: aws_error("AccessDenied", status=200),
    "credentials 400": lambda: xml(assumed_role(), 400),
    "json credentials": lambda: http(200, '{"AssumeRoleWithWebIdentityResponse": {"AssumeRoleWithWebIdentityResult": {}}}'),
    "throttled": lambda: aws_error("Throttling", "slow"),
    "packed size": lambda: xml(assumed_role(after=f"<PackedPolicySize>{'9' * 40}</PackedPolicySize>")),
    "packed text": lambda: xml(assumed_role(after=f"<PackedPolicySize>{XML_CONTROLS}</PackedPolicySize>")),
    "subject controls": lambda: xml(assumed_role().replace(OBJECT, XML_CONTROLS)),
    "gzip good": lambda: xml(gzip.compress(assumed_role().encode()), headers=[("Content-Encoding", "gzip")]),
    "cut": lambda: xml(assumed_role()[:-200]),
    "code long": lambda: aws_error("A" * 100_000, "B" * 500_000),
    "code lines": lambda: aws_error("Access&#10;Denied&#13;x", "a&#10;b" * 5000),
}
# STS responds to GetCallerIdentity with these, and validly to AssumeRoleWithWebIdentity.
CALLER = {
    "caller arn controls": lambda: xml(caller(arn="arn:aws:sts::9:x/\u009b31m\u202e")),
    "caller arn empty": lambda: xml(caller(arn=" ")),
    "caller arn long": lambda: xml(caller(arn="arn:aws:sts::1:" + "a" * 500_000)),
    "caller account controls": lambda: xml(caller(account=XML_CONTROLS)),
    "caller account digits": lambda: xml(caller(account="9" * 5000)),
    "caller user lines": lambda: xml(caller(user="a&#10;b" + XML_CONTROLS)),
    "caller other role": lambda: xml(caller(role="other")),
    "caller 500": lambda: http(500, "x"),
    "caller deep": lambda: xml("<a>" * 60_000 + "</a>" * 60_000),
    "caller entities": lambda: xml(entities(9) + caller(account="&last;")),
    "caller status 000": lambda: FAULTS["status 000"](),
}
LAST.add("caller status 000")


def role_answer(policy, description="", **rest):
    document = urllib.parse.quote(policy if isinstance(policy, str) else json.dumps(policy))
    return xml(
        "<GetRoleResponse><GetRoleResult><Role><Path>/</Path>"
        f"<Arn>arn:aws:iam::{ACCOUNT}:role/audit</Arn><RoleName>{rest.get('name', 'audit')}</RoleName>"
        f"<AssumeRolePolicyDocument>{document}</AssumeRolePolicyDocument><RoleId>AROAEXAMPLE</RoleId>"
        f"<CreateDate>{rest.get('created', '2025-01-01T00:00:00Z')}</CreateDate>"
        f"<MaxSessionDuration>{rest.get('longest', '3600')}</MaxSessionDuration>"
        f"<Description>{description}</Description></Role></GetRoleResult></GetRoleResponse>"
    )


PROVIDER = f"sts.windows.net/{TENANT}/"


def trust_policy(condition=None, **members):
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{PROVIDER}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition or {"StringEquals": {PROVIDER + ":aud": AUDIENCE, PROVIDER + ":sub": OBJECT}},
    }
    statement.update(members)
    return {"Version": "2012-10-17", "Statement": [statement]}


def like(pattern, operator="StringLike"):
    return trust_policy({operator: {PROVIDER + ":sub": pattern}})


# Trust policies of IAM's GetRole and of files.
POLICIES = {
    "good": trust_policy(),
    "deep": '{"Statement":' + "[" * 50_000 + "]" * 50_000 + "}",
    "deep objects": '{"Statement":' + '{"a":' * 20_000 + "1" + "}" * 20_000 + "}",
    "nested 400": json.dumps(trust_policy())[:-1] + ', "x": ' + nested(400, 100_000) + "}",
    "variables": like("${" * 50_000),
    "variables open": like("${aws:" + "${a" * 20_000),
    "variables closed": like("${" * 20_000 + "}" * 20_000),
    "stars": like("*a" * 5000 + "b"),
    "marks": like("?*" * 5000),
    "star values": like(["*a" * 400 + str(n) for n in range(400)]),
    "many statements": {"Version": "2012-10-17", "Statement": trust_policy()["Statement"] * 3000},
    "many values": trust_policy({"StringEquals": {PROVIDER + ":sub": [f"v{n}" for n in range(50_000)]}}),
    "many keys": trust_policy({"StringEquals": {f"k{n}:{'a' * 200}": "v" for n in range(2000)}}),
    "many operators": trust_policy({f"{'S' * 60}{n}": {"a": "b"} for n in range(2000)}),
    "controls sid": trust_policy(Sid="s" + CONTROLS),
    "controls key": trust_policy({"StringEquals": {"k" + CONTROLS: "v"}}),
    "controls value": trust_policy({"StringEquals": {PROVIDER + ":sub": "v" + CONTROLS}}),
    "controls operator": trust_policy({"String" + CONTROLS: {"a": "b"}}),
    "controls principal": trust_policy(Principal={"Federated": "arn:" + CONTROLS}),
    "controls action": trust_policy(Action="sts:" + CONTROLS),
    "controls version": {"Version": CONTROLS, "Statement": []},
    "numbers": trust_policy({"NumericLessThan": {"aws:EpochTime": ["1e400", "nan", "9" * 500, str(INT64_MIN)]}}),
    "dates": trust_policy({"DateLessThan": {"aws:CurrentTime": ["99999-01-01T00:00:00Z", "9" * 400, "-1", "nan"]}}),
    "networks": trust_policy({"IpAddress": {"aws:SourceIp": ["999.1.1.1/99", "::/999", "0127.0.0.1/8", "1/" + "9" * 99]}}),
    "digits": '{"Version": "2012-10-17", "Statement": [{"Condition": {"NumericEquals": {"a": 1' + "0" * 5000 + "}}}]}",
    "twice": '{"Version": "2012-10-17", "Version": "x", "Statement": [], "Statement": [{}]}',
    "text": "not json at all " + CONTROLS,
    "empty": "",
    "number": "1e400",
    "surrogates": '{"Version": "\\ud800", "Statement": [{"Sid": "\\udc00"}]}',
    "huge": json.dumps(trust_policy())[:-1] + " " * 3_000_000 + "}",
}
IAM = {f"policy {name}": lambda policy=policy: role_answer(policy) for name, policy in POLICIES.items()}
IAM |= {
    "good": lambda: role_answer(trust_policy()),
    "policy not encoded": lambda: xml("<GetRoleResponse><GetRoleResult><Role><AssumeRolePolicyDocument>%zz%</AssumeRolePolicyDocument></Role></GetRoleResult></GetRoleResponse>"),
    "role silence": silence,
    "role drip": lambda: drip(answer_head(b"Content-Length: 60000\r\n\r\n")),
    "session digits": lambda: role_answer(trust_policy(), longest="9" * 50),
    "session negative": lambda: role_answer(trust_policy(), longest=str(INT64_MIN)),
    "created 99999": lambda: role_answer(trust_policy(), created="99999-12-31T23:59:59Z"),
    "created words": lambda: role_answer(trust_policy(), created=XML_CONTROLS),
    "name controls": lambda: role_answer(trust_policy(), name=XML_CONTROLS),
    "description controls": lambda: role_answer(trust_policy(), description=XML_CONTROLS + "&#10;" * 1000),
}

# Microsoft Graph and Azure Resource Manager.
GRAPH = {
    "empty": lambda: http(200, '{"value": []}'),
    "value object": lambda: http(200, '{"value": {"a": 1}}'),
    "value null": lambda: http(200, '{"value": null}'),
    "value numbers": lambda: http(200, '{"value": [1, 2e308, "x"]}'),
    "value many": lambda: http(200, '{"value": [' + ",".join(['{"id": "x"}'] * 100_000) + "]}"),
    "next itself": lambda: http(200, json.dumps({"value": [], "@odata.nextLink": f"http://127.0.0.1:{PORT}/graph/next itself"})),
    "next elsewhere": lambda: http(200, json.dumps({"value": [], "@odata.nextLink": f"http://127.0.0.1:{PORT}/leak/next"})),
    "next silence": lambda: http(200, json.dumps({"value": [], "@odata.nextLink": f"http://127.0.0.1:{PORT}/graph/silence"})),
    "next controls": lambda: http(200, json.dumps({"value": [], "@odata.nextLink": CONTROLS})),
    "names controls": lambda: http(200, json.dumps({"value": [{
        "id": OBJECT, "appId": CLIENT, "displayName": "n" + CONTROLS, "identifierUris": [AUDIENCE + CONTROLS],
        "api": {"requestedAccessTokenVersion": INT64_MAX},
        "appRoles": [{"id": CONTROLS, "value": "AssumeRoleWithWebIdentity" + CONTROLS, "isEnabled": True}],
        "createdDateTime": "99999-12-31T23:59:59Z", "appRoleAssignmentRequired": True,
    }]})),
    "roles deep": lambda: http(200, '{"value": [{"id": "x", "appRoles": ' + nested(400, 60_000) + "}]}"),
    "created digits": lambda: http(200, json.dumps({"value": [{"id": OBJECT, "createdDateTime": "9" * 400}]})),
}

# Entra's discovery and keys.
def discovery(**changes):
    base = f"http://127.0.0.1:{PORT}/login/good"
    good = {"issuer": f"https://sts.windows.net/{TENANT}/", "jwks_uri": f"{base}/keys"}
    good.update(changes)
    return http(200, json.dumps(good))


def keys(*found):
    return http(200, json.dumps({"keys": list(found)}))


def key(**changes):
    return {"kty": "RSA", "kid": "k1", "use": "sig", "n": base64url(b"\xff" * 256), "e": "AQAB", **changes}


DISCOVERY = {
    "good": lambda: discovery(),
    "issuer controls": lambda: discovery(issuer="https://" + CONTROLS),
    "issuer object": lambda: discovery(issuer={"a": 1}),
    "silence": silence,
    "drip": lambda: drip(answer_head(b"Content-Length: 60000\r\n\r\n")),
    "keys elsewhere": lambda: discovery(jwks_uri=f"http://example.com:{PORT}/leak/keys"),
    "keys octal host": lambda: discovery(jwks_uri=f"http://0127.0.0.1:{PORT}/leak/keys"),
    "keys plus host": lambda: discovery(jwks_uri=f"http://+127.0.0.1:{PORT}/leak/keys"),
    "keys file": lambda: discovery(jwks_uri="file:///etc/passwd"),
    "keys controls": lambda: discovery(jwks_uri=CONTROLS),
    "keys long": lambda: discovery(jwks_uri="http://127.0.0.1/" + "a" * 60_000),
    "deep": lambda: http(200, '{"issuer":' + nested(400, 34_000) + "}"),
}
KEYS = {
    "key none": lambda: keys(),
    "key empty": lambda: keys(key(n="", e="")),
    "key zero": lambda: keys(key(n="AA", e="AA")),
    "key even": lambda: keys(key(n=base64url(b"\xff" * 255 + b"\xfe"), e="Ag")),
    "key tiny": lambda: keys(key(n="Aw")),
    "key huge": lambda: keys(key(n=base64url(b"\xff" * 20_000))),
    "key huge exponent": lambda: keys(key(e=base64url(b"\xff" * 256))),
    "key not base64": lambda: keys(key(n="!!!", e="???")),
    "key numbers": lambda: keys(key(n=1, e=2)),
    "key controls": lambda: keys(key(kid="k1" + CONTROLS, kty=CONTROLS)),
    "key many": lambda: keys(*[key(kid=f"k{n}") for n in range(2000)]),
    "key twice": lambda: keys(key(), key(n="Aw")),
    "key silence": silence,
    "key drip": lambda: drip(answer_head(b"Content-Length: 60000\r\n\r\n")),
    "key object": lambda: http(200, '{"keys": {"k1": 1}}'),
    "key deep": lambda: http(200, '{"keys": ' + nested(400, 60_000) + "}"),
}

# AWS's sign-in service.
SIGN_IN = {
    "good": lambda: http(200, json.dumps({"SigninToken": SIGN_IN_TOKEN})),
    "token empty": lambda: http(200, '{"SigninToken": ""}'),
    "token lines": lambda: http(200, '{"SigninToken": "a\\r\\nb&c=d#e"}'),
    "token controls": lambda: http(200, json.dumps({"SigninToken": CONTROLS})),
    "token number": lambda: http(200, '{"SigninToken": 1e400}'),
    "token long": lambda: http(200, json.dumps({"SigninToken": "a" * 300_000})),
}

# Azure Arc's challenge.
def challenge(value):
    return http(401, "{}", [("WWW-Authenticate", value)])


ARC = {
    "challenge none": lambda: http(401, "{}"),
    "challenge empty": lambda: challenge("Basic realm="),
    "challenge passwd": lambda: challenge("Basic realm=/etc/passwd"),
    "challenge zero": lambda: challenge("Basic realm=/dev/zero"),
    "challenge dots": lambda: challenge("Basic realm=/var/opt/azcmagent/tokens/../../../../etc/shadow.key"),
    "challenge controls": lambda: challenge("Basic realm=/x\u009b31m\u202e.key"),
    "challenge long": lambda: challenge("Basic realm=/" + "a/" * 6000 + "x.key"),
    "challenge other": lambda: challenge("Negotiate"),
    "challenge relative": lambda: challenge("Basic realm=x.key"),
}

SERVICES = {
    "imds": TOKENS,
    "app": TOKENS,
    "msi": TOKENS,
    "arc": {**ARC, "good": good_token},
    "login": {**TOKENS, **{f"discovery {n}": a for n, a in DISCOVERY.items()}, **KEYS},
    "graph": GRAPH,
    "arm": GRAPH,
    "iam": IAM,
    "sts": {**STS, **CALLER},
    "signin": SIGN_IN,
}


def names(service):
    """Returns all scenarios of a service, its own first."""
    return [*SERVICES[service], *FAULTS]
