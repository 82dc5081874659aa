#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Services of type ClusterIP with real sockets: from pods and from the node, TCP, UDP, SCTP."""
from common import namespace, pod_manifest, service
from lab import Lab, Tap, wait_for

WEB = ("10.96.2.1", "fd10:96::2:1")
NONE = ("10.96.2.2", "fd10:96::2:2")
MIXED = ("10.96.2.3", "fd10:96::2:3")
SCTP = ("10.96.2.4", "fd10:96::2:4")
FREE = ("10.96.200.200", "fd10:96::c8c8")
FAMILIES = (4, 6)


def pick(pair, fam):
    return pair[0 if fam == 4 else 1]


def equal(got, want, what=""):
    assert got == want, f"{what}: got {got!r}, expected {want!r}"


class Services:
    def __init__(self, lab, tap):
        self.lab, self.tap = lab, tap
        self.client = lab.pod("s/client", "n1")
        self.one = lab.pod("s/one", "n1").serve(tcp=[8080, 9001], udp=[5353], sctp=[700])
        self.two = lab.pod("s/two", "n2").serve(tcp=[8080, 9002], udp=[5353], sctp=[700])
        self.endpoints = {"one": True, "two": True}
        self.write()
        self.wait_backends(2)

    def write(self, labels=None):
        labels = labels or {}
        pods = [pod_manifest(self.client, {})]
        for pod, named in ((self.one, 9001), (self.two, 9002)):
            app = labels.get(pod.pod_name, "web")
            pods.append(pod_manifest(pod, {"app": app}, [
                ("web", 8080, "TCP"), ("dns", 5353, "UDP"), ("odd", named, "TCP")]))
        self.lab.write("s.json", namespace("s"), *pods,
                       service("s/web", WEB, {"app": "web"}, [
                           ("http", 80, "web", "TCP"), ("alt", 81, 8080, "TCP"),
                           ("dns", 80, "dns", "UDP")]),
                       service("s/none", NONE, {"app": "nobody"}, [
                           ("http", 80, 80, "TCP"), ("dns", 53, 53, "UDP")]),
                       service("s/mixed", MIXED, {"app": "web"}, [("odd", 80, "odd", "TCP")]),
                       service("s/sctp", SCTP, {"app": "web"}, [
                           ("same", 700, 700, "SCTP"), ("other", 701, 700, "SCTP")]))

    def wait_backends(self, count):
        def known():
            return all(sum(len(s["backends"]) == count for s in n.leat_json("service", "list")
                           if s["name"] == "web") == 6 for n in self.lab.nodes.values())
        wait_for(known, 10, f"{count} backends of s/web on both nodes", every=0.05)

    def names(self, host, address, port, proto, count=30):
        replies = host.podd.call("probes", probes=[
            {"addr": address, "port": port, "proto": proto}] * count)["results"]
        errors = [r["error"] for r in replies if not r["ok"]]
        assert not errors, f"{host.name} {address} {proto}/{port}: {errors}"
        return {r["data"] for r in replies}

    def spread(self, host, fam):
        both = {"s/one", "s/two"}
        for port, proto in ((80, "TCP"), (81, "TCP"), (80, "UDP")):
            equal(self.names(host, pick(WEB, fam), port, proto), both, f"{proto}/{port}")

    def named_port(self, fam):
        equal(self.names(self.client, pick(MIXED, fam), 80, "TCP"), {"s/one", "s/two"})

    def hairpin(self, fam):
        equal(self.names(self.one, pick(WEB, fam), 80, "TCP"), {"s/one", "s/two"})
        equal(self.names(self.one, pick(WEB, fam), 80, "UDP"), {"s/one", "s/two"})
        equal(self.one.run("ping", "-n", "-c1", "-W2", pick(WEB, fam), check=False).returncode, 0,
              "the Service address answers pings")

    def refused(self, host, fam):
        for address, port, proto in ((pick(NONE, fam), 80, "TCP"), (pick(NONE, fam), 53, "UDP"),
                                     (pick(WEB, fam), 82, "TCP"), (pick(WEB, fam), 82, "UDP"),
                                     (pick(FREE, fam), 80, "TCP")):
            reply = host.probe(address, port, proto, timeout=3)
            equal(reply.get("error"), "ECONNREFUSED", f"{host.name} {address} {proto}/{port}")
            assert reply["seconds"] < 0.5, reply

    def sctp(self, fam):
        for _ in range(6):
            reply = self.client.probe(pick(SCTP, fam), 700, "SCTP")
            assert reply["ok"], reply
        reply = self.client.probe(pick(SCTP, fam), 701, "SCTP", timeout=0.4)
        assert not reply["ok"], "a port rewrite of SCTP was let through with a wrong checksum"

    def icmp_error(self, fam):
        """A backend whose server is gone: its port unreachable reaches the client, who sees it
        come from the Service."""
        self.lab.write("closed.json", service("s/closed", ("10.96.2.5", "fd10:96::2:5"),
                                              {"app": "web"}, [("x", 80, 99, "UDP"),
                                                               ("y", 80, 99, "TCP")]))
        address = pick(("10.96.2.5", "fd10:96::2:5"), fam)
        wait_for(lambda: any(s["name"] == "closed" and s["backends"] for s in
                             self.lab.nodes["n1"].leat_json("service", "list")), 10, "s/closed")
        for proto in ("UDP", "TCP"):
            for _ in range(6):
                reply = self.client.probe(address, 80, proto, timeout=3)
                equal(reply.get("error"), "ECONNREFUSED", f"{proto} {reply}")
        self.lab.remove_file("closed.json")

    def endpoints_change(self):
        """UDP follows at once when a backend leaves; new TCP connections too; running ones stay
        as long as the pod is there."""
        held = self.client.podd
        held.call("hold", name="s", addr=WEB[0], port=80, count=20)
        self.write({"two": "gone"})
        self.wait_backends(1)
        for fam in FAMILIES:
            equal(self.names(self.client, pick(WEB, fam), 80, "TCP"), {"s/one"})
            equal(self.names(self.client, pick(WEB, fam), 80, "UDP"), {"s/one"})
        before = held.call("held", name="s")["counts"]
        wait_for(lambda: all(n > b for n, b in zip(held.call("held", name="s")["counts"],
                                                   before)), 5, "running connections")
        equal(held.call("held", name="s")["errors"], [None] * 20)
        held.call("release", name="s")
        self.write()
        self.wait_backends(2)
        self.spread(self.client, 4)

    def all(self):
        node = self.lab.nodes["n1"]
        for fam in FAMILIES:
            for host in (self.client, node):
                self.tap.run(f"IPv{fam} {host.name}: spread over both backends, TCP and UDP",
                             self.spread, host, fam)
                self.tap.run(f"IPv{fam} {host.name}: no endpoints, unused port and free address "
                             "are refused at once", self.refused, host, fam)
            self.tap.run(f"IPv{fam} named targetPort with another number in each pod",
                         self.named_port, fam)
            self.tap.run(f"IPv{fam} a pod reaches itself through its Service", self.hairpin, fam)
            self.tap.run(f"IPv{fam} SCTP with equal ports", self.sctp, fam)
            self.tap.run(f"IPv{fam} ICMP errors of a backend reach the client", self.icmp_error,
                         fam)
        self.tap.run("endpoints come and go", self.endpoints_change)


def main():
    tap = Tap()
    for tunnel in ("vxlan", "none"):
        with Lab(tunnel=tunnel) as lab:
            lab.start()
            Services(lab, tap).all()
    tap.end()


if __name__ == "__main__":
    main()
