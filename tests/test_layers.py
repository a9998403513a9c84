"""Do the layers of a frame hold every header, option and quoted packet, where tshark sees them?"""

from __future__ import annotations

import shutil
import struct
import subprocess
from xml.etree import ElementTree as ET

import pytest

from tests.wire.frames import (
    FAR_IP,
    LXC,
    POD,
    POD_IP,
    decode_all,
    decode_one,
    echo6,
    ether,
    ip6,
    ipv6,
    mac,
    overlay,
    tcp,
    udp,
)
from vxlan_dissect import schema
from vxlan_dissect.addresses import IP, parse_ip, parse_mac
from vxlan_dissect.decode import read
from vxlan_dissect.packets import CaptureInterface, Packets

ECHO = ether(ipv6(echo6()))


def places(layers):
    """Name, offset and length of each header on top."""
    return [(layer.name, layer.offset, layer.length) for layer in layers]


def test_headers_and_where_they_lie():
    """From the outside in, then the bytes after the last one."""
    layers = decode_one(overlay(ECHO)).layers
    assert places(layers) == [
        ("eth", 0, 14), ("ip", 14, 20), ("udp", 34, 8), ("vxlan", 42, 8), ("eth", 50, 14), ("ipv6", 64, 40),
        ("icmpv6", 104, 4), ("data", 112, 4),
    ]  # fmt: skip
    assert [layer.tunnels for layer in layers] == [0, 0, 0, 0, 1, 1, 1, 1]
    assert [(child.name, child.offset) for child in layers["icmpv6"].children] == [("icmpv6.echo", 108)]


def test_values_and_texts():
    """By the column or by the RFC's name, as Python values and as a reader has them."""
    layer = decode_one(ECHO).layers["ipv6"]
    assert layer.get("ipv6.src") == layer.get("source") == IP(6, parse_ip(POD_IP).value)
    assert layer.text("ipv6.dst") == FAR_IP
    assert (layer.get("ipv6.nxt"), layer.text("ipv6.nxt")) == (58, "ICMPv6")
    assert layer.get("version_class_flow") == 0x6AB12345
    assert (layer.get("ipv6.vlan"), layer.text("ipv6.vlan"), layer.get("")) == (None, None, None)
    assert "ipv6.hlim" in layer
    assert "ipv6.vlan" not in layer
    eth = decode_one(ECHO).layers[0]
    assert (eth.get("eth.src"), eth.text("eth.src")) == (parse_mac(POD), POD)


def test_a_name_picks_the_innermost():
    """As columns do; `every` gives all, and a name that is not there is an error that lists what is."""
    layers = decode_one(overlay(ECHO)).layers
    assert layers["eth"].offset == 50
    assert [layer.offset for layer in layers.every("eth")] == [0, 50]
    assert layers["icmpv6.echo"].get("icmpv6.echo.identifier") == 7726
    assert [layer.name for layer in layers[1:3]] == ["ip", "udp"]
    with pytest.raises(KeyError, match="no tcp in eth/ip/udp"):
        layers["tcp"]


def test_every_vlan_tag():
    """Columns keep the innermost tag; layers have all."""
    tags = struct.pack(">HHHH", 0x2064, 0x8100, 0x0007, 0x86DD)
    layers = decode_one(ether(tags + ipv6(echo6()), 0x88A8)).layers
    assert [layer.get("vlan.id") for layer in layers.every("vlan")] == [0x64, 7]


def test_every_tunnel():
    """All levels, also those that columns have no place for."""
    layers = decode_one(overlay(overlay(overlay(ECHO)))).layers
    assert [layer.tunnels for layer in layers.every("vxlan")] == [0, 1, 2]
    assert [layer.tunnels for layer in layers.every("ipv6")] == [3]


def test_every_option_of_neighbour_discovery():
    """Options are children of their message, in order, with what they say."""
    options = b"\x01\x01" + mac(POD) + b"\x02\x01" + mac(LXC) + b"\x05\x01\0\0" + struct.pack(">I", 1450)
    frame = ether(ipv6(struct.pack(">BBHI", 135, 0, 0, 0) + ip6(FAR_IP) + options))
    message = decode_one(frame).layers["icmpv6"]
    assert [(child.name, child.offset) for child in message.children] == [
        ("icmpv6.nd.ns", 58), ("icmpv6.opt", 78), ("icmpv6.opt", 86), ("icmpv6.opt", 94)
    ]  # fmt: skip
    assert message.children[1].text("icmpv6.opt.src_linkaddr") == POD
    assert message.children[2].text("icmpv6.opt.target_linkaddr") == LXC
    assert message.children[3].get("icmpv6.opt.mtu") == 1450


def test_options_of_tcp():
    """One child for each option, with its place."""
    options = b"\x02\x04\x05\x78" + b"\x01\x03\x03\x0a"
    layer = decode_one(ether(ipv6(tcp(options=options), 6))).layers["tcp"]
    assert layer.length == 28
    assert [(child.name, child.offset, child.length) for child in layer.children] == [
        ("tcp.options.mss_val", 74, 4), ("tcp.options.wscale.shift", 79, 3)
    ]  # fmt: skip
    assert [child.fields[0].value for child in layer.children] == [1400, 10]


def test_the_packet_that_an_error_quotes():
    """It stands below the error, and its bytes are not called data as well."""
    quoted = ipv6(udp(b"question", 53), 17, source=POD_IP, destination="fd00::53")
    layers = decode_one(ether(ipv6(struct.pack(">BBHI", 1, 4, 0, 0) + quoted))).layers
    assert [layer.name for layer in layers] == ["eth", "ipv6", "icmpv6"]
    assert [(child.name, child.offset) for child in layers["icmpv6"].children] == [
        ("icmpv6.error", 58), ("ipv6", 62), ("udp", 102)
    ]  # fmt: skip
    assert layers.every("ipv6")[1].text("ipv6.dst") == "fd00::53"
    assert layers["udp"].get("udp.dstport") == 53


def test_a_damaged_frame():
    """The whole headers are there, and what is damaged is said."""
    layers = decode_one(ECHO[:60], original=len(ECHO)).layers
    assert [layer.name for layer in layers] == ["eth", "ipv6", "icmpv6", "data"]
    assert layers.damage == "icmpv6.echo at byte 58 needs 4 and has 2 (captured length)"
    assert str(layers).endswith("damaged: icmpv6.echo at byte 58 needs 4 and has 2 (captured length)")


def test_frames_of_nothing():
    """A frame of no bytes, and one whose bytes are not at hand, have no headers."""
    assert len(decode_one(b"").layers) == 0
    packets = decode_all([ECHO])
    packets.buffers = ()
    assert [layer.name for layer in packets[0].layers] == ["eth", "ipv6", "icmpv6"]
    assert packets[0].layers["ipv6"].offset is None


def test_what_a_text_told(captures_dir):
    """Of a line without bytes the headers are those that it named, with its values."""
    packets = read(str(captures_dir / "dual-stack-ping6" / "pod-eth0.tcpdump.txt"))
    layers = packets[1].layers
    assert [layer.name for layer in layers] == ["eth", "ipv6", "icmpv6"]
    assert layers["icmpv6"].text("icmpv6.type") == "neighbor-advertisement"
    assert layers["eth"].text("eth.src") == LXC


def test_payloads_and_checksums(captures_dir):
    """What is made on demand stands with the header that it is about, or as the payload's own."""
    path = captures_dir / "flannel" / "flannel-60-dns-service-names" / "oak-w1.pod-cart-9zt4c.eth0.pcap"
    layers = read(str(path))[2].layers
    assert [layer.name for layer in layers] == ["eth", "ip", "udp", "dns"]
    assert layers["dns"].get("dns.qry.name") == "nettools.default.svc.cluster.local"
    assert "udp.checksum.status" in layers["udp"]


def test_the_tree():
    """Names, places and values, indented; hostile text is escaped."""
    text = str(decode_one(ECHO).layers)
    lines = text.splitlines()
    assert lines[0] == "eth, byte 0, 14 bytes"
    assert "  ipv6.src                                  fd00:10:244:1::4749" in lines
    assert "  icmpv6.checksum                           35929 (0x8c59)" in lines
    assert "  icmpv6.echo, byte 58, 4 bytes" in lines
    assert repr(decode_one(ECHO).layers) == text
    assert repr(decode_one(ECHO).layers["icmpv6.echo"]).startswith("<Layer icmpv6.echo: icmpv6.echo.identifier = 7726")


def test_layers_agree_with_columns(captures_dir):
    """The innermost occurrence of a field in the layers is the column, in every frame of every stored scenario."""
    checked = 0
    for folder in sorted({path.parent for path in captures_dir.rglob("*.pcap")}):
        packets = read(str(min(folder.glob("*.pcap"))))
        for packet in list(packets)[:40]:
            if packet.get("frame.fragments") or packet.get("frame.reassembled_in"):
                continue  # its ports and lengths are those of other frames too
            depth = packet.integer("frame.tunnels") or 0
            inner = [layer for layer in packet.layers if layer.tunnels == depth]
            for field in schema.PACKET_FIELDS:
                value = packet.get(field.name)
                if value is None or field.name.startswith("data."):
                    continue
                said = [
                    each.value
                    for layer in inner
                    for part in layer.walk()
                    for each in part.fields
                    if each.column == field.name
                ]
                assert value in said, (folder, packet.number, field.name)
                checked += 1
    assert checked > 3000


@pytest.mark.skipif(
    shutil.which("tshark") is None, reason="tshark is not installed, so there is nothing to compare with"
)
def test_tshark_sees_headers_at_the_same_places(captures_dir):
    """Names, offsets and lengths of link, network and tunnel headers are those of tshark's detailed tree."""
    compared = 0
    names = {"eth", "sll", "vlan", "ip", "ipv6", "udp", "tcp", "vxlan", "arp", "icmp", "icmpv6"}
    for name in (
        "cilium-1.16/cilium-08-tcp6-short/worker.any.pcap",
        "cilium-1.16/cilium-07-ping6-remote-router/worker.eth0.pcap",
        "cilium-1.16/cilium-31-ndp-variants/worker.any.pcap",
    ):
        command = ["tshark", "-r", str(captures_dir / name), "-d", "udp.port==8472,vxlan", "-T", "pdml"]
        done = subprocess.run(command, capture_output=True, check=True)
        theirs = [
            [(p.get("name"), int(p.get("pos")), int(p.get("size"))) for p in packet.findall("proto")]
            for packet in ET.fromstring(done.stdout)
        ]
        for packet, protos in zip(read(str(captures_dir / name)), theirs, strict=True):
            expected = [proto for proto in protos if proto[0] in names]
            # tshark counts the whole message as ICMPv6, we its first four bytes.
            mine = [place for place in places(packet.layers) if place[0] in names]
            whole = {"icmpv6", "icmp", "arp"}
            assert [place[:2] for place in mine] == [proto[:2] for proto in expected]
            for ours, other in zip(mine, expected, strict=True):
                assert ours[0] in whole or ours == other
                compared += 1
    assert compared > 200


@pytest.mark.parametrize("linktype", [0, 1, 101, 113, 276])
def test_bytes_that_mean_nothing(linktype):
    """Arbitrary bytes have layers, which stay within the frame."""
    for size in range(0, 120, 7):
        layers = decode_one(bytes(n * 37 % 251 for n in range(size)), linktype).layers
        assert all(layer.offset + layer.length <= size for layer in layers)
        assert str(layers) is not None


def test_interfaces_that_are_missing():
    """A frame of a link type that nobody knows has its bytes as data."""
    packets = decode_all([ECHO], interfaces=(CaptureInterface(147),))
    assert isinstance(packets, Packets)
    assert [layer.name for layer in packets[0].layers] == ["data"]
    assert packets[0].layers[0].length == len(ECHO)


def test_an_empty_name_is_in_no_layer():
    """Fields that have only one of the two names do not make the other one, which is empty, be there."""
    packet = decode_one(ECHO)
    assert all("" not in layer for layer in packet.layers)
    assert "eth.src" in packet.layers[0]
