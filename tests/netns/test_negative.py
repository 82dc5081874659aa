#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What must not pass, with real packets. Each test's name says which attack it is.

Spoofed sources and MACs, rogue ARP, neighbour and router advertisements, foreign VXLAN packets,
odd TCP flags, fragments, extension headers, forged ICMP errors, other protocols: sent as raw
frames out of a pod (or by the outside host); the target's own device is watched for them.
"""
import os
import struct

import packet as P
from common import drop_total, namespace, pod_manifest, policy, pods_labelled, service
from lab import Lab, Tap, wait_for

MARK = b"leat-negative-test-mark"
WEB = ("10.96.4.1", "fd10:96::4:1")
FAMILIES = (4, 6)
VNI = 7471


class World:
    def __init__(self, lab):
        self.lab = lab
        self.attacker = lab.pod("n/attacker", "n1")
        self.neighbour = lab.pod("n/neighbour", "n1").serve(tcp=[80], udp=[80])  # not isolated
        self.open = lab.pod("n/open", "n2").serve(tcp=[80, 81], udp=[80], sctp=[80])
        self.guarded = lab.pod("n/guarded", "n1").serve(tcp=[80, 81], udp=[80, 81], sctp=[80])
        self.write()
        for fam in FAMILIES:
            wait_for(lambda f=fam: self.open.probe(self.guarded.address(f), 80)["ok"] and
                     not self.attacker.probe(self.guarded.address(f), 80, timeout=.3)["ok"] and
                     self.attacker.probe(self.neighbour.address(f), 80)["ok"], 15, "the policy")

    def write(self, *more):
        """`guarded` takes TCP 80 from `open` only; everybody else is not isolated."""
        pods = [self.attacker, self.neighbour, self.open, self.guarded]
        self.lab.write("n.json", namespace("n"),
                       *[pod_manifest(p, {"app": p.pod_name}) for p in pods],
                       service("n/guarded", WEB, {"app": "guarded"}, [("a", 80, 80, "TCP")]),
                       policy("n/guarded", {"app": "guarded"}, ingress=[
                           {"from": [pods_labelled("app", "open")],
                            "ports": [{"port": 80}]}]), *more)

    def sent(self, frames, target, source=None, device="eth0", mark=MARK):
        """Frames at `target` that hold the mark after `frames` left `source`. What follows them
        (a probe that must arrive) tells that they had their chance."""
        source = source or self.attacker
        target.podd.call("sniff", name="neg", device=device)
        reply = source.podd.call("raw", frames=frames)
        assert reply["ok"], reply
        self.flush(source, target)
        got = target.podd.call("sniffed", name="neg", stop=True)["frames"]
        return [f for f in got if mark.hex() in f]

    def flush(self, source, target):
        """A packet sent after the others has arrived: so have they, or never will."""
        if target is self.guarded:
            peer = self.neighbour
        else:
            peer = target
        wait_for(lambda: source.run("ping", "-n", "-c1", "-W1", peer.ip if hasattr(peer, "result")
                                    else peer.ips[0], check=False).returncode == 0, 5, "a ping")


def dropped(world, reason, frames, target=None, node="n1", source=None, what=""):
    node = world.lab.nodes[node]
    before = drop_total(node, reason)
    got = world.sent(frames, target or world.neighbour, source)
    assert not got, f"{what}: arrived: {got}"
    after = drop_total(node, reason)
    assert after >= before + len(frames), \
        f"{what}: {reason} counted {after - before} of {len(frames)}"


def spoofed_sources(world, fam):
    pod, to = world.attacker, world.neighbour.address(fam)
    own = pod.address(fam)
    bad = {4: [world.open.ip, world.guarded.ip, "172.30.0.1", "172.30.0.2", "169.254.1.1", WEB[0],
               "127.0.0.1", "224.0.0.1", "0.0.0.0", "255.255.255.255", "8.8.8.8"],
           6: [world.open.ip6, world.guarded.ip6, "fd30::1", "fd30::2", "fe80::1", WEB[1], "::1",
               "ff02::1", "::", "2001:db8::77"]}[fam]
    for address in bad:
        frame = P.frame(P.ip(address, to, P.UDP, P.udp(address, to, 1, 80, MARK)), pod.mac)
        dropped(world, "spoofed-address", [frame], what=f"source {address}")
    good = P.frame(P.ip(own, to, P.UDP, P.udp(own, to, 1, 80, MARK)), pod.mac)
    assert world.sent([good], world.neighbour), "the honest packet did not arrive"


def mapped_addresses(world):
    pod = world.attacker
    mapped = "::ffff:" + world.neighbour.ip
    for src, dst in ((pod.ip6, mapped), ("::ffff:" + pod.ip, world.neighbour.ip6),
                     ("::ffff:" + pod.ip, mapped)):
        frame = P.frame(P.ip(src, dst, P.UDP, P.udp(src, dst, 1, 80, MARK)), pod.mac)
        dropped(world, "address-mapped", [frame], what=f"{src} to {dst}")


def spoofed_mac(world, fam):
    src, to = world.attacker.address(fam), world.neighbour.address(fam)
    packet = P.ip(src, to, P.UDP, P.udp(src, to, 2, 80, MARK))
    for address in (world.neighbour.mac, P.GATEWAY_MAC, "02:00:00:00:00:99"):
        dropped(world, "spoofed-mac", [P.frame(packet, address)], what=address)
    # Also inside an established flow.
    assert world.sent([P.frame(packet, world.attacker.mac)], world.neighbour)
    dropped(world, "spoofed-mac", [P.frame(packet, world.neighbour.mac)], what="in a flow")


def rogue_neighbours(world):
    """Gratuitous ARP and unsolicited advertisements for the gateway and for another pod."""
    pod, lab = world.attacker, world.lab
    tables = [(h, h.run("ip", "neigh").stdout) for h in
              (world.neighbour, world.guarded, lab.nodes["n1"])]
    frames = [P.arp(kind, pod.mac, claim, claim) for claim in
              ("169.254.1.1", world.neighbour.ip, "172.30.0.1") for kind in (1, 2)]
    for claim in ("fe80::1", world.neighbour.ip6, "fd30::1"):
        body = P.ip_bytes(claim) + b"\x02\x01" + P.mac(pod.mac)
        for src in (pod.ip6, claim):
            for dst in ("ff02::1", world.neighbour.ip6, "fd30::1"):
                adv = P.icmp(src, dst, 136, 0, 0x20000000, body)
                frames.append(P.frame(P.ip(src, dst, P.ICMP6, adv, ttl=255), pod.mac))
    reply = pod.podd.call("raw", frames=frames)
    assert reply["ok"], reply
    world.flush(pod, world.neighbour)
    for host, before in tables:
        after = host.run("ip", "neigh").stdout

        def entries(text):
            return sorted(" ".join(w for w in line.split() if w not in (
                "REACHABLE", "STALE", "DELAY", "PROBE")) for line in text.splitlines())
        assert entries(after) == entries(before), f"{host.name}:\n{before}\n{after}"
    assert world.neighbour.probe(world.open.ip, 80)["ok"]


def rogue_router(world):
    """Router advertisements and DHCP offers of a pod reach neither node nor pods."""
    pod, lab = world.attacker, world.lab
    n1 = lab.nodes["n1"]
    prefix = struct.pack(">BBBBIII", 3, 4, 64, 0xC0, 3600, 3600, 0) + P.ip_bytes("2001:db8:bad::")
    hosts = [n1, world.neighbour]
    before = [h.run("ip", "-6", "route").stdout + h.run("ip", "-6", "addr").stdout for h in hosts]
    frames = []
    for src in ("fe80::dead", pod.ip6, "fe80::1"):
        for dst in ("ff02::1", world.neighbour.ip6):
            body = struct.pack(">II", 0, 0) + prefix
            adv = P.icmp(src, dst, 134, 0, 0x40000708, body)
            frames.append(P.frame(P.ip(src, dst, P.ICMP6, adv, ttl=255), pod.mac,
                                  "33:33:00:00:00:01" if dst == "ff02::1" else P.GATEWAY_MAC))
    offer = P.ip(pod.ip, "255.255.255.255", P.UDP,
                 P.udp(pod.ip, "255.255.255.255", 67, 68, MARK + b"\0" * 240))
    frames.append(P.frame(offer, pod.mac, "ff:ff:ff:ff:ff:ff"))
    assert not world.sent(frames, world.neighbour)
    after = [h.run("ip", "-6", "route").stdout + h.run("ip", "-6", "addr").stdout for h in hosts]
    assert "bad" not in "".join(after) and len(before) == len(after)
    host_if = pod.host_ifname
    accept = n1.run("cat", f"/proc/sys/net/ipv6/conf/{host_if}/accept_ra").stdout.strip()
    assert accept == "0", f"accept_ra of {host_if} is {accept}"


def overlay(world, outer_host, src, dst, vni=VNI, fam=4):
    """A VXLAN packet as a node would send it, from some host on the link."""
    inner = bytes.fromhex(P.frame(P.ip(src, dst, P.UDP, P.udp(src, dst, 5, 80, MARK)),
                                  P.GATEWAY_MAC, "02:1e:a7:00:00:03"))
    code = ("import socket,sys; s=socket.socket(socket.AF_INET, socket.SOCK_DGRAM);"
            "s.sendto(bytes.fromhex(sys.argv[1]), ('172.30.0.1', 8472))")
    outer_host.run("python3", "-c", code, P.vxlan(vni, inner).hex())


def foreign_vxlan(world, fam):
    lab, target = world.lab, world.neighbour
    n1, n2 = lab.nodes["n1"], lab.nodes["n2"]
    remote = world.open.address(fam)
    node_ip = n1.ips[0 if fam == 4 else 1]
    target.podd.call("sniff", name="vx")
    rows = [  # who sends it, inner source, inner destination, VNI, reason
        (lab.outside, remote, target.address(fam), VNI, "tunnel-source"),
        (n2, world.guarded.address(fam), target.address(fam), VNI, "tunnel-source"),
        (n2, "203.0.113.7" if fam == 4 else "2001:db8::7", target.address(fam), VNI,
         "tunnel-source"),
        (n2, remote, node_ip, VNI, "tunnel-target"),
        (n2, remote, "169.254.1.1" if fam == 4 else "fe80::1", VNI, "tunnel-target"),
        (n2, remote, target.address(fam), VNI + 1, "tunnel-vni"),
    ]
    for host, src, dst, vni, reason in rows:
        before = drop_total(n1, reason)
        overlay(world, host, src, dst, vni)
        wait_for(lambda b=before, r=reason: drop_total(n1, r) > b, 5,
                 f"{host.name}: {src} to {dst}, VNI {vni} counted as {reason}", every=0.05)
    overlay(world, n2, remote, target.address(fam))  # the honest one
    wait_for(lambda: any(MARK.hex() in f for f in
                         target.podd.call("sniffed", name="vx")["frames"]), 5, "the honest one")
    frames = target.podd.call("sniffed", name="vx", stop=True)["frames"]
    assert sum(MARK.hex() in f for f in frames) == 1, "a foreign packet arrived"


def odd_tcp_flags(world, fam):
    """No packet without a SYN of its own opens a way for a later one to an isolated pod."""
    for source, target in ((world.attacker, world.guarded), (world.attacker, world.neighbour)):
        src, dst = source.address(fam), target.address(fam)
        for number, flags in enumerate((0, P.SYN | P.FIN, P.SYN | P.RST, P.ACK, P.RST, P.FIN,
                                        P.FIN | P.PSH | 32, P.SYN | P.ACK, P.RST | P.ACK)):
            port = 20000 + number
            first = P.ip(src, dst, P.TCP, P.tcp(src, dst, port, 80, flags, MARK))
            later = P.ip(src, dst, P.TCP, P.tcp(src, dst, port, 80, P.ACK, MARK, ack=1))
            got = world.sent([P.frame(first, source.mac), P.frame(later, source.mac)], target)
            assert not got, f"flags {flags:#x} to {target.name}: {got}"
    node = world.lab.nodes["n1"]
    flows = [f for f in node.leat_json("flow", "list")
             if f["proto"] == "tcp" and f["sourcePort"] in range(20000, 20010)]
    assert not flows, flows


def looks_like_a_reply(world, fam):
    """A denied side that uses the server's port as its source is no reply."""
    src, dst = world.attacker.address(fam), world.guarded.address(fam)
    for flags in (P.SYN, P.ACK, P.SYN | P.ACK):
        packet = P.ip(src, dst, P.TCP, P.tcp(src, dst, 80, 80, flags, MARK))
        assert not world.sent([P.frame(packet, world.attacker.mac)], world.guarded)
    packet = P.ip(src, dst, P.UDP, P.udp(src, dst, 53, 40000, MARK))
    assert not world.sent([P.frame(packet, world.attacker.mac)], world.guarded)
    # guarded opens a connection to the attacker's side: answers pass, a new SYN does not.
    world.attacker.serve(tcp=[8000 + fam])
    reply = world.guarded.probe(src, 8000 + fam, sport=33000 + fam)
    assert reply["ok"], reply
    packet = P.ip(src, dst, P.TCP, P.tcp(src, dst, 8000 + fam, 33000 + fam, P.SYN, MARK))
    assert not world.sent([P.frame(packet, world.attacker.mac)], world.guarded), \
        "a SYN passed as part of a reply"


def icmp_and_isolation(world, fam):
    """Echo to an isolated pod is dropped, also inside an allowed flow's reverse; errors pass
    only when they belong to a flow."""
    lab = world.lab
    src, dst = world.attacker.address(fam), world.guarded.address(fam)
    done = world.attacker.run("ping", "-n", "-c1", "-W1", dst, check=False)
    assert done.returncode == 1, "echo to an isolated pod was answered"
    # The isolated pod's own ping is answered; an echo request with the same id is not passed.
    ident = 0x4242
    echo, reply = (8, 0) if fam == 4 else (128, 129)
    proto = P.ICMP if fam == 4 else P.ICMP6
    ours = P.ip(dst, src, proto, P.icmp(dst, src, echo, 0, ident << 16 | 1, MARK))
    assert world.sent([P.frame(ours, world.guarded.mac)], world.attacker, world.guarded)
    request = P.ip(src, dst, proto, P.icmp(src, dst, echo, 0, ident << 16 | 1, MARK))
    assert not world.sent([P.frame(request, world.attacker.mac)], world.guarded), \
        "an echo request passed as part of a reverse flow"
    answer = P.ip(src, dst, proto, P.icmp(src, dst, reply, 0, ident << 16 | 1, MARK))
    assert world.sent([P.frame(answer, world.attacker.mac)], world.guarded), "the echo reply"
    # Forged errors: about flows that do not exist, or between others.
    n1 = lab.nodes["n1"]
    kind, code = (3, 3) if fam == 4 else (1, 4)
    for inner_src, inner_dst in ((dst, src), (dst, world.open.address(fam)),
                                 (world.neighbour.address(fam), src)):
        inner = P.ip(inner_src, inner_dst, P.UDP, P.udp(inner_src, inner_dst, 777, 778, MARK))
        error = P.ip(src, dst, proto, P.icmp(src, dst, kind, code, 0, inner))
        before = drop_total(n1, "icmp-error-no-flow")
        assert not world.sent([P.frame(error, world.attacker.mac)], world.guarded)
        assert drop_total(n1, "icmp-error-no-flow") > before
    # An honest one: guarded sends a datagram to a closed port and hears of it.
    answer = world.guarded.probe(world.open.address(fam), 9999, "UDP", timeout=3)
    assert answer.get("error") == "ECONNREFUSED", answer


def fragments(world, fam):
    """The first fragment decides; none without it, no overlap, no tiny first one."""
    src, dst = world.attacker.address(fam), world.guarded.address(fam)
    to = world.neighbour.address(fam)
    mac = world.attacker.mac

    def parts(proto, whole, cut, ident, target, order=(0, 1), tail_at=None):
        pieces = [P.ip(src, target, proto, whole[:cut], ident=ident, more=True),
                  P.ip(src, target, proto, whole[cut:], ident=ident,
                       fragment=cut if tail_at is None else tail_at)]
        return [P.frame(pieces[i], mac) for i in order]
    # TCP 80 of guarded is closed to the attacker: neither part may arrive.
    whole = P.tcp(src, dst, 4000, 80, P.SYN, MARK * 8)
    assert not world.sent(parts(P.TCP, whole, 48, 11, dst), world.guarded)
    # A later fragment alone, and before its first.
    datagram = P.udp(src, to, 4001, 80, MARK * 8)
    assert not world.sent(parts(P.UDP, datagram, 48, 12, to, order=(1,)), world.neighbour), \
        "a fragment without a first one"
    got = world.sent(parts(P.UDP, datagram, 48, 13, to, order=(1, 0)), world.neighbour)
    assert len(got) <= 1, "a fragment passed before its first one"
    # In order they arrive, both.
    assert len(world.sent(parts(P.UDP, datagram, 48, 14, to), world.neighbour)) == 2
    # Tiny first fragment: ports there, flags not. Overlapping second: would rewrite the flags.
    syn = P.tcp(src, to, 4002, 80, P.SYN, MARK * 8)
    assert not world.sent(parts(P.TCP, syn, 8, 15, to), world.neighbour), "a tiny first fragment"
    got = world.sent(parts(P.TCP, syn, 48, 16, to, tail_at=8), world.neighbour)
    assert len(got) == 1, "an overlapping fragment passed"


def hidden_ports(world, fam):
    """Options and extension headers do not hide the port from the policy."""
    src, dst, to = (p.address(fam) for p in (world.attacker, world.guarded, world.neighbour))
    mac = world.attacker.mac
    syn, good = (P.tcp(src, d, 4100, 80, P.SYN, MARK) for d in (dst, to))
    if fam == 4:
        options = b"\x01" * 40
        assert not world.sent([P.frame(P.ip(src, dst, P.TCP, syn, options=options), mac)],
                              world.guarded)
        assert world.sent([P.frame(P.ip(src, to, P.TCP, good, options=options), mac)],
                          world.neighbour), "an honest packet with options"
        return
    chains = {"hop-by-hop": [0], "routing": [43], "destination": [60], "three": [0, 60, 43]}
    for name, chain in chains.items():
        for target, payload, is_open in ((world.guarded, syn, False),
                                         (world.neighbour, good, True)):
            proto, body = P.TCP, payload
            for kind in reversed(chain):
                body, proto = P.ext(kind, proto, body), kind
            got = world.sent([P.frame(P.ip(src, target.ip6, proto, body), mac)], target)
            assert bool(got) == is_open, f"{name} to {target.name}: {len(got)} arrived"
    body, proto = good, P.TCP
    for _ in range(10):
        body, proto = P.ext(60, proto, body), 60
    dropped(world, "extension-headers", [P.frame(P.ip(src, to, proto, body), mac)],
            what="ten extension headers")
    for target, payload in ((world.guarded, syn),):
        packet = P.ip(src, target.ip6, 51, P.auth_header(P.TCP, payload))
        assert not world.sent([P.frame(packet, mac)], target), "AH hid the port"


def other_protocols(world, fam):
    """GRE, ESP, IPIP, 253 and SCTP to an isolated pod."""
    src, dst, to = (p.address(fam) for p in (world.attacker, world.guarded, world.neighbour))
    for proto in (47, 50, 4, 253, P.SCTP):
        data = MARK.ljust(32, b"\0")
        packet = P.ip(src, dst, proto, data)
        assert not world.sent([P.frame(packet, world.attacker.mac)], world.guarded), proto
        # and from the pod that may send TCP 80 only
        source = world.open
        packet = P.ip(source.address(fam), dst, proto, data)
        got = world.sent([P.frame(packet, source.mac)], world.guarded, source=source)
        assert not got, f"protocol {proto} through a rule for TCP 80"
        if proto != P.SCTP:
            packet = P.ip(src, to, proto, data)
            assert world.sent([P.frame(packet, world.attacker.mac)], world.neighbour), \
                f"protocol {proto} between pods that no policy selects"


def link_local(world):
    """Link-local IPv6 is no way around a policy."""
    links = {p: next(w.split("/")[0] for w in p.run("ip", "-6", "-br", "addr", "show", "dev",
                                                    "eth0").stdout.split() if w.startswith("fe80"))
             for p in (world.attacker, world.guarded)
             if "fe80" in p.run("ip", "-6", "-br", "addr", "show", "dev", "eth0").stdout}
    src = links.get(world.attacker, "fe80::5")
    dst = links.get(world.guarded, "fe80::6")
    for source in (src, world.attacker.ip6):
        for to in (dst, "ff02::1"):
            packet = P.ip(source, to, P.UDP, P.udp(source, to, 9, 80, MARK))
            for mac in (P.GATEWAY_MAC, world.guarded.mac, "33:33:00:00:00:01"):
                assert not world.sent([P.frame(packet, world.attacker.mac, mac)], world.guarded)


def main():
    tap = Tap()
    with Lab() as lab:
        lab.start()
        world = World(lab)
        both = [("11 spoofed source addresses", spoofed_sources),
                ("12 spoofed MAC addresses", spoofed_mac),
                ("15 VXLAN packets of strangers", foreign_vxlan),
                ("20 protocols without a rule", other_protocols),
                ("21 ICMP of no flow", icmp_and_isolation),
                ("22 fragments", fragments),
                ("23 options and extension headers", hidden_ports),
                ("24 odd TCP flags", odd_tcp_flags),
                ("25 what only looks like a reply", looks_like_a_reply)]
        for name, function in both:
            for fam in FAMILIES:
                tap.run(f"{name}, IPv{fam}", function, world, fam)
        tap.run("12 rogue ARP and neighbour advertisements", rogue_neighbours, world)
        tap.run("13 rogue router advertisements and DHCP", rogue_router, world)
        tap.run("18 IPv4-mapped addresses", mapped_addresses, world)
        tap.run("19 link-local IPv6 between pods", link_local, world)
        agents = [n.agent.poll() for n in lab.nodes.values()]
        tap.ok(agents == [None, None], "the agents still run", str(agents))
        assert os.path.isdir(lab.folder)
    tap.end()


if __name__ == "__main__":
    main()
