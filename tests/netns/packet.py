# SPDX-License-Identifier: Apache-2.0
"""Packets as bytes, checksums right, for the tests that send what no well-behaved stack sends."""
import ipaddress
import struct

GATEWAY_MAC = "02:1e:a7:00:00:01"
TCP, UDP, ICMP, ICMP6, SCTP = 6, 17, 1, 58, 132
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def ip_bytes(text):
    return ipaddress.ip_address(text).packed


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def pseudo(src, dst, proto, length):
    if ":" in src:
        return ip_bytes(src) + ip_bytes(dst) + struct.pack(">II", length, proto)
    return ip_bytes(src) + ip_bytes(dst) + struct.pack(">BBH", 0, proto, length)


def udp(src, dst, sport, dport, data=b""):
    head = struct.pack(">HHHH", sport, dport, 8 + len(data), 0)
    check = checksum(pseudo(src, dst, UDP, 8 + len(data)) + head + data) or 0xFFFF
    return head[:6] + struct.pack(">H", check) + data


def tcp(src, dst, sport, dport, flags, data=b"", seq=1000, ack=0):
    head = struct.pack(">HHIIBBHHH", sport, dport, seq, ack, 5 << 4, flags, 65535, 0, 0)
    check = checksum(pseudo(src, dst, TCP, 20 + len(data)) + head + data)
    return head[:16] + struct.pack(">H", check) + head[18:] + data


def icmp(src, dst, kind, code, rest=0, data=b""):
    """ICMP or, for IPv6 addresses, ICMPv6; `rest` is the second word."""
    head = struct.pack(">BBHI", kind, code, 0, rest)
    lead = pseudo(src, dst, ICMP6, 8 + len(data)) if ":" in src else b""
    return head[:2] + struct.pack(">H", checksum(lead + head + data)) + head[4:] + data


def ip(src, dst, proto, payload, ttl=64, ident=1, fragment=0, options=b"", more=False):
    """IPv4 or, by the addresses, IPv6. `fragment`: offset in bytes; with `more` or an offset an
    IPv6 fragment header is put in."""
    if ":" in src:
        if fragment or more:
            payload = struct.pack(">BBHI", proto, 0, fragment | more, ident) + payload
            proto = 44
        return struct.pack(">IHBB", 6 << 28, len(payload), proto, ttl) + ip_bytes(src) + \
            ip_bytes(dst) + payload
    size = 20 + len(options)
    head = struct.pack(">BBHHHBBH", 4 << 4 | size // 4, 0, size + len(payload), ident,
                       fragment // 8 | (0x2000 if more else 0), ttl, proto, 0) + \
        ip_bytes(src) + ip_bytes(dst) + options
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + payload


def ext(kind, next_proto, payload):
    """One IPv6 extension header: options of padding, or a routing header that has arrived."""
    body = bytes(6) if kind == 43 else b"\x01\x04\0\0\0\0"
    return struct.pack(">BB", next_proto, 0) + body + payload


def auth_header(next_proto, payload):
    return struct.pack(">BBHII", next_proto, 4, 0, 1, 1) + b"\0" * 12 + payload


def frame(packet, src_mac, dst_mac=GATEWAY_MAC):
    kind = b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\0"
    return (mac(dst_mac) + mac(src_mac) + kind + packet).hex()


def arp(kind, sender_mac, sender_ip, target_ip, eth_src=None, target_mac="00:00:00:00:00:00"):
    body = struct.pack(">HHBBH", 1, 0x800, 6, 4, kind) + mac(sender_mac) + ip_bytes(sender_ip) + \
        mac(target_mac) + ip_bytes(target_ip)
    return (b"\xff" * 6 + mac(eth_src or sender_mac) + b"\x08\x06" + body).hex()


def vxlan(vni, inner):
    return struct.pack(">II", 0x08000000, vni << 8) + inner
