"""Can a message crash or hang the reading, or make it eat memory?"""

from __future__ import annotations

import random
import struct
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.derived.messages import (
    CNAME,
    RESPONSE,
    A,
    alpn,
    answer,
    datagram,
    derived,
    dhcp,
    dns,
    hello,
    option,
    question,
    record,
    segment,
    server_name,
)
from tests.wire.frames import decode_all, ip4
from vxlan_dissect.derived import MAKERS
from vxlan_dissect.derived.dns_message import MAX_RECORDS, MAX_TEXT, read
from vxlan_dissect.derived.payload import LONGEST

SEED = 20240712
MUTATIONS = 3000
WHOLE = (
    (answer("web.default.svc.cluster.local", "10.96.0.7", "10.96.0.8"), 53),
    (dhcp(option(53, b"\1"), option(12, b"web-1")), 67),
    (hello(server_name(b"web.example"), alpn(b"h2")), None),
)


def framed(payload, port):
    """A payload in the transport that its maker looks at."""
    return segment(payload) if port is None else datagram(payload, port, 40000)


def letters(fields):
    """How many characters of names a message gave, each text counted once."""
    return sum(
        map(len, {id(text): text for value in fields.values() if isinstance(value, tuple) for text in value}.values())
    )


def read_all(frames):
    """Every derived column of frames."""
    packets = decode_all(frames)
    return {
        level + name: derived(packets, level + name)
        for maker in MAKERS
        for name in maker.FIELDS
        for level in ("", "quoted.")
    }


def test_mutated_messages():
    """Flipped, forged, cut and lengthened bytes give values or nothing, all of them printable."""
    source = random.Random(SEED)
    frames = []
    for _ in range(MUTATIONS):
        payload, port = source.choice(WHOLE)
        data = bytearray(payload)
        for _ in range(source.randint(1, 6)):
            place = source.randrange(len(data))
            data[place] = source.choice((0, 1, 0x0C, 0x3F, 0x40, 0xC0, 0xFF, source.randrange(256)))
        if source.random() < 0.4:
            del data[source.randrange(len(data)) :]
        frames.append(framed(bytes(data), port))
    found = read_all(frames)
    texts = [text for values in found.values() for value in values if isinstance(value, tuple) for text in value]
    assert len(texts) > MUTATIONS / 4
    assert all(text.isascii() and text.isprintable() for text in texts)


@given(st.binary(max_size=400), st.sampled_from((53, 67, 546, None)))
def test_any_bytes(payload, port):
    """Any bytes at all are read without an error."""
    head = b"\x16\x03\x01" if port is None else b""
    read_all([framed(head + payload, port), framed(payload, port)])


def test_a_frame_reads_only_its_own_bytes():
    """What stands before and behind a frame in the buffer changes no value of it."""
    frames = [framed(payload[:size], port) for payload, port in WHOLE for size in range(1, len(payload), 7)]
    poisons = (bytes(300), b"\xff" * 300, bytes(random.Random(SEED).randbytes(300)))
    for maker in MAKERS:
        for name in maker.FIELDS:
            alone, *others = (derived(decode_all(frames, between=between), name) for between in (b"", *poisons))
            assert others == [alone] * len(poisons)


LONG = b"\x3f" + b"\xff" * 63
HOSTILE = {
    "a chain of pointers": b"".join(
        [struct.pack(">HHHHHH", 1, RESPONSE, 0, 200, 0, 0), b"\0"]
        + [record(struct.pack(">H", 0xC000 | (12 if number == 0 else 13 + 12 * (number - 1))), A, b"")
           for number in range(200)]
    ),
    "names of 255 octets by two bytes each": dns(
        (LONG * 3 + b"\x3d" + b"\xff" * 61 + b"\0\0\1\0\1",),
        tuple(record(b"\1a" + struct.pack(">H", 12 + 64 | 0xC000), CNAME, b"\1b" + struct.pack(">H", 12 + 64 | 0xC000))
              for _ in range(200)),
        flags=RESPONSE,
    ),
    "one label a byte": dns(
        (b"\1a" * 127 + b"\0\0\1\0\1",),
        tuple(record(b"\1b" + struct.pack(">H", 0xC000 | 12 + 2 * (number % 120)), A, ip4("10.0.0.1"))
              for number in range(200)),
        flags=RESPONSE,
    ),
    "more records than are read": dns((), tuple(record(b"\0", A, ip4("10.0.0.1")) for _ in range(270)), flags=RESPONSE),
    "options of no length": dhcp(b"\0" * 3800, option(53, b"\1")),
    "extensions of no length": hello(*(struct.pack(">HH", 16, 0) for _ in range(900)), server_name(b"a")),
    "empty names of protocols": hello(alpn(*(b"" for _ in range(3500)))),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_work_and_text_are_bounded(kind):
    """A message costs time and memory in proportion to its length, whatever its pointers and counts say."""
    payload = HOSTILE[kind]
    assert 300 < len(payload) <= LONGEST
    port = 67 if payload[0] == 1 else None if payload[0] == 0x16 else 53
    begin = time.process_time()
    found = read_all([framed(payload[:-1] + bytes([number]), port) for number in range(10)])
    assert time.process_time() - begin < 2
    texts = [text for values in found.values() for value in values if isinstance(value, tuple) for text in value]
    assert len(texts) <= 10 * LONGEST


@pytest.mark.parametrize("kind", [kind for kind, payload in HOSTILE.items() if payload[0] not in (1, 0x16)])
def test_pointers_do_not_multiply_text(kind):
    """The names of a message are no longer than a small multiple of it, however often they are pointed at."""
    found = read(HOSTILE[kind])
    assert letters(found) <= MAX_TEXT * len(HOSTILE[kind]) + 1024


def test_as_many_records_as_are_read():
    """The records up to the limit are kept."""
    assert len(read(HOSTILE["more records than are read"])["dns.a"]) == MAX_RECORDS


def test_a_message_longer_than_is_read():
    """Of a jumbo message the beginning is read."""
    records = tuple(record(b"\0", 16, bytes(200)) for _ in range(30))
    payload = dns((question("a"),), (record(b"\0", A, ip4("10.0.0.1")), *records, record(b"\0", A, ip4("10.0.0.2"))))
    assert len(payload) > LONGEST
    assert derived(decode_all([datagram(payload)]), "dns.a") == [("10.0.0.1",)]


def test_many_messages_take_time_in_proportion():
    """Ten times as many messages take about ten times as long."""

    def spent(count):
        frames = [
            datagram(answer(f"w{number}.default.svc.cluster.local", "10.0.0.1"), 53, 40000) for number in range(count)
        ]
        packets = decode_all(frames)
        begin = time.process_time()
        packets.derived("dns.id")
        return time.process_time() - begin

    assert spent(10_000) < 40 * max(spent(1000), 0.01)
