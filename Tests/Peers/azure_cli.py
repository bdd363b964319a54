"""The real `az`, signed in to the lab, for the exported scripts.

az requests its tokens from the lab's instance metadata through a proxy in this file, which adds what the lab does not
simulate: TLS, and tokens for the public resource names of Graph and ARM. The lab itself answers with the subscriptions.
"""

import configparser
import http.server
import os
import ssl
import subprocess
import threading
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_dropped = ("host", "content-length", "connection", "accept-encoding", "transfer-encoding")


class _Proxy(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def _answer(self, status, body, headers):
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in _dropped:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _forward(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else None
        target = urllib.parse.urlsplit(self.path)
        path = self.path
        if target.path.startswith("/metadata/identity"):
            query = dict(urllib.parse.parse_qsl(target.query))
            is_graph = query["resource"].rstrip("/").endswith("/graph")
            query["resource"] = "https://graph.microsoft.com" if is_graph else "https://management.azure.com/"
            path = f"{target.path}?{urllib.parse.urlencode(query)}"
        lab = os.environ["AZURE_POD_IDENTITY_AUTHORITY_HOST"].rstrip("/")
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _dropped}
        request = urllib.request.Request(lab + path, body, headers, method=self.command)
        try:
            with _direct.open(request, timeout=60) as answer:
                self._answer(answer.status, answer.read(), answer.getheaders())
        except urllib.error.HTTPError as error:
            self._answer(error.code, error.read(), error.headers.items())

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _forward


def sign_in(client_id):
    """Signs az in as a managed identity of the lab's host; returns the environment to run az in."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
        + ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", "front.key", "-out", "front.pem"],
        check=True, capture_output=True,
    )
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Proxy)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("front.pem", "front.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    # az distinguishes resources by their origins.
    front, other = f"https://127.0.0.1:{server.server_port}", f"https://localhost:{server.server_port}"
    clouds = configparser.ConfigParser()
    clouds["Lab"] = {
        "endpoint_active_directory": "https://login.microsoftonline.com",
        "endpoint_active_directory_resource_id": "https://management.core.windows.net/",
        "endpoint_microsoft_graph_resource_id": f"{front}/graph",
        "endpoint_resource_manager": f"{other}/arm",
        "endpoint_management": f"{other}/arm",
    }
    settings = configparser.ConfigParser()
    settings["cloud"] = {"name": "Lab"}
    settings["core"] = {"collect_telemetry": "no"}
    home = Path("azure").resolve()
    home.mkdir()
    for name, content in (("clouds.config", clouds), ("config", settings)):
        with (home / name).open("w", encoding="utf-8") as file:
            content.write(file)
    environment = os.environ | {
        "PATH": f"{os.environ['AZ_PATH']}:{os.environ['PATH']}",
        "AZURE_CONFIG_DIR": str(home),
        "AZURE_POD_IDENTITY_AUTHORITY_HOST": front,
        "REQUESTS_CA_BUNDLE": str(Path("front.pem").resolve()),
    }
    subprocess.run(
        ["az", "login", "--identity", "--client-id", client_id, "--output", "none"],
        env=environment, check=True, capture_output=True, text=True, timeout=120,
    )
    return environment
