"""What do captures say of themselves? Real ones, whole and altered."""

from __future__ import annotations

import struct

import pytest

from tests.capture.writers import Frame, write_pcap
from tests.diagnosis.altered import folder_without, records, written
from vxlan_dissect.diagnosis import diagnose
from vxlan_dissect.inventory import Inventory


@pytest.fixture(scope="module")
def cilium(captures_dir):
    """Scenarios of Cilium 1.16."""
    return captures_dir / "cilium-1.16"


@pytest.fixture(scope="module")
def hosts(cilium):
    """Their inventory."""
    return Inventory.load(str(cilium / "inventory"))


def said(captures, hosts=None):
    """What is said of captures, by the name of the rule."""
    findings = diagnose([str(name) for name in captures], Inventory() if hosts is None else hosts).findings
    return {one.rule: one for one in findings if one.rule.startswith("capture.")}


def test_a_whole_capture(cilium, hosts):
    """Of a capture of one interface that is all there, nothing is said."""
    assert said([cilium / "cilium-01-ping6-cross-node" / "worker.cilium_vxlan.pcap"], hosts) == {}


def test_cut_frames(cilium, hosts):
    """With a snaplen of 96 tunnel packets end within the inner headers (cilium-44: `tcpdump -s 96`)."""
    name = cilium / "cilium-44-snaplen-96" / "worker.eth0.pcap"
    cut = said([name], hosts)["capture.cut-frames"]
    long = [record for record in records(name.read_bytes()) if record.original > len(record.data)]
    assert cut.count == len(long)
    assert "after at most 96 bytes" in cut.text
    assert "header is missing or incomplete" in cut.text
    assert cut.severity == "info"
    assert [number for _, number in cut.frames] == [record.number for record in long[:8]]


def test_cut_payload(cilium, hosts, tmp_path):
    """Where only payload is missing, that is said: 150 bytes hold all headers of an echo in VXLAN over IPv4."""
    whole = (cilium / "cilium-01-ping6-cross-node" / "worker.eth0.pcap").read_bytes()
    name = tmp_path / "worker.eth0.pcap"
    name.write_bytes(written(whole, [record._replace(data=record.data[:150]) for record in records(whole)]))
    assert "only payload is missing" in said([name], hosts)["capture.cut-frames"].text


def test_truncated_file(cilium, hosts, tmp_path):
    """A file without its last bytes: the frame before is named, and it is no fault of the network."""
    whole = (cilium / "cilium-01-ping6-cross-node" / "worker.eth0.pcap").read_bytes()
    name = tmp_path / "worker.eth0.pcap"
    name.write_bytes(whole[:-20])
    ended = said([name], hosts)["capture.truncated-file"]
    assert f"up to frame {len(records(whole)) - 1} and no further" in ended.text
    assert (ended.severity, ended.verdict) == ("notice", "unknown")


def test_several_interfaces(cilium, hosts):
    """Three pings to another node pass three interfaces of the node both ways: two of three frames are copies."""
    copies = said([cilium / "cilium-01-ping6-cross-node" / "worker.any.pcap"], hosts)["capture.several-interfaces"]
    assert copies.count == 3 * 2 * (3 - 1)
    assert "sent once" in copies.text
    assert "lxc237a31216c0f" in copies.evidence[0].fact


def test_duplicate_frames(cilium, hosts, tmp_path):
    """Each frame again two microseconds later, as a mirror port of both directions has it."""
    whole = (cilium / "cilium-08-tcp6-short" / "worker.eth0.pcap").read_bytes()
    twice = [again for one in records(whole) for again in (one, one._replace(fraction=one.fraction + 2))]
    name = tmp_path / "worker.eth0.pcap"
    name.write_bytes(written(whole, twice))
    doubled = said([name], hosts)["capture.duplicate-frames"]
    assert "have the same bytes" in doubled.text
    assert doubled.severity == "info"
    assert doubled.count * 2 >= len(twice) // 2


@pytest.mark.parametrize("change", ["later", "other bytes"])
def test_no_duplicates(cilium, hosts, tmp_path, change):
    """What comes again a second later, or with another byte, is no duplicate."""
    whole = (cilium / "cilium-08-tcp6-short" / "worker.eth0.pcap").read_bytes()
    again = [
        one._replace(seconds=one.seconds + 60) if change == "later" else one._replace(data=one.data[:-1] + b"\xff")
        for one in records(whole)
    ]
    kept = (
        [*records(whole), *again]
        if change == "later"
        else [x for pair in zip(records(whole), again, strict=True) for x in pair]
    )
    name = tmp_path / "worker.eth0.pcap"
    name.write_bytes(written(whole, kept))
    assert "capture.duplicate-frames" not in said([name], hosts)


def test_clock_back(tmp_path):
    """The second frame is three seconds earlier than the first, the third 50 microseconds earlier than the second."""
    frame, start = bytes(60), 1_700_000_000_000_000_000
    times = (start, start - 3_000_000_000, start - 3_000_050_000, start + 1)
    name = tmp_path / "x.pcap"
    name.write_bytes(write_pcap([Frame(frame, time) for time in times]))
    back = said([name])["capture.clock-back"]
    assert back.count == 2
    assert "by 3 s at most" in back.text
    assert "usual" not in back.text
    assert [number for _, number in back.frames] == [2, 3]


def test_one_direction(cilium, hosts):
    """BPF host routing delivers past the lxc device: there only the pod's own packets are seen."""
    found = said([cilium / "cilium-kpr-01-ping6-cross-node" / "worker2.lxc91c4d60f3ab8.pcap"], hosts)
    one = found["capture.one-direction"]
    assert one.verdict == "by-design"
    assert "BPF host routing" in one.text
    assert one.place.at.interface == "lxc91c4d60f3ab8"


def test_both_directions(cilium, hosts):
    """With legacy host routing both directions pass the lxc device."""
    assert "capture.one-direction" not in said(
        [cilium / "cilium-01-ping6-cross-node" / "worker2.lxc91c4d60f3ab8.pcap"], hosts
    )


def test_begins_in_the_middle(cilium, hosts, tmp_path):
    """Without its handshake a connection was going on; another capture that has it says that it began later."""
    source = cilium / "cilium-08-tcp6-short"
    handshake = "tcp.flags.syn == 1"
    late = [
        name
        for name in folder_without(source, tmp_path, lambda name: handshake)
        if name.endswith("lxc237a31216c0f.pcap")
    ]
    begun = said(late, hosts)["capture.begins-in-the-middle"]
    assert begun.count == 1
    assert "already going on" in begun.text
    assert "capture.begins-in-the-middle" not in said([*late, source / "worker.eth0.pcap"], hosts)


def test_missed_frames(cilium, hosts, tmp_path):
    """An echo that is seen before and after worker2's card, and not there, was lost by the capture."""
    second = "icmpv6.echo.sequence_number == 2"
    names = folder_without(
        cilium / "cilium-01-ping6-cross-node", tmp_path, lambda name: second if name == "worker2.eth0.pcap" else None
    )
    missed = said([name for name in names if "any" not in name], hosts)["capture.missed-frames"]
    assert "worker2.eth0.pcap lacks" in missed.text
    assert [cause.cause for cause in missed.causes] == ["capture-loss"]
    assert (missed.place.at.node, missed.place.at.interface, missed.severity) == ("worker2", "eth0", "info")


def test_frames_before_a_capture_began_are_not_missed(cilium, hosts, tmp_path):
    """What passed before a capture began is not missed by it."""
    early = "icmpv6.echo.sequence_number == 1"
    names = folder_without(
        cilium / "cilium-01-ping6-cross-node", tmp_path, lambda name: early if name == "worker2.eth0.pcap" else None
    )
    assert "capture.missed-frames" not in said([name for name in names if "any" not in name], hosts)


def test_a_capture_tool_that_drops(shared_dir):
    """The tcpdump at worker2's card lost 22 frames itself, the network none (scenario cilium-43)."""
    folder = shared_dir / "captures" / "cilium-43-capture-tool-drops"
    found = diagnose(sorted(map(str, folder.glob("*.pcap"))), str(shared_dir / "captures" / "inventory")).findings
    assert [one for one in found if one.severity != "info"] == []
    (missed,) = [one for one in found if one.rule == "capture.missed-frames"]
    assert (missed.place.at.node, missed.place.at.interface) == ("worker2", "eth0")


def _pcapng(dropped):
    """A section, an interface, one packet, and statistics with `isb_ifdrop` where `dropped` is given."""

    def block(kind, body):
        size = struct.pack("<I", len(body) + 12)
        return struct.pack("<I", kind) + size + body + size

    packet = struct.pack("<IIIII", 0, 0, 1000, 60, 60) + bytes(60)
    options = b"" if dropped is None else struct.pack("<HHQ", 5, 8, dropped) + struct.pack("<HH", 0, 0)
    return b"".join(
        (
            block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)),
            block(1, struct.pack("<HHI", 1, 0, 0)),
            block(6, packet),
            block(5, struct.pack("<III", 0, 0, 2000) + options),
        )
    )


@pytest.mark.parametrize("dropped", [None, 0, 22])
def test_kernel_drops(tmp_path, dropped):
    """The statistics of a pcapng file count what was dropped; without any, nothing is said."""
    name = tmp_path / "x.pcapng"
    name.write_bytes(_pcapng(dropped))
    found = said([name])
    if not dropped:
        assert "capture.kernel-drops" not in found
        return
    drops = found["capture.kernel-drops"]
    assert (drops.count, drops.severity) == (22, "notice")
    assert "22 frames were dropped" in drops.text
    assert [cause.cause for cause in drops.causes] == ["capture-loss"]
