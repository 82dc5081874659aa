#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The 48 upstream NetworkPolicy cases with real packets: nine pods over two nodes, IPv4 and
IPv6, through pod addresses and through ClusterIPs. Format: "about" in tests/data/netpol_cases.json.

  test_netpol.py [--only TEXT] [--tunnel vxlan|none]
"""
import argparse
import copy
import json
import os
import re
import time

from lab import Lab, TOP, Tap, wait_for

SETTLE = 3.0   # seconds that upstream gives a policy to be in force
TIMEOUT = 0.4  # of one attempt
PODS = [f"{ns}/{pod}" for ns in "xyz" for pod in "abc"]
PORTS = [80, 81]
WAYS = [(fam, way) for fam in (4, 6) for way in ("pod", "service")]


def service_ips(pod):
    index = PODS.index(pod) + 16
    return [f"10.96.1.{index}", f"fd10:96::1:{index:x}"]


def port_list(protocols, ports):
    return [(f"serve-{port}-{proto.lower()}", port, proto) for port in ports
            for proto in protocols]


class World:
    """What the manifests say; written out after each change, one file replaced atomically."""

    def __init__(self, lab):
        self.lab = lab
        self.namespaces, self.labels, self.policies = {}, {}, {}
        self.serve = {"protocols": ["TCP"], "ports": [80]}

    def reset(self, case):
        self.namespaces = {n: v.get("labels", {}) for n, v in case["namespaces"].items()}
        self.labels = {p: {"pod": p[2:]} for p in PODS}
        self.labels.update({p["pod"]: p["labels"] for p in case["pods"]})
        self.policies, self.serve = {}, case["serve"]

    def apply(self, action, fam):
        op = action["op"]
        if op in ("create_policy", "update_policy"):
            policy = json.loads(self.fill(json.dumps(action["object"]), fam))
            meta = policy["metadata"]
            self.policies[meta["namespace"], meta["name"]] = policy
        elif op == "delete_policy":
            del self.policies[tuple(action["policy"].split("/"))]
        elif op == "set_pod_labels":
            self.labels[action["pod"]] = action["labels"]
        elif op == "set_namespace_labels":
            self.namespaces[action["namespace"]] = action["labels"]
        else:
            raise ValueError(f"unknown action {op}")

    def fill(self, text, fam):
        """${IP:x/b}/32 and ${NET4:x/b/4} are IPv4's; for IPv6 the same blocks of that family."""
        def ip(match):
            return self.lab.pods[match.group(1)].address(fam) + ("/32" if fam == 4 else "/128")

        def net(match):
            first = self.lab.pods[match.group(1)].address(fam)
            import ipaddress
            return str(ipaddress.ip_network(f"{first}/{match.group(2)}", strict=False))
        text = re.sub(r"\$\{IP:([^}]*)\}/32", ip, text)
        return re.sub(r"\$\{NET4:(.*?)/(\d+)\}", net, text)

    def objects(self):
        for name, labels in self.namespaces.items():
            yield {"apiVersion": "v1", "kind": "Namespace",
                   "metadata": {"name": name, "labels": labels}}
        ports = port_list(self.serve["protocols"], self.serve["ports"])
        for pod in PODS:
            ns, name = pod.split("/")
            yield {"apiVersion": "v1", "kind": "Pod",
                   "metadata": {"namespace": ns, "name": name,
                                "labels": dict(self.labels[pod], only=pod.replace("/", "-"))},
                   "spec": {"nodeName": self.lab.pods[pod].node.name, "containers": [
                       {"name": "c", "image": "none", "ports": [
                           {"name": n[:15], "containerPort": p, "protocol": q}
                           for n, p, q in ports]}]}}
            ips = service_ips(pod)
            yield {"apiVersion": "v1", "kind": "Service",
                   "metadata": {"namespace": ns, "name": f"s-{ns}-{name}"},
                   "spec": {"clusterIP": ips[0], "clusterIPs": ips,
                            "ipFamilies": ["IPv4", "IPv6"],
                            "selector": {"only": pod.replace("/", "-")},
                            "ports": [{"name": f"{q.lower()}-{p}", "port": p, "protocol": q}
                                      for _, p, q in port_list(("TCP", "UDP", "SCTP"), PORTS)]}}
        yield from self.policies.values()

    def write(self):
        self.lab.write("world.json", *self.objects())


def matrices(lab, order, probes, ways):
    """-> {(fam, way): {"TCP/80": ["#.X", ...]}}; all attempts side by side."""
    asked = []
    for source in order:
        jobs = [(way, probe, target) for way in ways for probe in probes for target in order
                if target != source]
        items = [{"proto": probe["protocol"], "port": probe["port"],
                  "addr": lab.pods[target].address(fam) if via == "pod"
                  else service_ips(target)[0 if fam == 4 else 1]}
                 for (fam, via), probe, target in jobs]
        asked.append((source, jobs, lab.pods[source].podd.send(
            "probes", probes=items, timeout=TIMEOUT)))
    cells = {}
    for source, jobs, future in asked:
        for (way, probe, target), result in zip(jobs, future.result(30)["results"]):
            good = result["ok"] and (probe["protocol"] == "SCTP" or result["data"] == target)
            wrong = result["ok"] and not good
            cells[way, f"{probe['protocol']}/{probe['port']}", source, target] = \
                "?" if wrong else "." if good else "X"
    return {way: {key: ["".join("#" if s == t else cells[way, key, s, t] for t in order)
                        for s in order]
                  for key in {f"{p['protocol']}/{p['port']}" for p in probes}} for way in ways}


def run_step(lab, world, step, ways):
    """Retries a mismatch for SETTLE seconds; -> {way: text of the mismatch or ""}"""
    for action in copy.deepcopy(step["actions"]):
        world.apply(action, ways[0][0])
    world.write()
    end = time.monotonic() + SETTLE
    order, wrong = step["order"], {}
    left = list(ways)
    while left:
        got = matrices(lab, order, step["probes"], left)
        for way in list(left):
            if got[way] == step["expect"]:
                wrong[way] = ""
                left.remove(way)
            else:
                wrong[way] = f"expected {step['expect']}\ngot      {got[way]}\norder    {order}"
        if time.monotonic() > end:
            break
    return wrong


def run_case(lab, world, tap, case):
    # A block is of one family, so such a case is run once a family; any other one with all ways
    # at once.
    has_block = "ipBlock" in json.dumps(case)
    groups = [[w for w in WAYS if w[0] == fam] for fam in (4, 6)] if has_block else [WAYS]
    for ways in groups:
        world.reset(case)
        world.write()
        failures = {way: "" for way in ways}
        for number, step in enumerate(case["steps"], 1):
            for way, text in run_step(lab, world, step, ways).items():
                if text:
                    failures[way] += f"step {number}: {text}\n"
        for (fam, via), text in failures.items():
            tap.ok(not text, f"{case['id']} IPv{fam} by {via} address: {case['title']}", text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("--tunnel", default="vxlan")
    args = parser.parse_args()
    with open(os.path.join(TOP, "tests/data/netpol_cases.json"), encoding="utf-8") as file:
        cases = json.load(file)["cases"]
    tap = Tap()
    with Lab(tunnel=args.tunnel) as lab:
        lab.start()
        world = World(lab)
        for index, name in enumerate(PODS):
            pod = lab.pod(name, f"n{index % 2 + 1}")
            pod.serve(tcp=PORTS, udp=PORTS, sctp=PORTS)
        world.reset(cases[0])
        world.write()
        ways = {p: WAYS for p in PODS}
        wait_for(lambda: all("X" not in "".join(sum(m.values(), [])) for m in matrices(
            lab, PODS, [{"protocol": "TCP", "port": 80}], ways[PODS[0]]).values()), 20,
            "every pod to reach every pod without a policy")
        for case in cases:
            if args.only in case["id"] + case["title"]:
                run_case(lab, world, tap, case)
    tap.end()


if __name__ == "__main__":
    main()
