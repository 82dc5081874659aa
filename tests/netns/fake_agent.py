# SPDX-License-Identifier: Apache-2.0
"""An agent that answers leat-cni as told, for what the real one never does.

    with FakeAgent(node, commit="close") as agent:
        node.cni("ADD", ...)
    agent.requests                        # what was asked, in order

A behaviour for an op: "ok", "silent" (never answers), "close" (closes without an answer), "half"
(closes in the middle of one), "garbage", "notjson", "long" (a line without end), "drip" (a byte
now and then), an integer (refuses with that code), or a dict that is put over the good answer.
"""
import json
import os
import socket
import threading

from lab import sh

GATEWAY_MAC = "02:1e:a7:00:00:01"
GATEWAYS = ["169.254.1.1", "fe80::1"]


def fnv1a(data):
    value = 0xcbf29ce484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001b3 & (1 << 64) - 1
    return value


def attachment_hash(container, ifname):
    return fnv1a(container.encode() + b"/" + os.fsencode(ifname))


def host_ifname(container, ifname="eth0"):
    return f"leat{attachment_hash(container, ifname) & (1 << 40) - 1:010x}"


class FakeAgent:
    def __init__(self, node, addresses=None, sets_up=True, path=None, **behaviours):
        self.node, self.sets_up, self.behaviours = node, sets_up, behaviours
        self.addresses = addresses
        self.path = path or node.socket
        self.requests, self.known, self.lock = [], {}, threading.Lock()
        self.number = 0
        self.stopped = threading.Event()
        self.connections = []

    def __enter__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        if os.path.exists(self.path):
            os.unlink(self.path)
        self.socket.bind(self.path)
        self.socket.listen(256)
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *exc):
        self.stopped.set()
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        for connection in self.connections:
            connection.close()
        os.unlink(self.path)

    def ops(self):
        with self.lock:
            return [request["op"] for request in self.requests]

    def last(self, op):
        with self.lock:
            return [request for request in self.requests if request["op"] == op][-1]

    def _accept(self):
        while not self.stopped.is_set():
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            with connection, connection.makefile("rb") as lines:
                for line in lines:
                    request = json.loads(line)
                    with self.lock:
                        self.requests.append(request)
                    if not self._answer(connection, request):
                        return
        except (OSError, ValueError):
            pass  # the other side went away: part of the game

    def _answer(self, connection, request):
        """-> whether the connection stays open"""
        how = self.behaviours.get(request["op"], "ok")
        if isinstance(how, int):
            good = {"ok": False, "code": how, "msg": f"refused {request['op']}",
                    "details": "as told"}
        elif how in ("ok", "half", "drip") or isinstance(how, dict):
            good = dict({"ok": True}, **getattr(self, "op_" + request["op"])(request))
            good.update(how if isinstance(how, dict) else {})
        line = {"silent": b"", "close": b"", "garbage": b'{"ok": "perhaps"}\n',
                "notjson": b"\xff\x00{{{\n", "long": b"x" * 200000}.get(how) \
            if isinstance(how, str) and how not in ("ok", "half", "drip") \
            else json.dumps(good).encode() + b"\n"
        if how == "half":
            line = line[:len(line) // 2]
        if how == "drip":
            for byte in line[:-1]:
                connection.sendall(bytes([byte]))
                if self.stopped.wait(1):
                    return False
        connection.sendall(line)
        if how == "silent":
            self.stopped.wait()
        return how not in ("close", "half", "silent", "long")

    def op_add(self, request):
        with self.lock:
            self.number += 1
            number = self.number
        addresses = self.addresses or [f"10.244.1.{number}/32", f"fd10:244:0:1::{number:x}/128"]
        name = host_ifname(request["containerID"], request["ifname"])
        self.known[request["containerID"], request["ifname"]] = name
        return {"hostIfname": name, "mtu": 1450, "mac": f"02:1e:a7:01:00:{number % 256:02x}",
                "gatewayMAC": GATEWAY_MAC, "addresses": addresses, "gateways": GATEWAYS}

    def op_commit(self, request):
        if self.sets_up:
            name = self.known[request["containerID"], request["ifname"]]
            sh("ip", "-n", self.node.netns, "link", "set", name, "up")
        return {}

    def op_del(self, request):
        name = self.known.pop((request["containerID"], request["ifname"]), None)
        if name:
            sh("ip", "-n", self.node.netns, "link", "del", name, check=False)
        return {}

    def op_check(self, _request):
        return {}

    def op_ready(self, _request):
        return {}

    def op_gc(self, request):
        return {"removed": len(self.known) - len(request["attachments"])}
