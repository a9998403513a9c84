"""A tunnel packet has a VNI or port that its node's tunnel devices do not have.

Shows
    The VNI and the UDP port of the packet, and those of the devices that the inventory lists at the node.

Why it matters
    A node takes in only what a device of its own has the port and the VNI of. The rest is refused with ICMP port
    unreachable where the port is closed, and is dropped without a word where only the VNI is wrong. It happens where a
    replaced network plugin has left a device or route behind, and where two nodes were set up differently.

How we know
    `ip -d link` prints `vxlan id VNI ... dstport PORT`; a device in external mode (Cilium's) takes in every VNI of its
    port. Linux looks for the device by port and VNI (`vxlan_rcv`, drivers/net/vxlan/vxlan_core.c). The inventory may
    be older than the device. Without one it shows where each node sends with a VNI of its own, and neither is answered.

What to check next
    `ip -d link show type vxlan` on both nodes; `ss -lun` (is the port open?); `ip route get ADDRESS` on the sender.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called, said
from vxlan_dissect.explain.statements import LIKELY, NORMAL, POSSIBLE, SUSPICIOUS, Cause, FactEvidence, Statement
from vxlan_dissect.rules.cards import at_card
from vxlan_dissect.rules.heard import comes_back, values_by
from vxlan_dissect.rules.tunnel.nodes import homes, node_with

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.statements import Endpoint, Outer
    from vxlan_dissect.inventory.model import Interface

NAME = "tunnel.unexpected-network"
_SHOWN = 3  # devices or VNIs in a sentence
_FLOW = ("outer.ip.src", "outer.ip.dst", "outer.ipv6.src", "outer.ipv6.dst", "outer.udp.dstport")


def check(context: Context) -> Statement | None:
    """Speak where the receiver's tunnel devices, or else the sender's, have not this port and VNI."""
    outer = context.outer
    if outer is None or outer.vni is None or outer.port is None:
        return None
    for end in (outer.dst, outer.src):
        devices = _devices(context, end, outer.type)
        if devices and not any(_takes(device, outer) for device in devices):
            return _says(context, outer, end, devices)
    return _other_vnis(context, outer) if context.profile.vni != "identity" else None


def _says(context: Context, outer: Outer, end: Endpoint, devices: list[Interface]) -> Statement:
    node = node_with(context.inventory, end.ip) or called(end)
    listed = ", ".join(f"{device.name} ({_numbers(device)})" for device in devices[:_SHOWN])
    more = f" and {len(devices) - _SHOWN} more" if len(devices) > _SHOWN else ""
    text = f"{node} has no {outer.title} device for VNI {outer.vni} on UDP port {outer.port}; "
    text += f"the inventory lists {listed}{more}."
    evidence = (
        *context.fields("outer.vxlan.vni", "outer.geneve.vni", "outer.udp.dstport", "outer.ip.dst", "outer.ipv6.dst"),
        *(said(device) for device in devices[:_SHOWN]),
    )
    back = comes_back(context)
    if back:
        text += " Answers come back, so the device is there: the inventory is of another time."
        return Statement(NAME, text, NORMAL, POSSIBLE, evidence)
    if back is None:
        text += " Whether the packet is taken in, this capture does not show."
        return Statement(NAME, text, NORMAL, POSSIBLE, evidence)
    text += " No answer comes back."
    why = f"{node} does not take in VNI {outer.vni} on port {outer.port}: left over, or set up differently there"
    causes, place = (Cause("tunnel-mismatch", why),), at_card(context, end.owner)
    return Statement(NAME, text, SUSPICIOUS, LIKELY, evidence, causes=causes, place=place)


def _other_vnis(context: Context, outer: Outer) -> Statement | None:
    """What to say where the receiver sends back on the same port, but never with this VNI."""
    src4, dst4, src6, dst6, port = (context.get(name) for name in _FLOW)
    seen = values_by(context.packet.packets, _FLOW, "outer.vxlan.vni").get((dst4, src4, dst6, src6, port), ())
    back = sorted(vni for vni in seen if isinstance(vni, int))
    if not back or outer.vni in back or comes_back(context) is not False:
        return None
    others = ", ".join(map(str, back[:_SHOWN]))
    sender, receiver = called(outer.src), called(outer.dst)
    text = f"No answer comes back with VNI {outer.vni}, and {receiver} sends to {sender} with VNI {others} only: "
    text += "the two may have different numbers for one network."
    shown = FactEvidence("inferred", None, f"VNIs from {receiver} to {sender} on this port: {others}")
    cause = Cause("tunnel-mismatch", f"{receiver} drops VNI {outer.vni}, which it has no device for")
    evidence, place = (*context.fields(*_FLOW, "outer.vxlan.vni"), shown), at_card(context, outer.dst.owner)
    return Statement(NAME, text, SUSPICIOUS, POSSIBLE, evidence, causes=(cause,), place=place)


def _devices(context: Context, end: Endpoint, kind: str) -> list[Interface]:
    tunnels = homes(context.inventory).tunnels
    node = node_with(context.inventory, end.ip) if tunnels else None
    return [] if node is None else [device for device in tunnels.get(node, ()) if device.kind == kind]


def _takes(device: Interface, outer: Outer) -> bool:
    return device.port == outer.port and (device.external or device.vni in (None, outer.vni))


def _numbers(device: Interface) -> str:
    vni = "any VNI" if device.external or device.vni is None else f"VNI {device.vni}"
    return f"{vni}, port {device.port}"
