"""Are the captures of the measurements what they are said to be?"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter
from itertools import pairwise

import pytest

PACKETS = 20_000


@pytest.fixture(scope="module")
def make(root, tmp_path_factory):
    """Make a capture of so many packets with the command."""
    folder = tmp_path_factory.mktemp("made")

    def capture(packets):
        path = folder / f"{packets}.pcap"
        subprocess.run([sys.executable, root / "benchmarks" / "make_captures.py", str(packets), path], check=True)
        return path

    return capture


@pytest.fixture(scope="module")
def tshark(make):
    """The lines that tshark prints of the capture."""
    command = shutil.which("tshark")
    if command is None:
        pytest.skip("needs tshark, which is not on this machine")
    path = make(PACKETS)

    def lines(*arguments):
        every = [command, "-n", "-r", path, "-d", "udp.port==8472,vxlan", *arguments]
        return subprocess.run(every, capture_output=True, text=True, check=True).stdout.splitlines()

    return lines


def test_the_same_bytes_each_time(make):
    """Two runs write the same, and a longer capture begins with the shorter one."""
    once = make(PACKETS).read_bytes()
    assert make(PACKETS).read_bytes() == once
    part = make(7).read_bytes()
    assert once.startswith(part)
    assert len(part) < len(once) / 1000


def test_lengths_and_times(tshark):
    """Every frame is whole, a packet with its record has some 400 bytes, and each comes after the one before."""
    fields = [word for name in ("time_epoch", "len", "cap_len") for word in ("-e", f"frame.{name}")]
    rows = [line.split("\t") for line in tshark("-T", "fields", *fields)]
    assert len(rows) == PACKETS
    assert all(length == held for _, length, held in rows)
    assert 380 < sum(int(length) + 16 for _, length, _ in rows) / PACKETS < 440
    times = [float(time) for time, _, _ in rows]
    assert all(before < after for before, after in pairwise(times))


def test_the_mix(tshark):
    """85 of 100 packets are VXLAN, with all that is named in them and beside them."""
    rows = Counter(line.replace("ethertype:", "") for line in tshark("-T", "fields", "-e", "frame.protocols"))
    inner, plain = Counter(), Counter()
    for layers, count in rows.items():
        outside, tunnel, inside = layers.partition("vxlan:eth:")
        (inner if tunnel else plain)[(inside or outside.removeprefix("eth:")).removesuffix(":data")] += count
    assert 0.83 < inner.total() / PACKETS < 0.87
    both = {f"{ip}:{rest}" for ip in ("ip", "ipv6") for rest in ("tcp", "udp:dns")} | {"ip:icmp", "ipv6:icmpv6"}
    assert both | {"ip:udp", "ipv6:udp", "ip:tcp:http", "ipv6:tcp:http"} <= set(inner)
    assert both | {"arp"} <= set(plain)


def test_checksums_and_conversations(tshark):
    """Every checksum that is there is right, the outer one of VXLAN is zero, and tshark has nothing to remark."""
    fields = [f"{name}.checksum.status" for name in ("ip", "udp", "tcp", "icmp", "icmpv6")]
    checked = [word for name in ("ip", "udp", "tcp") for word in ("-o", f"{name}.check_checksum:TRUE")]
    wanted = [word for name in (*fields, "_ws.expert.severity", "vxlan.vni") for word in ("-e", name)]
    good, absent, chat, note = "1", "3", 0x200000, 0x400000  # Wireshark's codes
    for line in tshark(*checked, "-T", "fields", *wanted):
        *statuses, severity, vni = line.split("\t")
        udp = statuses[1].split(",")
        if vni:
            assert udp.pop(0) == absent
        assert {status for cell in (statuses[0], *udp, *statuses[2:]) for status in cell.split(",")} <= {good, ""}
        assert all(int(level) in {chat, note} for level in severity.split(",") if level)
