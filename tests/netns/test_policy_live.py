#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A policy edited while 200 TCP connections run: denied ones stop within 100 ms, allowed ones
lose nothing. Half of them on one node, half across nodes; by pod address and by ClusterIP."""
import time

from common import namespace, pod_manifest, policy, pods_labelled, service
from lab import Lab, Tap, wait_for

WEB = ("10.96.3.1", "fd10:96::3:1")
EACH = 50  # connections a client and target
LIMIT = 0.100


class Live:
    def __init__(self, lab):
        self.lab = lab
        self.server = lab.pod("l/server", "n1").serve(tcp=[80])
        self.friend = {n: lab.pod(f"l/friend-{n}", n) for n in ("n1", "n2")}
        self.foe = {n: lab.pod(f"l/foe-{n}", n) for n in ("n1", "n2")}
        self.groups = []
        self.write(True)

    def write(self, is_open):
        peers = [pods_labelled("role", "friend")] + \
            ([pods_labelled("role", "foe")] if is_open else [])
        self.lab.write("l.json", namespace("l"), pod_manifest(self.server, {"role": "server"}),
                       *[pod_manifest(p, {"role": "friend"}) for p in self.friend.values()],
                       *[pod_manifest(p, {"role": "foe"}) for p in self.foe.values()],
                       service("l/web", WEB, {"role": "server"}, [("web", 80, 80, "TCP")]),
                       policy("l/server", {"role": "server"}, ingress=[{"from": peers}]))
        return time.monotonic()

    def connect(self, fam):
        """200 connections: friends and foes, from both nodes."""
        self.groups = []
        addresses = (self.server.address(fam), WEB[0 if fam == 4 else 1])
        for is_friend, pods in ((True, self.friend), (False, self.foe)):
            for index, pod in enumerate(pods.values()):
                wait_for(lambda p=pod, a=addresses[index]: p.probe(a, 80)["ok"], 10,
                         f"{pod.name} to reach the server")
                reply = pod.podd.call("hold", name="live", addr=addresses[index], port=80,
                                      count=EACH, interval=0.05)
                assert reply["ok"], reply
                self.groups.append((is_friend, pod))
        for _, pod in self.groups:
            wait_for(lambda p=pod: min(p.podd.call("held", name="live")["counts"]) > 5, 10,
                     "all connections to run")

    def held(self, pod):
        return pod.podd.call("held", name="live")

    def edit(self):
        """The foes' last answers, seconds after the edit; what the friends lost."""
        edited = self.write(False)
        foes = [pod for is_friend, pod in self.groups if not is_friend]

        def silent():
            helds = [self.held(p) for p in foes]
            return all(h["now"] - max(h["last"]) > 0.4 for h in helds) and helds
        helds = wait_for(silent, 5, "the denied connections to stop")
        latest = max(max(h["last"]) for h in helds) - edited
        friends = [self.held(p) for is_friend, p in self.groups if is_friend]
        return latest, friends

    def check(self, fam):
        self.connect(fam)
        before = [self.held(p) for is_friend, p in self.groups if is_friend]
        latest, friends = self.edit()
        print(f"# IPv{fam}: last answer of a denied connection {latest * 1000:.0f} ms after the "
              "edit")
        assert latest < LIMIT, f"denied connections answered {latest * 1000:.0f} ms after the edit"
        for old, new in zip(before, friends):
            assert new["errors"] == [None] * EACH, new["errors"]
            equal = new["retransmitted"] == old["retransmitted"]
            assert equal, f"packets of allowed connections were lost: {new['retransmitted']}"
            assert all(n > o for o, n in zip(old["counts"], new["counts"]))
        self.write(True)
        for is_friend, pod in self.groups:
            if not is_friend:
                start = self.held(pod)["counts"]
                wait_for(lambda p=pod, s=start: all(
                    n > o for o, n in zip(s, self.held(p)["counts"])), 20,
                    "denied connections to go on when allowed again")
            pod.podd.call("release", name="live")


def main():
    tap = Tap()
    with Lab() as lab:
        lab.start()
        live = Live(lab)
        for fam in (4, 6):
            tap.run(f"IPv{fam}: 200 connections, denied ones stop within 100 ms, allowed ones "
                    "lose nothing", live.check, fam)
    tap.end()


if __name__ == "__main__":
    main()
