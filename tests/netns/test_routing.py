#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Pod routing with real sockets in both tunnel modes: reachability, MTU, TTL, fragments, ICMP
errors, streams, masquerade, node to pod and back."""
import re
import struct
import time

from lab import Lab, Tap, wait_for

FAMILIES = (4, 6)


def ping(host, address, *options, check=False):
    return host.run("ping", "-n", "-c", "1", "-W", "2", *options, address, check=check)


def received_ttl(pod, source, address, fam):
    """TTL of an echo request as it arrives at the pod."""
    pod.podd.call("sniff", name="ttl")
    ping(source, address, "-t", "64", check=True)
    frames = [bytes.fromhex(f) for f in pod.podd.call("sniffed", name="ttl", stop=True)["frames"]]
    for frame in frames:
        if fam == 4 and frame[12:14] == b"\x08\0" and frame[23] == 1 and frame[34] == 8:
            return frame[22]
        if fam == 6 and frame[12:14] == b"\x86\xdd" and frame[20] == 58 and frame[54] == 128:
            return frame[21]
    raise AssertionError("no echo request seen")


def equal(got, want, what=""):
    assert got == want, f"{what}: got {got!r}, expected {want!r}"


class Routing:
    def __init__(self, lab, tap, tunnel):
        self.lab, self.tap, self.tunnel = lab, tap, tunnel
        self.a = lab.pod("t/a", "n1")
        self.b = lab.pod("t/b", "n1")
        self.c = lab.pod("t/c", "n2")
        for pod in (self.a, self.b, self.c):
            pod.serve(tcp=[80], udp=[80], sink=[90])
        lab.outside.serve(peer=[80], udp=[53], sink=[90])
        wait_for(lambda: ping(self.a, self.c.ip).returncode == 0 and
                 ping(self.a, self.c.ip6).returncode == 0, 15, "n1 to know the pods of n2")

    def test(self, name, function, *args):
        self.tap.run(f"{self.tunnel}: {name}", function, *args)

    def reach(self, fam):
        for source, target in ((self.a, self.b), (self.a, self.c), (self.c, self.a)):
            for proto in ("TCP", "UDP"):
                reply = source.probe(target.address(fam), 80, proto)
                equal(reply.get("data"), target.name, f"{source.name} {proto} {reply}")
            equal(ping(source, target.address(fam)).returncode, 0, "ping")

    def ttl(self, fam):
        equal(received_ttl(self.b, self.a, self.b.address(fam), fam), 63, "on one node")
        equal(received_ttl(self.c, self.a, self.c.address(fam), fam), 62, "over two nodes")
        done = ping(self.a, self.c.address(fam), "-t", "1")
        assert done.returncode == 1 and re.search("exceeded", done.stdout, re.I), done.stdout

    def mtu(self, fam):
        target = self.c.address(fam)
        # 1,400 bytes of payload with 28 (48) of headers fit the pod's MTU in either mode.
        done = ping(self.a, target, "-M", "do", "-s", "1400" if fam == 4 else "1380")
        equal(done.returncode, 0, done.stdout)
        mtu = int(re.search(r"mtu (\d+)", self.a.run("ip", "link", "show", "eth0").stdout)[1])
        equal(mtu, 1450 if self.tunnel == "vxlan" else 1500, "the pod's MTU")
        head = 28 if fam == 4 else 48
        equal(ping(self.a, target, "-M", "do", "-s", str(mtu - head)).returncode, 0, "full size")
        done = ping(self.a, target, "-M", "do", "-s", str(mtu - head + 1))
        assert done.returncode and re.search(rf"mtu[ =:]+{mtu}\b", done.stdout + done.stderr, re.I), \
            done.stdout + done.stderr

    def path_mtu(self, fam):
        """A pod whose device was set too large learns the tunnel's MTU from an ICMP error."""
        node, device = self.a.node, self.a.host_ifname
        routes = self.a.run("ip", f"-{fam}", "route", "show", "default").stdout.splitlines()
        try:
            node.run("ip", "link", "set", device, "mtu", "1500")
            self.a.run("ip", "link", "set", "eth0", "mtu", "1500")
            for words in [line.split() for line in routes]:
                if "mtu" in words:
                    words[words.index("mtu") + 1] = "1500"
                self.a.run("ip", f"-{fam}", "route", "replace", *words)
            done = ping(self.a, self.c.address(fam), "-M", "do", "-s",
                        str(1500 - (48 if fam == 6 else 28)))
            assert done.returncode and re.search(r"mtu[ =:]+1450\b", done.stdout + done.stderr,
                                                 re.I), done.stdout + done.stderr
        finally:
            self.a.run("ip", "link", "set", "eth0", "mtu", "1450")
            node.run("ip", "link", "set", device, "mtu", "1450")
            for line in routes:
                self.a.run("ip", f"-{fam}", "route", "replace", *line.split())
            self.a.run("ip", f"-{fam}", "route", "flush", "cache")

    def stream(self, source, target, fam, size):
        reply = source.podd.call("send", addr=target.address(fam), port=90, bytes=size)
        assert reply["ok"], reply

    def fragments(self, fam):
        for target in (self.b, self.c):
            done = ping(self.a, target.address(fam), "-s", "8000")
            equal(done.returncode, 0, f"ping of 8,000 bytes to {target.name}")
            text = "echo " + "abcdefgh" * 900
            reply = self.a.probe(target.address(fam), 80, "UDP", data=text)
            equal(reply.get("data"), text, f"datagram of {len(text)} bytes to {target.name}")

    def closed_port(self, fam):
        for target in (self.b, self.c):
            for proto in ("TCP", "UDP"):
                reply = self.a.probe(target.address(fam), 99, proto, timeout=3)
                equal(reply.get("error"), "ECONNREFUSED", f"{proto} to {target.name}")
                assert reply["seconds"] < 1, reply

    def outside(self, fam):
        address = self.lab.outside.ips[0 if fam == 4 else 1]
        for pod in (self.a, self.c):
            reply = pod.probe(address, 80)
            equal(reply.get("data"), pod.node.ips[0 if fam == 4 else 1], "source seen outside")
            equal(pod.probe(address, 53, "UDP").get("data"), "outside", "UDP")
            equal(ping(pod, address).returncode, 0, "ping outside")
            done = ping(pod, address, "-s", "4000")
            equal(done.returncode, 0, "fragmented ping outside")
            equal(pod.probe(address, 99, "UDP", timeout=3).get("error"), "ECONNREFUSED",
                  "ICMP error from outside")
        reply = self.a.podd.call("send", addr=address, port=90, bytes=5_000_000)
        assert reply["ok"], reply

    def same_source_port(self, fam):
        """Two pods of one node, one source port, one server: masquerade keeps them apart."""
        address = self.lab.outside.ips[0 if fam == 4 else 1]
        futures = [pod.podd.send("probe", addr=address, port=80, proto="TCP", sport=62000)
                   for pod in (self.a, self.b)]
        for future in futures:
            equal(future.result(10).get("data"), self.a.node.ips[0 if fam == 4 else 1])

    def node(self, fam):
        n1, n2 = self.lab.nodes["n1"], self.lab.nodes["n2"]
        for node, pod in ((n1, self.a), (n2, self.c), (n1, self.c), (n2, self.a)):
            equal(node.probe(pod.address(fam), 80).get("data"), pod.name, f"{node.name} TCP")
            equal(node.probe(pod.address(fam), 80, "UDP").get("data"), pod.name, "UDP")
            equal(ping(node, pod.address(fam)).returncode, 0, f"{node.name} ping {pod.name}")
        for pod in (self.a, self.c):
            for node in (n1, n2):
                address = node.ips[0 if fam == 4 else 1]
                equal(pod.probe(address, 8080).get("data"), node.name, f"{pod.name} to node")
                equal(ping(pod, address).returncode, 0, f"{pod.name} ping {node.name}")

    def ip_options(self):
        done = ping(self.a, self.c.ip, "-R")
        equal(done.returncode, 0, done.stdout)

    def all(self):
        for node in self.lab.nodes.values():
            node.serve(tcp=[8080])
        for fam in FAMILIES:
            self.test(f"IPv{fam} pods reach pods on one node and across", self.reach, fam)
            self.test(f"IPv{fam} TTL goes down by one a node, and ends", self.ttl, fam)
            self.test(f"IPv{fam} packets up to the MTU cross, larger ones get an error",
                      self.mtu, fam)
            if self.tunnel == "vxlan":
                self.test(f"IPv{fam} too big for the tunnel: ICMP says how big", self.path_mtu,
                          fam)
            self.test(f"IPv{fam} fragments of pings and datagrams", self.fragments, fam)
            self.test(f"IPv{fam} closed ports answer at once", self.closed_port, fam)
            self.test(f"IPv{fam} 100 MB stream across nodes arrives intact",
                      self.stream, self.a, self.c, fam, 100_000_000)
            self.test(f"IPv{fam} 100 MB stream on one node arrives intact",
                      self.stream, self.a, self.b, fam, 100_000_000)
            self.test(f"IPv{fam} the outside sees the node's address", self.outside, fam)
            self.test(f"IPv{fam} one source port from two pods", self.same_source_port, fam)
            self.test(f"IPv{fam} nodes and pods talk through the host stack", self.node, fam)
        self.test("IPv4 record route option", self.ip_options)


def main():
    tap = Tap()
    for tunnel in ("vxlan", "none"):
        with Lab(tunnel=tunnel) as lab:
            lab.start()
            Routing(lab, tap, tunnel).all()
    tap.end()


if __name__ == "__main__":
    main()
