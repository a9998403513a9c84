"""What passes the network card of a node in a Cilium cluster?

Law: the same seed gives the same trains of frames. A train is what two hosts say to each other in one go (a query and
its answer, some segments and their acknowledgments), so that a capture made of trains has every frame beside its reply.
"""

from __future__ import annotations

import random
import struct
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING, NamedTuple

from frames import ICMP, ICMPV6, TCP, UDP, Frame, Host, arp, dns, echo, ethernet, ip, neighbour, send, tcp, udp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SEED = 8472
NODES = 6  # the first is the one whose card is captured
PODS = 25  # of each node
CLUSTER_DNS = 53
SYN, PSH_ACK, ACK, FIN_ACK, SYN_ACK = 0x002, 0x018, 0x010, 0x011, 0x012
HANDSHAKE = struct.pack("!BBHBBBBB3x", 2, 4, 1390, 4, 2, 3, 3, 7)  # MSS, SACK permitted, window scale
SERVICES = ("cart", "checkout", "payment", "catalogue", "users", "search", "mail", "metrics", "redis", "frontend")
OUTSIDE = ("registry.k8s.io", "api.github.com", "deb.debian.org", "example.com", "quay.io", "s3.amazonaws.com")
LOOKED_UP = IPv4Address("198.51.100.7").packed, IPv6Address("2001:db8:100::7").packed


class Train(NamedTuple):
    """Frames sent in one go, and how many of a million packets are in trains like it."""

    frames: tuple[Frame, ...]
    share: float


class Cluster:
    """The hosts, and the trains between them."""

    def __init__(self, seed: int = SEED) -> None:
        self.chance = random.Random(seed)
        self.nodes = [self._node(index) for index in range(1, NODES + 1)]
        self.pods = [[self._pod(node, index) for index in range(2, 2 + PODS)] for node in self.nodes]
        self.router = self._node(254)

    def trains(self) -> Iterator[Train]:
        """Every train that there is; a train's share is its kind's, divided by the trains of that kind."""
        # Packets of a million, and how many different conversations. The mean length is 400 bytes with the record.
        kinds: tuple[tuple[Callable[..., list[Frame]], bool, int, int], ...] = (
            (self.bulk, True, 180_000, 120),
            (self.requests, True, 235_000, 250),
            (self.connection, True, 170_000, 150),
            (self.datagrams, True, 105_000, 120),
            (self.ping, True, 55_000, 100),
            (self.solicit, True, 25_000, 80),
            (self.lookup, True, 80_000, 300),
            (self.bulk, False, 25_000, 10),
            (self.requests, False, 80_000, 60),
            (self.lookup, False, 14_000, 40),
            (self.ping, False, 10_000, 10),
            (self.solicit, False, 10_000, 10),
            (self.who_has, False, 11_000, 10),
        )
        for make, tunnelled, share, count in kinds:
            for _ in range(count):
                yield Train(tuple(make(*self._ends(tunnelled))), share / count)

    def bulk(self, version: int, client: Host, server: Host) -> list[Frame]:
        """Six full segments, every second one acknowledged (RFC 9293, 3.8.6.3)."""
        there, back, seq, ack = *self._ports(9000), *self._numbers()
        size = (1450 if client.node else 1500) - (32 if version == 4 else 52) - 20
        sent = 6 * size
        frames = []
        for index in range(6):
            data = tcp(back, seq + index * size, ack, ACK, self.chance.randbytes(size), steps=(0, sent, 0))
            frames.append(send(version, server, client, TCP, data))
            if index % 2:
                got = tcp(there, ack, seq + (index + 1) * size, ACK, steps=(0, 0, sent))
                frames.append(send(version, client, server, TCP, got))
        return frames

    def requests(self, version: int, client: Host, server: Host) -> list[Frame]:
        """A request and a response on an open connection, each acknowledged."""
        there, back, seq, ack = *self._ports(8080 if client.node else 2379), *self._numbers()
        if client.node:
            asked, answered = self._http(self.chance.randrange(40, 900))
        else:
            asked, answered = self.chance.randbytes(90), self.chance.randbytes(self.chance.randrange(40, 600))
        more, less = len(asked), len(answered)
        segments = (
            (True, tcp(there, seq, ack, PSH_ACK, asked, steps=(0, more, less))),
            (False, tcp(back, ack, seq + more, ACK, steps=(0, less, more))),
            (False, tcp(back, ack, seq + more, PSH_ACK, answered, steps=(0, less, more))),
            (True, tcp(there, seq + more, ack + less, ACK, steps=(0, more, less))),
        )
        return self._exchange(version, client, server, segments)

    def connection(self, version: int, client: Host, server: Host) -> list[Frame]:
        """A connection from its first segment to its last; the client's port counts from one to the next."""
        (client_port, server_port), back, seq, ack = *self._ports(8080), *self._numbers()
        there, from_client, from_server = (client_port, server_port), (0x1_0000, 0, 0), (1, 0, 0)
        asked, answered = self._http(self.chance.randrange(40, 900))
        after, done = seq + 1 + len(asked), ack + 1 + len(answered)
        segments = (
            (True, tcp(there, seq, 0, SYN, steps=from_client, options=HANDSHAKE)),
            (False, tcp(back, ack, seq + 1, SYN_ACK, steps=from_server, options=HANDSHAKE)),
            (True, tcp(there, seq + 1, ack + 1, ACK, steps=from_client)),
            (True, tcp(there, seq + 1, ack + 1, PSH_ACK, asked, steps=from_client)),
            (False, tcp(back, ack + 1, after, ACK, steps=from_server)),
            (False, tcp(back, ack + 1, after, PSH_ACK, answered, steps=from_server)),
            (True, tcp(there, after, done, FIN_ACK, steps=from_client)),
            (False, tcp(back, done, after + 1, FIN_ACK, steps=from_server)),
            (True, tcp(there, after + 1, done + 1, ACK, steps=from_client)),
        )
        return self._exchange(version, client, server, segments)

    def datagrams(self, version: int, client: Host, server: Host) -> list[Frame]:
        """Two UDP datagrams that way and one back."""
        there, back = self._ports(20001)
        return [
            send(version, client, server, UDP, udp(there, self.chance.randbytes(self.chance.randrange(40, 300)), 2)),
            send(version, client, server, UDP, udp(there, self.chance.randbytes(self.chance.randrange(40, 300)), 2)),
            send(version, server, client, UDP, udp(back, self.chance.randbytes(self.chance.randrange(60, 1000)), 1)),
        ]

    def ping(self, version: int, client: Host, server: Host) -> list[Frame]:
        """An echo request and its reply."""
        protocol, request, reply = (ICMP, 8, 0) if version == 4 else (ICMPV6, 128, 129)
        identifier, payload = self.chance.randrange(1 << 16), bytes(range(56))
        return [
            send(version, client, server, protocol, echo(request, identifier, payload)),
            send(version, server, client, protocol, echo(reply, identifier, payload)),
        ]

    def solicit(self, _: int, client: Host, server: Host) -> list[Frame]:
        """A neighbour solicitation and its answer: between nodes by multicast, through the tunnel by unicast."""
        question = neighbour(135, 0, server.v6, 1, client.mac)
        answer = send(6, server, client, ICMPV6, neighbour(136, 0x60000000, server.v6, 2, server.mac))
        if client.node:
            return [send(6, client, server, ICMPV6, question), answer]
        group = IPv6Address(int(IPv6Address("ff02::1:ff00:0")) | int(server.v6) & 0xFFFFFF)  # RFC 4291, 2.7.1
        link = b"\x33\x33" + group.packed[12:]  # RFC 2464, 7
        return [ethernet(link, client.mac, 0x86DD, ip(client.v6, group, ICMPV6, question)), answer]

    def lookup(self, version: int, client: Host, server: Host) -> list[Frame]:
        """A DNS query and its answer: of a service, of a name outside, or of one that is not (a search path's)."""
        there, back = self._ports(CLUSTER_DNS)
        kind = self.chance.choice((1, 28))
        service = f"{self.chance.choice(SERVICES)}-{self.chance.randrange(8)}.shop.svc.cluster.local"
        outside = self.chance.choice(OUTSIDE)
        name, rcode = self.chance.choice(((service, 0), (outside, 0), (f"{outside}.shop.svc.cluster.local", 3)))
        data = b"" if rcode else LOOKED_UP[kind == 28]
        return [
            send(version, client, server, UDP, dns(name, kind, None, ports=there)),
            send(version, server, client, UDP, dns(name, kind, data, ports=back, rcode=rcode)),
        ]

    def who_has(self, _: int, client: Host, server: Host) -> list[Frame]:
        """An ARP request and its reply."""
        return [arp(1, client, bytes(6), server), arp(2, server, client.mac, client)]

    def _node(self, index: int) -> Host:
        mac = b"\x02\x42\xac\x12\0" + bytes((index,))
        return Host(IPv4Address("172.18.0.0") + index, IPv6Address("2001:db8:18::") + index, mac)

    def _pod(self, node: Host, index: int) -> Host:
        net = node.mac[-1]
        v4, v6 = IPv4Address(f"10.244.{net}.{index}"), IPv6Address(f"fd00:10:244:{net:x}::{0x4700 + 7 * index:x}")
        mac, gateway = (bytes((self.chance.randrange(256) & 0xFE | 2,)) + self.chance.randbytes(5) for _ in range(2))
        return Host(v4, v6, mac, gateway, self.chance.randrange(256, 65536), node)

    def _ends(self, tunnelled: bool) -> tuple[int, Host, Host]:
        """An IP version and two hosts, one of them here; either may begin."""
        far = self.chance.randrange(1, NODES)
        if tunnelled:
            ends = [self.chance.choice(self.pods[0]), self.chance.choice(self.pods[far])]
        else:
            ends = [self.nodes[0], self.chance.choice((self.nodes[far], self.router))]
        self.chance.shuffle(ends)
        return self.chance.choice((4, 6)), ends[0], ends[1]

    def _ports(self, port: int) -> tuple[tuple[int, int], tuple[int, int]]:
        client = self.chance.randrange(32768, 61000)
        return (client, port), (port, client)

    def _numbers(self) -> tuple[int, int]:
        return self.chance.randrange(1 << 32), self.chance.randrange(1 << 32)

    def _http(self, size: int) -> tuple[bytes, bytes]:
        service = self.chance.choice(SERVICES)
        asked = f"GET /{service}/items/{self.chance.randrange(10**6)} HTTP/1.1\r\nHost: {service}.shop:8080\r\n"
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: {size}\r\n\r\n"
        return asked.encode() + b"Accept: */*\r\n\r\n", head.encode() + self.chance.randbytes(size)

    def _exchange(
        self, version: int, client: Host, server: Host, segments: tuple[tuple[bool, Frame], ...]
    ) -> list[Frame]:
        """Segments as frames; each says whether the client sends it."""
        ends = {True: (client, server), False: (server, client)}
        return [send(version, *ends[forth], TCP, segment) for forth, segment in segments]
