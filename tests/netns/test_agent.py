#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The agent's life: what it refuses, what it waits for, what it finds again after a restart or
a damaged file, whom its socket answers, and what it names when something is wrong."""
import json
import os
import re
import signal
import socket
import subprocess
import sys

from common import namespace, pod_manifest, policy, pods_labelled
from lab import BIN, Lab, NETNS, Tap, sh, wait_for

AGENT = os.path.join(BIN, "leat-agent")


def equal(got, want, what=""):
    assert got == want, f"{what}: got {got!r}, expected {want!r}"


def ask(node, *lines, read=1, timeout=5):
    """Raw lines to the socket; the answers, fewer where the agent hangs up."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(timeout)
        sock.connect(node.socket)
        for line in lines:
            sock.sendall(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n")
        got = b""
        while got.count(b"\n") < read:
            try:
                more = sock.recv(65536)
            except ConnectionError:
                break
            if not more:
                break
            got += more
        return [json.loads(line) for line in got.splitlines()]


def state(node):
    with open(os.path.join(node.state, "state.json"), encoding="utf-8") as file:
        return json.load(file)


def problems(node):
    return ask(node, {"op": "status"})[0]["problems"]


def wait_problem(node, *words):
    def found():
        return [p for p in problems(node) if all(w in p for w in words)]
    return wait_for(found, 5, f"a problem with {words}; there are {problems(node)}")


class Life:
    def __init__(self, lab, tap):
        self.lab, self.tap = lab, tap
        self.node = lab.nodes["n1"]

    def bad_options(self):
        for args, want in (([], "--node-name: must be given"),
                           (["--node-name=n", "--manifests=/m", "--mtu=x"], "--mtu: x:"),
                           (["--nodename=n"], "--nodename=n: no such option")):
            done = sh(AGENT, *args, check=False)
            equal(done.returncode, 2, f"{args}")
            assert want in done.stderr, done.stderr
        done = sh(AGENT, "--help")
        assert "--node-name NAME" in done.stdout and not done.stderr, done

    def waits_for_node(self):
        """Alive and answering, but not ready, until its Node object is there."""
        node = self.node
        self.lab.write("nodes.json")
        node.start_agent(wait=False)
        wait_for(lambda: os.path.exists(node.socket), 5, "the socket")
        done = node.cni("STATUS", check=False)
        answer = json.loads(done.stdout)
        equal(answer["code"], 50, "STATUS")
        assert "Node n1 is not defined" in json.dumps(answer), answer
        pod = self.lab.pod("life/early", add=False)
        done = node.cni("ADD", pod.container, NETNS + pod.netns, args=pod.cni_args, check=False)
        equal(json.loads(done.stdout)["code"], 11, "ADD")
        node.cni("DEL", pod.container, NETNS + pod.netns, args=pod.cni_args)
        self.lab.write("nodes.json", *[n.manifest() for n in self.lab.nodes.values()])
        node.wait_ready()
        pod.add()

    def second_agent(self):
        node = self.node
        for args, want in ((node.agent_args(), "another agent runs"),
                           ([*node.agent_args(), "--cleanup"], "an agent is running")):
            done = node.run(AGENT, *args, check=False)
            equal(done.returncode, 1, "exit status")
            assert want in done.stderr, done.stderr
        other = os.path.join(node.folder, "other")
        process = subprocess.Popen(
            ["nsenter", "--net=" + NETNS + node.netns, AGENT, *node.agent_args(), "--state-dir",
             other, "--socket", other + ".sock"], stderr=subprocess.PIPE, text=True)
        try:
            line = ""
            while "another agent works there" not in line:
                line = process.stderr.readline()
                assert line, "the other agent ended without a word"
        finally:
            process.terminate()
            process.wait(10)
            process.stderr.close()
        equal(node.cni("STATUS").returncode, 0, "the first agent")

    def socket_manners(self):
        node = self.node
        mode = os.stat(node.socket).st_mode & 0o777
        equal(mode, 0o600, "mode of the socket")
        equal(ask(node, b"{]\n")[0]["code"], 6, "no JSON")
        equal(ask(node, b"[]\n")[0]["ok"], False, "no object")
        equal(ask(node, {"op": "format-disk"})[0]["ok"], False, "no such op")
        equal(ask(node, {"op": "del", "containerID": "../x", "ifname": "eth0"})[0]["code"], 4)
        equal(ask(node, {"op": "del", "containerID": "x", "ifname": "a/b"})[0]["code"], 4)
        equal(ask(node, {"op": "gc", "network": "leat"})[0]["code"], 7, "gc without a list")
        equal(ask(node, b'{"op":"' + b"x" * 70000), [], "a line without end")
        equal(ask(node, b"[" * 60000 + b"\n")[0]["ok"], False, "deep nesting")
        equal([a["ok"] for a in ask(node, {"op": "ready"}, {"op": "ready"}, read=2)],
              [True, True], "two lines at once")
        parts = [b'{"op":', b'"ready"', b"}\n"]
        equal(ask(node, *parts)[0]["ok"], True, "one line in three parts")
        done = sh("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "python3",
                  "-c", f"import socket; socket.socket(1).connect({node.socket!r})", check=False)
        assert "PermissionError" in done.stderr, done.stderr
        os.chmod(node.socket, 0o666)  # even so: only uid 0 is answered
        code = (f"import socket; s = socket.socket(1); s.settimeout(5); s.connect({node.socket!r})"
                "\ntry:\n s.sendall(b'{\"op\":\"status\"}\\n')\n print(s.recv(10))"
                "\nexcept OSError: print(b'')")
        for path in (node.lab.folder, node.folder):
            os.chmod(path, 0o755)
        done = sh("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "python3",
                  "-c", code)
        equal(done.stdout.strip(), "b''", "an answer to nobody")
        os.chmod(node.socket, 0o600)

    def reservation_ends(self):
        """add without commit: its connection's end gives the address back."""
        node = self.node
        before = ask(node, {"op": "status"})[0]["addressesUsed"]
        fields = {"containerID": "reserved", "ifname": "eth0", "network": "leat"}
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(node.socket)
            sock.sendall(json.dumps(dict(fields, op="add")).encode() + b"\n")
            answer = json.loads(sock.recv(65536))
            assert answer["ok"], answer
            equal(ask(node, {"op": "status"})[0]["addressesUsed"], before + 2)
            equal(ask(node, dict(fields, op="add"))[0]["code"], 101, "twice")
            bad = dict(fields, op="commit", ifindex=1, mac=answer["mac"])
            equal(ask(node, bad)[0]["code"], 102, "commit of lo")
        wait_for(lambda: ask(node, {"op": "status"})[0]["addressesUsed"] == before, 5,
                 "the reserved addresses to be free")

    def exhausted(self):
        """A /29 has five usable addresses; the sixth pod is told so, and a free one is reused."""
        lab = self.lab
        small = lab.nodes["n2"]
        manifest = small.manifest()
        manifest["spec"]["podCIDRs"] = ["10.244.2.0/29", "fd10:244:0:2::/64"]
        lab.write("nodes.json", self.node.manifest(), manifest)
        small.start_agent()
        pods = [lab.pod(f"full/{i}", "n2") for i in range(5)]
        equal(sorted(p.ip for p in pods), [f"10.244.2.{i}" for i in range(2, 7)])
        sixth = lab.pod("full/sixth", "n2", add=False)
        done = small.cni("ADD", sixth.container, NETNS + sixth.netns, args=sixth.cni_args,
                         check=False)
        answer = json.loads(done.stdout)
        equal(answer["code"], 100, done.stdout)
        assert "no free IPv4 address" in json.dumps(answer), answer
        pods[2].delete()
        sixth.add()
        equal(sixth.ip, "10.244.2.4", "the only free one")
        for pod in [p for p in pods if p is not pods[2]] + [sixth]:
            pod.remove()
        pods[2].remove()
        small.stop_agent()

    def restarts(self):
        """The same slots, addresses and tables after SIGTERM and after SIGKILL; nothing that was
        right is written again."""
        node = self.node
        pods = [self.lab.pod(f"life/r{i}") for i in range(3)]
        self.lab.write("life.json", namespace("life"),
                       *[pod_manifest(p, {"app": "r"}) for p in pods],
                       policy("life/p", {"app": "r"}, ingress=[
                           {"from": [pods_labelled("app", "r")]}]))
        pods[0].serve(tcp=[80])
        wait_for(lambda: "life/p" in json.dumps(state(node).get("sets", "")), 5, "the policy")
        assert pods[1].probe(pods[0].ip, 80)["ok"]
        before = state(node)["endpoints"]
        for how in (signal.SIGTERM, signal.SIGKILL):
            tables = self.tables()
            node.agent.send_signal(how)
            equal(node.agent.wait(10), 0 if how == signal.SIGTERM else -9, "exit status")
            node.agent = None
            assert pods[1].probe(pods[0].ip, 80)["ok"], "without an agent"
            gone = self.lab.pod(f"life/late{how}", add=False)
            equal(json.loads(node.cni("ADD", gone.container, NETNS + gone.netns,
                                      args=gone.cni_args, check=False).stdout)["code"], 11)
            node.start_agent()
            equal(state(node)["endpoints"], before, "endpoints")
            equal(self.tables(), tables, "tables")
            assert pods[1].probe(pods[0].ip, 80)["ok"], "after the restart"
            gone.remove()

    def tables(self):
        result = {}
        for name in ("leat_ipcache_v1", "leat_policy_v1", "leat_ep_v1", "leat_svc_v1",
                     "leat_cidr_v1", "leat_ifep_v1"):
            done = sh("bpftool", "-j", "map", "dump", "pinned",
                      os.path.join(self.node.bpffs, "maps", name))
            result[name] = sorted(json.dumps(e.get("formatted", e), sort_keys=True)
                                  for e in json.loads(done.stdout))
        return result

    def damaged_file(self):
        """endpoints.json cut short or empty: named, kept aside, rebuilt from state.json."""
        node = self.node
        path = os.path.join(node.state, "endpoints.json")
        for size in (0, 100):
            before = state(node)["endpoints"]
            node.stop_agent()
            with open(path, "r+", encoding="utf-8") as file:
                file.truncate(size)
            node.start_agent()
            equal(state(node)["endpoints"], before, "endpoints")
            wait_problem(node, "endpoints.json is truncated or damaged", "rebuilt")
            with open(path, encoding="utf-8") as file:
                equal(len(json.load(file)["endpoints"]), len(before), "written anew")
            assert os.path.exists(path + ".broken")

    def device_gone(self):
        """A pod whose device vanished while no agent ran is released at the start."""
        node = self.node
        pod = self.lab.pod("life/vanished")
        node.stop_agent()
        node.run("ip", "link", "del", pod.host_ifname)
        node.start_agent()
        equal([e for e in state(node)["endpoints"] if e["name"] == "vanished"], [])
        wait_for(lambda: not [r for r in self.tables()["leat_ipcache_v1"] if pod.ip in r], 5)
        pod.remove()

    def says_what_is_wrong(self):
        """A bad document is named by file, line and field; the rest counts; then it is gone."""
        node = self.node
        path = os.path.join(self.lab.manifests, "bad.yaml")
        good = "apiVersion: v1\nkind: Namespace\nmetadata: {name: good}\n"
        with open(path, "w", encoding="utf-8") as file:
            file.write(good + "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
                       "metadata: {namespace: good, name: p}\nspec:\n  podSelector: {}\n"
                       "  ingress:\n  - from:\n    - ipBlock: {cidr: 0177.0.0.1/8}\n")
        found = wait_problem(node, "bad.yaml:", "NetworkPolicy good/p", "0177.0.0.1/8")
        assert re.match(r"bad\.yaml:\d+:", found[0]), found
        assert problems(node).count(found[0]) == 1
        equal(node.log_tail(1000).count(found[0]), 1, "log lines about it")
        with open(path, "w", encoding="utf-8") as file:
            file.write(good)
        wait_for(lambda: not problems(node), 5, "the problem to be gone")
        with open(path + ".2.yaml", "w", encoding="utf-8") as file:
            file.write(good)
        wait_problem(node, "Namespace good", "already defined in bad.yaml")
        os.unlink(path + ".2.yaml")
        wait_for(lambda: not problems(node), 5, "the double to be gone")
        os.unlink(path)

    def changed_range(self):
        """Pods keep addresses that are outside of a changed range, and are named."""
        node = self.node
        pod = self.lab.pods["life/r0"]
        manifest = node.manifest()
        manifest["spec"]["podCIDRs"] = ["10.244.77.0/24", "fd10:244:0:77::/64"]
        self.lab.write("nodes.json", manifest, self.lab.nodes["n2"].manifest())
        wait_problem(node, "life/r0", pod.ip, "outside of this node's pod ranges")
        new = self.lab.pod("life/moved")
        assert new.ip.startswith("10.244.77."), new.ip
        new.remove()
        self.lab.write("nodes.json", node.manifest(), self.lab.nodes["n2"].manifest())
        wait_for(lambda: not problems(node), 5, "the problem to be gone")

    def folder_replaced(self):
        """The whole folder, by a symbolic link that is switched; and SIGHUP."""
        node = self.node
        node.stop_agent()
        base = os.path.join(self.lab.folder, "swap")
        os.mkdir(base)
        for number in (1, 2):
            os.mkdir(f"{base}/{number}")
            with open(f"{base}/{number}/all.json", "w", encoding="utf-8") as file:
                json.dump({"apiVersion": "v1", "kind": "List", "items": [
                    node.manifest(), namespace(f"from{number}")]}, file)
        os.symlink(f"{base}/1", f"{base}/now")
        node.start_agent(extra=["--manifests", f"{base}/now", "--publish", f"{base}/pub",
                                "--cni-conf-dir", base])
        with open(f"{base}/10-leat.conflist", encoding="utf-8") as file:
            equal(json.load(file)["plugins"][0]["socket"], node.socket, "conflist")
        os.symlink(f"{base}/2", f"{base}/next")
        os.rename(f"{base}/next", f"{base}/now")
        with open(f"{base}/2/more.json", "w", encoding="utf-8") as file:
            json.dump(namespace("more"), file)
        wait_for(lambda: ask(node, {"op": "status"})[0]["objects"]["Namespace"] == 2, 5,
                 "the other folder's namespaces")
        with open(f"{base}/2/third.json", "w", encoding="utf-8") as file:
            json.dump(namespace("third"), file)
        wait_for(lambda: ask(node, {"op": "status"})[0]["objects"]["Namespace"] == 3, 0.9,
                 "an event of the other folder")
        node.agent.send_signal(signal.SIGHUP)
        wait_for(lambda: "SIGHUP" in node.log_tail(), 5, "SIGHUP to be noted")
        equal(ask(node, {"op": "ready"})[0]["ok"], True)
        node.stop_agent()
        assert os.path.exists(f"{base}/10-leat.conflist"), "stays when the agent stops"
        node.start_agent()

    def uplink_changes(self):
        """Another MTU of the uplink: programs are loaded anew, new pods get it."""
        node = self.node
        node.run("ip", "link", "set", "eth0", "mtu", "1400")
        wait_for(lambda: ask(node, {"op": "status"})[0]["config"]["mtu"] == 1350, 5, "the MTU")
        wait_for(lambda: node.cni("STATUS", check=False).returncode == 0, 5, "ready again")
        pod = self.lab.pod("life/smaller")
        equal(json.loads(pod.run("ip", "-j", "link", "show", "eth0").stdout)[0]["mtu"], 1350)
        pod.remove()
        node.run("ip", "link", "set", "eth0", "mtu", "1500")
        wait_for(lambda: ask(node, {"op": "status"})[0]["config"]["mtu"] == 1450, 5, "the MTU")

    def all(self):
        for name, function in (
                ("bad options are named", self.bad_options),
                ("waits for its Node object, STATUS and ADD say why", self.waits_for_node),
                ("a second agent refuses to start", self.second_agent),
                ("the socket: mode, peer, garbage, long lines", self.socket_manners),
                ("a reservation ends with its connection", self.reservation_ends),
                ("a pod range that is used up", self.exhausted),
                ("restart and kill change no table and no address", self.restarts),
                ("endpoints.json damaged", self.damaged_file),
                ("a device that is gone releases its pod", self.device_gone),
                ("bad documents and doubles are named once", self.says_what_is_wrong),
                ("a changed pod range renumbers nobody", self.changed_range),
                ("the folder is replaced as a whole; SIGHUP", self.folder_replaced),
                ("the uplink's MTU changes", self.uplink_changes)):
            self.tap.run(name, function)


def main():
    tap = Tap()
    with Lab() as lab:
        Life(lab, tap).all()
    tap.end()


if __name__ == "__main__":
    sys.exit(main())
