"""Does a capture file made to hang a reader, or to eat its memory, do either?

Law: a bound on time is that twice the file takes about twice as long, with a floor against the noise of a busy machine;
a bound on memory is a limit that the system puts on a process of its own.
"""

from __future__ import annotations

import gzip
import os
import struct
import subprocess
import sys
import time

import pytest
from backports import zstd

import vxlan_dissect as vxd
from tests.capture.reading import read
from tests.capture.writers import START, Frame, block, enhanced, interface, pcap_header, section, write_pcap
from tests.wire.frames import echo6, ether, ipv4, ipv6
from vxlan_dissect.capture import lanes, open_capture

PACKET = enhanced(Frame(ether(ipv6(echo6()))))
LIMIT = 800 << 20  # of address space, of which Python, numpy and their libraries take half
LISTING = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({LIMIT}, {LIMIT}))
from vxlan_dissect.capture import open_capture
from vxlan_dissect.decode import iter_packets
print(sum(map(len, iter_packets(open_capture(sys.argv[1])))))
"""


def spent(work, *arguments):
    """Seconds of processor time."""
    begin = time.process_time()
    work(*arguments)
    return time.process_time() - begin


def write(folder, data):
    """A file with this content."""
    path = folder / "hostile"
    path.write_bytes(data)
    return str(path)


def fragments(count):
    """Fragments of 8 bytes of datagrams that never become whole."""
    return write_pcap([ether(ipv4(bytes(8), flags=0x2000 | 1 + number % 8000), 0x0800) for number in range(count)])


def few_large(inside, count):
    """Frames full of what looks like records, so that whoever starts to read in the middle goes astray."""
    return write_pcap([Frame((inside * (60000 // len(inside)))[:60001], START)] * count)


# What is made larger -> the file; each part alone is allowed.
GROWING = {
    "sections": lambda n: (section() + interface() + PACKET) * n,
    "interfaces before packets": lambda n: section() + interface() * n + PACKET * n * 8,
    "interfaces between packets": lambda n: section() + (interface() + PACKET) * n,
    "options of no length": lambda n: section() + interface() + block("<", 6, bytes(20) + b"\1\0\0\0" * n * 100),
    "interfaces with endless options": lambda n: section() + interface("<", *[(1, b"")] * 50) * n + PACKET,
    "blocks of an unknown type": lambda n: section() + interface() + (block("<", 0x0BAD, b"") * 50 + PACKET) * n,
    "records of no bytes": lambda n: write_pcap([Frame(b"", START)]) + struct.pack("<4I", 1, 0, 0, 0) * n * 20,
    "decoys of records": lambda n: few_large(write_pcap([Frame(bytes(60), START)] * 2)[24:], n // 4),
    "decoys of empty records": lambda n: few_large(write_pcap([Frame(b"", START)])[24:], n // 4),
    "fragments": fragments,
}


@pytest.mark.parametrize("kind", GROWING)
def test_twice_the_file_takes_twice_the_time(tmp_path, kind):
    """No part of a file is looked at again and again, and every frame is a row."""
    make = GROWING[kind]
    once, twice = (spent(vxd.read, write(tmp_path, make(count))) for count in (2000, 4000))
    assert twice < 3 * max(once, 1)
    assert vxd.read(write(tmp_path, make(4))).problem is None


def test_wrong_guesses_of_lanes_are_given_up(tmp_path, monkeypatch):
    """Where no lane is ever right they soon take no more steps, and every record is found one after the other."""
    taken = []
    original = lanes.walk

    def walk(data, position, layout):
        places, after, steps = original(data, position, layout)
        taken.append(steps)
        return places, after, steps

    monkeypatch.setattr(lanes, "walk", walk)
    path = write(tmp_path, few_large(write_pcap([Frame(b"", START)])[24:], 500))
    assert sum(map(len, open_capture(path))) == 500
    longest = 2 * lanes.LANE // 16  # of records without bytes
    assert lanes.PATIENCE < sum(taken) <= lanes.PATIENCE + longest + 500


RECORDS = (struct.pack("<4I", 1, 0, 60000, 60000) + bytes(60000)) * 500
MANY = 40  # times 30 MB, which is more than the limit
HEAVY = {
    "gzip": (gzip.compress(pcap_header()) + gzip.compress(RECORDS) * MANY, 500 * MANY),
    "zstd": (zstd.compress(pcap_header()) + zstd.compress(RECORDS) * MANY, 500 * MANY),
    "sections": ((section() + interface() + PACKET) * 20_000, 20_000),
    "fragments": (fragments(60_000), 60_000),
}


@pytest.mark.parametrize("kind", HEAVY)
def test_memory_is_bounded(tmp_path, kind):
    """Files that would like to have gigabytes are decoded to their end where there is not one."""
    data, count = HEAVY[kind]
    assert len(data) < 8 << 20
    done = subprocess.run(
        [sys.executable, "-c", LISTING, write(tmp_path, data)], capture_output=True, text=True, timeout=300,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    assert (done.stdout, done.stderr) == (f"{count}\n", "")


START_OF_FILE = section() + interface() + PACKET
ABSURD = {
    "block": (struct.pack("<II", 6, 0xFFFFFFFC), "a block of type 6 claims 4294967292 bytes", 2),
    "block of no length": (struct.pack("<III", 6, 0, 0), "a block of type 6 claims 0 bytes", 2),
    "block of an odd length": (struct.pack("<II", 6, 0x41), "a block of type 6 claims 65 bytes", 2),
    "section": (struct.pack("<III", 0x0A0D0D0A, 0x7FFFFFFC, 0x1A2B3C4D), "claims 2147483644 bytes", None),
    "interface": (struct.pack("<III", 1, 0xFFFFFFF0, 1), "a block of type 1 claims 4294967280 bytes", None),
    "packet": (block("<", 6, struct.pack("<5I", 0, 0, 0, 0x7FFFFFFF, 60)), "claims 2147483647 captured bytes", 2),
    "interface number": (enhanced(Frame(b"", interface=70000)), "a packet of interface 70000, but 1 are described", 2),
}


@pytest.mark.parametrize("kind", ABSURD)
def test_absurd_lengths(kind):
    """The frame before is read; the error says what is claimed, in which frame and at which byte."""
    data, words, frame = ABSURD[kind]
    got = read(START_OF_FILE + data + bytes(64))
    assert got.count == 1
    assert words in got.error.reason
    assert (got.error.frame, got.error.offset) == (frame, len(START_OF_FILE))


def test_a_record_that_claims_everything():
    """4 GB of one frame are not asked of the system."""
    got = read(write_pcap([b"a"]) + struct.pack("<4I", 1, 0, 0xFFFFFFFF, 0xFFFFFFFF))
    assert (got.count, got.error.frame, got.error.offset) == (1, 2, 41)
    assert "a record claims 4294967295 captured bytes" in got.error.reason


def test_ten_thousand_interfaces():
    """Each packet keeps its own."""
    names = [f"lxc{number}" for number in range(10_000)]
    blocks = [interface("<", (2, name.encode())) for name in names]
    packets = [enhanced(Frame(b"", interface=number)) for number in range(10_000)]
    assert read(section() + b"".join(blocks + packets)).interfaces == names
