"""Are the four messages of WireGuard named, and nothing else taken for them?"""

from __future__ import annotations

import random
import struct

import pytest

from tests.wire.frames import damage, decode_all, decode_one, ether, ipv4, ipv6, texts, udp, values

SENDER, RECEIVER = 0x11223344, 0xAABBCCDD
# wireguard.com/protocol, lengths and all; the numbers are little-endian.
INITIATION = b"\x01\0\0\0" + struct.pack("<I", SENDER) + b"\x5a" * 140
RESPONSE = b"\x02\0\0\0" + struct.pack("<II", SENDER, RECEIVER) + b"\x5a" * 80
COOKIE = b"\x03\0\0\0" + struct.pack("<I", RECEIVER) + b"\x5a" * 56
DATA = b"\x04\0\0\0" + struct.pack("<IQ", RECEIVER, 0x0102030405) + b"\x5a" * 80
KEEPALIVE = b"\x04\0\0\0" + struct.pack("<IQ", RECEIVER, 7) + b"\x5a" * 16
MESSAGES = (INITIATION, RESPONSE, COOKIE, DATA, KEEPALIVE)
NAMES = ("wg.type", "wg.sender", "wg.receiver", "wg.counter", "data.len")


def frame(payload, port=51820, source=47883):
    """A datagram over IPv4 and Ethernet."""
    return ether(ipv4(udp(payload, port, source)), 0x0800)


@pytest.mark.parametrize("port", [51820, 51821, 51871])
def test_every_field_of_its_messages(port):
    """What is encrypted after the first 16 bytes is data, and no tunnel is entered."""
    packets = decode_all([frame(message, port) for message in MESSAGES])
    assert [values(p, *NAMES) for p in packets] == [
        [1, SENDER, None, None, 132],
        [2, SENDER, RECEIVER, None, 76],
        [3, None, RECEIVER, None, 48],
        [4, None, RECEIVER, 0x0102030405, 80],
        [4, None, RECEIVER, 7, 16],
    ]
    assert {p.protocols for p in packets} == {("eth", "ip", "udp", "wg")}
    assert {(p.text("wg.recognised_by"), p.get("frame.tunnels"), damage(p)) for p in packets} == {("port", 0, None)}
    assert [p.text("wg.type") for p in packets] == [
        "handshake-initiation", "handshake-response", "cookie-reply", "transport-data", "transport-data",
    ]  # fmt: skip


@pytest.mark.parametrize("message", MESSAGES)
def test_recognised_on_any_port(message):
    """The type, its zeros and its length."""
    packet = decode_one(frame(message, 41000, 41001))
    assert packet.protocols == ("eth", "ip", "udp", "wg")
    assert packet.text("wg.recognised_by") == "header"


@pytest.mark.parametrize(
    "payload",
    [
        INITIATION[:-1],
        INITIATION + b"\0",
        RESPONSE + b"\0",
        COOKIE[:-1],
        DATA[:31],
        b"\x04\0\0\1" + DATA[4:],
        b"\x00\0\0\0" + INITIATION[4:],
        b"\x05\0\0\0" + DATA[4:],
        DATA[:13] + b"\x01" + DATA[14:],
        DATA[:15] + b"\x01" + DATA[16:],
        b"\x04\0\0\0",
        b"",
    ],
)
def test_not_recognised_when_anything_is_odd(payload):
    """Another length, a reserved byte, another type, a counter that no session reaches."""
    packet = decode_one(frame(payload, 41000))
    assert packet.protocols == ("eth", "ip", "udp")
    assert values(packet, "wg.type", "data.len", "damage.layer") == [None, len(payload), None]


def test_dns_is_not_taken_for_it():
    """Queries with the identifiers that its types begin with, in all lengths up to 200."""
    for kind in (1, 2, 3, 4):
        queries = [struct.pack(">HH", kind << 8, 0x0100) + bytes(size) for size in range(200)]
        assert {p.protocols for p in decode_all([frame(query, 5300) for query in queries])} == {("eth", "ip", "udp")}


def test_other_messages_on_its_port_are_data():
    """Neither one of the types nor zeros behind it."""
    packets = decode_all([frame(payload) for payload in (b"\0" * 40, b"\x05\0\0\0" + bytes(40), b"\x01\1\0\0" * 37)])
    assert {p.protocols for p in packets} == {("eth", "ip", "udp")}


@pytest.mark.parametrize("size", range(16))
def test_cut_header_on_its_port_is_damage(size):
    """16 bytes hold what is not encrypted."""
    whole = frame(DATA)
    packet = decode_one(whole[: 42 + size], original=len(whole))
    assert damage(packet) == ("wg", 16, size, "captured length", 42)


def test_a_capture_cut_behind_the_header_is_no_damage():
    """The lengths are those of the datagram, not of what was captured."""
    whole = frame(INITIATION, 41000)
    packet = decode_one(whole[:60], original=len(whole))
    assert values(packet, "wg.type", "wg.sender", "data.len") == [1, SENDER, 2]
    assert damage(packet) is None


def test_a_counter_beyond_63_bits_stays_away():
    """It would be negative; on its port such a message is still shown."""
    packet = decode_one(frame(DATA[:8] + b"\xff" * 8 + DATA[16:]))
    assert values(packet, "wg.type", "wg.counter") == [4, None]


def test_random_datagrams_are_not_taken_for_it():
    """Random bytes with the right lengths."""
    source = random.Random(51820)
    payloads = [source.randbytes(size) for size in (64, 92, 148, 112) for _ in range(2500)]
    assert {p.protocols for p in decode_all([frame(p, 41000) for p in payloads])} == {("eth", "ip", "udp")}


def test_over_ipv6_and_beside_others():
    """Rows keep their own fate."""
    over_ipv6 = ether(ipv6(udp(COOKIE, 51871), 17, source="fd00::1", destination="fd00::2"))
    packets = decode_all([frame(b"x" * 20, 53), over_ipv6, frame(DATA, 41000), frame(RESPONSE)])
    assert [p.get("wg.type") for p in packets] == [None, 3, 4, 2]
    assert [texts(p, "wg.recognised_by") for p in packets] == [[None], ["port"], ["header"], ["port"]]
