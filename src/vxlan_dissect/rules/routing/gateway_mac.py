"""A packet is sent to the MAC of a next hop, not to that of its destination.

Shows
    Whose the destination MAC is, and that the IP destination lives elsewhere behind it.

Why it matters
    It answers the question that costs the hour: whose is this MAC? A pod's frames all go to one MAC, that of its
    gateway, whatever their destination; under Cilium it belongs to the host end of the pod's own veth.

How we know
    The destination MAC belongs to another interface than the destination address. A pod's default route names its
    gateway and its neighbour table gives the gateway's MAC. Cilium: pods have /32 and /128 addresses and one default
    route (plugins/cilium-cni, pkg/datapath/connector/ipam.go).

What to check next
    If the MAC is not that of the pod's current host end: a stale neighbour entry (`ip neigh` in the pod).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.addresses import format_mac, is_multicast_mac
from vxlan_dissect.explain.context import called, said, said_by, sureness
from vxlan_dissect.explain.names import device
from vxlan_dissect.explain.statements import NORMAL, Statement
from vxlan_dissect.rules.hosts import neighbours_of, routes_of

if TYPE_CHECKING:
    from vxlan_dissect.addresses import IP
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.statements import Evidence
    from vxlan_dissect.inventory.model import Owner

NAME = "routing.gateway-mac"


def check(context: Context) -> Statement | None:
    """Speak where the destination MAC is a next hop's."""
    ip, mac, holder = context.dst.ip, context.dst.mac, context.dst.mac_owner
    if ip is None or mac is None or holder is None or context.get("arp.opcode") is not None:
        return None
    if ip.is_multicast or ip.is_link_local or is_multicast_mac(mac) or holder.what in ("pod", "group"):
        return None
    if context.get("icmpv6.type") in (135, 136):
        return None  # a probe of the neighbour itself goes to its own MAC
    owner = context.dst.ip_owner
    if holder.what != "lxc" and owner is not None and owner.host == holder.host is not None:
        return None
    gateway, evidence = _gateway(context, ip, mac)
    whose = device(holder) or "the gateway"
    serves = (
        f", the host end of {holder.serves}'s veth"
        if holder.what == "lxc" and holder.serves and holder.interface
        else ""
    )
    text = f"Sent to {format_mac(mac)}, which is {whose}{serves}: the next hop towards {called(context.dst)}"
    text += f", found as the MAC of the gateway {gateway}." if gateway else "."
    named = owner if owner is not None and owner.names else None  # the sentence then rests on what DNS said, too
    evidence = [*context.fields("eth.dst", "ip.dst", "ipv6.dst"), *said_by(holder), *evidence, *said_by(named)]
    return Statement(NAME, text, NORMAL, sureness(holder, named), tuple(evidence))


def _gateway(context: Context, destination: IP, mac: int) -> tuple[IP | None, list[Evidence]]:
    """The gateway address behind the MAC, by the sender's neighbour table and default route."""
    sender: Owner | None = context.src.owner
    if sender is None or sender.host is None:
        return None, []
    table = context.inventory, sender.host, destination.version
    routes = [route for route in routes_of(*table) if route.prefix is None]
    via = {route.via for route in routes}
    entry = next((entry for entry in neighbours_of(*table) if entry.mac == mac and entry.ip in via), None)
    evidence: list[Evidence] = [said(entry)] if entry else []
    holder = context.dst.mac_owner
    own_veth = holder is not None and holder.what == "lxc" and holder.serves == sender.pod is not None
    if entry or own_veth:
        evidence += [said(route) for route in routes[:1]]
    return (entry.ip if entry else None), evidence
