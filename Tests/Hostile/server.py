#!/usr/bin/env python3
"""Hostile Azure and AWS services on 127.0.0.1.

    server.py PORT       serves until its standard input ends; prints the port first, which is a free one for 0

`/SERVICE/SCENARIO/…` responds with a scenario of `scenarios.SERVICES`; `/leak/…` must never be requested, and `/leaks`
lists such requests as JSON. Only the client ID `CLIENT` and the role `audit` receive the scenario; other identities and
roles receive a valid response, so that a configuration can have a hostile mapping and a healthy one.
"""

import json
import socket
import sys
import threading
import urllib.parse

import scenarios
from material import *  # noqa: F403

LEAKS = []
# Large responses that do not depend on the time are created once.
CACHED = {}


def hostile(service, name):
    make = scenarios.SERVICES[service].get(name) or scenarios.FAULTS[name]
    if name not in CACHED:
        answer = make()
        if not isinstance(answer, bytes) or len(answer) < 200_000:
            return answer
        CACHED[name] = answer
    return CACHED[name]


def answer(service, name, rest, query, head, body):
    form = urllib.parse.parse_qs(body.decode("latin1"))
    if service in ("imds", "app", "msi", "arc"):
        is_healthy = query.get("client_id", query.get("clientid", [CLIENT]))[0] == HEALTHY_CLIENT
        return healthy_token() if is_healthy else hostile(service, name)
    if service == "sts":
        is_healthy = HEALTHY_KEY_ID.encode() in head or form.get("RoleArn", [""])[0].endswith("/steady")
        if form.get("Action", [""])[0] == "GetCallerIdentity":
            if is_healthy:
                return xml(caller("steady"))
            return hostile(service, name) if name in scenarios.CALLER else xml(caller())
        if is_healthy:
            return xml(assumed_role(role="steady", AccessKeyId=HEALTHY_KEY_ID))
        return xml(assumed_role()) if name in scenarios.CALLER else hostile(service, name)
    if service == "login":
        is_discovery = "openid-configuration" in rest
        if name.startswith("discovery "):
            return hostile(service, name) if is_discovery else good_token() if body else scenarios.keys()
        if name in scenarios.KEYS:
            base = f"http://127.0.0.1:{scenarios.PORT}/login/{urllib.parse.quote(name)}/keys"
            return scenarios.discovery(jwks_uri=base) if is_discovery else good_token() if body else hostile(service, name)
        return hostile(service, name)
    if service == "iam" and form.get("Action", ["GetRole"])[0] != "GetRole" and name in scenarios.IAM:
        return aws_error("NoSuchEntity", status=404)
    return hostile(service, name)


def serve(connection):
    data = b""
    try:
        while True:
            while b"\r\n\r\n" not in data:
                piece = connection.recv(65536)
                if not piece:
                    return
                data += piece
            head, data = data.split(b"\r\n\r\n", 1)
            lines = head.split(b"\r\n")
            length = next((int(l.split(b":")[1]) for l in lines if l.lower().startswith(b"content-length:")), 0)
            while len(data) < length:
                piece = connection.recv(65536)
                if not piece:
                    return
                data += piece
            body, data = data[:length], data[length:]
            path, _, query = head.split(b" ")[1].decode("latin1").partition("?")
            parts = [urllib.parse.unquote(part) for part in path.split("/")]
            service, name = parts[1], parts[2] if len(parts) > 2 else ""
            if service == "leak":
                LEAKS.append(path)
                reply = http(200, token_answer())
            elif service == "leaks":
                reply = http(200, json.dumps(LEAKS))
            else:
                reply = answer(service, name, "/".join(parts[3:]), urllib.parse.parse_qs(query), head, body)
            for piece in [reply] if isinstance(reply, bytes) else reply:
                connection.sendall(piece)
            if name in scenarios.LAST:
                return
    except (OSError, KeyError, IndexError, ValueError):
        pass
    finally:
        connection.close()


def main():
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", int(sys.argv[1])))
    listener.listen(500)
    scenarios.PORT = listener.getsockname()[1]
    print(scenarios.PORT, flush=True)

    def accept():
        while True:
            threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    sys.stdin.buffer.read()


if __name__ == "__main__":
    main()
