"""Two hosts of a fleet as network namespaces, with a verified certificate, and a loss of the network; needs root."""

import os
import subprocess
import sys

from checks import check, finish
from lab import fact
from postgres import Node, Postgres, unprivileged, user, wait

mapping = fact("MAPPING")
NETWORK = "10.219.47"
SERVER = f"{NETWORK}.1"


def ip(*arguments, namespace=None):
    prefix = ["ip", "-n", namespace] if namespace else ["ip"]
    subprocess.run([*prefix, *arguments], check=True)


class Host:
    """A namespace with a link to the bridge; its loopback reaches the lab only through the link."""

    def __init__(self, number):
        self.name, self.link = f"cambist{number}", f"cambistl{number}"
        ip("netns", "add", self.name)
        ip("link", "add", self.link, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        ip("link", "set", self.link, "master", "cambistbr", "up")
        ip("addr", "add", f"{NETWORK}.{number + 10}/24", "dev", "eth0", namespace=self.name)
        ip("link", "set", "eth0", "up", namespace=self.name)
        ip("link", "set", "lo", "up", namespace=self.name)

    def remove(self):
        ip("netns", "del", self.name)


def certificate(database):
    """Creates a certificate for the server's address."""
    key, file = database.directory / "server.key", database.directory / "server.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=fleet", "-addext", f"subjectAltName=IP:{SERVER}", "-keyout", key, "-out", file],
        check=True, stderr=subprocess.DEVNULL,
    )
    os.chown(key, user.pw_uid, user.pw_gid)
    database.sql(f"ALTER SYSTEM SET ssl_cert_file = '{file}'")
    database.sql(f"ALTER SYSTEM SET ssl_key_file = '{key}'")
    database.sql("ALTER SYSTEM SET ssl = on")
    with (database.data / "pg_hba.conf").open("a") as rules:
        rules.write(f"hostssl all all {NETWORK}.0/24 trust\n")
    database.stop()
    database.start()
    return file


if os.geteuid() != 0 or subprocess.run(["ip", "link", "add", "cambistbr", "type", "bridge"]).returncode != 0:
    print("skipped: network namespaces need root", file=sys.stderr)
    check("the script needs root", os.geteuid() != 0)
    finish()

ip("addr", "add", f"{SERVER}/24", "dev", "cambistbr")
ip("link", "set", "cambistbr", "up")
hosts = [Host(1), Host(2)]
nodes = []
try:
    with Postgres(address=f"127.0.0.1,{SERVER}") as database:
        database.initialize("vm1", "vm2")
        root = certificate(database)
        store = f"@{SERVER}:{database.port}/postgres?sslrootcert={root}"
        for host, name in zip(hosts, ["vm1", "vm2"]):
            nodes.append(Node(name, f"postgresql://{name}{store}", "ip", "netns", "exec", host.name))
        running = "SELECT name FROM cambist.node WHERE beat > now() - interval '45 s' AND stopped IS NULL ORDER BY name"
        check("both hosts publish", wait(30, lambda: database.sql(running) == ["vm1", "vm2"]), database.sql(running))
        query = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename LIKE 'vm_'"
        check("the hosts' connections are encrypted", database.sql(query) == ["t"], database.sql(query))
        request = database.request("vm2", mapping, "vm1")
        check("a host executes the request of another", wait(20, lambda: database.answer(request)) is not None)

        unverified = Node("vm1-other", f"postgresql://vm1@{SERVER}:{database.port}/postgres", "ip", "netns", "exec", hosts[0].name)
        check("without the root certificate, the server is refused", wait(20, lambda: unverified.problems), unverified.log.read_text())
        check("the reason is the certificate", "certificate" in "".join(unverified.problems), unverified.problems)
        unverified.stop()

        ip("link", "set", hosts[1].link, "down")
        silent = "SELECT name FROM cambist.node WHERE beat < now() - interval '45 s'"
        check("a host without network is silent after three heartbeats", wait(75, lambda: database.sql(silent) == ["vm2"]), database.sql(silent))
        check("the host reports the loss", wait(60, lambda: nodes[1].problems), nodes[1].log.read_text())
        check("the other host reports nothing", not nodes[0].problems, nodes[0].problems)
        ip("link", "set", hosts[1].link, "up")
        check("the host is running again", wait(90, lambda: database.sql(running) == ["vm1", "vm2"]), nodes[1].log.read_text())
        request = database.request("vm2", mapping, "vm1")
        check("the host executes requests again", wait(30, lambda: database.answer(request)) is not None)
        for node in nodes:
            node.stop()
        query = "SELECT count(*) FROM cambist.node WHERE stopped IS NOT NULL"
        check("both hosts report their stop", wait(5, lambda: database.sql(query) == ["2"]), database.sql(query))
finally:
    for node in nodes:
        if node.process.poll() is None:
            node.stop()
    for host in hosts:
        host.remove()
    ip("link", "del", "cambistbr")

finish()
