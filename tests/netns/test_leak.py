#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Nothing is left: 500 ADD/DEL cycles leave tables and IPAM as before, --cleanup leaves no
trace, a lab that is killed leaves no namespace, mount or process."""
import concurrent.futures
import json
import os
import signal
import subprocess
import sys

from common import namespace, pod_manifest, policy, pods_labelled
from lab import BIN, HERE, Lab, NETNS, Tap, leftovers, sh, wait_for

CYCLES = 500
PARALLEL = 4
# Slots and counters that stay by design: epochs of freed slots (they must never be used
# twice), statistics, and flows, which age.
STAYS = {"leat_ep_v1", "leat_epstat_v1", "leat_metric_v1", "leat_drop_v1", "leat_evlim_v1",
         "leat_event_v1", "leat_flow_v1", "leat_frag_v1"}


def dump(node):
    """Contents of every pinned table that must return to what it was."""
    tables = {}
    for name in sorted(os.listdir(os.path.join(node.bpffs, "maps"))):
        if name not in STAYS:
            done = sh("bpftool", "-j", "map", "dump", "pinned",
                      os.path.join(node.bpffs, "maps", name), check=False)
            entries = json.loads(done.stdout)
            tables[name] = sorted(json.dumps(e.get("formatted", e), sort_keys=True)
                                  for e in entries)
    return tables


def pins(node):
    return sorted(os.listdir(os.path.join(node.bpffs, "links")))


def devices(node):
    return sorted(link["ifname"] for link in json.loads(node.run("ip", "-j", "link").stdout))


def routes(node):
    return node.run("ip", "route").stdout + node.run("ip", "-6", "route").stdout + \
        node.run("ip", "neigh").stdout


def used_addresses(node):
    return sorted(a for e in node.leat_json("endpoint", "list") for a in e["addresses"])


def cycle(lab, index):
    node = lab.nodes["n1"]
    netns = f"{lab.prefix}-cycle{index % PARALLEL}"
    args = f"IgnoreUnknown=1;K8S_POD_NAMESPACE=c;K8S_POD_NAME=pod-{index % PARALLEL}"
    container = f"cycle-{index}"
    node.cni("ADD", container, NETNS + netns, args=args)
    node.cni("DEL", container, NETNS + netns, args=args)


def cycles(lab):
    node = lab.nodes["n1"]
    stays = lab.pod("c/stays", "n1")
    lab.write("c.json", namespace("c"), pod_manifest(stays, {"app": "x"}),
              policy("c/all", {}, ingress=[{"from": [pods_labelled("app", "x")]}]))
    wait_for(lambda: node.leat_json("policy", "list"), 10, "the policy")
    before = [f(node) for f in (dump, pins, devices, routes, used_addresses)]
    for index in range(PARALLEL):
        sh("ip", "netns", "add", f"{lab.prefix}-cycle{index}")

    def lane(number):
        for index in range(number, CYCLES, PARALLEL):
            cycle(lab, index)
    with concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
        for future in [pool.submit(lane, n) for n in range(PARALLEL)]:
            future.result()
    wait_for(lambda: dump(node) == before[0], 10, "the tables to be as before")
    for was, function in zip(before, (dump, pins, devices, routes, used_addresses)):
        now = function(node)
        assert now == was, f"{function.__name__}: before {was}\nafter {now}"


def cleanup(lab):
    for pod in list(lab.pods.values()):
        pod.delete()
    for node in lab.nodes.values():
        node.stop_agent()
        done = node.run(os.path.join(BIN, "leat-agent"), *node.agent_args(), "--cleanup")
        again = node.run(os.path.join(BIN, "leat-agent"), *node.agent_args(), "--cleanup")
        assert (done.returncode, again.returncode) == (0, 0)
        left = os.listdir(node.bpffs) if os.path.isdir(node.bpffs) else []
        assert not left, f"pins left: {left}"
        assert devices(node) == ["eth0", "lo"], devices(node)
        text = node.run("ip", "route").stdout + node.run("ip", "-6", "route").stdout
        assert "leat" not in text and "10.244" not in text and "fd10" not in text, text
        filters = json.loads(node.run("bpftool", "-j", "net", "show").stdout)
        assert not filters[0]["tc"], filters
        left = os.listdir(node.state) if os.path.isdir(node.state) else []
        assert not left, f"state left: {left}"


CHILD = """
import sys; sys.path.insert(0, sys.argv[1])
from lab import Lab
lab = Lab(); lab.start(); lab.pod("k/pod", "n1").serve(tcp=[80])
print(lab.prefix, lab.folder, *[n.agent.pid for n in lab.nodes.values()], flush=True)
import threading; threading.Event().wait()
"""


def killed():
    child = subprocess.Popen([sys.executable, "-c", CHILD, HERE], stdout=subprocess.PIPE,
                             text=True)
    prefix, folder, *pids = child.stdout.readline().split()
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    wait_for(lambda: leftovers(prefix, folder) == ([], [], False), 15,
             "everything of a killed lab to be gone")
    wait_for(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids), 5, "its agents")


def main():
    tap = Tap()
    with Lab() as lab:
        lab.start()
        tap.run(f"{CYCLES} ADD/DEL cycles leave tables, links, devices, routes and IPAM as "
                "before", cycles, lab)
        tap.run("--cleanup removes every trace, and may be run again", cleanup, lab)
        prefix, folder = lab.prefix, lab.folder
    tap.ok(leftovers(prefix, folder) == ([], [], False), "a lab that ends leaves nothing")
    tap.run("a lab that is killed leaves nothing", killed)
    tap.end()


if __name__ == "__main__":
    main()
