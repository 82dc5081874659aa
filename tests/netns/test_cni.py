#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""leat-cni against an agent that is faked, so that each step can be watched and made to fail.

What goes in by environment and standard input: test_cni_input.py. The real agent:
test_cni_agent.py.
"""
import concurrent.futures
import json
import os
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fake_agent import FakeAgent, GATEWAY_MAC, attachment_hash, host_ifname
from lab import BIN, NETNS, Lab, Tap, sh

VERSIONS = ["0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"]
tap = Tap()


class Bench:
    """One node without an agent, and namespaces for containers."""

    def __init__(self, lab, name="n1"):
        self.lab, self.node = lab, lab.nodes[name]
        self.count = 0
        os.makedirs(self.node.state, exist_ok=True)

    def container(self):
        self.count += 1
        pod = self.lab.pod(f"{self.node.name}/c{self.count}", self.node, add=False)
        return pod.container, NETNS + pod.netns, pod

    def cni(self, command, container, netns, ifname="eth0", version="1.1.0", args="", **extra):
        done = self.node.cni(command, container, netns, ifname=ifname, args=args, check=False,
                             config=self.node.config(version, **extra))
        if done.returncode:
            error = json.loads(done.stdout)
            assert set(error) == {"cniVersion", "code", "msg", "details"}, error
            assert error["cniVersion"] == version, error
            return error["code"], error
        return 0, json.loads(done.stdout) if done.stdout else None

    def good(self, *args, **kwargs):
        code, answer = self.cni(*args, **kwargs)
        assert code == 0, answer
        return answer

    def fails(self, wanted, *args, **kwargs):
        code, answer = self.cni(*args, **kwargs)
        assert code == wanted, f"wanted code {wanted}: {answer}"
        return answer

    def links(self):
        """Of the node, with their flags: what must be as before."""
        return sorted(link["ifname"] for link in json.loads(
            self.node.run("ip", "-j", "link").stdout))

    def notes(self):
        folder = os.path.join(self.node.state, "deleted")
        return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


def pod_links(pod):
    return sorted(link["ifname"] for link in json.loads(pod.run("ip", "-j", "link").stdout))


def expect(bench, pod, fragment, *command):
    text = pod.run(*command).stdout
    assert fragment in text, f"{' '.join(command)} lacks {fragment!r}:\n{text}"


def cycle(bench, version):
    """STATUS, ADD, CHECK, DEL, DEL again; every byte of the result is looked at."""
    container, netns, pod = bench.container()
    before = bench.links()
    with FakeAgent(bench.node) as agent:
        dns = {"nameservers": ["10.96.0.10"], "search": ["svc"], "options": ["ndots:5"]}
        result = bench.good("ADD", container, netns, version=version, dns=dns,
                            args="K8S_POD_UID=u-1;K8S_POD_NAME=web;IgnoreUnknown=1;Odd=x;"
                                 "K8S_POD_NAMESPACE=shop")
        request = agent.last("add")
        assert {k: request[k] for k in ("network", "podNamespace", "podName", "podUID", "netns",
                                        "containerID", "ifname")} == {
            "network": "leat", "podNamespace": "shop", "podName": "web", "podUID": "u-1",
            "netns": netns, "containerID": container, "ifname": "eth0"}, request
        host = host_ifname(container)
        ips = [{"interface": 1, "address": "10.244.1.1/32", "gateway": "169.254.1.1"},
               {"interface": 1, "address": "fd10:244:0:1::1/128", "gateway": "fe80::1"}]
        interfaces = [{"name": host, "mac": GATEWAY_MAC},
                      {"name": "eth0", "mac": "02:1e:a7:01:00:01", "sandbox": netns}]
        if version < "1":
            ips[0]["version"], ips[1]["version"] = "4", "6"
        if version == "1.1.0":
            interfaces[0]["mtu"] = interfaces[1]["mtu"] = 1450
        assert result == {"cniVersion": version, "interfaces": interfaces, "ips": ips, "dns": dns,
                          "routes": [{"dst": "0.0.0.0/0", "gw": "169.254.1.1"},
                                     {"dst": "::/0", "gw": "fe80::1"}]}, result
        expect(bench, pod, "169.254.1.1 scope link", "ip", "route", "show", "dev", "eth0")
        expect(bench, pod, "default via 169.254.1.1", "ip", "route", "show", "dev", "eth0")
        expect(bench, pod, "default via fe80::1", "ip", "-6", "route", "show", "dev", "eth0")
        expect(bench, pod, f"169.254.1.1 lladdr {GATEWAY_MAC} PERMANENT", "ip", "neigh", "show",
               "dev", "eth0")
        expect(bench, pod, f"fe80::1 lladdr {GATEWAY_MAC} PERMANENT", "ip", "neigh", "show",
               "dev", "eth0")
        expect(bench, pod, "LOWER_UP> mtu 1450", "ip", "link", "show", "dev", "eth0")
        expect(bench, pod, "inet6 ::1/128", "ip", "addr", "show", "dev", "lo")
        addresses = pod.run("ip", "addr", "show", "dev", "eth0").stdout
        assert "inet 10.244.1.1/32 " in addresses and "tentative" not in addresses, addresses
        commit = agent.last("commit")
        index = json.loads(bench.node.run("ip", "-j", "link", "show", host).stdout)[0]["ifindex"]
        assert (commit["ifindex"], commit["mac"]) == (index, "02:1e:a7:01:00:01"), commit
        if version >= "0.4":
            bench.good("CHECK", container, netns, version=version, prevResult=result)
            assert agent.last("check")["addresses"] == [ip["address"] for ip in ips]
        bench.good("DEL", container, netns, version=version, prevResult=result)
        bench.good("DEL", container, "", version=version)
        assert agent.ops().count("del") == 2
    assert bench.links() == before, bench.links()
    assert pod_links(pod) == ["lo"], pod_links(pod)


def families(bench):
    for address, absent in (("10.244.1.9/32", "-6"), ("fd10:244:0:1::9/128", "-4")):
        container, netns, pod = bench.container()
        with FakeAgent(bench.node, addresses=[address]):
            result = bench.good("ADD", container, netns)
            assert [ip["address"] for ip in result["ips"]] == [address]
            assert len(result["routes"]) == 1, result
            text = pod.run("ip", absent, "route", "show", "default").stdout
            assert not text, text
            bench.good("CHECK", container, netns, prevResult=result)
            bench.good("DEL", container, netns)


def ipv6_disabled(bench):
    """Sandboxes come with disable_ipv6 set; an address of that family must work all the same."""
    container, netns, pod = bench.container()
    pod.run("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1",
            "net.ipv6.conf.all.disable_ipv6=1")
    with FakeAgent(bench.node):
        bench.good("ADD", container, netns)
        expect(bench, pod, "fd10:244:0:1::1", "ip", "-6", "addr", "show", "dev", "eth0")
        bench.good("DEL", container, netns)


def no_advertisement(bench):
    container, netns, pod = bench.container()
    with FakeAgent(bench.node):
        bench.good("ADD", container, netns)
        for key in ("accept_ra", "autoconf", "accept_dad"):
            value = pod.run("sysctl", "-n", f"net.ipv6.conf.eth0.{key}").stdout.strip()
            assert value == "0", f"{key} = {value}"
        text = bench.node.run("ip", "-6", "addr", "show", "dev", host_ifname(container)).stdout
        assert not text, text
        bench.good("DEL", container, netns)


def mtu(bench):
    for asked, wanted in ((1400, 1400), (9000, 1450), (0, 1450)):
        container, netns, pod = bench.container()
        with FakeAgent(bench.node):
            result = bench.good("ADD", container, netns, mtu=asked)
            assert result["interfaces"][1]["mtu"] == wanted, result
            expect(bench, pod, f"mtu {wanted}", "ip", "link", "show", "dev", "eth0")
            bench.good("DEL", container, netns)


def requested(bench):
    """Every way of asking for an address ends in the same field."""
    ways = [dict(runtimeConfig={"ips": ["10.244.1.77/24", "fd10:244:0:1::77"]}),
            dict(args="IP=10.244.1.77;IgnoreUnknown=1",
                 runtimeConfig={"ips": ["fd10:244:0:1::77"]})]
    for way in ways:
        container, netns, _ = bench.container()
        with FakeAgent(bench.node) as agent:
            bench.good("ADD", container, netns, **way)
            assert sorted(agent.last("add")["addresses"]) == ["10.244.1.77", "fd10:244:0:1::77"]
            bench.good("DEL", container, netns)
    done = bench.node.cni("ADD", "x1", "/nowhere", check=False, stdin=json.dumps(
        bench.node.config(args={"cni": {"ips": ["10.244.1.7", "10.244.1.8"]}})))
    assert json.loads(done.stdout)["code"] == 7, done.stdout


def name_taken(bench):
    """Robustness 39: another pod's namespace has that interface already."""
    container, netns, pod = bench.container()
    with FakeAgent(bench.node) as agent:
        result = bench.good("ADD", container, netns)
        before = bench.links(), pod.run("ip", "-d", "addr").stdout, pod.run("ip", "route").stdout
        bench.fails(101, "ADD", "other-" + container, netns)
        bench.fails(101, "ADD", "other-" + container, netns, ifname="lo")
        assert agent.ops().count("add") == 1, "the agent was asked"
        after = bench.links(), pod.run("ip", "-d", "addr").stdout, pod.run("ip", "route").stdout
        assert after == before
        bench.good("CHECK", container, netns, prevResult=result)
        bench.good("DEL", "other-" + container, netns)
        assert "eth0" in pod_links(pod), "DEL of another container took the interface away"
        bench.good("DEL", container, netns)


def second_interface(bench):
    container, netns, pod = bench.container()
    with FakeAgent(bench.node):
        first = bench.good("ADD", container, netns)
        second = bench.good("ADD", container, netns, ifname="eth1")
        expect(bench, pod, "default via 169.254.1.1 dev eth0 \n", "ip", "route")
        expect(bench, pod, "default via 169.254.1.1 dev eth1 metric", "ip", "route")
        bench.good("CHECK", container, netns, prevResult=first)
        bench.good("CHECK", container, netns, ifname="eth1", prevResult=second)
        bench.good("DEL", container, netns)
        assert pod_links(pod) == ["eth1", "lo"], pod_links(pod)
        bench.good("DEL", container, netns, ifname="eth1")


def chained(bench):
    """We come second: the earlier plugin's result stays, ours is added behind it."""
    for version in VERSIONS:
        container, netns, _ = bench.container()
        prev = {"cniVersion": "0.4.0", "interfaces": [{"name": "x0", "sandbox": netns}],
                "ips": [{"version": "4", "address": "192.0.2.5/24", "interface": 0}],
                "routes": [{"dst": "192.0.2.0/24"}], "dns": {"domain": "old"}}
        with FakeAgent(bench.node):
            result = bench.good("ADD", container, netns, version=version, prevResult=prev)
            assert [i["name"] for i in result["interfaces"]] == ["x0", host_ifname(container),
                                                                 "eth0"], result
            assert [ip["interface"] for ip in result["ips"]] == [0, 2, 2], result
            assert all(("version" in ip) == (version < "1") for ip in result["ips"]), result
            assert [r["dst"] for r in result["routes"]] == ["192.0.2.0/24", "0.0.0.0/0", "::/0"]
            assert result["dns"] == {"domain": "old"} and result["cniVersion"] == version
            bench.good("DEL", container, netns, version=version)


def leftover(bench):
    """An ADD was killed half way: its veth is in the way of the next one, and is replaced."""
    container, netns, pod = bench.container()
    name = host_ifname(container)
    bench.node.run("ip", "link", "add", name, "type", "veth", "peer", "name", "left0")
    with FakeAgent(bench.node):
        bench.good("ADD", container, netns)
        bench.good("DEL", container, netns)
    assert name not in bench.links() and "left0" not in bench.links()


CHANGES = [
    ("address", "ip addr del 10.244.1.1/32 dev eth0"),
    ("IPv6 address", "ip addr del fd10:244:0:1::1/128 dev eth0"),
    ("route", "ip route del default"),
    ("IPv6 route", "ip -6 route del default"),
    ("neighbour", "ip neigh replace 169.254.1.1 lladdr 02:00:00:00:00:09 dev eth0"),
    ("IPv6 neighbour", "ip neigh del fe80::1 dev eth0"),
    ("MAC", "ip link set eth0 address 02:00:00:00:00:08"),
    ("link state", "ip link set eth0 down"),
    ("interface", "ip link set eth0 down name eth7"),
]


def check_finds(bench, command):
    container, netns, pod = bench.container()
    with FakeAgent(bench.node):
        result = bench.good("ADD", container, netns)
        pod.run("ip", "route", "add", "198.51.100.0/24", "via", "169.254.1.1")
        pod.run("ip", "addr", "add", "192.0.2.9/32", "dev", "eth0")
        bench.good("CHECK", container, netns, prevResult=result)
        pod.run("sh", "-c", command)
        bench.fails(102, "CHECK", container, netns, prevResult=result)
        bench.good("DEL", container, netns)


def check_host(bench):
    container, netns, pod = bench.container()
    with FakeAgent(bench.node) as agent:
        result = bench.good("ADD", container, netns)
        agent.behaviours["check"] = 102
        bench.fails(102, "CHECK", container, netns, prevResult=result)
        agent.behaviours["check"] = "ok"
        bench.node.run("ip", "link", "set", host_ifname(container), "down")
        bench.fails(102, "CHECK", container, netns, prevResult=result)
        bench.fails(7, "CHECK", container, netns)
        bench.fails(7, "CHECK", container, netns, ifname="eth1", prevResult=result)
        bench.good("DEL", container, netns)
        bench.fails(102, "CHECK", container, netns, prevResult=result)
    bench.fails(1, "CHECK", container, netns, version="0.3.1", prevResult=result)
    no_agent = dict(result)
    bench.fails(102, "CHECK", container, netns, prevResult=no_agent)


def status(bench):
    bench.fails(50, "STATUS", "", "")
    with FakeAgent(bench.node) as agent:
        bench.good("STATUS", "", "")
        for how, wanted in ((50, 50), (51, 51), (11, 50), ("close", 50), ("garbage", 50)):
            agent.behaviours["ready"] = how
            bench.fails(wanted, "STATUS", "", "")
        agent.behaviours["ready"] = "silent"
        start = time.monotonic()
        bench.fails(50, "STATUS", "", "")
        assert time.monotonic() - start < 4
    bench.fails(1, "STATUS", "", "", version="1.0.0")


def collect(bench):
    key = "cni.dev/valid-attachments"
    bench.fails(11, "GC", "", "", **{key: []})
    with FakeAgent(bench.node) as agent:
        bench.good("GC", "", "", **{key: [{"containerID": "a", "ifname": "eth0", "more": 1}]})
        assert agent.last("gc") == {"op": "gc", "network": "leat", "attachments": [
            {"containerID": "a", "ifname": "eth0"}]}, agent.last("gc")
        bench.good("GC", "", "", **{key: []})
        count = len(agent.requests)
        bench.fails(7, "GC", "", "")
        for bad in (None, {}, "a", [1], [{}], [{"containerID": "../a", "ifname": "eth0"}],
                    [{"containerID": "a", "ifname": "a/b"}]):
            bench.fails(7, "GC", "", "", **{key: bad})
        bench.fails(7, "GC", "", "", **{key: [{"containerID": "a" * 200, "ifname": "eth0"}] * 900})
        assert len(agent.requests) == count, "a refused GC reached the agent"
        agent.behaviours["gc"] = 102
        bench.fails(102, "GC", "", "", **{key: []})
    bench.fails(1, "GC", "", "", version="1.0.0", **{key: []})


def undone(bench, wanted, ops, **behaviours):
    """After a failed ADD nothing is left, and the agent was told to forget."""
    container, netns, pod = bench.container()
    before = bench.links()
    with FakeAgent(bench.node, **behaviours) as agent:
        error = bench.fails(wanted, "ADD", container, netns)
        assert agent.ops() == ops, agent.ops()
    assert bench.links() == before, bench.links()
    assert pod_links(pod) == ["lo"], pod_links(pod)
    assert not bench.notes(), bench.notes()
    return error


def add_faults(bench):
    for how, wanted in (("close", 11), ("half", 11), ("garbage", 999), ("notjson", 999),
                        ("long", 11), (100, 100), (101, 101), (11, 11), (5000, 999)):
        error = undone(bench, wanted, ["add"], add=how)
        if isinstance(how, int) and how < 1000:
            assert error["msg"] == "refused add" and error["details"] == "as told", error


def answer_faults(bench):
    for bad in ({"hostIfname": "../x"}, {"hostIfname": "leat0000000000"}, {"hostIfname": None},
                {"mac": "02:00"}, {"mac": "02-00-00-00-00-01"}, {"gatewayMAC": 7},
                {"addresses": []}, {"addresses": ["10.0.0.0/24"]}, {"addresses": "10.0.0.1/32"},
                {"addresses": ["10.0.0.1/32", "10.0.0.2/32"]}, {"addresses": ["fd00::1/128"] * 3},
                {"gateways": []}, {"gateways": ["169.254.1.1"]}, {"mtu": 0}, {"mtu": "1450"},
                {"mtu": 1 << 40}):
        undone(bench, 999, ["add", "del"], add=bad)


def commit_faults(bench):
    for how, wanted in (("close", 11), ("half", 11), ("garbage", 999), (102, 102), (50, 50)):
        undone(bench, wanted, ["add", "commit", "del"], commit=how)
    undone(bench, 102, ["add", "commit", "del"], sets_up=False)


def wire_faults(bench):
    """The kernel refuses: a MAC that is none, and an address that cannot be one."""
    for bad in ({"mac": "01:00:00:00:00:00"}, {"addresses": ["ff02::1/128"]},
                {"gatewayMAC": "ff:ff:ff:ff:ff:ff"}):
        undone(bench, 102, ["add", "del"], add=bad)


def agent_dies(bench):
    """It was there for add, and is gone for commit and for del: the note tells it later."""
    container, netns, pod = bench.container()
    agent = FakeAgent(bench.node)
    before = bench.links()

    def die(_request):
        agent.socket.shutdown(2)  # nobody can connect any more
        raise OSError

    agent.op_commit = die
    with agent:
        bench.fails(11, "ADD", container, netns)
    assert bench.links() == before and pod_links(pod) == ["lo"]
    assert bench.notes() == [f"{attachment_hash(container, 'eth0'):016x}.json"], bench.notes()
    os.unlink(os.path.join(bench.node.state, "deleted", bench.notes()[0]))


def never_answers(bench):
    """ADD ends within its 30 s and leaves nothing, whatever the agent does not do."""
    def one(op, how, container, netns, pod):
        path = os.path.join(bench.node.folder, f"{op}-{how}.sock")
        with FakeAgent(bench.node, path=path, **{op: how}) as agent:
            start = time.monotonic()
            bench.fails(11, "ADD", container, netns, socket=path)
            taken = time.monotonic() - start
            assert 25 < taken < 45, f"{op} {how}: {taken:.1f} s"
            assert pod_links(pod) == ["lo"], pod_links(pod)
            assert host_ifname(container) not in bench.links()
            assert agent.ops()[-1] == ("add" if op == "add" else "del"), agent.ops()

    cases = [("add", "silent"), ("commit", "silent"), ("add", "drip")]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        for future in [pool.submit(one, *case, *bench.container()) for case in cases]:
            future.result()


def deaf_agent(bench):
    """Nobody accepts, and the backlog is full: connect() itself must end."""
    import socket
    path = os.path.join(bench.lab.folder, "deaf.sock")
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(path)
        deaf.listen(0)
        clients = []
        for _ in range(4):
            client = socket.socket(socket.AF_UNIX)
            client.setblocking(False)
            try:
                client.connect(path)
            except BlockingIOError:
                pass
            clients.append(client)
        start = time.monotonic()
        bench.fails(50, "STATUS", "", "", socket=path)
        assert time.monotonic() - start < 5
        for client in clients:
            client.close()


def agent_away(bench):
    container, netns, pod = bench.container()
    error = bench.fails(11, "ADD", container, netns)
    assert bench.node.socket in error["msg"], error
    assert pod_links(pod) == ["lo"] and not bench.notes()


def not_the_agent(bench):
    """Somebody else listens there: not trusted with anything."""
    path = os.path.join(bench.lab.folder, "stranger.sock")
    code = ("import os,socket,sys\ns=socket.socket(socket.AF_UNIX);s.bind(sys.argv[1])\n"
            "os.chmod(sys.argv[1],0o777);os.setuid(65534);s.listen(5);print('x',flush=True)\n"
            "c,_=s.accept();print(c.recv(100))")
    with subprocess.Popen([sys.executable, "-c", code, path], stdout=subprocess.PIPE,
                          text=True) as stranger:
        stranger.stdout.readline()
        bench.fails(50, "STATUS", "", "", socket=path)
        assert stranger.stdout.read().strip() == "b''", "the stranger was told something"


def del_without_agent(bench):
    container, netns, pod = bench.container()
    with FakeAgent(bench.node):
        bench.good("ADD", container, netns)
    for how in (netns, "", "/nowhere"):
        bench.good("DEL", container, how)
        assert host_ifname(container) not in bench.links()
        assert pod_links(pod) == ["lo"]
    note = f"{attachment_hash(container, 'eth0'):016x}.json"
    assert bench.notes() == [note], bench.notes()
    path = os.path.join(bench.node.state, "deleted", note)
    with open(path, encoding="utf-8") as file:
        assert json.load(file) == {"containerID": container, "ifname": "eth0", "network": "leat"}
    assert os.stat(path).st_mode & 0o777 == 0o600
    with FakeAgent(bench.node):
        bench.good("ADD", container, netns)
        assert not bench.notes(), "a later start of the agent would take this pod away"
        bench.good("DEL", container, netns)


def del_odd(bench):
    """Nothing is left to do, in every way that happens."""
    container, netns, pod = bench.container()
    none = os.path.join(bench.lab.folder, "never-there")
    bench.good("DEL", container, netns, stateDir=none)
    assert not os.path.exists(none)
    with FakeAgent(bench.node) as agent:
        bench.good("DEL", container, netns, prevResult="broken", args="x")
        bench.good("DEL", container, "/proc/self/ns/net")
        agent.behaviours["del"] = 102
        bench.fails(102, "DEL", container, netns)
        for how in ("close", "half", "garbage"):
            agent.behaviours["del"] = how
            bench.good("DEL", container, netns)
            assert len(bench.notes()) == 1
            os.unlink(os.path.join(bench.node.state, "deleted", bench.notes()[0]))


def state_unusable(bench):
    """Robustness 40: the note cannot be written; an error, nothing half written."""
    container, netns, _ = bench.container()
    folder = os.path.join(bench.lab.folder, "bad-state")
    os.mkdir(folder)
    with open(os.path.join(folder, "deleted"), "w", encoding="utf-8"):
        pass
    bench.fails(5, "DEL", container, netns, stateDir=folder)
    full = os.path.join(bench.lab.folder, "full")
    os.mkdir(full)
    sh("mount", "-t", "tmpfs", "-o", "size=4k,nr_inodes=2", "tmpfs", full)
    try:
        bench.fails(5, "DEL", container, netns, stateDir=full)
        assert not [n for _, _, names in os.walk(full) for n in names]
    finally:
        sh("umount", full)
    sh("mount", "-t", "tmpfs", "-o", "ro", "tmpfs", full)
    try:
        bench.fails(5, "DEL", container, netns, stateDir=full)
    finally:
        sh("umount", full)


def parallel(bench, count=60):
    pods = [bench.container() for _ in range(count)]
    before = bench.links()
    with FakeAgent(bench.node), concurrent.futures.ThreadPoolExecutor(16) as pool:
        results = list(pool.map(lambda p: bench.good("ADD", p[0], p[1]), pods))
        addresses = [ip["address"] for result in results for ip in result["ips"]]
        assert len(set(addresses)) == 2 * count
        list(pool.map(lambda p: bench.good("DEL", p[0], p[1]), pods))
    assert bench.links() == before


def output_closed(bench):
    """Nobody reads the result: that is a failure, and undone."""
    container, netns, pod = bench.container()
    with FakeAgent(bench.node) as agent:
        env = {"CNI_COMMAND": "ADD", "CNI_CONTAINERID": container, "CNI_NETNS": netns,
               "CNI_IFNAME": "eth0", "CNI_PATH": BIN}
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                ["nsenter", "--net=" + NETNS + bench.node.netns, os.path.join(BIN, "leat-cni")],
                input=json.dumps(bench.node.config()).encode(), env=env, stdout=full,
                stderr=subprocess.DEVNULL, check=False)
        assert done.returncode == 1
        assert agent.ops() == ["add", "commit", "del"], agent.ops()
    assert pod_links(pod) == ["lo"]


def main():
    with Lab(nodes=2) as lab:
        bench, other = Bench(lab), Bench(lab, "n2")
        links = bench.links()
        for version in VERSIONS:
            tap.run(f"ADD, CHECK, DEL, DEL again: version {version}", cycle, bench, version)
        slow = threading.Thread(target=lambda: tap.run(
            "an agent that never answers is waited for 30 s, then all is undone",
            never_answers, other))
        slow.start()
        tap.run("IPv4 only and IPv6 only pods", families, bench)
        tap.run("a sandbox with disable_ipv6 gets its IPv6 address", ipv6_disabled, bench)
        tap.run("robustness 13: pod and host side believe no router advertisement",
                no_advertisement, bench)
        tap.run("mtu of the configuration lowers the agent's, never raises it", mtu, bench)
        tap.run("requested addresses reach the agent", requested, bench)
        tap.run("robustness 39: the name is taken in the namespace: nothing changed",
                name_taken, bench)
        tap.run("two interfaces in one pod", second_interface, bench)
        tap.run("behind another plugin, all versions", chained, bench)
        tap.run("the veth of a killed ADD is replaced", leftover, bench)
        for what, command in CHANGES:
            tap.run(f"CHECK finds a changed {what}", check_finds, bench, command)
        tap.run("CHECK: host side, the agent's view, prevResult", check_host, bench)
        tap.run("STATUS", status, bench)
        tap.run("GC", collect, bench)
        tap.run("agent away at ADD: code 11, nothing made", agent_away, bench)
        tap.run("faults at add", add_faults, bench)
        tap.run("answers to add that cannot be used are undone", answer_faults, bench)
        tap.run("faults at commit are undone", commit_faults, bench)
        tap.run("faults while wiring are undone", wire_faults, bench)
        tap.run("the agent dies between add and commit", agent_dies, bench)
        tap.run("a deaf agent with a full backlog", deaf_agent, bench)
        tap.run("robustness 41: a socket of somebody else is not talked to", not_the_agent, bench)
        tap.run("DEL with the agent dead leaves a note", del_without_agent, bench)
        tap.run("DEL where nothing is left to do", del_odd, bench)
        tap.run("robustness 40: DEL with a state folder that cannot be written", state_unusable,
                bench)
        tap.run("robustness 38: 60 containers at once", parallel, bench)
        tap.run("a result that cannot be written is undone", output_closed, bench)
        slow.join()
        tap.ok(bench.links() == other.links() == links, "no link is left on the nodes",
               (bench.links(), other.links()))
    tap.end()


main()
