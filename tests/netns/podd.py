#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The process inside a test pod: small servers, and probes on command.

Usage: podd.py NAME. Reads one JSON command a line, {"id": N, "op": ..., ...}, and answers
{"id": N, ...} when the command is done; commands run side by side. Servers answer with NAME,
so that an answer proves who gave it. SCTP needs no kernel support: an INIT with a right CRC32c
leaves by a raw socket, and the other side's podd answers INIT ACK.
"""
import errno
import hashlib
import json
import os
import random
import select
import socket
import struct
import sys
import threading
import time

NAME = sys.argv[1] if len(sys.argv) > 1 else "podd"
OUT_LOCK = threading.Lock()


def answer(command, **fields):
    with OUT_LOCK:
        sys.stdout.write(json.dumps(dict(fields, id=command["id"])) + "\n")
        sys.stdout.flush()


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def make_crc_table():
    table = []
    for i in range(256):
        for _ in range(8):
            i = (i >> 1) ^ (0x82F63B78 if i & 1 else 0)
        table.append(i)
    return table


CRC_TABLE = make_crc_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = CRC_TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def sctp_packet(sport, dport, tag, kind, own_tag):
    chunk = struct.pack(">BBHIIHHI", kind, 0, 20, own_tag, 65536, 10, 10, 1)
    head = struct.pack(">HHI", sport, dport, tag)
    crc = crc32c(head + b"\0\0\0\0" + chunk)
    return head + struct.pack("<I", crc) + chunk


def serve_tcp(port, banner):
    """Accepts; says its name; then echoes until the other side closes."""
    listener = socket.create_server(("::", port), family=socket.AF_INET6, backlog=512,
                                    dualstack_ipv6=True)

    def talk(conn):
        try:
            conn.sendall(banner)
            while data := conn.recv(65536):
                conn.sendall(data)
        except OSError:
            pass
        conn.close()

    def loop():
        while True:
            conn, _ = listener.accept()
            threading.Thread(target=talk, args=(conn,), daemon=True).start()
    threading.Thread(target=loop, daemon=True).start()


def serve_peer(port):
    """Tells each client the address that it is seen from."""
    listener = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True)

    def loop():
        while True:
            conn, peer = listener.accept()
            try:
                conn.sendall(peer[0].replace("::ffff:", "").encode())
            except OSError:
                pass
            conn.close()
    threading.Thread(target=loop, daemon=True).start()


def serve_sink(port):
    """Reads all of a connection, then answers the SHA-256 and the length."""
    listener = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True)

    def talk(conn):
        digest, size = hashlib.sha256(), 0
        while data := conn.recv(1 << 20):
            digest.update(data)
            size += len(data)
        conn.sendall(f"{digest.hexdigest()} {size}".encode())
        conn.close()

    def loop():
        while True:
            conn, _ = listener.accept()
            threading.Thread(target=talk, args=(conn,), daemon=True).start()
    threading.Thread(target=loop, daemon=True).start()


def udp_reply(data, banner):
    if data.startswith(b"echo "):
        return data
    if len(data) > 12 and data[2:4] == b"\x01\x00":  # a DNS query: answer a TXT record
        return data[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + data[12:] + \
            b"\xc0\x0c\0\x10\0\1\0\0\0\x1e" + \
            struct.pack(">HB", len(banner) + 1, len(banner)) + banner
    return banner


def serve_udp(port, banner):
    """Answers each datagram from the address it was sent to, with its name (a DNS query with a
    DNS answer, "echo ..." with itself)."""
    def loop(fam, level, receive, info):
        sock = socket.socket(fam, socket.SOCK_DGRAM)
        sock.setsockopt(level, receive, 1)
        if fam == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(("", port))
        bound.release()
        while True:
            try:
                data, ancillary, _, peer = sock.recvmsg(65535, 256)
                where = [item for item in ancillary if item[1] == info]
                sock.sendmsg([udp_reply(data, banner)], where, 0, peer)
            except OSError:
                pass
    bound = threading.Semaphore(0)
    for args in ((socket.AF_INET, socket.IPPROTO_IP, 8, 8),
                 (socket.AF_INET6, socket.IPPROTO_IPV6, 49, 50)):
        threading.Thread(target=loop, args=args, daemon=True).start()
    for _ in range(2):
        if not bound.acquire(timeout=5):
            raise OSError(errno.EADDRINUSE, "bind")


def serve_sctp(ports):
    def loop(fam):
        sock = socket.socket(fam, socket.SOCK_RAW, 132)
        while True:
            data, peer = sock.recvfrom(2048)
            if fam == socket.AF_INET:
                data = data[(data[0] & 15) * 4:]
            if len(data) < 32 or data[12] != 1:
                continue
            sport, dport = struct.unpack(">HH", data[:4])
            tag = struct.unpack(">I", data[16:20])[0]
            check = data[:8] + b"\0\0\0\0" + data[12:]
            if dport in ports and struct.unpack("<I", data[8:12])[0] == crc32c(check):
                try:
                    sock.sendto(sctp_packet(dport, sport, tag, 2, 77), (peer[0], 0))
                except OSError:
                    pass
    for fam in (socket.AF_INET, socket.AF_INET6):
        threading.Thread(target=loop, args=(fam,), daemon=True).start()


def op_serve(command):
    for port in command.get("tcp", []):
        serve_tcp(port, NAME.encode())
    for port in command.get("udp", []):
        serve_udp(port, NAME.encode())
    for port in command.get("peer", []):
        serve_peer(port)
    for port in command.get("sink", []):
        serve_sink(port)
    if command.get("sctp"):
        serve_sctp(set(command["sctp"]))
    answer(command, ok=True)


def failure(error):
    return errno.errorcode.get(error.errno, "timeout") if error.errno else "timeout"


def probe_tcp(target, port, timeout, source_port=0):
    sock = socket.socket(family(target))
    sock.settimeout(timeout)
    try:
        if source_port:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(("", source_port))
        sock.connect((target, port))
        data = sock.recv(256)
        peer = sock.getpeername()[0]
        return {"ok": True, "data": data.decode(), "peer": peer}
    except OSError as error:
        return {"ok": False, "error": failure(error)}
    finally:
        sock.close()


def probe_udp(target, port, timeout, data):
    sock = socket.socket(family(target), socket.SOCK_DGRAM)
    sock.settimeout(timeout)
    try:
        sock.connect((target, port))
        sock.send(data)
        reply = sock.recv(65535)
        return {"ok": True, "data": reply.decode("latin-1"), "peer": sock.getpeername()[0],
                "size": len(reply)}
    except OSError as error:
        return {"ok": False, "error": failure(error)}
    finally:
        sock.close()


def probe_sctp(target, port, timeout):
    fam = family(target)
    sock = socket.socket(fam, socket.SOCK_RAW, 132)
    sport = random.randrange(20000, 60000)
    try:
        sock.sendto(sctp_packet(sport, port, 0, 1, random.getrandbits(32) | 1), (target, 0))
        end = time.monotonic() + timeout
        while (left := end - time.monotonic()) > 0:
            if not select.select([sock], [], [], left)[0]:
                break
            data, peer = sock.recvfrom(2048)
            if fam == socket.AF_INET:
                data = data[(data[0] & 15) * 4:]
            if len(data) >= 32 and data[12] == 2 and peer[0].split("%")[0] == target and \
                    struct.unpack(">HH", data[:4]) == (port, sport):
                return {"ok": True, "data": ""}
        return {"ok": False, "error": "timeout"}
    except OSError as error:
        return {"ok": False, "error": failure(error)}
    finally:
        sock.close()


def probe(command):
    timeout = command.get("timeout", 1.0)
    started = time.monotonic()
    proto = command["proto"]
    if proto == "TCP":
        result = probe_tcp(command["addr"], command["port"], timeout, command.get("sport", 0))
    elif proto == "UDP":
        data = bytes.fromhex(command["hex"]) if "hex" in command else \
            command.get("data", "who").encode()
        result = probe_udp(command["addr"], command["port"], timeout, data)
    else:
        result = probe_sctp(command["addr"], command["port"], timeout)
    return dict(result, seconds=round(time.monotonic() - started, 4))


def op_probe(command):
    answer(command, **probe(command))


def op_probes(command):
    """Many probes at once: {"probes": [{proto, addr, port}, ...]} -> {"results": [...]}."""
    results = [None] * len(command["probes"])

    def one(index, item):
        results[index] = probe(dict(item, timeout=command.get("timeout", 1.0)))
    threads = [threading.Thread(target=one, args=pair) for pair in enumerate(command["probes"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answer(command, results=results)


HELD = {}


class Held:
    """Connections that echo a byte every `interval` seconds; when each last answered is kept."""

    def __init__(self, command):
        self.conns = []
        self.last = []
        self.counts = []
        self.errors = []
        self.stop = False
        for _ in range(command["count"]):
            sock = socket.socket(family(command["addr"]))
            sock.settimeout(command.get("timeout", 3.0))
            sock.connect((command["addr"], command["port"]))
            sock.recv(256)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setblocking(False)
            self.conns.append(sock)
            self.last.append(time.monotonic())
            self.counts.append(0)
            self.errors.append(None)
        self.interval = command.get("interval", 0.02)
        self.thread = threading.Thread(target=self.loop, daemon=True)
        self.thread.start()

    def loop(self):
        poll = select.epoll()
        index_of = {}
        waiting = [False] * len(self.conns)
        due = [time.monotonic()] * len(self.conns)
        for i, sock in enumerate(self.conns):
            poll.register(sock, select.EPOLLIN)
            index_of[sock.fileno()] = i
        while not self.stop:
            now = time.monotonic()
            for i, sock in enumerate(self.conns):
                if not waiting[i] and now >= due[i] and not self.errors[i]:
                    try:
                        sock.send(b"x")
                        waiting[i] = True
                    except OSError as error:
                        self.errors[i] = failure(error)
            for fd, _ in poll.poll(self.interval / 4):
                i = index_of[fd]
                try:
                    data = self.conns[i].recv(4096)
                    if not data:
                        raise OSError(errno.ECONNRESET, "closed")
                    self.last[i] = time.monotonic()
                    self.counts[i] += 1
                    waiting[i] = False
                    due[i] = self.last[i] + self.interval
                except OSError as error:
                    self.errors[i] = failure(error)
                    poll.unregister(fd)
        for sock in self.conns:
            sock.close()


def op_hold(command):
    try:
        HELD[command["name"]] = Held(command)
        answer(command, ok=True)
    except OSError as error:
        answer(command, ok=False, error=failure(error))


def op_held(command):
    """How the held connections fare: seconds (CLOCK_MONOTONIC) of each one's last answer."""
    held = HELD[command["name"]]
    retransmitted = [struct.unpack_from("I", s.getsockopt(
        socket.IPPROTO_TCP, socket.TCP_INFO, 104), 100)[0] for s in held.conns]
    answer(command, now=time.monotonic(), last=held.last, counts=held.counts, errors=held.errors,
           retransmitted=retransmitted)


def op_release(command):
    held = HELD.pop(command["name"])
    held.stop = True
    held.thread.join()
    answer(command, ok=True)


def op_send(command):
    """Streams `bytes` pseudo-random bytes to a sink server; compares its digest with ours."""
    sock = socket.socket(family(command["addr"]))
    sock.settimeout(command.get("timeout", 60))
    try:
        sock.connect((command["addr"], command["port"]))
        digest, left = hashlib.sha256(), command["bytes"]
        block = random.Random(7).randbytes(1 << 20)
        while left > 0:
            part = block[:min(left, len(block))]
            sock.sendall(part)
            digest.update(part)
            left -= len(part)
        sock.shutdown(socket.SHUT_WR)
        reply = b""
        while data := sock.recv(256):
            reply += data
        want = f"{digest.hexdigest()} {command['bytes']}"
        answer(command, ok=reply.decode() == want, got=reply.decode(), want=want)
    except OSError as error:
        answer(command, ok=False, error=failure(error))
    finally:
        sock.close()


def op_raw(command):
    """Sends whole Ethernet frames out of `device` as they are."""
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    try:
        for frame in command["frames"]:
            sock.sendto(bytes.fromhex(frame), (command.get("device", "eth0"), 0))
        answer(command, ok=True)
    except OSError as error:
        answer(command, ok=False, error=failure(error))
    finally:
        sock.close()


POUNDERS = {}


class Pounder:
    """A datagram of a new flow every few milliseconds; counts what was sent and answered."""

    def __init__(self, command):
        self.target = (command["addr"], command["port"])
        self.interval = command.get("interval", 0.005)
        self.sent = self.answered = 0
        self.longest = 0.0  # seconds between two that were sent
        self.stop = False
        self.thread = threading.Thread(target=self.loop, daemon=True)
        self.thread.start()

    def loop(self):
        socks, last = [], None
        while not self.stop:
            sock = socket.socket(family(self.target[0]), socket.SOCK_DGRAM)
            sock.setblocking(False)
            try:
                sock.sendto(b"who", self.target)
                self.sent += 1
            except OSError:
                pass
            now = time.monotonic()
            self.longest = max(self.longest, now - last) if last else 0.0
            last = now
            socks.append(sock)
            for other in select.select(socks, [], [], self.interval)[0]:
                try:
                    other.recv(256)
                    self.answered += 1
                except OSError:
                    pass
            while len(socks) > 200:
                socks.pop(0).close()
            left = self.interval - (time.monotonic() - now)
            if left > 0:
                time.sleep(left)
        for sock in socks:
            sock.close()


def op_pound(command):
    POUNDERS[command["name"]] = Pounder(command)
    answer(command, ok=True)


def op_pounded(command):
    pounder = POUNDERS[command["name"]]
    if command.get("stop"):
        pounder.stop = True
        pounder.thread.join()
        del POUNDERS[command["name"]]
    answer(command, sent=pounder.sent, answered=pounder.answered, longest=pounder.longest)


SNIFFERS = {}


class Sniffer:
    """Frames that come in by a device, each as hex, as long as it runs."""

    def __init__(self, device):
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.sock.bind((device, 0))
        self.sock.settimeout(0.05)
        self.frames = []
        self.stop = False
        self.thread = threading.Thread(target=self.loop, daemon=True)
        self.thread.start()

    def loop(self):
        while not self.stop:
            try:
                data, where = self.sock.recvfrom(65535)
            except socket.timeout:
                continue
            except OSError:
                break
            if where[2] != 4:  # PACKET_OUTGOING
                self.frames.append(data.hex())
        self.sock.close()


def op_sniff(command):
    SNIFFERS[command["name"]] = Sniffer(command.get("device", "eth0"))
    answer(command, ok=True)


def op_sniffed(command):
    sniffer = SNIFFERS[command["name"]]
    if command.get("stop"):
        sniffer.stop = True
        sniffer.thread.join()
        del SNIFFERS[command["name"]]
    answer(command, frames=list(sniffer.frames))


OPS = {name[3:]: function for name, function in list(globals().items())
       if name.startswith("op_")}


def run(command):
    try:
        OPS[command["op"]](command)
    except Exception as error:  # told to the test, which fails by it
        answer(command, ok=False, error=f"{type(error).__name__}: {error}")


def main():
    answer({"id": 0}, ok=True, pid=os.getpid())
    for line in sys.stdin:
        threading.Thread(target=run, args=(json.loads(line),), daemon=True).start()


if __name__ == "__main__":
    main()
