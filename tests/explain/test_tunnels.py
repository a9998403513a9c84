"""Is each tunnel called by its name, and are its numbers and the layers inside it told?"""

from __future__ import annotations

import pytest

import vxlan_dissect as vxd
from tests.wire.frames import decode_all, decode_one, ether, gre, ipv4, ipv6, overlay, tcp, udp, vxlan
from tests.wire.tunnels import EVERY, FRAME, GPE, PSEUDOWIRES, SEGMENT, TUNNELS
from vxlan_dissect import Inventory
from vxlan_dissect.explain.tunnels import inner_layers, tunnel_of, vni_of
from vxlan_dissect.report import words

NAMED = {
    "vxlan": "vxlan", "geneve": "geneve", "gre": "gre", "nvgre": "gre", "eoip": "gre", "erspan": "erspan",
    "ipip": "ipip", "sit": "sit", "ip4ip6": "ip4ip6", "ip6ip6": "ip6ip6", "ethernet in IPv6": "srv6", "mpls": "mpls",
    "nsh": "nsh", "ah in tunnel mode": "ipip", "gpe": "vxlan", "pseudowire": "mpls",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(TUNNELS | GPE | PSEUDOWIRES))
def test_types_and_what_is_inside(name):
    """The type is that of the tunnel around the innermost packet, whose own layers are what the decoder ends with."""
    packet = decode_one(EVERY[name])
    kind = NAMED[max((key for key in NAMED if name.startswith(key)), key=len)]
    assert tunnel_of(packet).type == kind
    inside = inner_layers(packet.protocols, kind)
    link = ("eth",) if packet.get("eth.src") is not None else ()
    assert inside == (*link, *(("ip", "tcp") if packet.get("ip.src") is not None else ("ipv6", "icmpv6")))


def test_numbers():
    """Each kind of tunnel has its own number, and no other's."""
    tunnels = {name: tunnel_of(decode_one(frame)) for name, frame in EVERY.items() if name in TUNNELS}
    assert {name for name, found in tunnels.items() if found.vni is not None} == {
        name for name in tunnels if name.startswith(("vxlan", "geneve"))
    }
    assert {name for name, found in tunnels.items() if found.key is not None} == {"gre, all words", "nvgre", "eoip"}
    assert {name for name, found in tunnels.items() if found.session is not None} == {"erspan II", "erspan III"}
    assert {name for name, found in tunnels.items() if found.label is not None} == {"mpls over UDP", "mpls over IPv4"}
    assert {found.recognised_by for name, found in tunnels.items() if found.vni is not None} == {"port"}


def test_the_innermost_tunnel_counts():
    """VXLAN in GRE and GRE in VXLAN: the tunnel is the one right around the innermost packet."""
    inside_gre = ether(ipv4(gre(overlay(FRAME), 0x6558), 47), 0x0800)
    inside_vxlan = overlay(ether(ipv4(gre(SEGMENT), 47), 0x0800))
    found = [tunnel_of(packet).type for packet in decode_all([inside_gre, inside_vxlan])]
    assert found == ["vxlan", "gre"]
    assert [vni_of(packet) for packet in decode_all([inside_gre, inside_vxlan])] == [10398, None]
    assert inner_layers(decode_one(overlay(overlay(FRAME))).protocols, "vxlan") == ("eth", "ipv6", "icmpv6")


def test_a_packet_inside_that_is_cut_does_not_change_the_tunnel():
    """IPv4 in IPv4 is called so by its protocol number, though nothing of the packet inside was captured."""
    whole = ether(ipv4(SEGMENT, 4), 0x0800)
    assert tunnel_of(decode_one(whole[:40], original=len(whole))).type == "ipip"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("vxlan", "VXLAN, VNI 10398, UDP port 4789, TTL 64"),
        ("geneve", "Geneve, VNI 10398, UDP port 6081, TTL 64"),
        ("nvgre", "GRE, key 11259143, TTL 64"),
        ("erspan II", "ERSPAN, session 517, TTL 64"),
        ("mpls over UDP", "MPLS, label 200, UDP port 6635, TTL 64"),
        ("sit", "SIT, TTL 64"),
        ("ethernet in IPv6", "SRv6, TTL 64"),
    ],
)
def test_words_and_json(name, text):
    """A tunnel is shown with its numbers, and the JSON has every key whatever the type."""
    outer = vxd.explain(decode_all([EVERY[name]]), Inventory())[0].outer
    assert words.tunnel(outer) == text
    assert list(outer.as_dict()) == [
        "type", "vni", "port", "recognised_by", "src", "dst", "ttl", "key", "session", "label",
    ]  # fmt: skip


def test_the_layers_that_are_shown_are_those_inside():
    """Of IP in IP the packet inside begins at the last IP header."""
    one = vxd.explain(decode_all([ether(ipv6(ipv4(tcp(), 6), 4))]), Inventory())[0]
    assert words.headers(one).startswith("ip tcp")


def test_geneve_is_spoken_of_as_vxlan_is():
    """The rule of tunnels with a network number, with the service of Cilium's option as evidence."""
    one = vxd.explain(decode_all([TUNNELS["geneve, DSR"]]), Inventory())[0]
    (said,) = [said for said in one.statements if said.rule == "tunnel.encapsulated"]
    assert "in Geneve (UDP port 6081)" in said.text
    assert {"outer.geneve.vni", "outer.geneve.dsr.ipv4", "outer.geneve.dsr.port"} <= {
        item.as_dict().get("field") for item in said.evidence
    }


def test_a_tunnel_without_macs_inside_is_not_taken_for_a_bridged_one():
    """GPE around IPv4 has no inner destination MAC that could be the destination's own."""
    frame = ether(ipv4(udp(vxlan(SEGMENT, flags=0x0C00, group=1), 4790)), 0x0800)
    explained = vxd.explain(decode_all([frame]), Inventory())
    assert not any("bridged" in note for note in explained.notes)
