"""Is each checksum judged as its RFC says, and the work of an offload told from a fault?"""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_decode_fuzz import FORGED
from tests.wire.frames import decode_all, decode_one, ether, ip4, ip6, ipv4, ipv6, records, udp, vxlan
from vxlan_dissect import schema
from vxlan_dissect.capture.records import Capture
from vxlan_dissect.decode import decode, iter_packets
from vxlan_dissect.derived.checksums import FIELDS, folded, word_sums
from vxlan_dissect.packets import Packets

SOURCE, DESTINATION = "10.0.0.1", "10.0.0.2"
SOURCE6, DESTINATION6, FINAL6 = "fd00::1", "fd00::2", "fd00::ffff"


def ones_sum(content):
    """The ones' complement sum of 16-bit words as RFC 1071 section 4.1 writes it in C."""
    total = sum(struct.unpack(f">{(len(content) + 1) // 2}H", content + bytes(len(content) % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def pseudo(protocol, length, source=SOURCE, destination=DESTINATION):
    """The pseudo-header of RFC 768 and RFC 9293."""
    return ip4(source) + ip4(destination) + struct.pack(">BBH", 0, protocol, length)


def pseudo6(protocol, length, destination=DESTINATION6):
    """The pseudo-header of RFC 8200 section 8.1."""
    return ip6(SOURCE6) + ip6(destination) + struct.pack(">II", length, protocol)


def put(message, place, checksum):
    """The message with its checksum at `place`."""
    return message[:place] + struct.pack(">H", checksum) + message[place + 2 :]


def finish(message, place, head=b""):
    """The message with the right checksum at `place`."""
    return put(message, place, 0xFFFF - ones_sum(head + put(message, place, 0)))


TCP = struct.pack(">HHIIHHHH", 50224, 8080, 7, 9, 0x5018, 502, 0, 0) + b"odd"
UDP = udp(b"odd", 53)
ECHO = struct.pack(">BBHHH", 8, 0, 0, 1, 2) + b"odd"
ECHO6 = struct.pack(">BBHHH", 128, 0, 0, 1, 2) + b"odd"
REPORT = struct.pack(">BBH", 0x16, 0, 0) + ip4("224.0.0.251") + b"odd"
# Name, number, message, and where its checksum stands.
MESSAGES = {"tcp": (6, TCP, 16), "udp": (17, UDP, 6), "icmp": (1, ECHO, 2), "igmp": (2, REPORT, 2)}
MESSAGES6 = {"tcp": (6, TCP, 16), "udp": (17, UDP, 6), "icmpv6": (58, ECHO6, 2)}
VERSIONS = [(4, name) for name in MESSAGES] + [(6, name) for name in MESSAGES6]


def packet_of(version, name, checksum=None, **options):
    """An IP packet with a message; `checksum` makes it from the message, its place and its pseudo-header."""
    number, message, place = (MESSAGES if version == 4 else MESSAGES6)[name]
    head = pseudo(number, len(message)) if version == 4 else pseudo6(number, len(message))
    made = (checksum or finish)(message, place, b"" if name in {"icmp", "igmp"} else head)
    if version == 4:
        return ether(ipv4(made, number, source=SOURCE, destination=DESTINATION, **options), 0x0800)
    return ether(ipv6(made, number, source=SOURCE6, destination=DESTINATION6, **options))


def states(frames, name, level="", **options):
    """The states of a checksum in frames, None where it is absent."""
    packets = decode_all(frames, **options)
    column = packets.derived(f"{level}{name}.checksum.status")
    names = schema.FIELDS[f"{name}.checksum.status"].names
    return [names[value] if valid else None for value, valid in zip(*column, strict=True)]


@pytest.mark.parametrize(("version", "name"), VERSIONS)
@pytest.mark.parametrize("between", [b"", b"x", b"yyy"])
def test_a_right_checksum_is_good_and_any_other_bit_bad(version, name, between):
    """Wherever the frame lies in its buffer; every bit of the message and of its addresses counts."""
    frame = packet_of(version, name)
    place = 14 + (20 if version == 4 else 40)
    covered = list(range(place, len(frame)))
    if name not in {"icmp", "igmp"}:
        covered += range(place - (8 if version == 4 else 32), place)
    frames = [frame]
    for byte in covered:
        changed = bytearray(frame)
        changed[byte] ^= 0x10
        frames.append(bytes(changed))
    # Some of these bytes are lengths, and one is the data offset: what they make of the message is another matter.
    special = {"tcp": {12}, "udp": {4, 5}}.get(name, set())
    found = states(frames, name, between=between)
    assert found[0] == "good"
    assert {state for byte, state in zip(covered, found[1:], strict=True) if byte - place not in special} == {"bad"}


@pytest.mark.parametrize(("version", "name"), VERSIONS)
def test_an_offload_leaves_the_sum_of_the_pseudo_header(version, name):
    """CHECKSUM_PARTIAL: not complemented, with the length of the message or, for segmentation, with none."""
    if name in {"icmp", "igmp"}:
        frame = packet_of(version, name, lambda message, place, _head: put(message, place, 0x1234))
        assert states([frame], name) == ["bad"]
        return
    whole = packet_of(version, name, lambda message, place, head: put(message, place, ones_sum(head)))
    number = MESSAGES[name][0] if version == 4 else MESSAGES6[name][0]
    empty = pseudo(number, 0) if version == 4 else pseudo6(number, 0)
    without = packet_of(version, name, lambda message, place, _head: put(message, place, ones_sum(empty)))
    other = packet_of(version, name, lambda message, place, head: put(message, place, ones_sum(head) ^ 1))
    assert states([whole, without, other], name) == ["partial", "partial", "bad"]


@pytest.mark.parametrize("version", [4, 6])
def test_udp_without_checksum(version):
    """Zero means that none was computed, over IPv6 by agreement (RFC 6935)."""
    frame = packet_of(version, "udp", lambda message, place, _head: put(message, place, 0))
    assert states([frame, frame[: 44 if version == 4 else 64]], "udp", original=[len(frame)] * 2) == ["not present"] * 2


def test_checksum_of_the_ipv4_header():
    """With options and without; it covers nothing behind the header."""
    frames = []
    for options in (b"", bytes(4), bytes.fromhex("94040000") + bytes(36)):
        packet = ipv4(UDP, 17, options=options)
        header, rest = packet[: 20 + len(options)], packet[20 + len(options) :]
        right = finish(header, 10)
        frames += [ether(content, 0x0800) for content in (right + rest, right + rest[:-1] + b"z")]
        frames.append(ether(put(right, 8, 0x0101) + rest, 0x0800))
    assert states(frames, "ip") == ["good", "good", "bad"] * 3
    assert states([ether(ipv6(UDP, 17))], "ip") == [None]


@pytest.mark.parametrize(("version", "name"), VERSIONS)
def test_what_was_not_captured_is_not_judged(version, name):
    """One byte less than the message, and a length that the frame does not hold."""
    frame = packet_of(version, name)
    longer = bytearray(frame)
    longer[14 + (3 if version == 4 else 5)] += 1
    expected = ["unverified", "good", "unverified"]
    assert states([frame[:-1], frame, bytes(longer)], name, original=[len(frame)] * 3) == expected


@pytest.mark.parametrize("flags", [0x2000, 0x0004])
def test_a_fragment_is_not_judged(flags):
    """The checksum covers the whole datagram, of which this is a part."""
    frame = ether(ipv4(TCP, 6, flags=flags), 0x0800)
    assert states([frame], "tcp") == ["unverified" if flags & 0x1FFF == 0 else None]
    first = ether(ipv6(struct.pack(">BBHI", 6, 0, 1, 7) + TCP, 44))
    atomic = finish(TCP, 16, pseudo6(6, len(TCP)))
    whole = ether(ipv6(struct.pack(">BBHI", 6, 0, 0, 7) + atomic, 44, source=SOURCE6, destination=DESTINATION6))
    assert states([first, whole], "tcp") == ["unverified", "good"]


def put_together(*frames):
    """The frames of a capture, fragments put together."""
    return Packets.concat(list(iter_packets(Capture("x", iter([records(list(frames))])))))


def test_a_datagram_that_was_put_together_is_judged():
    """In the frame that completes it, over all fragments; the headers around them are judged as they came."""
    message = finish(udp(b"x" * 60, 53), 6, pseudo(17, 68))
    parts = [
        ipv4(part, 17, source=SOURCE, destination=DESTINATION, flags=flags)
        for part, flags in ((message[:32], 0x2000), (message[32:], 0x0004))
    ]
    fragments = [ether(finish(part[:20], 10) + part[20:], 0x0800) for part in parts]
    packets = put_together(*fragments, fragments[1])
    assert packets.derived("udp.checksum.status").values.tolist() == [2, 1, 0]
    assert packets.derived("udp.checksum.status").valid.tolist() == [True, True, False]
    assert packets.derived("ip.checksum.status").values.tolist() == [1, 1, 1]
    tunnelled = put_together(*(tunnel(fragment, finish) for fragment in fragments))
    assert tunnelled.derived("udp.checksum.status").values.tolist() == [2, 1]
    assert tunnelled.derived("ip.checksum.status").values.tolist() == [1, 1]
    # The outer datagram of the second is not the one that the bytes of the whole belong to.
    assert tunnelled.derived("outer.udp.checksum.status").values.tolist() == [1, 2]
    wrong = bytearray(fragments[1])
    wrong[20] ^= 0x20
    assert put_together(fragments[0], bytes(wrong)).derived("ip.checksum.status").values.tolist() == [1, 0]


def test_padding_of_the_link_is_not_covered():
    """The packet ends where it says, also where the frame goes on, and UDP where its own length says."""
    assert states([packet_of(4, "tcp") + b"padding", packet_of(6, "icmpv6") + b"x"], "tcp") == ["good", None]
    assert states([packet_of(6, "icmpv6") + b"x"], "icmpv6") == ["good"]
    short = finish(udp(b"abc", 53), 6, pseudo(17, 11))
    frame = ether(ipv4(short + b"rest", 17, source=SOURCE, destination=DESTINATION), 0x0800)
    assert states([frame], "udp") == ["good"]


def test_a_length_of_udp_beyond_its_packet_is_not_judged():
    """What the checksum should cover is not there."""
    assert states([ether(ipv4(udp(b"abc", 53, length=12)[:6] + b"\1\2abc", 17), 0x0800)], "udp") == ["unverified"]


@pytest.mark.parametrize(
    ("kind", "left", "final", "state"),
    [
        (0, 1, FINAL6, "good"), (0, 0, DESTINATION6, "good"), (0, 0, FINAL6, "bad"), (0, 1, DESTINATION6, "bad"),
        (2, 1, FINAL6, "good"), (4, 1, FINAL6, "good"), (4, 0, DESTINATION6, "good"), (3, 1, FINAL6, "unverified"),
        (3, 0, DESTINATION6, "good"),
    ],
)  # fmt: skip
def test_routing_headers_name_the_final_destination(kind, left, final, state):
    """RFC 8200 section 8.1: the address where the packet ends, while segments are left; type 3 shortens it."""
    addresses = [SOURCE6, FINAL6] if kind == 0 else [FINAL6] if kind == 2 else [FINAL6, SOURCE6]
    body = b"".join(ip6(address) for address in addresses)
    header = struct.pack(">BBBBI", 6, len(body) // 8, kind, left, 0) + body
    segment = finish(TCP, 16, pseudo6(6, len(TCP), final))
    frame = ether(ipv6(header + segment, 43, source=SOURCE6, destination=DESTINATION6))
    assert states([frame], "tcp") == [state]


def test_a_source_route_of_ipv4_is_not_judged():
    """The destination in the header is the next stop only (RFC 791)."""
    options = bytes.fromhex("830704c000020100")
    frame = ether(ipv4(TCP, 6, options=options), 0x0800)
    assert states([frame], "tcp") == ["unverified"]


@pytest.mark.parametrize("jumbo", [True, False])
def test_packets_larger_than_their_length_field(jumbo):
    """A jumbogram and a packet before segmentation: the length in the pseudo-header has 32 bits."""
    segment = TCP + b"x" * 70000
    right = finish(segment, 16, pseudo6(6, len(segment)))
    option = struct.pack(">BBBBI", 6, 0, 0xC2, 4, len(segment) + 8) if jumbo else b""
    content = ipv6(option + right, 0 if jumbo else 6, source=SOURCE6, destination=DESTINATION6, plen=0)
    padding = b"padding" if jumbo else b""
    assert states([ether(content) + padding], "tcp") == ["good"]


def tunnel(inner, checksum=None):
    """VXLAN around a frame; `checksum` makes that of UDP from datagram and pseudo-header."""
    datagram = udp(vxlan(inner), 8472)
    head = pseudo(17, len(datagram))
    made = checksum(datagram, 6, head) if checksum else datagram
    return ether(ipv4(made, 17, source=SOURCE, destination=DESTINATION), 0x0800)


def test_levels_are_judged_apart():
    """The tunnel packet has columns of its own, and zero in its checksum by design (RFC 7348 section 5)."""
    inner = packet_of(6, "udp")
    frames = [tunnel(inner), tunnel(inner, finish), inner, tunnel(inner[:-1] + b"z", finish)]
    assert states(frames, "udp", "outer.") == ["not present", "good", None, "good"]
    assert states(frames, "udp") == ["good", "good", "good", "bad"]
    assert states(frames, "udp", "quoted.") == [None] * 4


def test_a_tunnel_around_an_unfinished_packet():
    """Local checksum offload: the outer checksum is that of the finished packet, here made by finishing it."""
    unfinished = packet_of(4, "tcp", lambda message, place, head: put(message, place, ones_sum(head)))
    right = tunnel(packet_of(4, "tcp"), finish)
    checksum = struct.unpack_from(">H", right, 14 + 20 + 6)[0]
    frames = [
        tunnel(unfinished, lambda datagram, place, _head: put(datagram, place, checksum)),
        tunnel(unfinished, lambda datagram, place, _head: put(datagram, place, checksum ^ 4)),
        tunnel(unfinished, finish),
    ]
    assert states(frames, "udp", "outer.") == ["partial", "bad", "good"]
    assert states(frames, "tcp") == ["partial"] * 3


def test_first_fragment_of_a_tunnel_packet_is_not_judged_inside():
    """The inner packet claims more than the fragment holds."""
    datagram = udp(vxlan(packet_of(6, "tcp", hops=9) + bytes(50)), 8472)[:90]
    frame = ether(ipv4(datagram, 17, flags=0x2000), 0x0800)
    assert states([frame], "tcp") == ["unverified"]


def test_a_filter_asks_for_checksums():
    """By the name of a state, at either level; a protocol's name asks for its header, not for its checksum."""
    bad = packet_of(4, "tcp")[:-1] + b"z"
    packets = decode_all([tunnel(bad), packet_of(4, "tcp"), packet_of(6, "udp")])
    for expression, expected in (
        ("tcp.checksum.status == bad", [1]), ("tcp.checksum.status == good", [2]),
        ('outer.udp.checksum.status == "not present"', [1]), ("udp.checksum.status in {1, 3}", [1, 3]),
        ("tcp.checksum.status", [1, 2]), ("udp", [1, 3]),
    ):  # fmt: skip
        assert [packet.number for packet in packets.where(expression)] == expected, expression
    assert "tcp.checksum.status" not in packets.columns


def test_what_has_no_bytes_has_no_state():
    """A line of text without hex, and a batch of nothing."""
    batch = records([b""], original=[118], told={}, told_layers=[("eth", "ip", "udp")])
    packets = decode(type(batch)(**batch._asdict() | {"offsets": np.array([-1])}), "text")
    assert not any(packets.derived(name).valid.any() for name in FIELDS)
    assert len(decode(records([]), "x").derived("ip.checksum.status").values) == 0


@given(
    content=st.binary(min_size=1, max_size=80),
    ranges=st.lists(st.tuples(st.integers(0, 80), st.integers(0, 80)), max_size=8),
)
def test_sums_of_any_ranges(content, ranges):
    """Ranges at odd and even places, overlapping, empty and in any order, against the plain loop."""
    bounded = [sorted((min(a, len(content)), min(b, len(content)))) for a, b in ranges]
    starts, ends = (np.array([pair[side] for pair in bounded], dtype=np.int64) for side in (0, 1))
    found = word_sums(np.frombuffer(content, dtype=np.uint8), starts, ends)
    # A sum of zero has two forms in ones' complement arithmetic.
    assert [value % 0xFFFF for value in found.tolist()] == [ones_sum(content[a:b]) % 0xFFFF for a, b in bounded]


def test_sums_over_slices_of_the_buffer():
    """A buffer of several slices, with ranges inside, across and longer than a slice."""
    content = np.random.default_rng(7).integers(0, 256, 1_500_001, dtype=np.uint8)
    starts = np.array([1_400_000, 0, 262_143, 262_144, 5, 600_001, 1_500_000, 1_499_999])
    ends = np.array([1_500_001, 3, 262_147, 524_289, 1_499_998, 600_001, 1_500_001, 1_500_001])
    expected = [ones_sum(content[a:b].tobytes()) for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]
    assert word_sums(content, starts, ends).tolist() == expected


def test_folding_ends():
    """Carries are added until none is left, also of the largest sums."""
    sums = np.array([0, 0xFFFF, 0x10000, 0x1FFFF, 0xFFFFFFFF, (1 << 48) - 1], dtype=np.int64)
    assert folded(sums).tolist() == [0, 0xFFFF, 1, 1, 0xFFFF, 0xFFFF]


@given(data=st.data())
def test_no_bytes_raise_or_reach_beyond_their_frame(data):
    """Frames with forged bytes, cut anywhere: the same states between zeros and ones."""
    frames = [packet_of(version, name) for version, name in VERSIONS] + [tunnel(packet_of(6, "tcp"), finish)]
    batch = []
    for frame in frames:
        changed = bytearray(frame[: data.draw(st.integers(14, len(frame)))])
        for _ in range(3):
            changed[data.draw(st.integers(12, len(changed) - 1))] = data.draw(st.sampled_from(FORGED))
        batch.append(bytes(changed))
    original = [len(frame) for frame in frames]
    first, other = (decode_all(batch, original=original, between=fill * 90) for fill in (b"\0", b"\xff"))
    for name in FIELDS:
        for level in ("", "outer."):
            mine, theirs = first.derived(level + name), other.derived(level + name)
            assert mine.values.tolist() == theirs.values.tolist()
            assert mine.valid.tolist() == theirs.valid.tolist()


def test_one_packet_of_many_levels():
    """Of three packets the two innermost are judged."""
    frame = tunnel(tunnel(packet_of(4, "tcp"), finish), finish)
    assert states([frame], "tcp") + states([frame], "udp", "outer.") == ["good", "good"]
    assert decode_one(frame).get("frame.tunnels") == 2
