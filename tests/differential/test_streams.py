"""Does tshark's own TCP analysis find the same segments sent again, missing, late and probing?

Law: connections are simulated: each segment may be lost before or behind the capture point, or overtaken, by chance.
Times leave no doubt between what is overtaken (far less than 3 ms) and what is sent again (300 ms).
"""

from __future__ import annotations

import csv
import random
import shutil
import struct
import subprocess

import pytest

from vxlan_dissect import decode
from vxlan_dissect.explain.stream_flags import FILLED, GAP, KEEP_ALIVE, RETRANSMITTED, ZERO_WINDOW
from vxlan_dissect.explain.streams import Streams

FIELDS = {
    "sent again": ("retransmission", "fast_retransmission", "spurious_retransmission"),
    "overtaken": ("out_of_order",),
    "gap": ("lost_segment",),
    "closed window": ("zero_window",),
    "probe": ("keep_alive",),
}
SYN, PSH, ACK = 2, 8, 16
SIZE, RTO_US = 100, 300_000


class Link:
    """A capture point between client and server."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.frames = []
        self.now = 1_000_000

    def send(self, flags, seq, ack=0, size=0, *, back=False, window=500, after=1000):
        """A segment passes the point, `after` microseconds later."""
        self.now += after
        ports, ends = ((80, 40000), (2, 1)) if back else ((40000, 80), (1, 2))
        tcp = struct.pack(">2H2I2B3H", *ports, seq % 2**32, ack % 2**32, 0x50, flags, window, 0, 0) + bytes(size)
        head = struct.pack(">2B3H2BH", 0x45, 0, 20 + len(tcp), len(self.frames) + 1, 0, 64, 6, 0)
        ip = head + b"".join(bytes((10, 0, 0, end)) for end in ends) + tcp
        self.frames.append((self.now, bytes(12) + b"\x08\x00" + ip))

    def run(self, client=2**32 - 700, server=5000):
        """Open a connection and send segments, some of them lost on either side or overtaken."""
        self.send(SYN, client)
        self.send(SYN | ACK, server, client + 1, back=True)
        self.send(ACK, client + 1, server + 1)
        place = client + 1
        for _ in range(60):
            fate = self.chance.choice(["passes"] * 6 + ["lost before", "lost behind", "overtaken", "probe", "closed"])
            step = 2 if fate in ("lost before", "overtaken") else 1
            if fate == "lost before":  # the next one passes, this one comes only when it is sent again
                self.send(ACK | PSH, place + SIZE, server + 1, SIZE)
                self.send(ACK | PSH, place, server + 1, SIZE, after=RTO_US)
            elif fate == "overtaken":
                self.send(ACK | PSH, place + SIZE, server + 1, SIZE)
                self.send(ACK | PSH, place, server + 1, SIZE, after=100)
            else:
                self.send(ACK | PSH, place, server + 1, SIZE)
            if fate == "lost behind":
                for _ in range(self.chance.randint(1, 3)):
                    self.send(ACK | PSH, place, server + 1, SIZE, after=RTO_US)
            place += SIZE * step
            self.send(ACK, server + 1, place, back=True, window=0 if fate == "closed" else 500)
            if fate in ("probe", "closed"):
                self.send(ACK, place - 1, server + 1, after=RTO_US)
                self.send(ACK, server + 1, place, back=True)

    def write(self, path):
        """The frames as a capture file."""
        data = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
        for time, frame in self.frames:
            data += struct.pack("<4I", *divmod(time, 1_000_000), len(frame), len(frame)) + frame
        path.write_bytes(data)
        return str(path)


def ours(path):
    """What is said of each frame, in the words of FIELDS."""
    flags = Streams().analyse(decode.read(path)).flags.tolist()
    bits = {"sent again": RETRANSMITTED, "gap": GAP, "closed window": ZERO_WINDOW, "probe": KEEP_ALIVE}
    said = [{name for name, bit in bits.items() if one & bit} for one in flags]
    for names, one in zip(said, flags, strict=True):
        names |= {"overtaken"} if one & FILLED and not one & RETRANSMITTED else set()
    return said


def theirs(path):
    """The same from tshark."""
    names = [f"tcp.analysis.{field}" for fields in FIELDS.values() for field in fields]
    command = ["tshark", "-n", "-r", path, "-T", "fields", "-E", "separator=,"]
    table = subprocess.run(
        [*command, *(part for name in names for part in ("-e", name))], capture_output=True, text=True, check=True
    ).stdout
    kinds = [kind for kind, fields in FIELDS.items() for _ in fields]
    return [{kind for kind, value in zip(kinds, row, strict=True) if value} for row in csv.reader(table.splitlines())]


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not here")
@pytest.mark.parametrize("seed", range(4))
def test_simulated_connections(tmp_path, seed):
    """Frame by frame the same is said, and every kind occurs."""
    link = Link(seed)
    link.run()
    path = link.write(tmp_path / "simulated.pcap")
    mine, its = ours(path), theirs(path)
    different = [(n, a, b) for n, (a, b) in enumerate(zip(mine, its, strict=True), 1) if a != b]
    assert different == []
    assert set().union(*mine) == set(FIELDS)
