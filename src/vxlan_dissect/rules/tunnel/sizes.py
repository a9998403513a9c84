"""How many bytes does a tunnel add to an inner IP packet, and how large may that be?

Law: the overhead is counted from the headers of the frame, with those that it really has; where no tunnel is seen it
follows from the MTU of the route or of the tunnel device that the inventory lists for the sending node.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.explain.context import said
from vxlan_dissect.inventory.model import Host

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.statements import Evidence
    from vxlan_dissect.inventory.model import Interface

_TYPES = frozenset(("vxlan", "geneve", "ipip", "sit", "ip4ip6", "ip6ip6"))
_COUNTED = _TYPES | {"eth", "vlan", "sll", "sll2", "ip", "ipv6", "udp"}  # headers of which the bytes are known here
_UDP, _TUNNEL, _ETHERNET, _TAG, _IPV4, _IPV6 = 8, 8, 14, 4, 20, 40


class Room(NamedTuple):
    """The largest inner IP packet that a tunnel takes in one piece: `limit` bytes, for the reason `why`."""

    limit: int
    why: str
    evidence: list[Evidence]


def overhead(context: Context) -> list[tuple[str, int]] | None:
    """The headers around the inner IP packet, outer IP header first, with their bytes; None where they are unknown."""
    outer, layers = context.outer, context.packet.protocols
    if outer is None or context.packet.get("frame.tunnels") != 1 or outer.type not in _TYPES:
        return None
    inner = max((place for place, name in enumerate(layers) if name in ("ip", "ipv6")), default=0)
    if not set(layers[:inner]) <= _COUNTED:
        return None
    if context.get("ip.src") is None and context.get("ipv6.src") is None:
        return None
    four = context.get("outer.ip.src") is not None
    parts = [("IPv4", context.number("outer.ip.hdr_len") or _IPV4) if four else ("IPv6", _IPV6)]
    if outer.type in layers:
        parts += [("UDP", _UDP), (outer.title, _TUNNEL)]
        options = context.number("outer.geneve.option.length")
        parts += [("options", options)] if options else []
        if "eth" in layers[layers.index(outer.type) : inner]:
            parts.append(("inner Ethernet", _ETHERNET + _TAG * (context.number("vlan.tags") or 0)))
    return parts


def card(context: Context) -> Interface | None:
    """The network card by which the encapsulating node sends."""
    outer = context.outer
    owner = outer.src.owner if outer is not None else None
    if owner is None or owner.node is None:
        return None
    name = owner.interface or context.names.wiring.card(owner.node)
    return context.inventory.interface(Host(owner.node), name) if name else None


def room(context: Context) -> Room | None:
    """The room for the inner packet of a frame that goes, or will go, through a tunnel; None where that is unknown."""
    parts = overhead(context)
    if parts is not None:
        sends = card(context)
        if sends is None or sends.mtu is None:
            return None
        added = sum(size for _, size in parts)
        why = f"{sends.mtu} bytes of {sends.name} less {added} for the tunnel"
        return Room(sends.mtu - added, why, [said(sends)])
    into = next((hop for hop in context.hops if hop.action == "encapsulate"), None)
    if context.outer is not None or into is None or into.node is None:
        return None
    found = [_of_route(context), _of_device(context, into.node, into.interface)]
    rooms = [one for one in found if one is not None]
    return min(rooms, key=lambda one: one.limit) if rooms else None


def _of_route(context: Context) -> Room | None:
    """What the pod's default route leaves: Cilium keeps devices at full MTU and lowers that of the route."""
    sender, ip = context.src.owner, context.src.ip
    if sender is None or sender.host is None or sender.pod is None or ip is None:
        return None
    for _, route, host in context.inventory.gateways(ip.version):
        if host == sender.host and route.mtu is not None:
            return Room(route.mtu, f"the MTU of {sender.pod}'s default route", [said(route)])
    return None


def _of_device(context: Context, node: str, name: str | None) -> Room | None:
    device = context.inventory.interface(Host(node), name) if name else None
    if device is None or device.mtu is None:
        return None
    return Room(device.mtu, f"the MTU of {device.name} on {node}", [said(device)])
