"""In which tunnel is a packet, and what tells that tunnel from others of its kind?

Law: the columns of the packet around it say, since each tunnel has one that only it fills; a tunnel without a header of
its own is called as `ip -d link` calls it, after the IP versions outside and inside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from vxlan_dissect.packets import Packet

ERSPAN = (0x88BE, 0x22EB)
MPLS_IN_IP = 137
_INSIDE = {4: 4, 41: 6}  # protocol number -> IP version
_PLAIN = {(4, 4): "ipip", (4, 6): "sit", (6, 4): "ip4ip6", (6, 6): "ip6ip6"}


class Tunnel(NamedTuple):
    """`type` is its name, `vni` the network of VXLAN or Geneve, `key` of GRE, `session` of ERSPAN, `label` of MPLS.

    `recognised_by` is `port` or `header` where one of them told it. What the tunnel does not have is None.
    """

    type: str
    vni: int | None
    recognised_by: str | None
    key: int | None
    session: int | None
    label: int | None


def tunnel_of(packet: Packet) -> Tunnel:
    """The tunnel around the innermost packet of a frame that has one."""
    kind = _type(packet)
    return Tunnel(
        kind,
        vni_of(packet),
        packet.text(f"outer.{kind}.recognised_by") if kind in {"vxlan", "geneve"} else None,
        packet.integer("outer.gre.key"),
        packet.integer("outer.erspan.spanid"),
        packet.integer("outer.mpls.label") if kind == "mpls" else None,
    )


def vni_of(packet: Packet) -> int | None:
    """The network number of VXLAN or Geneve around the innermost packet."""
    vni = packet.integer("outer.vxlan.vni")
    return vni if vni is not None else packet.integer("outer.geneve.vni")


def inner_layers(layers: tuple[str, ...], kind: str) -> tuple[str, ...]:
    """The layers of the innermost packet, of those of the whole frame, when it is in a tunnel of type `kind`."""
    if kind in _PLAIN.values():
        begins = max(place for place, name in enumerate(layers) if name in {"ip", "ipv6"})
        return layers[begins:]
    if kind not in layers:
        return layers[len(layers) - layers[::-1].index("eth") - 1 :] if "eth" in layers else layers
    begins = len(layers) - layers[::-1].index(kind)
    # Labels, a control word and a service header in a tunnel are a part of it.
    while begins < len(layers) and layers[begins] in {"mpls", "pwethcw", "nsh"}:
        begins += 1
    return layers[begins:]


def _type(packet: Packet) -> str:
    for kind in ("vxlan", "geneve"):
        if packet.get(f"outer.{kind}.vni") is not None:
            return kind
    carried = packet.get("outer.gre.proto")
    if carried is not None:
        return "erspan" if carried in ERSPAN else "gre"
    outside = 4 if packet.get("outer.ip.src") is not None else 6
    protocol = packet.integer("outer.ip.proto" if outside == 4 else "outer.ipv6.nxt")
    if packet.get("outer.mpls.label") is not None and (
        protocol in {None, MPLS_IN_IP} or packet.get("outer.udp.dstport") is not None
    ):
        return "mpls"
    if packet.get("outer.nsh.spi") is not None:
        return "nsh"
    if packet.get("eth.src") is not None:
        return "srv6"  # next header 143 (RFC 8986 section 10.1)
    inside = _INSIDE.get(protocol or 0, 4 if packet.get("ip.src") is not None else 6)
    return _PLAIN[outside, inside]
