# SPDX-License-Identifier: Apache-2.0
"""A cluster of network namespaces: nodes on one link, an outside host, pods wired by leat-cni.

    with Lab() as lab:
        lab.start()                       # two nodes, an agent on each
        pod = lab.pod("shop/web", "n1")   # a namespace, wired by executing leat-cni
        pod.serve(tcp=[80])

Every name carries the process id, every file lives in one temporary folder, and a watcher
process removes all of it also when the test is killed. Two labs can run side by side.
"""
import concurrent.futures
import ctypes
import ipaddress
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get("LEAT_BIN", os.path.join(TOP, "build", "bin"))
HERE = os.path.dirname(os.path.abspath(__file__))
NETNS = "/run/netns/"
SERVICE_CIDRS = ["10.96.0.0/16", "fd10:96::/108"]
CLUSTER_CIDRS = ["10.244.0.0/16", "fd10:244::/48"]

_counter = itertools.count()


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def sh(*args, check=True, **kwargs):
    done = subprocess.run(args, capture_output=True, text=True, check=False, **kwargs)
    if check and done.returncode:
        raise RuntimeError(f"{' '.join(args)}: {done.stderr.strip() or done.stdout.strip()}")
    return done


def wait_for(condition, seconds=10, what="condition", every=0.01):
    """Asks again until the answer is true; raises with the last answer when time is over."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(every)


class Podd:
    """A podd.py running in a namespace."""

    def __init__(self, netns, name):
        self.process = subprocess.Popen(
            ["nsenter", "--net=" + NETNS + netns, sys.executable,
             os.path.join(HERE, "podd.py"), name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent)
        self.ids = itertools.count(1)
        self.waiting = {}
        self.lock = threading.Lock()
        json.loads(self.process.stdout.readline())
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            reply = json.loads(line)
            with self.lock:
                future = self.waiting.pop(reply["id"])
            future.set_result(reply)

    def send(self, op, **fields):
        future = concurrent.futures.Future()
        with self.lock:
            number = next(self.ids)
            self.waiting[number] = future
            self.process.stdin.write(json.dumps(dict(fields, id=number, op=op)) + "\n")
            self.process.stdin.flush()
        return future

    def call(self, op, wait=90, **fields):
        return self.send(op, **fields).result(wait)

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class Host:
    """A namespace with a podd in it: a pod, a node, or the outside."""

    def __init__(self, lab, netns, name):
        self.lab, self.netns, self.name = lab, netns, name
        self._podd = None

    @property
    def podd(self):
        if self._podd is None:
            self._podd = Podd(self.netns, self.name)
        return self._podd

    def run(self, *args, check=True, **kwargs):
        return sh("nsenter", "--net=" + NETNS + self.netns, *args, check=check, **kwargs)

    def serve(self, **ports):
        reply = self.podd.call("serve", **ports)
        if not reply["ok"]:
            raise RuntimeError(f"{self.name}: {reply['error']}")
        return self

    def probe(self, addr, port, proto="TCP", timeout=1.0, **fields):
        return self.podd.call("probe", addr=addr, port=port, proto=proto, timeout=timeout,
                              **fields)

    def stop(self):
        if self._podd is not None:
            self._podd.close()
            self._podd = None


class Node(Host):
    def __init__(self, lab, name, index):
        super().__init__(lab, f"{lab.prefix}-{name}", name)
        self.index = index
        self.ips = [f"172.30.0.{index}", f"fd30::{index}"]
        self.pod_cidrs = [f"10.244.{index}.0/24", f"fd10:244:0:{index}::/64"]
        self.folder = os.path.join(lab.folder, name)
        os.mkdir(self.folder)
        self.bpffs = os.path.join(lab.bpffs, name)
        self.state = os.path.join(self.folder, "state")
        self.socket = os.path.join(self.folder, "agent.sock")
        self.log = os.path.join(self.folder, "agent.log")
        self.agent = None

    def manifest(self):
        return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": self.name},
                "spec": {"podCIDR": self.pod_cidrs[0], "podCIDRs": self.pod_cidrs},
                "status": {"addresses": [{"type": "InternalIP", "address": ip}
                                         for ip in self.ips]}}

    def agent_args(self):
        args = ["--node-name", self.name, "--manifests", self.lab.manifests,
                "--bpffs", self.bpffs, "--state-dir", self.state, "--socket", self.socket,
                "--devices", "eth0", "--tunnel", self.lab.tunnel,
                "--cluster-cidr", ",".join(CLUSTER_CIDRS),
                "--service-cidr", ",".join(SERVICE_CIDRS)]
        return args + list(self.lab.agent_options)

    def start_agent(self, wait=True, extra=()):
        with open(self.log, "ab") as log:
            self.agent = subprocess.Popen(
                ["nsenter", "--net=" + NETNS + self.netns, os.path.join(BIN, "leat-agent"),
                 *self.agent_args(), *extra],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent)
        self.lab.remember_pid(self.agent.pid)
        if wait:
            self.wait_ready()

    def wait_ready(self, seconds=20):
        def ready():
            if self.agent.poll() is not None:
                raise RuntimeError(f"{self.name}: agent ended with {self.agent.returncode}:\n"
                                   + self.log_tail())
            return self.cni("STATUS", check=False).returncode == 0
        try:
            wait_for(ready, seconds, f"agent of {self.name}", every=0.05)
        except TimeoutError as error:
            raise TimeoutError(f"{error}:\n{self.log_tail()}") from error

    def log_tail(self, lines=30):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return "".join(file.readlines()[-lines:])

    def stop_agent(self, how=signal.SIGTERM, seconds=10):
        if self.agent is not None:
            self.agent.send_signal(how)
            code = self.agent.wait(seconds)
            self.agent = None
            if how == signal.SIGTERM and code:
                raise RuntimeError(f"{self.name}: agent ended with {code}:\n{self.log_tail()}")

    def config(self, version="1.1.0", **extra):
        return dict({"cniVersion": version, "name": "leat", "type": "leat-cni",
                     "socket": self.socket, "stateDir": self.state}, **extra)

    def cni(self, command, container="", netns="", ifname="eth0", args="", config=None,
            check=True, stdin=None, env=None):
        """Executes leat-cni in the node as a runtime does."""
        variables = {"CNI_COMMAND": command, "CNI_PATH": BIN, "PATH": os.environ["PATH"]}
        if command in ("ADD", "DEL", "CHECK"):
            variables.update(CNI_CONTAINERID=container, CNI_NETNS=netns, CNI_IFNAME=ifname,
                             CNI_ARGS=args)
        variables.update(env or {})
        done = sh("nsenter", "--net=" + NETNS + self.netns, os.path.join(BIN, "leat-cni"),
                  check=False, env=variables,
                  input=json.dumps(config or self.config()) if stdin is None else stdin)
        if check and done.returncode:
            raise RuntimeError(f"CNI {command} {container}: {done.stdout} {done.stderr}\n"
                               + self.log_tail())
        return done

    def leat(self, *args, check=True):
        """The command, as an operator of this node would run it."""
        return self.run(os.path.join(BIN, "leat"), "--bpffs", self.bpffs, "--state-dir",
                        self.state, "--socket", self.socket, *args, check=check)

    def leat_json(self, *args):
        done = self.leat("-o", "json", *args, check=False)
        try:
            return json.loads(done.stdout)
        except ValueError as error:
            raise RuntimeError(f"leat {' '.join(args)}: {done.stderr}{done.stdout}") from error


class Pod(Host):
    def __init__(self, lab, full_name, node):
        self.namespace, self.pod_name = full_name.split("/")
        number = next(_counter)
        super().__init__(lab, f"{lab.prefix}-p{number}", full_name)
        self.node = node
        self.container = f"c{number}-{lab.prefix}"
        self.result = None
        sh("ip", "netns", "add", self.netns)
        self.run("ip", "link", "set", "lo", "up")

    @property
    def cni_args(self):
        return (f"IgnoreUnknown=1;K8S_POD_NAMESPACE={self.namespace};"
                f"K8S_POD_NAME={self.pod_name};K8S_POD_INFRA_CONTAINER_ID={self.container};"
                f"K8S_POD_UID=uid-{self.container}")

    def add(self, **kwargs):
        done = self.node.cni("ADD", self.container, NETNS + self.netns, args=self.cni_args,
                             **kwargs)
        self.result = json.loads(done.stdout)
        return self

    def delete(self):
        self.stop()
        self.node.cni("DEL", self.container, NETNS + self.netns, args=self.cni_args)
        self.result = None

    def remove(self):
        if self.result is not None:
            self.delete()
        self.stop()
        sh("ip", "netns", "del", self.netns, check=False)
        self.lab.pods.pop(self.name, None)

    @property
    def addresses(self):
        return [ip["address"].split("/")[0] for ip in self.result["ips"]]

    @property
    def ip(self):
        return next(a for a in self.addresses if ":" not in a)

    @property
    def ip6(self):
        return next(a for a in self.addresses if ":" in a)

    def address(self, fam):
        return self.ip if fam == 4 else self.ip6

    @property
    def mac(self):
        return next(i["mac"] for i in self.result["interfaces"] if i.get("sandbox"))

    @property
    def host_ifname(self):
        return next(i["name"] for i in self.result["interfaces"] if not i.get("sandbox"))


class Lab:
    def __init__(self, tunnel="vxlan", nodes=2, agent_options=()):
        self.prefix = f"lt{os.getpid()}x{next(_counter)}"
        self.tunnel, self.node_count = tunnel, nodes
        self.agent_options = agent_options
        self.folder = tempfile.mkdtemp(prefix="leat-lab-")
        self.bpffs = os.path.join(self.folder, "bpf")
        self.manifests = os.path.join(self.folder, "manifests")
        self.nodes, self.pods = {}, {}
        self._start_watcher()
        os.mkdir(self.bpffs)
        os.mkdir(self.manifests)
        sh("mount", "-t", "bpf", "bpf", self.bpffs)
        self._make_net()

    # -- the watcher: cleans up when this process ends, however it ends ----------------------
    def _start_watcher(self):
        self.watcher = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "lab.py"), "--watch", self.prefix, self.folder],
            stdin=subprocess.PIPE, text=True, start_new_session=True)

    def remember_pid(self, pid):
        self.watcher.stdin.write(f"{pid}\n")
        self.watcher.stdin.flush()

    def _make_net(self):
        wan = f"{self.prefix}-wan"
        sh("ip", "netns", "add", wan)
        self.outside = Host(self, wan, "outside")
        self.outside.run("ip", "link", "set", "lo", "up")
        self.outside.run("ip", "link", "add", "br0", "type", "bridge")
        self.outside.run("ip", "addr", "add", "172.30.0.254/24", "dev", "br0")
        self.outside.run("ip", "addr", "add", "fd30::fe/64", "dev", "br0", "nodad")
        self.outside.run("ip", "link", "set", "br0", "up")
        # An address that is only reached by way of the nodes' default route.
        self.outside.run("ip", "addr", "add", "198.51.100.9/32", "dev", "lo")
        self.outside.run("ip", "addr", "add", "2001:db8::9/128", "dev", "lo", "nodad")
        self.outside.ips = ["198.51.100.9", "2001:db8::9"]
        for index in range(1, self.node_count + 1):
            node = Node(self, f"n{index}", index)
            sh("ip", "netns", "add", node.netns)
            node.run("ip", "link", "set", "lo", "up")
            sh("ip", "link", "add", "eth0", "netns", node.netns, "type", "veth", "peer", "name",
               f"n{index}", "netns", wan)
            self.outside.run("ip", "link", "set", f"n{index}", "master", "br0", "up")
            node.run("sysctl", "-qw", "net.ipv6.conf.eth0.accept_dad=0")
            node.run("ip", "addr", "add", node.ips[0] + "/24", "dev", "eth0")
            node.run("ip", "addr", "add", node.ips[1] + "/64", "dev", "eth0", "nodad")
            node.run("ip", "link", "set", "eth0", "up")
            node.run("ip", "route", "add", "default", "via", "172.30.0.254")
            node.run("ip", "-6", "route", "add", "default", "via", "fd30::fe")
            self.nodes[node.name] = node

    def write(self, name, *objects):
        """One manifest file, replaced atomically. JSON is YAML too."""
        path = os.path.join(self.manifests, name)
        with open(path + ".tmp", "w", encoding="utf-8") as file:
            json.dump({"apiVersion": "v1", "kind": "List", "items": list(objects)}, file)
        os.rename(path + ".tmp", path)

    def remove_file(self, name):
        os.unlink(os.path.join(self.manifests, name))

    def start(self, write_nodes=True):
        if write_nodes:
            self.write("nodes.json", *[node.manifest() for node in self.nodes.values()])
        for node in self.nodes.values():
            node.start_agent(wait=False)
        for node in self.nodes.values():
            node.wait_ready()
        return self

    def pod(self, name, node="n1", add=True):
        pod = Pod(self, name, self.nodes[node] if isinstance(node, str) else node)
        self.pods[name] = pod
        if add:
            pod.add()
        return pod

    def sanitizer_reports(self):
        """What a sanitized agent complained of, in this lab's logs."""
        words = ("Sanitizer", "runtime error:")
        return [f"{node.name}: {line}" for node in self.nodes.values()
                if os.path.exists(node.log) for line in node.log_tail(100000).splitlines()
                if any(word in line for word in words)]

    def close(self):
        try:
            self.stop()
            reports = self.sanitizer_reports()
        finally:
            self.watcher.stdin.close()
            self.watcher.wait()
        if reports:
            raise RuntimeError("\n".join(reports))

    def stop(self):
        for host in [*self.pods.values(), *self.nodes.values(), self.outside]:
            host.stop()
        for node in self.nodes.values():
            if node.agent is not None and node.agent.poll() is None:
                try:
                    node.stop_agent()
                except subprocess.TimeoutExpired:
                    node.agent.kill()
                    node.agent.wait()

    def __enter__(self):
        return self

    def __exit__(self, kind, *exc):
        try:
            self.close()
        except RuntimeError:
            if kind is None:  # else the first failure is the one to tell
                raise


def leftovers(prefix, folder):
    """What of a lab is still there: for the watcher, and for the test that none is."""
    names = os.listdir(NETNS) if os.path.isdir(NETNS) else []
    with open("/proc/mounts", encoding="utf-8") as mounts:
        mounted = [line.split()[1] for line in mounts if folder + "/" in line]
    return [n for n in names if n.startswith(prefix + "-")], mounted, os.path.exists(folder)


def watch(prefix, folder):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    pids = [int(line) for line in sys.stdin]
    for pid in pids:
        try:
            with open(f"/proc/{pid}/cmdline", encoding="utf-8") as file:
                if folder in file.read():
                    os.kill(pid, signal.SIGKILL)
        except OSError:
            pass
    names, mounted, _ = leftovers(prefix, folder)
    for name in names:
        sh("ip", "netns", "del", name, check=False)
    # Pins first: they hold links and programs; then the file system that they live in.
    for path in sorted(mounted, key=len, reverse=True):
        shutil.rmtree(path, ignore_errors=True)
        sh("umount", "-l", path, check=False)
    shutil.rmtree(folder, ignore_errors=True)


class Tap:
    """Test Anything Protocol: one line a test; exceptions are failures, not ends."""

    def __init__(self):
        self.count = self.failed = 0

    def ok(self, is_ok, name, why=""):
        self.count += 1
        if not is_ok:
            self.failed += 1
        print(f"{'ok' if is_ok else 'not ok'} {self.count} - {name}", flush=True)
        if not is_ok and why:
            for line in str(why).splitlines():
                print(f"# {line}", flush=True)
        return is_ok

    def skip(self, name, why):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {why}", flush=True)

    def run(self, name, function, *args):
        try:
            function(*args)
        except Exception as error:  # told as the test's failure
            import traceback
            return self.ok(False, name, traceback.format_exc() if not isinstance(
                error, AssertionError) else f"{error}\n{traceback.format_exc(limit=-2)}")
        return self.ok(True, name)

    def end(self):
        print(f"1..{self.count}", flush=True)
        sys.exit(1 if self.failed else 0)


def network_of(address, length):
    return str(ipaddress.ip_network(f"{address}/{length}", strict=False))


if __name__ == "__main__" and sys.argv[1:2] == ["--watch"]:
    watch(sys.argv[2], sys.argv[3])
