"""What is a message of an application called, and how is it put in one line?"""

from __future__ import annotations

import pytest

import vxlan_dissect as vxd
from tests.derived.messages import (
    AAAA,
    NXDOMAIN,
    PTR,
    RESPONSE,
    A,
    alpn,
    answer,
    datagram,
    dhcp,
    dns,
    hello,
    name,
    option,
    question,
    record,
    segment,
    server_name,
)
from tests.wire.frames import decode_all
from vxlan_dissect.explain.kinds import kind_of, message

WEB = "web.default.svc.cluster.local"
MANY = ("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6")


@pytest.mark.parametrize(
    ("frame", "kind", "words"),
    [
        (datagram(dns((question(WEB),))), "dns.query", f"DNS query {WEB} A"),
        (datagram(dns((question(WEB, 999),))), "dns.query", f"DNS query {WEB} 999"),
        (datagram(dns((question("a"), question("b", AAAA))), 5353, 5353), "dns.query", "mDNS query a, b A"),
        (datagram(dns((question("a"),)), port=5355), "dns.query", "LLMNR query a A"),
        (datagram(answer(WEB, "10.96.0.7"), 53), "dns.response", f"DNS response {WEB} A: 10.96.0.7"),
        (datagram(answer("a", *MANY), 53), "dns.response", f"DNS response a A: {', '.join(MANY[:4])} and 2 more"),
        (datagram(answer(WEB), 53), "dns.response", f"DNS response {WEB} A: no answers"),
        (datagram(answer(WEB, flags=NXDOMAIN), 53), "dns.response", f"DNS response {WEB} A: NXDomain"),
        (
            datagram(dns((question("a", PTR),), (record(b"\xc0\x0c", PTR, name("b")),), flags=RESPONSE), 53),
            "dns.response",
            "DNS response a PTR: 1 answer",
        ),
        (
            datagram(dns((), (record(name("a.local"), A, b"\x0a\0\0\1"),) * 2, flags=RESPONSE), 5353, 5353),
            "dns.response",
            "mDNS response a.local: 10.0.0.1",
        ),
        (datagram(dns((question("a", 6),), flags=5 << 11)), "dns.query", "DNS update query a SOA"),
        (segment(b"\0\x13" + dns((question("a"),)), port=53), "dns.query", "DNS query a A"),
        (
            datagram(dhcp(option(53, b"\1"), option(12, b"web-1")), 68, 67),
            "dhcp.discover",
            "DHCP discover of 02:42:ac:12:00:04 web-1",
        ),
        (
            datagram(dhcp(option(53, b"\5"), op=2, your="192.0.2.9"), 67, 68),
            "dhcp.ack",
            "DHCP ack of 02:42:ac:12:00:04: 192.0.2.9",
        ),
        (datagram(dhcp(magic=0), 68, 67), "dhcp.boot-request", "DHCP boot request of 02:42:ac:12:00:04"),
        (datagram(dhcp(option(53, b"\x63")), 68, 67), "dhcp.type-99", "DHCP type 99 of 02:42:ac:12:00:04"),
        (datagram(b"\x0b\0\0\1", 546, 547), "dhcpv6.information-request", "DHCPv6 information request"),
        (
            segment(hello(server_name(b"web.example"), alpn(b"h2"))),
            "tls.client-hello",
            "TLS client hello for web.example, TCP 40000 → 443",
        ),
        (segment(hello(kind=2), 443, 40000), "tls.server-hello", "TLS server hello, TCP 443 → 40000"),
        (datagram(b"query1", port=5353), "udp", "UDP 40000 → 5353"),
        (segment(b"\x17\3\3\0\1x"), "tcp", "TCP 40000 → 443 PSH,ACK 6 bytes"),
    ],
)
def test_messages_of_applications(frame, kind, words):
    """A message that is known is named in place of the datagram or segment that carries it."""
    packet = decode_all([frame])[0]
    assert (kind_of(packet), message(packet, kind_of(packet))) == (kind, words)


def test_messages_of_one_flow_keep_their_kinds():
    """Frames that differ in their message alone are explained apart, each with its own words."""
    frames = [segment(hello(server_name(b"a"))), segment(b"x"), segment(hello(server_name(b"b")))]
    frames += [datagram(payload, 5353, 5353) for payload in (dns((question("a"),)), answer("a", "10.0.0.1"))]
    result = vxd.explain(decode_all(frames), vxd.Inventory())
    kinds = ["tls.client-hello", "tcp", "tls.client-hello", "dns.query", "dns.response"]
    assert [one.kind for one in result] == kinds
    assert [word in one.summary for one, word in zip(result, ("for a,", "TCP", "for b,"), strict=False)] == [True] * 3
    assert [one.frame for one in vxd.explain(decode_all(frames), vxd.Inventory(), where="kind == tls.*")] == [1, 3]
