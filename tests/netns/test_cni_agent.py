#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""leat-cni with the real agent: racing calls, kills, restarts; nothing may be left or doubled."""
import concurrent.futures
import json
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fake_agent import host_ifname
from lab import BIN, NETNS, Lab, Tap, wait_for

tap = Tap()
VERSIONS = ["0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"]


class Bench:
    def __init__(self, lab):
        self.lab, self.node, self.count = lab, lab.nodes["n1"], 0

    def pod(self):
        self.count += 1
        return self.lab.pod(f"race/p{self.count}", self.node, add=False)

    def cni(self, command, pod, version="1.1.0", ifname="eth0", netns=None, **extra):
        """-> code, result or error"""
        done = self.node.cni(command, pod.container if pod else "",
                             (NETNS + pod.netns if pod else "") if netns is None else netns,
                             ifname=ifname, args=pod.cni_args if pod else "", check=False,
                             config=self.node.config(version, **extra))
        answer = json.loads(done.stdout) if done.stdout else None
        return (answer["code"] if done.returncode else 0), answer

    def good(self, *args, **kwargs):
        code, answer = self.cni(*args, **kwargs)
        assert code == 0, f"{args[0]}: {answer}\n{self.node.log_tail()}"
        return answer

    def links(self):
        return sorted(link["ifname"] for link in json.loads(
            self.node.run("ip", "-j", "link").stdout))

    def state(self):
        """What must be as before: devices, routes, endpoints, map entries, notes."""
        folder = os.path.join(self.node.state, "deleted")
        # Names follow the tables by up to a tenth of a second.
        wait_for(lambda: all(e["hostIfname"] for e in self.node.leat_json("endpoint", "list")),
                 10, "every endpoint's name in the state file")
        return {"links": self.links(),
                "routes": sorted(self.node.run("ip", "route").stdout.splitlines()),
                "routes6": sorted(line for line in self.node.run(
                    "ip", "-6", "route").stdout.splitlines()),
                "endpoints": sorted(e["hostIfname"] for e in self.node.leat_json(
                    "endpoint", "list")),
                "notes": sorted(os.listdir(folder)) if os.path.isdir(folder) else []}

    def same_as(self, before, what):
        def differing():
            now = self.state()
            return {key: (before[key], now[key]) for key in before if before[key] != now[key]}
        try:
            wait_for(lambda: not differing(), 10, what)
        except TimeoutError as error:
            raise AssertionError(f"{what}: {differing()}\n{self.node.log_tail()}") from error


def addresses(result):
    return [ip["address"] for ip in result["ips"]]


def cycle(bench):
    before = bench.state()
    for version in VERSIONS:
        pod = bench.pod()
        result = bench.good("ADD", pod, version)
        assert len(result["ips"]) == 2, result
        if version >= "0.4":
            bench.good("CHECK", pod, version, prevResult=result)
        pod.run("ping", "-c1", "-W2", bench.node.ips[0])
        pod.run("ping", "-c1", "-W2", bench.node.ips[1])
        bench.good("DEL", pod, version, prevResult=result)
        bench.good("DEL", pod, version, netns="")
    bench.same_as(before, "state after ADD and DEL of all versions")


def twice(bench):
    """Two ADDs for one container at once: one wins, the other changes nothing."""
    before = bench.state()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for _ in range(8):
            pod = bench.pod()
            results = list(pool.map(lambda p: bench.cni("ADD", p), [pod] * 3))
            good = [answer for code, answer in results if code == 0]
            assert len(good) == 1, results
            assert all(code in (0, 101) for code, _ in results), results
            bench.good("CHECK", pod, prevResult=good[0])
            pod.run("ping", "-c1", "-W2", bench.node.ips[0])
            bench.good("DEL", pod)
    bench.same_as(before, "state after doubled ADDs")


def racing(bench):
    """DEL while ADD runs: afterwards one more DEL leaves nothing."""
    before = bench.state()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for _ in range(15):
            pod = bench.pod()
            futures = [pool.submit(bench.cni, "ADD", pod), pool.submit(bench.cni, "DEL", pod)]
            for future in futures:
                future.result()
            bench.good("DEL", pod)
    bench.same_as(before, "state after DEL racing ADD")


def many(bench, count=200):
    before = bench.state()
    pods = [bench.pod() for _ in range(count)]
    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        results = list(pool.map(lambda pod: bench.good("ADD", pod), pods))
        given = [address for result in results for address in addresses(result)]
        assert len(set(given)) == 2 * count, "an address was given twice"
        list(pool.map(lambda pair: bench.good("CHECK", pair[0], prevResult=pair[1]),
                      list(zip(pods, results))[::10]))
        list(pool.map(lambda pod: bench.good("DEL", pod), pods))
    bench.same_as(before, "state after 200 parallel ADDs")


def killed(bench, rounds=25):
    """kill -9 of the plugin at any moment, then DEL; and without DEL, then GC."""
    before = bench.state()
    for number in range(rounds):
        pod = bench.pod()
        env = {"CNI_COMMAND": "ADD", "CNI_CONTAINERID": pod.container, "CNI_IFNAME": "eth0",
               "CNI_NETNS": NETNS + pod.netns, "CNI_ARGS": pod.cni_args, "CNI_PATH": BIN}
        process = subprocess.Popen(
            ["nsenter", "--net=" + NETNS + bench.node.netns, os.path.join(BIN, "leat-cni")],
            env=env, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        process.stdin.write(json.dumps(bench.node.config()).encode())
        process.stdin.close()
        try:
            process.wait(0.06 * number / rounds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        if number % 2:
            bench.good("DEL", pod)
    bench.good("GC", None, **{"cni.dev/valid-attachments": []})
    bench.same_as(before, "state after kills and GC")


def collected(bench):
    """GC frees what is not in the list, and only of this network."""
    before = bench.state()
    stay, go, other = bench.pod(), bench.pod(), bench.pod()
    result = bench.good("ADD", stay)
    bench.good("ADD", go)
    foreign = bench.good("ADD", other, name="other-net")
    bench.good("GC", None, **{"cni.dev/valid-attachments": [
        {"containerID": stay.container, "ifname": "eth0"}]})
    wait_for(lambda: host_ifname(go.container) not in bench.links(), 5, "the collected link")
    bench.good("CHECK", stay, prevResult=result)
    bench.good("CHECK", other, name="other-net", prevResult=foreign)
    code, _ = bench.cni("GC", None)
    assert code == 7, code
    bench.good("CHECK", stay, prevResult=result)
    for pod in (stay, go, other):
        bench.good("DEL", pod)
    bench.same_as(before, "state after GC")


def requested(bench):
    before = bench.state()
    pod, second = bench.pod(), bench.pod()
    wanted = ["10.244.1.200/32", "fd10:244:0:1::c8/128"]
    ask = {"runtimeConfig": {"ips": ["10.244.1.200", "fd10:244:0:1::c8"]}}
    assert sorted(addresses(bench.good("ADD", pod, **ask))) == wanted
    code, error = bench.cni("ADD", second, **ask)
    assert code >= 7, error
    bench.good("DEL", pod)
    code, error = bench.cni("ADD", second, runtimeConfig={"ips": ["192.0.2.1"]})
    assert code >= 7, error
    bench.good("DEL", second)
    bench.same_as(before, "state after requested addresses")


def agent_dead(bench):
    """DEL without the agent; the next one knows nothing of that pod any more."""
    pod, stay = bench.pod(), bench.pod()
    before = bench.state()
    result = bench.good("ADD", stay)
    middle = bench.state()
    address = addresses(bench.good("ADD", pod))
    bench.node.stop_agent(signal.SIGKILL)
    assert bench.cni("ADD", bench.pod())[0] == 11
    assert bench.cni("STATUS", None)[0] == 50
    assert bench.cni("CHECK", stay, prevResult=result)[0] == 11
    for _ in range(3):
        bench.good("DEL", pod, netns="")
    assert host_ifname(pod.container) not in bench.links()
    bench.node.start_agent()
    bench.same_as(middle, "state after DEL with the agent dead")
    bench.good("CHECK", stay, prevResult=result)
    again = bench.pod()
    assert addresses(bench.good(
        "ADD", again, runtimeConfig={"ips": [a.split("/")[0] for a in address]})) == address
    bench.good("DEL", again)
    bench.good("DEL", stay)
    bench.same_as(before, "state at the end")


def closed(bench):
    """A pod whose sandbox has gone: DEL still frees the address and the tables."""
    before = bench.state()
    pod = bench.pod()
    bench.good("ADD", pod)
    subprocess.run(["ip", "netns", "del", pod.netns], check=True)
    wait_for(lambda: host_ifname(pod.container) not in bench.links(), 10, "the link to go")
    bench.good("DEL", pod)
    bench.same_as(before, "state after a sandbox vanished")


def fast(bench, count=100):
    """Each ADD alone, the time a pod waits for its network."""
    pods = [bench.pod() for _ in range(count)]
    times = []
    for pod in pods:
        start = time.monotonic()
        bench.good("ADD", pod)
        times.append(time.monotonic() - start)
        bench.good("DEL", pod)
    times.sort()
    print(f"# ADD: p50 {times[count // 2] * 1000:.1f} ms, p99 {times[-2] * 1000:.1f} ms,"
          " nsenter and Python's fork included")
    assert times[count // 2] < 0.5, times


def main():
    with Lab(nodes=1) as lab:
        lab.start()
        bench = Bench(lab)
        before = bench.state()
        tap.run("ADD, CHECK, ping, DEL in all versions", cycle, bench)
        tap.run("requested addresses, also taken and foreign ones", requested, bench)
        tap.run("robustness 38: ADDs for one container at once", twice, bench)
        tap.run("robustness 38: ADD racing DEL", racing, bench)
        tap.run("robustness 38: 200 parallel ADDs", many, bench)
        tap.run("robustness 38: kill -9 in the middle, then DEL or GC", killed, bench)
        tap.run("GC keeps the listed ones and other networks", collected, bench)
        tap.run("DEL with the agent dead is done by the next one", agent_dead, bench)
        tap.run("the sandbox vanished before DEL", closed, bench)
        tap.run("time of an ADD", fast, bench)
        tap.run("nothing is left on the node", bench.same_as, before, "the end")
    tap.end()


main()
