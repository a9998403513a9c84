"""Do single frames become packets of scapy and dpkt, byte for byte, whatever their link type?"""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.wire.frames import (
    FAR_IP,
    LXC,
    NODE_IP,
    POD,
    POD_IP,
    decode_all,
    decode_one,
    echo6,
    ether,
    ip4,
    ip6,
    ipv4,
    ipv6,
    mac,
    overlay,
    tcp,
)
from vxlan_dissect.decode import read
from vxlan_dissect.errors import UsageError

ECHO = ether(ipv6(echo6()))
COOKED = b"\0\4\0\1\0\6" + mac(LXC) + b"\0\0\x86\xdd"
COOKED2 = b"\x86\xdd\0\0\0\0\0\4\0\1\4\6" + mac(LXC) + b"\0\0"
# Link type, frame, the class in scapy, and in dpkt.
KINDS = [
    (1, ECHO, "Ether", "Ethernet"),
    (113, COOKED + ECHO[14:], "CookedLinux", "SLL"),
    (276, COOKED2 + ECHO[14:], "CookedLinuxV2", "SLL2"),
    (101, ECHO[14:], "IPv6", "IP6"),
    (101, ipv4(tcp(), 6), "IP", "IP"),
    (228, ipv4(tcp(), 6), "IP", "IP"),
    (229, ECHO[14:], "IPv6", "IP6"),
    (0, b"\x1e\0\0\0" + ECHO[14:], "Loopback", "Loopback"),
]


@pytest.mark.parametrize(("linktype", "frame", "scapys", "_dpkts"), KINDS)
def test_scapy_by_link_type(linktype, frame, scapys, _dpkts):
    """The class of the link type, with the bytes as they were captured."""
    packet = decode_one(frame, linktype).to_scapy()
    assert type(packet).__name__ == scapys
    assert packet.original == frame


@pytest.mark.parametrize(("linktype", "frame", "_scapys", "dpkts"), KINDS)
def test_dpkt_by_link_type(linktype, frame, _scapys, dpkts):
    """The class of the link type, with what it says of the network layer."""
    packet = decode_one(frame, linktype).to_dpkt()
    assert type(packet).__name__ == dpkts
    network = packet if dpkts.startswith("IP") else packet.data
    assert bytes(network.src) == (ip6(POD_IP) if len(network.src) == 16 else ip4(NODE_IP))


def test_scapy_has_fields_time_and_length():
    """Addresses, the tunnel and what is inside, capture time and wire length."""
    packets = decode_all([ECHO, overlay(ECHO)], original=[1514, len(overlay(ECHO))])
    plain, tunnelled = (packet.to_scapy() for packet in packets)
    assert (plain["Ethernet"].src, plain["IPv6"].src, plain["IPv6"].dst) == (POD, POD_IP, FAR_IP)
    assert plain.wirelen == 1514
    assert tunnelled["VXLAN"].vni == 10398
    assert tunnelled["VXLAN"].payload["IPv6"].src == POD_IP
    assert tunnelled.time * 1_000_000_000 == 1000


def test_times_keep_their_nanoseconds(captures_dir):
    """A time of today has more digits than a float."""
    packet = read(str(captures_dir / "dual-stack-ping6" / "1.cap"))[0]
    assert int(packet.to_scapy().time * 1_000_000_000) == packet.get("frame.time_epoch")


def test_a_time_that_is_missing():
    """An undated frame gets none of our making."""
    assert decode_all([ECHO], dated=False)[0].to_scapy().wirelen == len(ECHO)


def test_dpkt_has_fields():
    """Addresses as bytes, and what is inside."""
    packet = decode_one(ether(ipv4(tcp(b"four"), 6), 0x0800)).to_dpkt()
    assert (packet.src, packet.data.data.dport, packet.data.data.data) == (mac(POD), 8080, b"four")


def test_a_frame_that_dpkt_refuses():
    """What dpkt finds damaged is said with the frame's number."""
    with pytest.raises(UsageError, match="frame 1: dpkt cannot read it"):
        decode_one(ECHO[:9]).to_dpkt()


@pytest.mark.parametrize("convert", ["to_scapy", "to_dpkt"])
def test_a_link_type_that_is_unknown(convert):
    """It is named."""
    from vxlan_dissect.packets import CaptureInterface

    packet = decode_all([ECHO], interfaces=(CaptureInterface(9999),))[0]
    with pytest.raises(UsageError, match="knows no link type 9999"):
        getattr(packet, convert)()


@pytest.mark.parametrize("convert", ["to_scapy", "to_dpkt"])
def test_a_frame_without_bytes(captures_dir, convert):
    """A line of text has no bytes to hand on."""
    packet = read(str(captures_dir / "dual-stack-ping6" / "pod-eth0.tcpdump.txt"))[0]
    with pytest.raises(UsageError, match="its bytes are not at hand"):
        getattr(packet, convert)()


def test_scapy_that_is_missing(monkeypatch):
    """The error says how to get it."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "scapy"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "scapy", None)
    with pytest.raises(UsageError, match=r"scapy is not installed: pip install 'vxlan_dissect\[scapy\]'"):
        decode_one(ECHO).to_scapy()


def test_nothing_is_loaded_before_it_is_asked_for():
    """Reading packets loads neither."""
    code = "import sys, vxlan_dissect as v; v.read(sys.argv[1])[0].layers; print({'scapy'} & sys.modules.keys())"
    command = [sys.executable, "-c", code, "captures/dual-stack-ping6/pod-eth0.pcap"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_one_file_names_scapy(files_of_source):
    """No other file of the source imports scapy."""
    assert [path.name for path in files_of_source if "scapy" in imports(path)] == ["interop_scapy.py"]


@pytest.fixture
def files_of_source(root):
    """The Python files of the package."""
    return sorted((root / "src").rglob("*.py"))


def imports(path):
    """The packages that a file imports."""
    import ast

    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found
