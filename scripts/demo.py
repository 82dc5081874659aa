#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Two nodes with pods on them, step by step. Run it as root by `make demo`.

The nodes and pods are network namespaces, everything else is real: one leat-agent a node, fed
from a copy of docs/examples/shop; every pod wired by executing leat-cni; small servers in the
pods. Last line: "demo: N passed, N failed".
"""
import argparse
import os
import shutil
import signal
import struct
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TOP, "tests", "netns"))
from lab import Lab, wait_for  # noqa: E402

SHOP = os.path.join(TOP, "docs", "examples", "shop")
PODS = {"shop/frontend": "n1", "shop/backend-1": "n1", "shop/backend-2": "n2",
        "dns/dns": "n2", "elsewhere/stranger": "n2"}
BACKEND = {4: "10.96.0.10", 6: "fd10:96::10"}
DNS = {4: "10.96.0.53", 6: "fd10:96::53"}
EMPTY = {4: "10.96.0.66", 6: "fd10:96::66"}
IS_TERMINAL = sys.stdout.isatty()


def colour(code, text):
    return f"\033[{code}m{text}\033[0m" if IS_TERMINAL else text


class Demo:
    def __init__(self, lab):
        self.lab = lab
        self.passed = self.failed = 0

    def title(self, text):
        print("\n" + colour("1", text), flush=True)

    def check(self, tried, expected, is_ok, got):
        self.passed += bool(is_ok)
        self.failed += not is_ok
        mark = colour("32", "ok    ") if is_ok else colour("31", "FAILED")
        print(f"  {mark} {tried}\n         expected {expected}; got {got}", flush=True)
        return is_ok

    def reaches(self, who, address, port, want, proto="TCP", what="", **fields):
        reply = self.lab.pods[who].probe(address, port, proto, **fields)
        got = f"an answer of {reply['data']}" if reply["ok"] else reply["error"]
        self.check(f"{who} -> {what or 'pod ' + want} {address} {proto}/{port}",
                   f"an answer of {want}", reply["ok"] and reply["data"] == want, got)

    def blocked(self, who, address, port, what):
        reply = self.lab.pods[who].probe(address, port, timeout=0.4)
        self.check(f"{who} -> {what} {address} TCP/{port}", "no answer", reply.get("error") ==
                   "timeout", f"an answer of {reply['data']}" if reply["ok"] else "no answer"
                   if reply["error"] == "timeout" else reply["error"])


def wire(demo):
    demo.title("Pods, each wired by executing leat-cni as a container runtime does")
    for name, node in PODS.items():
        started = time.monotonic()
        pod = demo.lab.pod(name, node)
        took = (time.monotonic() - started) * 1000
        demo.check(f"leat-cni ADD {name} on {node}", "an IPv4 and an IPv6 address",
                   len(pod.addresses) == 2, f"{', '.join(pod.addresses)} in {took:.0f} ms")
    for name in ("shop/backend-1", "shop/backend-2"):
        demo.lab.pods[name].serve(tcp=[8080], udp=[8125])
    demo.lab.pods["dns/dns"].serve(udp=[5353], tcp=[5353])
    demo.lab.outside.serve(peer=[80])
    for node in demo.lab.nodes.values():
        wait_for(lambda n=node: len(n.leat_json("service", "list")) and all(
            len(s["backends"]) == 2 for s in n.leat_json("service", "list")
            if s["namespace"] == "shop" and s["name"] == "backend"), 10,
            f"both backends in the Service table of {node.name}")


def pod_to_pod(demo):
    demo.title("Pod to pod, on one node and across nodes, IPv4 and IPv6")
    for name in ("shop/backend-1", "shop/backend-2"):
        for fam in (4, 6):
            demo.reaches("shop/frontend", demo.lab.pods[name].address(fam), 8080, name)


def spread(demo, fam, proto, port):
    count = 40
    probes = [{"proto": proto, "addr": BACKEND[fam], "port": port}] * count
    results = demo.lab.pods["shop/frontend"].podd.call("probes", probes=probes)["results"]
    names = [r["data"] if r["ok"] else r["error"] for r in results]
    counts = {n: names.count(n) for n in sorted(set(names))}
    demo.check(f"shop/frontend -> Service shop/backend {BACKEND[fam]} {proto}/{port}, {count} "
               "times", "answers of backend-1 and backend-2 only, of both",
               set(counts) == {"shop/backend-1", "shop/backend-2"},
               ", ".join(f"{n} x {c}" for n, c in counts.items()))


def dns_query(name):
    question = b"".join(struct.pack("B", len(p)) + p for p in name.encode().split(b".")) + b"\0"
    return struct.pack(">HHHHHH", 0x1EA7, 0x0100, 1, 0, 0, 0) + question + b"\0\x10\0\1"


def services(demo):
    demo.title("Services: ClusterIP over TCP and UDP, spread over backends on both nodes")
    for fam in (4, 6):
        spread(demo, fam, "TCP", 80)
        spread(demo, fam, "UDP", 8125)
    demo.title("A pod reaching itself through its own Service")
    for fam in (4, 6):
        demo.reaches("dns/dns", DNS[fam], 53, "dns/dns", "TCP", "itself by Service dns/dns")
        demo.reaches("dns/dns", DNS[fam], 53, "dns/dns", "UDP", "itself by Service dns/dns")
    demo.title("DNS-shaped UDP through a Service")
    query = dns_query("backend.shop.svc.cluster.local")
    for fam in (4, 6):
        reply = demo.lab.pods["shop/frontend"].probe(DNS[fam], 53, "UDP", hex=query.hex())
        data = reply.get("data", "").encode("latin-1")
        is_answer = data[:4] == b"\x1e\xa7\x81\x80" and data.endswith(b"dns/dns")
        demo.check(f"shop/frontend asks {DNS[fam]} UDP/53 for backend.shop", "a DNS answer "
                   "with the query's id, from the Service address", is_answer,
                   f"{len(data)} bytes, id {data[:2].hex()}, from {reply.get('peer')}"
                   if data else reply.get("error"))
    demo.title("Nobody behind it, or no such port: refused at once")
    for fam in (4, 6):
        for address, port, what in ((EMPTY[fam], 80, "Service shop/empty without endpoints"),
                                    (BACKEND[fam], 81, "unused port of Service shop/backend")):
            reply = demo.lab.pods["shop/frontend"].probe(address, port, timeout=3)
            demo.check(f"shop/frontend -> {what} {address} TCP/{port}",
                       "connection refused within 0.5 s",
                       reply.get("error") == "ECONNREFUSED" and reply["seconds"] < 0.5,
                       f"{reply.get('error', reply.get('data'))} after {reply['seconds']} s")


def node_and_outside(demo):
    demo.title("The node itself, and the world outside")
    lab = demo.lab
    n1 = lab.nodes["n1"]
    for fam in (4, 6):
        reply = n1.probe(lab.pods["shop/backend-1"].address(fam), 8080)
        demo.check(f"node n1 -> its pod shop/backend-1 IPv{fam} (as a probe of kubelet does)",
                   "an answer, whatever the policy", reply.get("data") == "shop/backend-1",
                   reply.get("data", reply.get("error")))
        reply = n1.probe(DNS[fam], 53)
        demo.check(f"node n1 -> Service dns/dns {DNS[fam]} TCP/53, pod on n2",
                   "an answer of dns/dns", reply.get("data") == "dns/dns",
                   reply.get("data", reply.get("error")))
    for fam, address in zip((4, 6), lab.outside.ips):
        reply = lab.pods["shop/frontend"].probe(address, 80)
        want = n1.ips[0 if fam == 4 else 1]
        demo.check(f"shop/frontend -> outside {address} TCP/80",
                   f"to be seen there as node n1, {want}", reply.get("data") == want,
                   reply.get("data", reply.get("error")))


def policy(demo):
    demo.title("NetworkPolicy shop/backend-from-frontend: the frontend in, the stranger out")
    lab = demo.lab
    for fam in (4, 6):
        demo.reaches("shop/frontend", lab.pods["shop/backend-1"].address(fam), 8080,
                     "shop/backend-1")
        demo.blocked("elsewhere/stranger", lab.pods["shop/backend-1"].address(fam), 8080,
                     "pod shop/backend-1")
        demo.blocked("elsewhere/stranger", BACKEND[fam], 80, "Service shop/backend")
    n1 = lab.nodes["n1"]
    row = next((r for r in n1.leat_json("drops")["recent"]
                if r["from"].get("name") == "elsewhere/stranger"
                and r["to"].get("name") == "shop/backend-1"), None)
    got = f"{row['reason']}, {row['direction']}, {', '.join(row['policies'])}" if row else "none"
    demo.check("n1# leat drops", "elsewhere/stranger -> shop/backend-1: policy-ingress, "
               "ingress, by shop/backend-from-frontend",
               got == "policy-ingress, ingress, shop/backend-from-frontend", got)
    print("".join("         " + line + "\n" for line in
                  n1.leat("drops").stdout.splitlines()), end="", flush=True)


def edit_policy(lab, app):
    path = os.path.join(lab.manifests, "40-policy.yaml")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    old = "frontend" if "{app: frontend}" in text else "stranger"
    peer = {"frontend": "podSelector: {matchLabels: {app: frontend}}",
            "stranger": "podSelector: {matchLabels: {app: stranger}}\n"
            "          namespaceSelector: {}"}
    with open(path + ".tmp", "w", encoding="utf-8") as file:
        file.write(text.replace(peer[old], peer[app]))
    os.rename(path + ".tmp", path)
    return time.monotonic()


def live_edit(demo):
    demo.title("The policy edited in the folder while a connection runs")
    lab = demo.lab
    podd = lab.pods["shop/frontend"].podd
    podd.call("hold", name="live", addr=lab.pods["shop/backend-2"].ip, port=8080, count=1,
              interval=0.005)
    wait_for(lambda: podd.call("held", name="live")["counts"][0] > 20, 5, "a running connection")
    edited = edit_policy(lab, "stranger")

    def stopped():
        held = podd.call("held", name="live")
        return held if held["now"] - held["last"][0] > 0.3 else None
    held = wait_for(stopped, 5, "the connection to stop")
    after = (held["last"][0] - edited) * 1000
    demo.check("frontend replaced by stranger in the policy", "the frontend's running "
               "connection to stop within 100 ms", after < 100, f"last answer {after:.0f} ms "
               "after the edit")
    demo.reaches("elsewhere/stranger", lab.pods["shop/backend-2"].ip, 8080, "shop/backend-2")
    edit_policy(lab, "frontend")
    count = held["counts"][0]
    held = wait_for(lambda: (lambda h: h if h["counts"][0] > count else None)(
        podd.call("held", name="live")), 10, "the connection to go on")
    demo.check("the policy edited back", "the same connection to go on, unbroken",
               held["errors"] == [None], f"{held['counts'][0]} answers, no error")
    demo.title("The agent of n2 killed: what is programmed goes on")
    n2 = lab.nodes["n2"]
    n2.stop_agent(signal.SIGKILL)
    count = podd.call("held", name="live")["counts"][0]
    held = wait_for(lambda: (lambda h: h if h["counts"][0] > count + 20 else None)(
        podd.call("held", name="live")), 5, "answers without an agent")
    demo.check("kill -9 leat-agent on n2", "the running connection to go on",
               held["errors"] == [None], f"{held['counts'][0]} answers, no error")
    demo.blocked("elsewhere/stranger", lab.pods["shop/backend-2"].ip, 8080,
                 "pod shop/backend-2, no agent")
    demo.reaches("shop/frontend", lab.pods["shop/backend-2"].ip, 8080, "shop/backend-2")
    n2.start_agent()
    held = podd.call("held", name="live")
    demo.check("leat-agent started again on n2", "nothing to be lost", held["errors"] == [None],
               f"{held['counts'][0]} answers, no error")
    podd.call("release", name="live")


def take_down(demo):
    demo.title("Pods removed by leat-cni DEL, agents stopped, every trace removed")
    lab = demo.lab
    for name in PODS:
        lab.pods[name].delete()
    for node in lab.nodes.values():
        left = node.leat_json("endpoint", "list")
        demo.check(f"{node.name}# leat endpoint list", "no pod left", left == [],
                   f"{len(left)} pods")
        node.stop_agent()
        done = node.run(os.path.join(os.environ.get("LEAT_BIN", os.path.join(TOP, "build/bin")),
                                     "leat-agent"), *node.agent_args(), "--cleanup", check=False)
        links = node.run("ip", "-br", "link").stdout
        left = os.listdir(node.bpffs) if os.path.isdir(node.bpffs) else []
        demo.check(f"{node.name}# leat-agent --cleanup", "no pin and no device of leat left",
                   done.returncode == 0 and "leat" not in links and not left,
                   f"exit {done.returncode}, pins {left}" + done.stderr)


def main():
    argparse.ArgumentParser(description=__doc__,
                            formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    if os.geteuid() != 0:
        sys.exit("demo: needs root (it makes network namespaces and loads BPF programs)")
    print(colour("1", "leat: two nodes, n1 and n2, on one link; agents fed from "
                      "docs/examples/shop"), flush=True)
    with Lab() as lab:
        demo = Demo(lab)
        for name in os.listdir(SHOP):
            shutil.copy(os.path.join(SHOP, name), lab.manifests)
        lab.start(write_nodes=False)
        for step in (wire, pod_to_pod, services, node_and_outside, policy, live_edit, take_down):
            try:
                step(demo)
            except Exception as error:  # a step that cannot go on has failed; say why
                demo.check(step.__name__.replace("_", " "), "to run to its end", False,
                           f"{type(error).__name__}: {error}")
                break
    print(f"\ndemo: {demo.passed} passed, {demo.failed} failed", flush=True)
    sys.exit(1 if demo.failed else 0)


if __name__ == "__main__":
    main()
