"""Is a packet known again by what no hop changes, and told from others by all else?"""

from __future__ import annotations

from typing import NamedTuple

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP, fragment
from scapy.layers.inet6 import (
    ICMPv6EchoReply,
    ICMPv6MLReport2,
    ICMPv6ND_NS,
    ICMPv6NDOptSrcLLAddr,
    ICMPv6TimeExceeded,
    IPv6,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
    RouterAlert,
    fragment6,
)
from scapy.layers.l2 import ARP, Ether

import vxlan_dissect as vxd
from tests.capture.writers import Frame, write_pcap
from tests.trace.made import MAC, OTHER_MAC, PAYLOAD, SIX, SIX_B, SIX_C, A, B, C, ether, ping, ping6, tcp, udp, vxlan
from vxlan_dissect.trace.fingerprint import TCP_FLAGS, prints


class Print(NamedTuple):
    """What one frame is known by."""

    strong: int
    weak: int
    body: int
    flow: int
    ports: int
    number: int
    length: int
    flags: int


@pytest.fixture
def seen(tmp_path):
    """The prints of frames, each captured alone, the last of them where a datagram is put together of them."""

    def of(*frames, snaplen=None):
        data = [bytes(frame) for frame in frames]
        path = tmp_path / "frames.pcap"
        path.write_bytes(write_pcap([Frame(each[:snaplen], original=len(each)) for each in data]))
        packets = vxd.read(str(path))
        return [Print(*(column[row].item() for column in prints(packets))) for row in range(len(packets))]

    return of


def wrong_sum(frame):
    """A frame whose transport checksum is not filled in yet, as offload leaves it."""
    again = Ether(bytes(frame))
    layer = TCP if TCP in again else UDP
    again[layer].chksum = 0xABCD
    return Ether(bytes(again))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(tcp(), vxlan(tcp()), id="encapsulated"),
        pytest.param(ping6(), vxlan(ping6()), id="encapsulated IPv6"),
        pytest.param(tcp(ip={"ttl": 64}), tcp(ip={"ttl": 62}), id="hop limit"),
        pytest.param(ping6(hlim=64), ping6(hlim=61), id="hop limit of IPv6"),
        pytest.param(udp(), ether(udp()[IP].copy(), "02:00:00:00:0a:01", "02:00:00:00:0a:02"), id="MACs"),
        pytest.param(tcp(ip={"tos": 0}), tcp(ip={"tos": 0xB8}), id="DSCP"),
        pytest.param(tcp(ip={"tos": 2}), tcp(ip={"tos": 3}), id="ECN"),
        pytest.param(ping6(tc=0), ping6(tc=0xBB), id="traffic class"),
        pytest.param(tcp(), wrong_sum(tcp()), id="TCP checksum"),
        pytest.param(udp(), wrong_sum(udp()), id="UDP checksum"),
        pytest.param(tcp(ip={"chksum": 0}), tcp(), id="IP checksum"),
        pytest.param(tcp(flags="PA"), tcp(flags="PACE"), id="CWR and ECE"),
        pytest.param(tcp(payload=b""), tcp(payload=b"") / b"", id="nothing"),
    ],
)
def test_what_hops_change_does_not_count(seen, before, after):
    """A packet has the same prints wherever it is seen on its way without translation."""
    (one,), (other,) = seen(before), seen(after)
    assert one == other


def test_padding_does_not_count(seen):
    """A short frame that a card padded to sixty bytes is the same packet."""
    short = tcp(payload=b"ab")
    (one,), (other,) = seen(short), seen(bytes(short) + bytes(4))
    assert one == other


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(tcp(), tcp(seq=1001), id="sequence number"),
        pytest.param(tcp(), tcp(ack=2001), id="acknowledgement"),
        pytest.param(tcp(), tcp(flags="A"), id="flags"),
        pytest.param(tcp(), tcp(payload=PAYLOAD[:-1]), id="length"),
        pytest.param(tcp(options=[("Timestamp", (1, 0))]), tcp(options=[("Timestamp", (2, 0))]), id="TCP timestamp"),
        pytest.param(udp(), udp(id=8), id="identification"),
        pytest.param(ping(1), ping(2), id="echo number"),
        pytest.param(ping6(1), ping6(2), id="echo number of IPv6"),
        pytest.param(ping6(), ping6(kind=ICMPv6EchoReply), id="request and reply"),
        pytest.param(udp(), ether(IP(src=A, dst=B, id=7) / TCP(sport=40000, dport=53) / PAYLOAD), id="protocol"),
    ],
)
def test_what_makes_another_packet(seen, one, other):
    """A packet with another number, flag, length or identification is another, even after translation."""
    (first,), (second,) = seen(one), seen(other)
    assert first.strong != second.strong
    assert first.weak != second.weak


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(udp(bytes(64)), udp(b"\1" + bytes(63)), id="UDP"),
        pytest.param(udp(bytes(10)), udp(bytes(9) + b"\1"), id="short UDP"),
        pytest.param(ping(payload=bytes(56)), ping(payload=bytes(20) + b"\1" + bytes(35)), id="echo"),
        pytest.param(ping6(payload=bytes(56)), ping6(payload=bytes(31) + b"\1" + bytes(24)), id="echo of IPv6"),
    ],
)
def test_another_payload_is_another_body(seen, one, other):
    """Packets of one header are told apart by the first bytes that they carry."""
    (first,), (second,) = seen(one), seen(other)
    assert first.strong == second.strong
    assert first.body != second.body
    assert first.weak != second.weak
    assert 0 not in (first.body, second.body)


def test_the_body_is_the_beginning_of_the_payload(seen):
    """Bytes far behind do not count, so that a short capture length at one place does no harm."""
    (one,), (other,) = seen(udp(bytes(100))), seen(udp(bytes(99) + b"\1"))
    assert one == other


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        pytest.param(tcp(), tcp(src=C, sport=61000), id="masquerade of TCP"),
        pytest.param(tcp(), tcp(dst=C, dport=8080), id="service of TCP"),
        pytest.param(tcp(), tcp(C, A, 61000, 8080), id="both"),
        pytest.param(udp(), udp(src=C, sport=61000), id="masquerade of UDP"),
        pytest.param(udp(), udp(dst=C, dport=5353), id="service of UDP"),
        pytest.param(ping(), ping(identifier=5000, src=C), id="masquerade of an echo"),
        pytest.param(ping6(), ping6(identifier=5000, src=SIX_C), id="masquerade of an echo of IPv6"),
    ],
)
def test_translation_keeps_the_weak_print(seen, inside, outside):
    """Address translation changes the strong print and the flow, and not the weak one."""
    (one,), (other,) = seen(inside), seen(outside)
    assert one.weak == other.weak
    assert one.strong != other.strong
    assert one.flow != other.flow


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(udp(), udp(src=C), id="source"),
        pytest.param(udp(), udp(dst=C), id="destination"),
        pytest.param(udp(), udp(sport=40001), id="source port"),
        pytest.param(udp(), udp(dport=54), id="destination port"),
        pytest.param(ping(), ping(identifier=10), id="identifier"),
        pytest.param(udp(), udp(src=B, dst=A, sport=53, dport=40000), id="direction"),
        pytest.param(ping6(), ping6(src=SIX_B, dst=SIX), id="direction of IPv6"),
    ],
)
def test_other_ends_are_another_flow(seen, one, other):
    """Address, port and direction each count in the strong print and in that of the flow."""
    (first,), (second,) = seen(one), seen(other)
    assert first.strong != second.strong
    assert first.flow != second.flow


def test_a_flow_is_of_many_packets(seen):
    """Packets of one sender and direction share the flow, whatever else they say."""
    (one,), (other,) = seen(tcp()), seen(tcp(seq=5000, payload=b"more", ip={"ttl": 3}))
    assert one.flow == other.flow


ASKED = ether(ARP(op=1, hwsrc=MAC, psrc=A, pdst=B), dst="ff:ff:ff:ff:ff:ff")
SOLICITED = ether(IPv6(src=SIX, dst="ff02::1:ff00:2") / ICMPv6ND_NS(tgt=SIX_B) / ICMPv6NDOptSrcLLAddr(lladdr=MAC))
GROUPS = ether(
    IPv6(src="fe80::1", dst="ff02::16", hlim=1) / IPv6ExtHdrHopByHop(options=RouterAlert()) / ICMPv6MLReport2()
)


@pytest.mark.parametrize(
    "frame", [pytest.param(ASKED, id="ARP"), pytest.param(SOLICITED, id="ND"), pytest.param(GROUPS, id="MLD")]
)
def test_what_is_never_translated(seen, frame):
    """Questions to neighbours and reports of groups have no weaker print, but for frames of the same content."""
    ((found),) = seen(frame)
    assert found.weak == found.strong


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(ASKED, ether(ARP(op=1, hwsrc=MAC, psrc=A, pdst=C)), id="ARP target"),
        pytest.param(ASKED, ether(ARP(op=2, hwsrc=MAC, psrc=A, pdst=B)), id="ARP opcode"),
        pytest.param(ASKED, ether(ARP(op=1, hwsrc=OTHER_MAC, psrc=A, pdst=B)), id="ARP sender"),
        pytest.param(
            SOLICITED,
            ether(IPv6(src=SIX, dst="ff02::1:ff00:2") / ICMPv6ND_NS(tgt=SIX_C) / ICMPv6NDOptSrcLLAddr(lladdr=MAC)),
            id="ND target",
        ),
        pytest.param(
            ether(IPv6(src="::", dst="ff02::16") / IPv6ExtHdrHopByHop(options=RouterAlert()) / ICMPv6MLReport2()),
            ether(
                IPv6(src="::", dst="ff02::16") / IPv6ExtHdrHopByHop(options=RouterAlert()) / ICMPv6MLReport2(),
                OTHER_MAC,
            ),
            id="two without an address",
        ),
    ],
)
def test_neighbours_are_told_apart(seen, one, other):
    """Who asks for whom counts, and of senders without an address their MAC."""
    (first,), (second,) = seen(one), seen(other)
    assert first.strong != second.strong


def test_ports_numbers_and_flags(seen):
    """Ports, the identifier of an echo in both halves, numbers, lengths and flags are those of the headers."""
    ((segment),) = seen(tcp(flags="SA", seq=0xFFFFFFF0))
    assert (segment.ports, segment.number, segment.length) == (40000 << 16 | 80, 0xFFFFFFF0, 64)
    assert segment.flags == 0x12
    assert segment.flags & ~TCP_FLAGS == 0
    ((echo),) = seen(ping6(number=3))
    assert (echo.ports, echo.number, echo.flags, echo.length) == (9 << 16 | 9, 3, 0, 64)


def pieces(frame, size=1000):
    """The fragments of a frame of IPv4."""
    return [ether(part) for part in fragment(frame[IP], fragsize=size)]


def pieces6(frame, size=1280):
    """The fragments of a frame of IPv6."""
    whole = frame[IPv6]
    cut = IPv6(src=whole.src, dst=whole.dst, hlim=whole.hlim) / IPv6ExtHdrFragment(id=5) / whole.payload
    return [ether(part) for part in fragment6(cut, size)]


LONG = bytes(number % 251 for number in range(3000))


@pytest.mark.parametrize(
    ("whole", "parts"),
    [
        pytest.param(udp(LONG), pieces(udp(LONG)), id="UDP over IPv4"),
        pytest.param(ping(payload=LONG), pieces(ping(payload=LONG)), id="echo over IPv4"),
        pytest.param(ping6(payload=LONG), pieces6(ping6(payload=LONG)), id="echo over IPv6"),
    ],
)
def test_a_datagram_and_its_fragments(seen, whole, parts):
    """What was put together from fragments is the packet that was never cut, and no fragment is another's."""
    ((one),) = seen(whole)
    found = seen(*parts)
    assert len(found) == len(parts) >= 3
    assert found[-1] == one
    assert len({each.strong for each in found}) == len(found)


def test_fragments_without_the_last(seen):
    """Fragments of which some lack are apart from each other, and from the whole."""
    ((whole),) = seen(udp(LONG))
    found = seen(*pieces(udp(LONG))[:-1])
    assert len({whole.strong, *(each.strong for each in found)}) == len(found) + 1


def error(dst, quoted):
    """An ICMP error on a datagram that had this source."""
    return ether(
        IP(src=C, dst=dst, id=3) / ICMP(type=3, code=1) / IP(src=quoted, dst=B, id=7) / UDP(sport=40000) / b"x"
    )


def error6(dst, quoted):
    """The same of IPv6."""
    inner = IPv6(src=quoted, dst=SIX_B, hlim=1) / UDP(sport=40000) / b"x"
    return ether(IPv6(src=SIX_C, dst=dst) / ICMPv6TimeExceeded() / inner)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(error("172.18.0.2", "172.18.0.2"), error(A, A), id="ICMP"),
        pytest.param(error6("fd01::2", "fd01::2"), error6(SIX, SIX), id="ICMPv6"),
    ],
)
def test_what_an_error_quotes(seen, before, after):
    """The addresses that an error quotes are translated with its own, so they do not count in the weak print."""
    (one,), (other,) = seen(before), seen(after)
    assert one.weak == other.weak
    assert one.strong != other.strong
    assert one.body != other.body


def test_errors_of_other_kinds(seen):
    """Unreachable and time exceeded are two packets."""
    two = ether(IP(src=C, dst=A, id=3) / ICMP(type=11, code=1) / IP(src=A, dst=B, id=7) / UDP(sport=40000) / b"x")
    (one,), (other,) = seen(error(A, A)), seen(two)
    assert one.strong != other.strong
    assert one.weak != other.weak


@pytest.mark.parametrize("frame", [udp(), ping(), ping6(), vxlan(udp())], ids=["UDP", "echo", "echo of IPv6", "tunnel"])
def test_a_payload_that_was_not_captured(seen, frame):
    """Where the capture length cut the payload before its first bytes end, the body is 0 and all else is equal."""
    ((whole),) = seen(frame)
    ((cut),) = seen(frame, snaplen=len(bytes(frame)) - 40)
    assert cut.body == 0 != whole.body
    assert cut._replace(body=whole.body, weak=whole.weak) == whole
    ((enough),) = seen(frame, snaplen=len(bytes(frame)) - 32)
    assert enough == whole


def test_no_frames(tmp_path):
    """An empty capture has no prints."""
    (tmp_path / "none.pcap").write_bytes(write_pcap([]))
    assert all(column.shape == (0,) for column in prints(vxd.read(str(tmp_path / "none.pcap"))))
