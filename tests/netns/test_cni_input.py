#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a runtime, or somebody worse, may hand to leat-cni by environment and standard input.

Nothing here may reach the agent (there is none), change the node or make a file outside of the
state folder; every refusal has the code that the specification gives it.
"""
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fake_agent import host_ifname
from lab import BIN, NETNS, Lab, Tap, sh

PLUGIN = os.path.join(BIN, "leat-cni")
IS_SANITIZED = "/san/" in os.path.realpath(PLUGIN)
MEMORY = 96 << 20  # address space; enough for 1 MiB of the worst JSON
tap = Tap()


class Runner:
    def __init__(self, lab):
        self.lab, self.node = lab, lab.nodes["n1"]
        self.pod = lab.pod("test/p", "n1", add=False)
        self.netns = NETNS + self.pod.netns
        os.makedirs(self.node.state, exist_ok=True)

    def command(self):
        limit = [] if IS_SANITIZED else ["prlimit", f"--as={MEMORY}", "--cpu=20"]
        return [*limit, "nsenter", "--net=" + NETNS + self.node.netns, PLUGIN]

    def env(self, command="ADD", **changes):
        env = {"CNI_COMMAND": command, "CNI_CONTAINERID": "c1", "CNI_NETNS": self.netns,
               "CNI_IFNAME": "eth0", "CNI_PATH": BIN, "PATH": os.environ["PATH"]}
        for name, value in changes.items():
            env.pop("CNI_" + name, None)
            if value is not None:
                env["CNI_" + name] = value
        return env

    def run(self, env, stdin=None, **kwargs):
        if stdin is None:
            stdin = json.dumps(self.node.config())
        if isinstance(stdin, str):
            stdin = stdin.encode("utf-8", "surrogateescape")
        return subprocess.run(self.command(), env=env, input=stdin, capture_output=True,
                              check=False, timeout=60, **kwargs)

    def code(self, env, stdin=None):
        done = self.run(env, stdin)
        if done.returncode == 0:
            return 0
        assert done.returncode == 1, (done.returncode, done.stderr[-2000:])
        error = json.loads(done.stdout.decode())
        assert set(error) == {"cniVersion", "code", "msg", "details"}, error
        return error["code"]

    def config(self, **changes):
        config = self.node.config()
        for key, value in changes.items():
            config.pop(key, None)
            if value is not ...:
                config[key] = value
        return json.dumps(config)

    def snapshot(self):
        """Everything that a refused call must leave alone."""
        files = sorted(os.path.join(folder, name) for folder, _, names in
                       os.walk(self.lab.folder) for name in names)
        return (self.node.run("ip", "-d", "addr").stdout, self.node.run("ip", "route").stdout,
                self.pod.run("ip", "-d", "addr").stdout, files, sorted(os.listdir("/run/netns")),
                os.path.exists("/var/lib/leat"), os.path.exists("/run/leat"))


def wanted(runner, code, env, stdin=None):
    got = runner.code(env, stdin)
    assert got == code, f"code {got} instead of {code}: {env} {str(stdin)[:300]}"


def is_static(runner):
    if IS_SANITIZED:
        return
    headers = sh("readelf", "-lW", PLUGIN).stdout
    assert "INTERP" not in headers and "DYNAMIC" not in headers, headers
    assert not os.stat(PLUGIN).st_mode & 0o6000
    assert os.path.getsize(PLUGIN) < 4 << 20
    del runner


def about(runner):
    done = runner.run({"PATH": os.environ["PATH"]}, "")
    assert done.returncode == 1 and not done.stdout, done
    assert done.stderr.count(b"\n") == 1 and b"leat-cni" in done.stderr, done.stderr


def version(runner):
    names = ["0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"]
    dummies = dict(runner.env("VERSION"), CNI_NETNS="dummy", CNI_IFNAME="dummy", CNI_PATH="dummy")
    for env, stdin, told in (
            (dummies, '{"cniVersion":"1.0.0"}', "1.0.0"), ({"CNI_COMMAND": "VERSION"}, "", "1.1.0"),
            ({"CNI_COMMAND": "VERSION"}, "]", "1.1.0"),
            (dict(dummies, CNI_CONTAINERID="../"), '{"cniVersion":"9.9.9"}', "9.9.9"),
            (dummies, '{"cniVersion":7}', "1.1.0")):
        done = runner.run(env, stdin)
        assert done.returncode == 0, done
        assert json.loads(done.stdout) == {"cniVersion": told, "supportedVersions": names}, done
    start = time.monotonic()
    reader, writer = os.pipe()
    done = subprocess.run(runner.command(), env={"CNI_COMMAND": "VERSION"}, stdin=reader,
                          capture_output=True, timeout=30, check=False)
    os.close(reader)
    os.close(writer)
    assert done.returncode == 0 and time.monotonic() - start < 5, done
    done = subprocess.run([*runner.command()[:-1], "sh", "-c", f"exec {PLUGIN} <&-"],
                          env={"CNI_COMMAND": "VERSION", "PATH": os.environ["PATH"]},
                          capture_output=True, timeout=30, check=False)
    assert done.returncode == 0, done


def commands(runner):
    for name in ("", "add", "ADD ", "FOO", "VERSION\n", "A" * 4096):
        wanted(runner, 4, runner.env(name))
    env = runner.env()
    del env["CNI_COMMAND"]
    wanted(runner, 4, env)


def missing(runner):
    """All that are missing are named in one error."""
    for command, needed in (("ADD", {"CONTAINERID", "NETNS", "IFNAME"}),
                            ("CHECK", {"CONTAINERID", "NETNS", "IFNAME"}),
                            ("DEL", {"CONTAINERID", "IFNAME"})):
        done = runner.run({"CNI_COMMAND": command})
        error = json.loads(done.stdout)
        assert error["code"] == 4, error
        named = {word[4:] for word in error["msg"].split() if word.startswith("CNI_")}
        assert named == needed, error
    wanted(runner, 3, runner.env(CONTAINERID=""))
    wanted(runner, 0, runner.env("DEL", NETNS=None, PATH=None))
    wanted(runner, 50, {"CNI_COMMAND": "STATUS"})


BAD_IDS = ["../etc", "..", ".", "-x", "_x", "a/b", "a\nb", "a b", "a" * 4096, "a" * 254, "\u00e9",
           "a\u200b", "\uff0e\uff0e\uff0f", "%2e%2e%2f", "a\x1b[31m", "\udcff\udcfe", "\udcc0\udcaf",
           "a\\b", "a;b", "a:b"]
BAD_IFNAMES = ["..", ".", "a/b", "../x", "a:b", "a b", "a\tb", "a\n", "a" * 16, "a" * 4096,
               "\u00e9" * 8, "a\x01", "a\x7f"]


def names(runner):
    before = runner.snapshot()
    for command in ("ADD", "DEL", "CHECK"):
        for bad in BAD_IDS:
            wanted(runner, 4, runner.env(command, CONTAINERID=bad))
        for bad in BAD_IFNAMES:
            wanted(runner, 4, runner.env(command, IFNAME=bad))
    for bad in ["", *BAD_IDS, "a\0b", 7, None, [], {}, ...]:
        for command in ("ADD", "DEL", "STATUS"):
            stdin = runner.config(name=bad)
            wanted(runner, 6 if bad == "a\0b" or "\\udc" in stdin else 7, runner.env(command),
                   stdin)
    for key in ("socket", "stateDir"):
        for bad in ("", "x", "./x", "/a/../b", "/a/..", "/" + "a" * 4096, "/a\nb", 7, None, [],
                    "/a\x7f"):
            for command in ("ADD", "DEL"):
                wanted(runner, 7, runner.env(command), runner.config(**{key: bad}))
        wanted(runner, 6, runner.env(), runner.config(**{key: "/a\0b"}))
    assert runner.snapshot() == before


def arguments(runner):
    good = "IgnoreUnknown=1;K8S_POD_NAMESPACE=a;K8S_POD_NAME=b"
    for args, code in (("", 11), (good, 11), (good + ";X=1", 11), ("X=1;" + good, 11),
                       (";;" + good + ";", 11), ("X=1", 4), ("IgnoreUnknown=0;X=1", 4),
                       ("IgnoreUnknown=true;X=1", 11), ("K8S_POD_NAME", 4),
                       ("K8S_POD_NAME=../x", 4), ("K8S_POD_NAME=a/b", 4),
                       ("K8S_POD_NAME=a\nb", 4), ("K8S_POD_NAMESPACE=" + "a" * 300, 4),
                       ("K8S_POD_UID=\x1b[0m", 4), ("IP=10.0.0.1", 11), ("IP=10.0.0.1/24", 11),
                       ("IP=", 11), ("IP=10.0.0.256", 4), ("IP=10.0.0.1/33", 4),
                       ("IP=010.0.0.1", 4), ("IP=::ffff:10.0.0.1", 4), ("IP=x", 4),
                       ("A" * 70000 + "=1", 4)):
        wanted(runner, code, runner.env(ARGS=args))
        wanted(runner, 0, runner.env("DEL", ARGS=args))


def configs(runner):
    for changes, code in (
            ({}, 11), ({"unknown": {"a": [1]}, "capabilities": {"ips": True}}, 11),
            ({"cniVersion": ...}, 1), ({"cniVersion": ""}, 1), ({"cniVersion": "0.2.0"}, 1),
            ({"cniVersion": "2.0.0"}, 1), ({"cniVersion": "1.1"}, 1), ({"cniVersion": 1.1}, 7),
            ({"mtu": "1500"}, 7), ({"mtu": -1}, 7), ({"mtu": 1279}, 7), ({"mtu": 65536}, 7),
            ({"mtu": 1500.5}, 7), ({"mtu": 1280}, 11), ({"mtu": True}, 7),
            ({"dns": []}, 7), ({"dns": {"nameservers": "10.0.0.1"}}, 7),
            ({"dns": {"search": [1]}}, 7), ({"dns": {"domain": 1}}, 7), ({"dns": {}}, 11),
            ({"runtimeConfig": {"ips": ["x"]}}, 7), ({"runtimeConfig": {"ips": "10.0.0.1"}}, 7),
            ({"runtimeConfig": {"ips": ["10.0.0.1", "10.0.0.2"]}}, 7),
            ({"runtimeConfig": {"ips": ["10.0.0.1", "10.0.0.1/8", "fd00::1"]}}, 11),
            ({"runtimeConfig": {"mac": "02:00:00:00:00:01"}}, 2),
            ({"runtimeConfig": {"portMappings": [], "dns": {}}}, 11),
            ({"prevResult": "x"}, 7), ({"prevResult": {"ips": [{}]}}, 7),
            ({"prevResult": {"ips": [{"address": "10.0.0.1/24", "interface": 0}]}}, 7),
            ({"prevResult": {"ips": [{"address": "10.0.0.1/24"}]}}, 11),
            ({"prevResult": {"interfaces": [{}]}}, 7), ({"prevResult": {"routes": [1]}}, 7)):
        wanted(runner, code, runner.env(), runner.config(**changes))
    for text, code in (("", 6), ("{", 6), ("nonsense", 6), ("[]", 7), ("7", 6), ('"x"', 6),
                       ("null", 6), (runner.config() + "x", 6), (runner.config() + "\n \n", 11),
                       (runner.config() + runner.config(), 6)):
        wanted(runner, code, runner.env(), text)
    for command in ("CHECK", "DEL", "GC", "STATUS"):
        wanted(runner, 6, runner.env(command), "{]")


def told_version(runner):
    """An error is told in the caller's version, also when that one is not supported."""
    for text, told in (("0.4.0", "0.4.0"), ("1.0.0", "1.0.0"), ("0.2.0", "0.2.0"),
                       ("\u001b[31m", "1.1.0")):
        done = runner.run(runner.env(NETNS="/nowhere"), runner.config(cniVersion=text))
        assert json.loads(done.stdout)["cniVersion"] == told, done.stdout


def delegates(runner):
    before = runner.snapshot()
    for ipam in ({"type": "host-local"}, {"type": "../../bin/sh"}, {"type": "/bin/sh"},
                 {"type": ""}, {"type": 7}, {"type": None}, [], "x", None):
        done = runner.run(runner.env(), runner.config(ipam=ipam))
        error = json.loads(done.stdout)
        assert error["code"] == 7 and "ipam" in error["msg"], error
    for kind in ("/bin/sh", "../leat-cni", "a/b", 7):
        wanted(runner, 7, runner.env(), runner.config(type=kind))
        wanted(runner, 7, runner.env(), runner.config(delegate={"type": kind}))
    wanted(runner, 11, runner.env(), runner.config(ipam={}))
    folder = os.path.join(runner.lab.folder, "open")
    os.mkdir(folder)
    os.chmod(folder, 0o777)
    done = runner.run(runner.env(PATH=f"/usr/lib:{folder}"))
    assert f"anybody may write to {folder}".encode() in done.stderr, done.stderr
    os.rmdir(folder)
    assert not runner.run(runner.env(PATH="/usr/lib")).stderr
    assert runner.snapshot() == before


def big(runner):
    """100 MB, the most that is taken, and the most expensive of that: bounded memory."""
    wanted(runner, 5, runner.env(), b'{"a":"' + b"x" * (100 << 20) + b'"}')
    limit = 1 << 20
    rest = runner.config()[1:]
    for filler in ("[]", "0", "{}", '""'):
        text = '{"x":[' + filler
        count = (limit - len(text) - len(rest) - 3) // (len(filler) + 1)
        text += ("," + filler) * count + "]," + rest
        assert len(text) <= limit
        wanted(runner, 11, runner.env(), text)
    wanted(runner, 5, runner.env(), runner.config() + " " * limit)
    text = "{" + ",".join(f'"{i:x}":1' for i in range(90000)) + "," + rest
    assert len(text) <= limit
    wanted(runner, 11, runner.env(), text)


def nested(runner):
    for opening, closing in (("[", "]"), ('{"a":', "}")):
        for depth in (3000, 100000):
            text = '{"x":' + opening * depth + "1" + closing * depth + "," + runner.config()[1:]
            wanted(runner, 6, runner.env(), text)
    wanted(runner, 6, runner.env(), "[" * 100000)
    wanted(runner, 11, runner.env(), '{"x":' + "[" * 500 + "]" * 500 + "," + runner.config()[1:])


def duplicates(runner):
    text = runner.config()
    for pair in ('"name":"other"', '"socket":"/x"', '"z":{"a":1,"a":2}', '"cniVersion":"1.0.0"'):
        wanted(runner, 6, runner.env(), text[:-1] + "," + pair + "}")


def numbers(runner):
    text = runner.config()[:-1]
    for number, code in (("9223372036854775808", 6), ("-9223372036854775809", 6), ("1e999", 6),
                         ("1" * 5000, 6), ("1e5", 7), ("9223372036854775807", 7),
                         ("4294968796", 7), ("-1", 7), ("NaN", 6), ("01500", 6), ("0x5dc", 6)):
        wanted(runner, code, runner.env(), text + ',"mtu":' + number + "}")


def encodings(runner):
    text = runner.config()[:-1].encode()
    for raw, code in ((b"\xff", 6), (b"\xc0\xaf", 6), (b"\xed\xa0\x80", 6), (b"\\u0000", 6),
                      (b"\\ud800", 6), (b"\x00", 6), (b"\xf4\x90\x80\x80", 6),
                      ("\u00e9\u200b".encode(), 11)):
        wanted(runner, code, runner.env(), text + b',"x":"' + raw + b'"}')
    wanted(runner, 6, runner.env(), b"\xef\xbb\xbf" + text + b"}")
    wanted(runner, 6, runner.env(), json.dumps(runner.node.config()).encode("utf-16"))
    wanted(runner, 6, runner.env(), b"\0" * 5000)


def never_closed(runner):
    """Not closed, closed late, a byte now and then, no descriptor at all, a folder."""
    for text in (b"", b"{", runner.config().encode()):
        process = subprocess.Popen(runner.command(), env=runner.env(), stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        start = time.monotonic()
        process.stdin.write(text)
        process.stdin.flush()
        output = process.stdout.read()
        taken = time.monotonic() - start
        process.wait(10)
        process.stdin.close()
        process.stdout.close()
        process.stderr.close()
        assert json.loads(output)["code"] == 5, output
        assert 3 < taken < 9, f"{taken:.1f} s"
    folder = os.open(runner.lab.folder, os.O_RDONLY)
    for stdin, shell in ((folder, ""), (subprocess.DEVNULL, " <&-")):
        done = subprocess.run([*runner.command()[:-1], "sh", "-c", f"exec {PLUGIN}{shell}"],
                              env=runner.env(), stdin=stdin, capture_output=True, timeout=30,
                              check=False)
        assert json.loads(done.stdout)["code"] == 5, done
    os.close(folder)
    wanted(runner, 6, runner.env(), b"")


def namespaces(runner):
    """Never the node's own, never anything that is none; a fifo must not be waited for."""
    before = runner.snapshot()
    folder = runner.lab.folder
    plain, fifo, link = (os.path.join(folder, n) for n in ("plain", "fifo", "link"))
    with open(plain, "w", encoding="utf-8"):
        pass
    os.mkfifo(fifo)
    os.symlink(NETNS + runner.node.netns, link)
    config = runner.config(prevResult={
        "interfaces": [{"name": host_ifname("c1"), "mac": "02:00:00:00:00:01"},
                       {"name": "eth0", "mac": "02:00:00:00:00:01", "sandbox": "x"}]})
    for path in (NETNS + runner.node.netns, link, "/proc/self/ns/net", plain, fifo, folder,
                 "/dev/null", "/dev/zero", "/nowhere", "/proc/self/ns/mnt", "/proc/self/ns/user",
                 "relative", "/run/netns/" + "a" * 300, "dummy", "\udcff"):
        wanted(runner, 8, runner.env(NETNS=path))
        wanted(runner, 8, runner.env("CHECK", NETNS=path), config)
    wanted(runner, 4, runner.env(NETNS="/" + "a" * 4096))
    for path in (plain, fifo, link):
        os.unlink(path)
    assert runner.snapshot() == before


def main():
    with Lab(nodes=1) as lab:
        runner = Runner(lab)
        tap.run("the program is static, small, not setuid", is_static, runner)
        tap.run("run by hand it says what it is", about, runner)
        tap.run("VERSION needs nothing", version, runner)
        tap.run("unknown and missing CNI_COMMAND: code 4", commands, runner)
        tap.run("missing variables are all named: code 4", missing, runner)
        tap.run("robustness 35: names with paths, controls, 4 kB, UTF-8 tricks", names, runner)
        tap.run("CNI_ARGS", arguments, runner)
        tap.run("network configuration: the code of each mistake", configs, runner)
        tap.run("errors carry the caller's version", told_version, runner)
        tap.run("robustness 36: ipam and delegates are refused, open CNI_PATH warned of",
                delegates, runner)
        tap.run("robustness 37: 100 MB and the worst 1 MiB in bounded memory", big, runner)
        tap.run("robustness 37: JSON nested 10^5 deep", nested, runner)
        tap.run("robustness 37: duplicate keys are refused", duplicates, runner)
        tap.run("robustness 37: numbers out of range", numbers, runner)
        tap.run("robustness 37: NUL and broken encodings", encodings, runner)
        tap.run("robustness 37: standard input never closed", never_closed, runner)
        tap.run("robustness 39: NETNS of the node, a file, a fifo, nothing", namespaces, runner)
    tap.end()


main()
