"""Who are the two ends of a packet, and of the tunnel around it?

Law: an end has the addresses that the frame shows and the owners that `names` gives for them; where a MAC is missing
(cooked captures, text) it stays missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import Damage, Endpoint, Outer
from vxlan_dissect.explain.tunnels import tunnel_of, vni_of

if TYPE_CHECKING:
    from vxlan_dissect.addresses import IP
    from vxlan_dissect.explain.learn import Lessons
    from vxlan_dissect.explain.names import Names
    from vxlan_dissect.explain.statements import CapturePoint
    from vxlan_dissect.packets import Packet


def ends_of(packet: Packet, names: Names, point: CapturePoint | None, lessons: Lessons) -> tuple[Endpoint, Endpoint]:
    """Sender and receiver of the innermost packet."""
    source, destination = _addresses(packet)
    here = point.node if point else None
    src_mac, dst_mac = packet.integer("eth.src"), packet.integer("eth.dst")
    if src_mac is None:
        src_mac = packet.integer("sll.src.mac")
    src_ip, dst_ip = names.of_end(source, (here, None)), names.of_end(destination, (here, None))
    pod = (src_ip.pod if src_ip else None) or (dst_ip.pod if dst_ip else None)
    holder, receiver = names.of_mac(src_mac, (here, pod)), names.of_mac(dst_mac, (here, pod))
    identity = vni_of(packet) if lessons.profile.vni == "identity" else None
    return Endpoint(src_mac, source, src_ip, holder, identity), Endpoint(dst_mac, destination, dst_ip, receiver)


def outer_of(packet: Packet, names: Names) -> Outer | None:
    """The tunnel around the innermost packet, None where there is none."""
    if not packet.get("frame.tunnels"):
        return None
    source, destination = _addresses(packet, "outer.")
    ends = []
    for side, ip in (("src", source), ("dst", destination)):
        mac, owner = packet.integer(f"outer.eth.{side}"), names.of_end(ip)
        ends.append(Endpoint(mac, ip, owner, names.of_mac(mac, (owner.node if owner else None, None))))
    tunnel = tunnel_of(packet)
    return Outer(
        tunnel.type,
        tunnel.vni,
        packet.integer("outer.udp.dstport"),
        tunnel.recognised_by,
        ends[0],
        ends[1],
        hop_limit_of(packet, "outer."),
        tunnel.key,
        tunnel.session,
        tunnel.label,
    )


def _addresses(packet: Packet, level: str = "") -> tuple[IP | None, IP | None]:
    for source, destination in (
        ("ipv6.src", "ipv6.dst"),
        ("ip.src", "ip.dst"),
        ("arp.src.proto_ipv4", "arp.dst.proto_ipv4"),
    ):
        src, dst = packet.ip(level + source), packet.ip(level + destination)
        if src is not None or dst is not None:
            return src, dst
    return None, None


def hop_limit_of(packet: Packet, level: str = "") -> int | None:
    """Hop limit or TTL of the packet at a level, None where absent."""
    limit = packet.integer(f"{level}ipv6.hlim")
    return limit if limit is not None else packet.integer(f"{level}ip.ttl")


def damage_of(packet: Packet) -> Damage | None:
    """Where the frame stops making sense, None where it does not."""
    layer = packet.integer("damage.layer")
    if layer is None:
        return None
    need, have, offset = (packet.integer(f"damage.{name}") or 0 for name in ("need", "have", "offset"))
    return Damage(packet.packets.layer_names[layer], need, have, packet.text("damage.limit") or "unknown", offset)
