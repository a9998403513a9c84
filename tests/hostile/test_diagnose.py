"""Can a capture or an inventory that somebody forged harm whoever asks what is wrong?"""

from __future__ import annotations

import random
import struct

import pytest

from tests.capture.writers import Frame, pcap_header, write_pcap
from vxlan_dissect import pipeline
from vxlan_dissect.cli.main import main
from vxlan_dissect.diagnosis import Doctor, diagnose
from vxlan_dissect.diagnosis import said as said_module
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.losses import collect

START, MS = 1_700_000_000_000_000_000, 1_000_000
MACS = bytes.fromhex("024200000001024200000002")
MANY = 3000


def ip(payload, protocol, source, target=0x0A000001, ttl=64):
    """An Ethernet frame with an IPv4 packet."""
    head = struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(payload), 0, 0, ttl, protocol, 0, source, target)
    return MACS + b"\x08\x00" + head + payload


def syn(number):
    """A SYN from an address and port of its own."""
    return ip(struct.pack(">HHIIBBHHH", 1024 + number, 80, number, 0, 0x50, 2, 1000, 0, 0), 6, 0x0B000000 + number)


def data(number):
    """A segment whose number leaps around the whole circle."""
    ports = struct.pack(">HHIIBBHHH", 40000, 80, number * 0x3FFFFFFF % 2**32, 1, 0x50, 0x18, 1000, 0, 0)
    return ip(ports + b"x" * 20, 6, 0x0B000001)


def error(number):
    """An ICMP error that quotes a packet that nobody sent."""
    quoted = ip(struct.pack(">HHHH", number, 53, 8, 0), 17, 0x0C000000 + number)[14:]
    return ip(struct.pack(">BBHI", 3, number % 16, 0, 0) + quoted, 1, 0x0B000001, 0x0C000000 + number)


def echo(number):
    """A question that is never answered, from an address of its own."""
    return ip(struct.pack(">BBHHH", 8, 0, 0, number, 1), 1, 0x0B000000 + number)


def arp(number):
    """A question for the MAC of an address of its own."""
    body = struct.pack(">HHBBH6sI6sI", 1, 0x800, 6, 4, 1, MACS[6:], 0x0A000001, bytes(6), 0x0B000000 + number)
    return b"\xff" * 6 + MACS[6:] + b"\x08\x06" + body


@pytest.fixture(autouse=True)
def small_bounds(monkeypatch):
    """Bounds that a small flood reaches."""
    monkeypatch.setattr(collect, "MAX_CONVERSATIONS", 100)
    monkeypatch.setattr(collect, "MAX_ERRORS", 50)
    monkeypatch.setattr(said_module, "MAX_FINDINGS", 200)


@pytest.mark.parametrize("make", [syn, data, error, echo, arp])
def test_floods(tmp_path, make):
    """A flood ends, and what is kept of it stays within its bounds."""
    name = tmp_path / "flood.pcap"
    name.write_bytes(write_pcap([Frame(make(number), START + number * MS) for number in range(MANY)]))
    doctor = Doctor()
    for batch in pipeline.stream(str(name), Inventory()):
        doctor.learn(batch)
    collection = doctor._collection
    assert len(collection.conversations) <= 100
    assert sum(map(len, collection.errors.values())) <= 50
    assert len(collection.questions) <= 50
    assert len(doctor.diagnosis().findings) <= 200 + 100 * 2 + 20


@pytest.mark.parametrize("seed", range(6))
def test_noise(tmp_path, seed):
    """Frames with bytes changed at random are diagnosed without an exception."""
    chance = random.Random(seed)
    frames = []
    for number in range(300):
        frame = bytearray(chance.choice([syn, data, error, echo, arp])(number))
        for _ in range(chance.randrange(4)):
            frame[chance.randrange(len(frame))] = chance.randrange(256)
        frames.append(Frame(bytes(frame[: chance.randrange(10, len(frame))]), START + chance.randrange(10**12)))
    name = tmp_path / "noise.pcap"
    name.write_bytes(write_pcap(frames))
    diagnose([str(name)], Inventory())


@pytest.mark.parametrize(
    "content", [b"", pcap_header(), pcap_header()[:20], b"\x00" * 100], ids=["empty", "header", "part", "zeros"]
)
def test_files_without_frames(tmp_path, capsys, content):
    """An empty file is an error, a header alone a capture that saw nothing; neither ends in a traceback."""
    name = tmp_path / "x.pcap"
    name.write_bytes(content)
    status = main(["diagnose", str(name)])
    out, err = capsys.readouterr()
    assert status == (0 if content == pcap_header() else 2)
    assert "Traceback" not in out + err


def test_escapes_do_not_reach_the_terminal(tmp_path, capsys):
    """Names of pods, nodes and files with escape sequences are shown without them."""
    evil = "pod\x1b]0;owned\x07\x1b[2J"
    hosts = tmp_path / "x.inventory.yaml"
    hosts.write_text(
        'apiVersion: v1\nkind: Pod\nmetadata: {name: "pod\\x1b[2Jx", namespace: default}\n'
        'spec: {nodeName: "node\\x1b[31m"}\nstatus: {podIP: 11.0.0.1, podIPs: [{ip: 11.0.0.1}]}\n'
    )
    name = tmp_path / f"{evil}.pcap".replace("/", "")
    name.write_bytes(write_pcap([Frame(echo(1), START + number * 1500 * MS) for number in range(4)]))
    main(["diagnose", str(name), "-i", str(hosts)])
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err
    assert "\x07" not in out + err


def test_an_inventory_of_elsewhere(captures_dir, capsys):
    """With the inventory of another cluster nothing is made up of the places that it has."""
    name = captures_dir / "flannel" / "inventory"
    captures = sorted(map(str, (captures_dir / "cilium-1.16" / "cilium-01-ping6-cross-node").glob("*.pcap")))
    assert main(["diagnose", *captures, "-i", str(name), "--fail-on", "error"]) == 0
    assert "Traceback" not in capsys.readouterr().err
