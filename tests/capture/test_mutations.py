"""Does any damage to a capture raise anything but CaptureError, or make a reader look outside of the file?"""

from __future__ import annotations

import gzip
import random
import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture.reading import read
from tests.capture.writers import Frame, block, enhanced, interface, obsolete, section, simple, write_pcap, write_pcapng

if TYPE_CHECKING:
    from pathlib import Path

EVERYTHING = b"".join([
    section("<", (3, b"Linux")), interface("<", (2, b"eth0"), (9, b"\x09")), enhanced(Frame(b"abc", comment="why")),
    simple(b"defg"), obsolete(Frame(b"hij")), block("<", 5, bytes(16)), section(">"), interface(">", (2, b"any")),
    enhanced(Frame(b"k" * 30), ">"), simple(b"l", ">"),
])  # fmt: skip
TEXT = (
    b"root@worker:/# tcpdump -evni eth0\nlistening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes\n"
    b"07:20:34.643143 02:42:ac:12:00:04 > 02:42:ac:12:00:03, ethertype IPv4 (0x0800), length 168: (tos 0x0, ttl 64, "
    b"id 21664, offset 0, flags [none], proto UDP (17), length 154)\n    172.18.0.4.47883 > 172.18.0.3.8472: OTV, "
    b"flags [I] (0x08), overlay 0, instance 10398\n4e:5b:57:45:63:3b > a2:79:14:47:80:b3, ethertype IPv6 (0x86dd), "
    b"length 118: (hlim 64, next-header ICMPv6 (58) payload length: 64) fd00::1 > fd00::2: ICMP6, echo request, id 7, "
    b"seq 1\n\t0x0000:  4500 009a 54a0 0000 4011 cd87 ac12 0004\n\t0x0010:  ac12 0003 bb0b 2118\n"
    b"07:20:35.1 ARP, Request who-has 10.0.0.1 tell 10.0.0.2, length 28\n2 packets captured\n"
)
SOURCES = {
    "pcap": write_pcap([bytes([n]) * n for n in range(40)]),
    "pcap, big-endian": write_pcap([bytes([n]) * n for n in range(40)], order=">", nanosecond=True),
    "pcapng": EVERYTHING,
    "gzip": gzip.compress(write_pcapng([b"a" * 99] * 20)),
    "text": TEXT,
}


def survives(data: bytes) -> None:
    """Read it: any error is a CaptureError of one line, every frame lies inside of its buffer, all arrays fit."""
    got = read(data)
    assert all(len(frame) <= len(data) * 1100 for frame in got.frames)
    assert len(got.times) == len(got.interfaces) == got.count
    assert got.error is None or "\n" not in str(got.error)
    assert [batch.first for batch in got.batches] == [
        1 + sum(map(len, got.batches[:index])) for index in range(len(got.batches))
    ]


def mutate(data: bytes, noise: random.Random) -> bytes:
    """Flip bytes, forge a length, cut, double or drop a piece."""
    changed = bytearray(data)
    for _ in range(noise.randint(1, 4)):
        at = noise.randrange(len(changed) or 1)
        match noise.randrange(6):
            case 0 | 1:
                changed[at : at + 1] = noise.randbytes(1)
            case 2:
                word = noise.choice([0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 0xFFFF, 12, 0x1000000, noise.getrandbits(32)])
                changed[at : at + 4] = struct.pack(noise.choice("<>") + "I", word)
            case 3:
                del changed[at:]
            case 4:
                del changed[at : at + noise.randrange(40)]
            case 5:
                changed[at:at] = changed[at : at + noise.randrange(60)]
    return bytes(changed)


@pytest.mark.parametrize("name", SOURCES)
def test_mutations(name: str) -> None:
    """Two thousand mutations of a capture of each kind."""
    noise = random.Random(name)
    for _ in range(2000):
        survives(mutate(SOURCES[name], noise))


@pytest.mark.parametrize("name", SOURCES)
def test_every_byte(name: str) -> None:
    """Every byte in turn set to 0 and to 255."""
    data = SOURCES[name]
    for at in range(len(data)):
        for value in (b"\0", b"\xff"):
            survives(data[:at] + value + data[at + 1 :])


@given(st.sampled_from(sorted(SOURCES)), st.binary(max_size=200), st.integers(0, 4000))
def test_rubbish_inside(name: str, rubbish: bytes, at: int) -> None:
    """Any bytes put in anywhere."""
    data = SOURCES[name]
    survives(data[:at] + rubbish + data[at:])


@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    """Any text, alone and after a line of tcpdump."""
    survives(text.encode("utf-8", "surrogatepass"))
    survives(TEXT + text.encode("utf-8", "surrogatepass"))


def test_real_files(captures_dir: Path) -> None:
    """Mutations of real captures, one of each scenario and link type."""
    noise = random.Random(11)
    for folder in sorted({path.parent for path in captures_dir.rglob("*.pcap")}):
        for path in sorted(folder.glob("*.pcap"))[:2]:
            data = path.read_bytes()[:20000]
            for _ in range(20):
                survives(mutate(data, noise))
