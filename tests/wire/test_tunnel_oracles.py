"""Does scapy read the same from tunnels, and from what is named and not opened?"""

from __future__ import annotations

import pytest

from tests.wire import tunnels
from tests.wire.frames import decode_one, values


def test_every_tunnel_is_entered():
    """What is called a tunnel here has a packet inside, which is decoded to its end; the others have none."""
    for name, frame in (tunnels.TUNNELS | tunnels.GPE | tunnels.PSEUDOWIRES).items():
        packet = decode_one(frame)
        assert values(packet, "frame.tunnels", "damage.layer") == [1, None], name
        assert packet.protocols[-1] in {"tcp", "icmpv6"}, name
    for name, frame in tunnels.OTHERS.items():
        assert values(decode_one(frame), "frame.tunnels", "damage.layer") == [0, None], name


def test_scapy_reads_geneve_the_same():
    """Header, class and type of the first option, and where the packet inside begins."""
    geneve = pytest.importorskip("scapy.contrib.geneve", reason="needs scapy")
    from scapy.layers.l2 import Ether

    for name, frame in tunnels.TUNNELS.items():
        layer = Ether(frame).getlayer(geneve.GENEVE)
        if layer is None:
            assert not name.startswith("geneve")
            continue
        packet = decode_one(frame)
        names = ("outer.geneve.vni", "outer.geneve.proto_type", "outer.geneve.option.length")
        assert values(packet, *names) == [layer.vni, layer.proto, layer.optionlen * 4]
        assert packet.get("outer.geneve.flags") == layer.oam << 7 | layer.critical << 6
        options = layer.options
        assert packet.get("outer.geneve.option.count") == len(options)
        if options:
            names = ("outer.geneve.option.class", "outer.geneve.option.type")
            assert values(packet, *names) == [options[0].classid, options[0].type]
        if "MPLS" not in name:  # labels are a part of the tunnel here, and data for scapy
            assert packet.get("outer.data.len") == len(layer.payload)


def test_scapy_reads_gre_and_erspan_the_same():
    """The optional words, and session, VLAN and index of ERSPAN."""
    pytest.importorskip("scapy.contrib.erspan", reason="needs scapy")
    from scapy.layers.l2 import GRE, Ether

    read = 0
    for name, frame in (tunnels.TUNNELS | tunnels.OTHERS).items():
        layer = Ether(frame).getlayer(GRE)
        if layer is None or layer.version or "UDP" in name:
            continue
        packet = decode_one(frame)
        level = "outer." if packet.get("frame.tunnels") else ""
        assert packet.get(f"{level}gre.proto") == layer.proto, name
        for column, present, field in (
            ("gre.key", "key_present", "key"), ("gre.sequence_number", "seqnum_present", "sequence_number"),
            ("gre.checksum", "chksum_present", "chksum"),
        ):  # fmt: skip
            assert packet.get(level + column) == (getattr(layer, field) if getattr(layer, present) else None), name
        read += 1
    assert read == 10
    for name, column in (("erspan II", "outer.erspan.index"), ("erspan III", "outer.erspan.timestamp")):
        packet, layer = decode_one(tunnels.TUNNELS[name]), Ether(tunnels.TUNNELS[name])[GRE].payload
        names = ("outer.erspan.version", "outer.erspan.vlan", "outer.erspan.cos", "outer.erspan.spanid")
        assert values(packet, *names) == [layer.ver, layer.vlan, layer.cos, layer.session_id]
        assert packet.get(column) == getattr(layer, column.rpartition(".")[2])


def test_scapy_builds_what_we_read():
    """WireGuard, MPLS, NSH, ESP and AH made by scapy from its own fields."""
    wireguard = pytest.importorskip("scapy.contrib.wireguard", reason="needs scapy")
    from scapy.contrib.mpls import MPLS
    from scapy.contrib.nsh import NSH
    from scapy.layers.inet import IP, TCP, UDP
    from scapy.layers.ipsec import AH, ESP
    from scapy.layers.l2 import Ether

    link, ip = Ether(dst="02:00:00:00:00:01", src="02:00:00:00:00:02"), IP(src="10.0.0.1", dst="10.0.0.2")
    response = wireguard.Wireguard(message_type=2) / wireguard.WireguardResponse(
        sender_index=0x11223344, receiver_index=0x55667788
    )
    data = wireguard.Wireguard(message_type=4) / wireguard.WireguardTransport(
        receiver_index=0xAABBCCDD, counter=0x0102030405, encrypted_encapsulated_packet=b"x" * 32
    )
    labels = MPLS(label=16001, s=0, ttl=63) / MPLS(label=24001, s=1, cos=5, ttl=62)
    made = {
        bytes(link / ip / UDP(dport=51820) / response): {
            "wg.type": 2, "wg.sender": 0x11223344, "wg.receiver": 0x55667788,
        },
        bytes(link / ip / UDP(dport=51820) / data): {
            "wg.type": 4, "wg.receiver": 0xAABBCCDD, "wg.counter": 0x0102030405,
        },
        bytes(link / labels / ip / TCP()): {"mpls.label": 24001, "mpls.exp": 5, "mpls.ttl": 62, "mpls.labels": 2},
        bytes(link / NSH(spi=0xABCDEF, si=250, ttl=9, nextproto=1) / ip / TCP()): {
            "outer.nsh.spi": 0xABCDEF, "outer.nsh.si": 250, "outer.nsh.ttl": 9,
        },
        bytes(link / ip / ESP(spi=3, seq=9, data=b"x" * 32)): {"esp.spi": 3, "esp.sequence": 9},
        bytes(link / ip / AH(spi=4, seq=10, payloadlen=4, icv=b"x" * 12) / TCP()): {"ah.spi": 4, "ah.sequence": 10},
    }  # fmt: skip
    for frame, expected in made.items():
        packet = decode_one(frame)
        assert {name: packet.get(name) for name in expected} == expected
        assert packet.get("damage.layer") is None
