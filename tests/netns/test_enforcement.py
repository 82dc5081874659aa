#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Policy without a gap: the agent killed and started, pods that come up, addresses that are
used again; and what manifests mean that say nothing, nobody or everybody."""
import json
import os
import signal
import time

from common import namespace, pod_manifest, policy, pods_labelled, service
from lab import Lab, NETNS, Tap, wait_for

FAMILIES = (4, 6)
SECONDS_DEAD = 60


def pound(source, addresses, port=80):
    """Starts a probe every 5 ms at each address; -> function that stops and tells answers."""
    for number, address in enumerate(addresses):
        source.podd.call("pound", name=f"p{number}", addr=address, port=port)

    def results(stop=True):
        return [source.podd.call("pounded", name=f"p{n}", stop=stop)
                for n in range(len(addresses))]
    return results


class Enforcement:
    def __init__(self, lab):
        self.lab = lab
        self.n1, self.n2 = lab.nodes["n1"], lab.nodes["n2"]
        self.friend = lab.pod("e/friend", "n2")
        self.foe = lab.pod("e/foe", "n2")
        self.near = lab.pod("e/near-foe", "n1")
        self.server = lab.pod("e/server", "n1").serve(tcp=[80], udp=[80])
        self.objects()
        self.wait_policy()

    def objects(self, *more, peers=None):
        """Everything with app=server takes from role=friend only."""
        peers = peers if peers is not None else [pods_labelled("role", "friend")]
        self.lab.write("e.json", namespace("e"), namespace("f"),
                       pod_manifest(self.friend, {"role": "friend"}),
                       pod_manifest(self.foe, {"role": "foe"}),
                       pod_manifest(self.near, {"role": "foe"}),
                       pod_manifest("e/server", {"app": "server"}),
                       pod_manifest("e/second", {"app": "server"}),
                       policy("e/server", {"app": "server"}, ingress=[{"from": peers}]), *more)

    def wait_policy(self, server=None):
        server = server or self.server
        for fam in FAMILIES:
            address = server.address(fam)
            wait_for(lambda a=address: self.friend.probe(a, 80)["ok"] and
                     not self.foe.probe(a, 80, timeout=0.3)["ok"] and
                     not self.near.probe(a, 80, timeout=0.3)["ok"], 15, "the policy")

    def agent_killed(self):
        """kill -9: nothing passes in 60 s without the agent, nor while it starts again."""
        addresses = [self.server.address(f) for f in FAMILIES]
        results = [pound(p, addresses) for p in (self.foe, self.near)]
        self.friend.podd.call("hold", name="kept", addr=addresses[0], port=80, count=10)
        self.n1.stop_agent(signal.SIGKILL)
        end = time.monotonic() + SECONDS_DEAD
        wait_for(lambda: time.monotonic() > end, SECONDS_DEAD + 5, "the minute to pass",
                 every=0.5)
        for fam in FAMILIES:
            assert self.friend.probe(self.server.address(fam), 80)["ok"], "allowed traffic ended"
        for _ in range(3):
            self.n1.start_agent()
            self.n1.stop_agent(signal.SIGKILL)
        self.n1.start_agent()
        held = self.friend.podd.call("held", name="kept")
        self.friend.podd.call("release", name="kept")
        assert held["errors"] == [None] * 10 and not any(held["retransmitted"]), held
        for result in results:
            for one in result():
                print(f"# {one['sent']} probes, {one['answered']} answered, longest pause "
                      f"{one['longest'] * 1000:.0f} ms")
                assert one["sent"] > SECONDS_DEAD * 50 and one["answered"] == 0, one

    def new_pod(self):
        """Its address is known (the one asked for), probes run before it is there."""
        for number, fam in ((1, 4), (2, 6)):
            asked = ["10.244.1.201", "fd10:244:0:1::201"]
            results = [pound(p, asked) for p in (self.foe, self.near)]
            pod = self.lab.pod("e/second", "n1", add=False)
            pod.serve(udp=[80], tcp=[80])
            pod.add(config=self.n1.config(runtimeConfig={"ips": asked},
                                          capabilities={"ips": True}))
            assert pod.addresses == asked, pod.addresses
            # It answers whom it may, so it was reachable while the others were refused.
            wait_for(lambda p=pod, f=fam: self.friend.probe(p.address(f), 80)["ok"], 10,
                     "the friend")
            for result in results:
                for one in result():
                    assert one["answered"] == 0 and one["sent"] > 5, f"round {number}: {one}"
            pod.remove()

    def address_reuse(self):
        """The friend goes, its address is given to a pod with other labels: nothing is
        inherited, no flow goes on."""
        old = self.lab.pod("e/old-friend", "n2")
        self.objects(pod_manifest(old, {"role": "friend"}))
        for fam in FAMILIES:
            wait_for(lambda f=fam: old.probe(self.server.address(f), 80)["ok"], 10, "old-friend")
        for fam in FAMILIES:  # flows whose tuple the next owner will use
            reply = old.podd.call("probe", addr=self.server.address(fam), port=80, proto="TCP",
                                  sport=41000)
            assert reply["ok"], reply
        addresses = old.addresses
        old.remove()
        self.objects(pod_manifest("e/heir", {"role": "foe"}))
        heir = self.lab.pod("e/heir", "n2", add=False)
        heir.add(config=self.n2.config(runtimeConfig={"ips": addresses},
                                       capabilities={"ips": True}))
        assert heir.addresses == addresses, heir.addresses
        flows = [f for f in self.n2.leat_json("flow", "list")
                 if addresses[0] in json.dumps(f) or addresses[1] in json.dumps(f)]
        assert not flows, f"flows of the old owner: {flows}"
        for fam in FAMILIES:
            wait_for(lambda f=fam: not heir.probe(self.server.address(f), 80,
                                                  timeout=0.3)["ok"], 5, "nothing inherited")
            for sport in (41000, 0):
                reply = heir.podd.call("probe", addr=self.server.address(fam), port=80,
                                       proto="TCP", timeout=0.4, sport=sport)
                assert not reply["ok"], f"IPv{fam} from port {sport}: {reply}"
        heir.remove()
        self.objects()

    def spoofed_labels(self):
        """Labels that look like the system's change nothing: a pod's namespace is its own."""
        fake = {"role": "foe", "io.kubernetes.pod.namespace": "f",
                "k8s-app": "kube-dns", "kubernetes.io/metadata.name": "f",
                "io.cilium.k8s.namespace.labels.team": "f"}
        rules = [{"from": [{"namespaceSelector": {"matchLabels": {
            "kubernetes.io/metadata.name": "f"}}}]}]
        self.lab.write("e.json", namespace("e"), namespace("f"),
                       pod_manifest(self.friend, {"role": "friend"}),
                       pod_manifest(self.foe, fake), pod_manifest(self.near, fake),
                       pod_manifest("e/server", {"app": "server"}),
                       policy("e/server", {"app": "server"}, ingress=rules))
        for fam in FAMILIES:
            address = self.server.address(fam)
            wait_for(lambda a=address: not self.friend.probe(a, 80, timeout=0.3)["ok"], 5,
                     "the new policy")
            for pod in (self.foe, self.near):
                assert not pod.probe(address, 80, timeout=0.4)["ok"], pod.name
        self.objects()
        self.wait_policy()

    def nobody(self):
        """Peers that match nobody let nobody in; no rules at all deny."""
        none = {"podSelector": {"matchLabels": {"role": "does-not-exist"}}}
        block = {"ipBlock": {"cidr": "10.244.0.0/16", "except": ["10.244.0.0/17",
                                                                 "10.244.128.0/17"]}}
        rules = {"a selector that matches nothing": {"ingress": [{"from": [none]}]},
                 "a namespace that is not there": {"ingress": [{"from": [
                     {"namespaceSelector": {"matchLabels": {"no": "such"}}}]}]},
                 "an except that covers the block": {"ingress": [{"from": [block]}]},
                 "ingress: []": {"ingress": []},
                 "ingress missing": {},
                 "ingress: null": {"ingress": None},
                 "only an ipBlock elsewhere": {"ingress": [{"from": [
                     {"ipBlock": {"cidr": "203.0.113.0/24"}}]}]},
                 "policyTypes missing": {"ingress": [], "policyTypes": None}}
        for name, spec in rules.items():
            whole = {"podSelector": {"matchLabels": {"app": "server"}},
                     "policyTypes": ["Ingress"], **spec}
            if whole["policyTypes"] is None:
                del whole["policyTypes"]
            self.objects(peers=[pods_labelled("role", "friend"), pods_labelled("role", "foe")])
            for fam in FAMILIES:
                wait_for(lambda f=fam: self.foe.probe(self.server.address(f), 80)["ok"], 10,
                         "the door to open")
            made = policy("e/server", {"app": "server"}, ingress=[])
            made["spec"] = whole
            self.lab.write("e.json", namespace("e"), pod_manifest(self.friend, {"role": "friend"}),
                           pod_manifest(self.foe, {"role": "foe"}),
                           pod_manifest("e/server", {"app": "server"}), made)
            for fam in FAMILIES:
                for pod in (self.foe, self.friend, self.near):
                    wait_for(lambda p=pod, f=fam: not p.probe(self.server.address(f), 80,
                                                              timeout=0.3)["ok"], 5,
                             f"{name}: {pod.name} to be shut out, IPv{fam}")
        self.objects()
        self.wait_policy()

    def families(self):
        """0.0.0.0/0 is IPv4 only, ::/0 is IPv6 only."""
        for cidr, is_open in (("0.0.0.0/0", {4: True, 6: False}), ("::/0", {4: False, 6: True})):
            self.objects(peers=[{"ipBlock": {"cidr": cidr}}])
            for pod in (self.foe, self.near):
                for fam in FAMILIES:
                    wait_for(lambda p=pod, f=fam: p.probe(self.server.address(f), 80,
                                                          timeout=0.3)["ok"] == is_open[f], 5,
                             f"{cidr}: {pod.name} IPv{fam} to be {is_open[fam]}")
        self.objects()
        self.wait_policy()

    def protocols(self):
        """A rule for SCTP or UDP never opens TCP."""
        for proto, expect in (("SCTP", {"TCP": False, "UDP": False}),
                              ("UDP", {"TCP": False, "UDP": True})):
            self.lab.write("e.json", namespace("e"), pod_manifest(self.foe, {"role": "foe"}),
                           pod_manifest("e/server", {"app": "server"}),
                           policy("e/server", {"app": "server"}, ingress=[
                               {"ports": [{"protocol": proto, "port": 80}]}]))
            for fam in FAMILIES:
                for asked, is_open in expect.items():
                    wait_for(lambda f=fam, a=asked, o=is_open: self.foe.probe(
                        self.server.address(f), 80, a, timeout=0.3)["ok"] == o, 5,
                        f"rule for {proto}: {asked} IPv{fam} to be {is_open}")
        self.objects()
        self.wait_policy()

    def broken_documents(self):
        """What cannot be read is reported by file, object and field; the others stay in force."""
        bad = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
               "metadata": {"namespace": "e", "name": "broken"},
               "spec": {"podSelector": {}, "ingress": [{"ports": [{"port": 80, "endPort": 70}]}]}}
        worse = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
                 "metadata": {"namespace": "e", "name": "octal"},
                 "spec": {"podSelector": {}, "egress": [{"to": [
                     {"ipBlock": {"cidr": "0177.0.0.1/32"}}]}]}}
        self.lab.write("bad.json", bad, worse, service(
            "e/fine", ("10.96.5.1", "fd10:96::5:1"), {"app": "server"}, [("a", 80, 80, "TCP")]))
        with open(os.path.join(self.lab.manifests, "torn.yaml"), "w", encoding="utf-8") as file:
            file.write("apiVersion: v1\nkind: [unclosed\n")
        wait_for(lambda: self.friend.probe("10.96.5.1", 80)["ok"], 10, "the good object beside")
        log = self.n1.log_tail(200)
        for words in (("bad.json", "e/broken", "endPort", "70"),
                      ("bad.json", "e/octal", "cidr", "0177.0.0.1"), ("torn.yaml",)):
            lines = [line for line in log.splitlines() if all(w in line for w in words)]
            assert lines, f"no log line with {words}:\n{log}"
        self.wait_policy()
        self.lab.remove_file("bad.json")
        self.lab.remove_file("torn.yaml")

    def all(self, tap):
        tests = [("1 the agent killed for a minute and started again", self.agent_killed),
                 ("5 a new pod is judged from its first packet", self.new_pod),
                 ("6 an address used again inherits nothing", self.address_reuse),
                 ("9 labels that pose as the system's", self.spoofed_labels),
                 ("16 17 18 rules that name nobody", self.nobody),
                 ("18 blocks of one family", self.families),
                 ("20 rules of one protocol", self.protocols),
                 ("broken documents are named, the others stay", self.broken_documents)]
        for name, function in tests:
            tap.run(name, function)


def main():
    tap = Tap()
    with Lab() as lab:
        lab.start()
        assert os.path.isdir(NETNS)
        Enforcement(lab).all(tap)
    tap.end()


if __name__ == "__main__":
    main()
