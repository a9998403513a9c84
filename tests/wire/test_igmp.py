"""Are IGMP of all versions and the first record of a report read as their RFCs have them?"""

from __future__ import annotations

import struct

import pytest

from tests.wire.frames import damage, decode_all, decode_one, ether, ip4, ipv4, values

MDNS, OTHER = "224.0.0.251", "239.1.2.3"
OF_QUERY = ("igmp.s", "igmp.qrv", "igmp.qqic", "igmp.num_src")
OF_REPORT = ("igmp.num_grp_recs", "igmp.record_type", "igmp.num_src", "igmp.maddr")
ROUTER_ALERT = bytes.fromhex("94040000")


def igmp(kind, code, group=MDNS, more=b""):
    """An IGMP message over IPv4 with router alert, as hosts and routers send it."""
    message = struct.pack(">BBH", kind, code, 0xC0DE) + ip4(group) + more
    return ether(ipv4(message, 2, destination=group, options=ROUTER_ALERT), 0x0800)


@pytest.mark.parametrize(
    ("kind", "name", "code", "response"),
    [
        (0x11, "membership-query", 0, None),  # version 1 (RFC 1112)
        (0x12, "membership-report-v1", 0, None),
        (0x11, "membership-query", 100, 100),
        (0x11, "membership-query", 200, 200),  # a plain number in version 2
        (0x16, "membership-report-v2", 0, 0),
        (0x17, "leave-group", 0, 0),
    ],
)
def test_messages_of_versions_1_and_2(kind, name, code, response):
    """Type, checksum, group, and the time to answer in tenths of a second (RFC 2236 section 2)."""
    packet = decode_one(igmp(kind, code))
    assert values(packet, "igmp.type", "igmp.checksum", "igmp.max_resp") == [kind, 0xC0DE, response]
    assert [packet.text("igmp.type"), packet.text("igmp.maddr")] == [name, MDNS]
    assert values(packet, *OF_QUERY) == [None] * 4
    assert packet.protocols == ("eth", "ip", "igmp")
    assert damage(packet) is None


@pytest.mark.parametrize(
    ("code", "response"), [(0, 0), (127, 127), (0x80, 128), (0x8F, 248), (0x91, 272), (0xFF, 31744)]
)
def test_query_of_version_3(code, response):
    """RFC 3376 section 4.1: codes above 127 are (mantissa | 0x10) << (exponent + 3); then S, QRV, QQIC and sources."""
    packet = decode_one(igmp(0x11, code, more=struct.pack(">BBH", 0x0A, 125, 1) + ip4("10.0.0.1")))
    assert values(packet, "igmp.max_resp", *OF_QUERY) == [response, True, 2, 125, 1]
    assert packet.text("igmp.maddr") == MDNS


def record(kind, group, sources=0):
    """A record of a version 3 report."""
    return struct.pack(">BBH", kind, 0, sources) + ip4(group)


def test_report_of_version_3():
    """RFC 3376 section 4.2: the number of records, and of the first its type, sources and group."""
    packet = decode_one(igmp(0x22, 0, "0.0.0.2", record(4, OTHER, 3) + bytes(12) + record(3, MDNS)))
    *numbers, group = OF_REPORT
    assert values(packet, *numbers, "igmp.max_resp") == [2, 4, 3, None]
    assert [packet.text(group), packet.text("igmp.record_type")] == [OTHER, "change-to-exclude"]


def test_report_without_records():
    """No record is no damage; records that are promised and missing are."""
    assert values(decode_one(igmp(0x22, 0, "0.0.0.0")), *OF_REPORT) == [0, None, None, None]
    assert damage(decode_one(igmp(0x22, 0, "0.0.255.255"))) == ("igmp.record", 8, 0, "ip.len", 46)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_query_between_the_versions_is_damage(size):
    """More than 8 bytes and fewer than 12 are of no version (RFC 3376 section 7.1)."""
    packet = decode_one(igmp(0x11, 100, more=bytes(size)))
    assert damage(packet) == ("igmp.query", 4, size, "ip.len", 46)
    assert packet.text("igmp.maddr") == MDNS


def test_other_types_keep_their_number():
    """DVMRP, PIM version 1 and what else has the same protocol number."""
    packet = decode_one(igmp(0x13, 1, more=bytes(8)))
    assert values(packet, "igmp.type", "igmp.maddr", "igmp.max_resp", "data.len") == [0x13, None, None, 8]
    assert damage(packet) is None


@pytest.mark.parametrize("size", range(8))
def test_message_cut_in_its_header(size):
    """Every message has 8 bytes."""
    assert damage(decode_one(ether(ipv4(bytes(size), 2), 0x0800))) == ("igmp", 8, size, "ip.len", 34)


def test_messages_of_one_batch_keep_their_rows():
    """Each frame has only the columns of its own message."""
    frames = [igmp(0x16, 0), igmp(0x22, 0, "0.0.0.1", record(1, OTHER)), igmp(0x11, 9), igmp(0x11, 9, more=bytes(4))]
    packets = decode_all(frames)
    assert [p.text("igmp.maddr") for p in packets] == [MDNS, OTHER, MDNS, MDNS]
    assert [p.get("igmp.num_grp_recs") for p in packets] == [None, 1, None, None]
    assert [p.get("igmp.qrv") for p in packets] == [None, None, None, 0]
    assert [p.get("igmp.num_src") for p in packets] == [None, 0, None, 0]
