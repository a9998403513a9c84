"""What is to be seen of a packet at each interface that it passes?

Law: MACs, hop limit and tunnel header follow from the Profile and from who the ends are; what nobody knows is left out.
A hop at which the hop limit runs out is the last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.addresses import format_mac
from vxlan_dissect.datapath.base import Hop
from vxlan_dissect.datapath.legs import interface_of

if TYPE_CHECKING:
    from vxlan_dissect.datapath.base import Flow, Profile, Step

RUNS_OUT = "the hop limit runs out before it gets here"
# Before the cable the kernel leaves checksums and the cutting of segments to the card (net/core/dev.c,
# validate_xmit_skb); behind it, it joins segments again (net/core/gro.c). Virtual links carry both as they are.
_SENDING = "{0} checksum may be partial{1}"
_RECEIVED = "{0} checksum is complete if a cable lay between{1}"


def hops_of(profile: Profile, flow: Flow, steps: list[Step], here: int | None) -> tuple[Hop, ...]:
    """The steps as hops; `here` is the index of the one where the frame was captured, None where that is unknown."""
    hops = []
    for n, step in enumerate(steps, 1):
        hop = _hop(n, step, profile, flow, n - 1 == here)
        if flow.hop_limit is not None and step.fallen is not None and step.fallen >= flow.hop_limit and step.fallen:
            hops.append(hop._replace(action="drop", detail=RUNS_OUT, predicted={}))
            break
        hops.append(hop)
    return tuple(hops)


def _hop(n: int, step: Step, profile: Profile, flow: Flow, here: bool) -> Hop:
    side = step.side
    own = side.vacant or step.role in ("pod", "lxc", "outside", "station")
    owner = side.label if own else side.node
    return Hop(
        n,
        side.node,
        interface_of(step, profile),
        owner,
        step.action,
        step.detail,
        {} if flow.kind != "ip" else _predicted(step, profile, flow),
        visibility="blind" if step.blind and not here else "visible",
        seen="here" if here else "not-captured",
        role=step.role,
        node_address=side.node_address,
        offload=_offload(step, flow),
    )


def _offload(step: Step, flow: Flow) -> str | None:
    if flow.transport is None or step.role in ("outside", "station"):
        return None
    title, tcp = flow.transport.upper(), flow.transport == "tcp"
    if step.side is flow.src:
        return _SENDING.format(title, ", segments may still be joined (GSO)" if tcp else "")
    return _RECEIVED.format(title, ", segments may be joined again (GRO)" if tcp else "")


def _predicted(step: Step, profile: Profile, flow: Flow) -> dict[str, str]:
    found: dict[str, str] = dict(flow.outer) if step.wire else {}
    for column, mac in zip(("eth.src", "eth.dst"), step.macs or _macs(step, profile, flow), strict=True):
        if mac is not None:
            found[column] = format_mac(mac)
    if flow.hop_limit is not None and step.fallen is not None:
        found["ip.ttl" if flow.version == 4 else "ipv6.hlim"] = str(max(flow.hop_limit - step.fallen, 0))
    return found | dict(step.changed)


def _macs(step: Step, profile: Profile, flow: Flow) -> tuple[int | None, int | None]:
    src, dst = flow.src, flow.dst
    if dst.role == "unknown" and not (step.wire or step.role == "tunnel"):
        return src.mac, None
    if profile.flat and src.role == dst.role == "pod":
        return src.mac, dst.mac
    if profile.bridge and src.role == dst.role == "pod" and src.node == dst.node and not flow.tunnelled:
        return src.mac, dst.mac  # both hang on one bridge, so they know each other's MAC
    arriving = step.side is dst and step.role in ("lxc", "pod", "bridge")
    if arriving and dst.role == "pod":
        return (dst.bridge_mac if profile.bridge else dst.host_end_mac), dst.mac
    if step.role in ("pod", "lxc", "bridge"):
        return src.mac, (src.bridge_mac if profile.bridge else src.host_end_mac)
    if step.role == "tunnel" or step.wire:
        if profile.sender_macs:
            return (src.mac, src.host_end_mac) if src.role == "pod" else _of_host(profile, flow)
        if profile.tunnels:
            return src.tunnel_mac, dst.tunnel_mac
    return None, None


def _of_host(profile: Profile, flow: Flow) -> tuple[int | None, int | None]:
    """The MACs of what the node itself sends into the tunnel."""
    if profile.host is None or flow.src.role != "host":
        return None, None
    macs = dict(flow.src.host_macs)
    first, second = profile.host.sends
    return macs.get(first), None if second is None else macs.get(second)
