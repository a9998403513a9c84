"""A name server that answers as CoreDNS does with its kubernetes plugin and a forwarder, for six names."""

import socket
import struct

ADDRESSES = {
    "kubernetes.default.svc.cluster.local": "10.96.0.1",
    "nettools.default.svc.cluster.local": "10.96.40.7",
    "edge.example.net": "203.0.113.80",
}
ALIASES = {"shop.example.com": "edge.example.net"}
A, CNAME, SOA = 1, 5, 6
QUERY = struct.Struct(">HHHHHH")


def packed(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def record(name, kind, data, ttl=30):
    return name + struct.pack(">HHIH", kind, 1, ttl, len(data)) + data


def answer(query):
    ident, flags, *_ = QUERY.unpack_from(query)
    end = query.index(b"\0", QUERY.size) + 5
    question, (kind,) = query[QUERY.size : end], struct.unpack_from(">H", query, end - 4)
    labels, at = [], QUERY.size
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode())
        at += 1 + query[at]
    name, answers, own = ".".join(labels), [], b"\xc0\x0c"
    known = name in ADDRESSES or name in ALIASES
    if name in ALIASES:
        answers.append(record(own, CNAME, packed(ALIASES[name])))
        name = ALIASES[name]
        own = packed(name)
    if kind == A and name in ADDRESSES:
        answers.append(record(own, A, socket.inet_aton(ADDRESSES[name])))
    authority = b""
    if not answers and name.endswith("cluster.local"):
        start = packed("ns.dns.cluster.local") + packed("hostmaster.cluster.local")
        authority = record(packed("cluster.local"), SOA, start + struct.pack(">IIIII", 1, 7200, 1800, 86400, 30))
    flags = 0x8580 if name.endswith("cluster.local") else 0x8180
    head = QUERY.pack(ident, flags | (0 if known else 3), 1, len(answers), bool(authority), 0)
    return head + question + b"".join(answers) + authority


server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("0.0.0.0", 53))
while True:
    query, asker = server.recvfrom(512)
    server.sendto(answer(query), asker)
