"""Are the rebuilt captures what the article and the stored captures say, byte for byte?

Their README gives a source for every value; here the sources are asked again.
"""

from __future__ import annotations

import json
import re
import struct
import subprocess
import sys
from ipaddress import IPv4Address, IPv6Address

import pytest

FOLDER = "dual-stack-ping6"
LINE = re.compile(
    r"07:44:28\.(?P<micros>\d{6}) (?P<src>[0-9a-f:]{17}) > (?P<dst>[0-9a-f:]{17}), ethertype IPv6 \(0x86dd\), "
    r"length (?P<length>\d+): (?P<from>\S+) > (?P<to>\S+): ICMP6, (?P<message>[a-z ]+), (?P<rest>.*)"
)
TYPES = {"neighbor solicitation": 135, "neighbor advertisement": 136, "echo request": 128, "echo reply": 129}


def records(path):
    """(seconds, microseconds, bytes) of each record of a little-endian microsecond pcap of Ethernet frames."""
    data = path.read_bytes()
    magic, major, minor, _, _, snaplen, link = struct.unpack_from("<IHHiIII", data)
    assert (magic, major, minor, snaplen, link) == (0xA1B2C3D4, 2, 4, 262144, 1)
    offset, found = 24, []
    while offset < len(data):
        seconds, micros, captured, original = struct.unpack_from("<4I", data, offset)
        assert captured == original
        found.append((seconds, micros, data[offset + 16 : offset + 16 + captured]))
        offset += 16 + captured
    return found


def micros(record):
    """The time of a record in microseconds since 1970."""
    return record[0] * 1_000_000 + record[1]


def mac(octets):
    """Six bytes as text."""
    return octets.hex(":")


@pytest.fixture(scope="module")
def folder(captures_dir):
    """The folder of the rebuilt captures."""
    return captures_dir / FOLDER


@pytest.fixture(scope="module")
def pod_frames(folder):
    """The records of pod-eth0.pcap."""
    return records(folder / "pod-eth0.pcap")


@pytest.fixture(scope="module")
def tunnel_frames(folder):
    """The records of 1.cap."""
    return records(folder / "1.cap")


@pytest.fixture(scope="module")
def topology(captures_dir):
    """The truth about the nodes that have the article's pods."""
    return json.loads((captures_dir / "cilium-1.16" / "topology.json").read_text())["nodes"]


def test_the_generator_writes_the_stored_bytes(folder, tmp_path):
    """make.py, run again elsewhere, gives the same two files and nothing else."""
    subprocess.run([sys.executable, folder / "make.py", tmp_path], check=True, timeout=60)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.cap", "pod-eth0.pcap"]
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (folder / path.name).read_bytes()


def test_the_frames_are_those_that_tcpdump_printed(folder, pod_frames):
    """Time, MACs, length, addresses, message, target, identifier and sequence of each line are in the frame."""
    lines = [LINE.match(line) for line in (folder / "pod-eth0.tcpdump.txt").read_text().splitlines()]
    lines = [line for line in lines if line]
    assert len(lines) == len(pod_frames) == 6
    for line, (seconds, microseconds, frame) in zip(lines, pod_frames, strict=True):
        assert seconds % 86400 == 7 * 3600 + 44 * 60 + 28
        assert microseconds == int(line["micros"])
        assert (mac(frame[6:12]), mac(frame[:6])) == (line["src"], line["dst"])
        assert len(frame) == int(line["length"])
        assert (IPv6Address(frame[22:38]), IPv6Address(frame[38:54])) == (
            IPv6Address(line["from"]),
            IPv6Address(line["to"]),
        )
        assert frame[54] == TYPES[line["message"]]
        told = re.search(r"(?:who has|tgt is) (\S+),", line["rest"])
        if told:
            assert IPv6Address(frame[62:78]) == IPv6Address(told[1])
        else:
            identifier, sequence = struct.unpack_from("!HH", frame, 58)
            assert line["rest"].startswith(f"id {identifier}, seq {sequence},")


def test_neighbour_discovery_is_as_cilium_sends_it(pod_frames):
    """Hop limit 255, one link-layer option with the sender's MAC, router and solicited but not override."""
    for number, (_, _, frame) in enumerate(pod_frames[:4]):
        answer = number % 2 == 1
        assert frame[21] == 255
        assert frame[58:62].hex() == ("c0000000" if answer else "00000000")
        assert frame[78:80] == (b"\x02\x01" if answer else b"\x01\x01")
        assert frame[80:86] == frame[6:12]


def test_hop_limits_and_data_of_the_echoes(pod_frames, tunnel_frames):
    """64 as sent and on the wire, 63 at the pod (the ttl=63 of the ping); 56 zero bytes."""
    assert [frame[21] for _, _, frame in pod_frames[4:]] == [64, 63]
    assert [frame[50 + 21] for _, _, frame in tunnel_frames] == [64, 64]
    for _, _, frame in pod_frames[4:]:
        assert frame[62:] == bytes(56)


def test_checksums_are_right(pod_frames, tunnel_frames):
    """A one's complement sum that contains its own checksum is zero modulo 65535 (RFC 1071)."""
    inner = [frame for _, _, frame in pod_frames] + [frame[50:] for _, _, frame in tunnel_frames]
    for frame in inner:
        pseudo = frame[22:54] + struct.pack("!II", len(frame) - 54, 58)
        assert int.from_bytes(pseudo + frame[54:], "big") % 0xFFFF == 0
    for _, _, frame in tunnel_frames:
        assert int.from_bytes(frame[14:34], "big") % 0xFFFF == 0


def test_the_tunnel_is_that_of_the_nodes(tunnel_frames, topology):
    """Nodes, their MACs, VNI and inner MACs are those of the stored captures with the same pods."""
    near, far = topology["worker"], topology["worker2"]
    sender, receiver = near["pods"]["cni-7t9p4"], far["pods"]["cni-8qgcs"]
    assert sender["identity"] == receiver["identity"]
    sides = [(near, far, sender), (far, near, receiver)]
    for (_, _, frame), (node, other, pod) in zip(tunnel_frames, sides, strict=True):
        assert (mac(frame[6:12]), mac(frame[:6])) == (node["links"]["eth0"]["mac"], other["links"]["eth0"]["mac"])
        assert (str(IPv4Address(frame[26:30])), str(IPv4Address(frame[30:34]))) == (node["node_ip"], other["node_ip"])
        assert (frame[22], frame[20:22]) == (64, bytes(2)), "TTL 64, may be fragmented"
        assert struct.unpack_from("!HHH", frame, 36) == (8472, 134, 0)
        assert struct.unpack_from("!II", frame, 42) == (0x08000000, pod["identity"] << 8)
        assert (mac(frame[56:62]), mac(frame[50:56])) == (pod["eth0_mac"], pod["lxc_mac"])


def test_what_is_inside_the_tunnel_is_what_the_pod_saw(pod_frames, tunnel_frames):
    """The request is the pod's frame untouched; the reply differs in its MACs and its hop limit only."""
    assert tunnel_frames[0][2][50:] == pod_frames[4][2]
    at_node, at_pod = bytearray(tunnel_frames[1][2][50:]), bytearray(pod_frames[5][2])
    at_node[:12], at_node[21] = at_pod[:12], at_pod[21]
    assert at_node == at_pod


def test_times_and_ports_are_those_of_the_stored_exchange(captures_dir, pod_frames, tunnel_frames):
    """The way from pod to node card takes as long as in cilium-01, whose ports and identifications are used."""
    stored = captures_dir / "cilium-1.16" / "cilium-01-ping6-cross-node"
    pod = [record for record in records(stored / "worker.pod-cni-7t9p4.eth0.pcap") if record[2][54] in (128, 129)]
    node = records(stored / "worker.eth0.pcap")
    for index in range(2):
        ours, theirs = (tunnel_frames[index], pod_frames[4 + index]), (node[index], pod[index])
        assert micros(ours[0]) - micros(ours[1]) == micros(theirs[0]) - micros(theirs[1])
        for field in (slice(18, 20), slice(34, 36), slice(64, 68)):  # IP identification, source port, flow label
            assert ours[0][2][field] == theirs[0][2][field]


def test_the_session_holds_nothing_but_the_article(folder, shared_dir):
    """Every line of the session, spaces aside, stands in the article, save the one command that writes a file."""
    article = {" ".join(line.split()) for line in (shared_dir / "seed.txt").read_text(encoding="utf-8").splitlines()}
    own = {"", "cni-7t9p4~$ tcpdump -pne -i eth0 -w pod-eth0.pcap"}
    for name in ("inventory/session.txt", "variants/session-near-side-only.txt", "pod-eth0.tcpdump.txt"):
        lines = {" ".join(line.split()) for line in (folder / name).read_text(encoding="utf-8").splitlines()}
        assert lines - article <= own, name
