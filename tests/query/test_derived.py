"""Do filters reach what is read of payloads?"""

from __future__ import annotations

import pytest

from tests.derived.messages import (
    AAAA,
    NXDOMAIN,
    answer,
    datagram,
    dhcp,
    dns,
    hello,
    option,
    question,
    segment,
    server_name,
)
from tests.query.frames import numbers
from tests.wire.frames import decode_all, echo6, ether, ipv6, overlay, udp
from vxlan_dissect import query
from vxlan_dissect.errors import QueryError

WEB = "web.default.svc.cluster.local"
QUOTED = ipv6(udp(dns((question("gone.example"),)), 53), 17)
# 1: a query in VXLAN; 2: its answer; 3: NXDOMAIN; 4: two questions; 5: DHCP; 6: TLS; 7: an error that quotes a query.
PACKETS = decode_all(
    [
        overlay(ether(ipv6(udp(dns((question(WEB, AAAA),)), 53), 17))),
        datagram(answer(WEB, "10.96.0.7", "10.96.0.8"), 53, 40000),
        datagram(answer("nowhere.example", flags=NXDOMAIN), 53, 40000),
        datagram(dns((question("a.example"), question("b.example"))), 5353, 5353),
        datagram(dhcp(option(53, b"\1"), option(12, b"web-1")), 68, 67),
        segment(hello(server_name(b"web.example"))),
        ether(ipv6(echo6(QUOTED, 1)[:4] + bytes(4) + QUOTED)),
        datagram(b"x", port=9),
    ]
)


@pytest.mark.parametrize(
    ("expression", "frames"),
    [
        (f'dns.qry.name == "{WEB}"', [1, 2]),
        (f"inner.dns.qry.name == {WEB}", [1, 2]),
        ("dns.qry.name == *.svc.cluster.local", [1, 2]),
        ("dns.qry.name contains example", [3, 4]),
        ("dns.qry.name in {b.example, nowhere.example}", [3, 4]),
        ("dns.qry.name == b.example", [4]),
        ("dns.qry.name != b.example", [1, 2, 3]),
        ("dns.qry.name", [1, 2, 3, 4]),
        ("not dns.qry.name", [5, 6, 7, 8]),
        ("quoted.dns.qry.name == gone.example", [7]),
        ("outer.dns.qry.name", []),
        ("dns.a == 10.96.0.8", [2]),
        ("dns.resolved == 10.96.0.*", [2]),
        ("dns.flags.rcode == NXDomain", [3]),
        ("dns.flags.rcode == 3", [3]),
        ("dns.flags.response == 1", [2, 3]),
        ("dns.qry.type == AAAA", [1]),
        ("dns.count.answers > 1", [2]),
        ("dns", [1, 2, 3, 4]),
        ("dns and outer.vxlan", [1]),
        ("dhcp.option.dhcp == discover and dhcp.option.hostname == web-*", [5]),
        ("dhcp.hw.mac_addr[0:2] == 02:42", [5]),
        ("dhcp.ip.your == 0.0.0.0/8", [5]),
        ("dhcp or dhcpv6", [5]),
        ("tls.handshake.type == client-hello", [6]),
        ('tls.handshake.extensions_server_name == "web.example"', [6]),
        ("tls", [6]),
        ("udp", [1, 2, 3, 4, 5, 8]),
    ],
)
def test_filters_on_payloads(expression, frames):
    """Text, numbers, addresses and protocols of payloads are tested as those of headers are."""
    compiled = query.compile(expression)
    assert numbers(PACKETS, compiled.mask(PACKETS)) == frames
    assert query.compile(str(compiled)) == compiled


def test_headers_are_asked_for_without_payloads():
    """A filter on headers reads no payload."""
    packets = PACKETS.take(PACKETS.column("frame.number").valid)
    for expression in ("udp", "tcp.port == 443", "ip.src == 10.0.0.0/8 or frame.number > 3"):
        query.compile(expression).mask(packets)
    assert packets._derived == {}


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("dns.qry.name > a", "text has no order"),
        ("dns.qry.nam == a", "did you mean dns.qry.name"),
        ("dns.flags.rcode == NXDomian", "did you mean NXDomain"),
        ("dns == 1", "is a protocol"),
        ("dns.flags.rcode contains a", "`contains` is for text"),
    ],
)
def test_faults(expression, reason):
    """What does not fit a field of payloads is an error that says so."""
    with pytest.raises(QueryError, match=reason):
        query.compile(expression)
