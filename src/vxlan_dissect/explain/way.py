"""Which way does this packet take, and where on it was it captured?

Law: the ends come from the owners of the addresses and the routes of the nodes, the way from the datapath, the place
from the capture point; where one of them is unknown the way is shorter, never guessed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.datapath.base import Flow, Side
from vxlan_dissect.datapath.legs import interface_of, steps_of
from vxlan_dissect.datapath.predict import hops_of
from vxlan_dissect.explain.ends import hop_limit_of
from vxlan_dissect.explain.pair import ANSWERED, ANSWERS, OPEN, UNANSWERED

if TYPE_CHECKING:
    from vxlan_dissect.addresses import IP
    from vxlan_dissect.datapath.base import Hop, Profile, Step
    from vxlan_dissect.explain.learn import Lessons
    from vxlan_dissect.explain.names import Names
    from vxlan_dissect.explain.statements import CapturePoint, Endpoint, Outer
    from vxlan_dissect.explain.wiring import Wiring
    from vxlan_dissect.packets import Packet


class _Device(NamedTuple):
    """Which tunnel device a packet needs: IP version of the tunnel (or of the packet, where none is seen) and VNI.

    `plain` is set for IP in IP, which needs a tunl device; `name` where a route says which device it is.
    """

    version: int
    vni: int | None
    plain: bool
    geneve: bool = False
    name: str | None = None


REMOTE_NODE, TIME_EXCEEDED = 6, 3
_BEYOND = ("outside", "host")  # where a pod's address is not known
_HOSTS = ("node", "router", "tunnel", "host")


def way_of(
    packet: Packet,
    names: Names,
    lessons: Lessons,
    src: Endpoint,
    dst: Endpoint,
    *,
    outer: Outer | None,
    point: CapturePoint | None,
    exchange: int,
) -> tuple[Hop, ...]:
    """The hops of a packet, with the one where it was captured marked."""
    profile, wiring = lessons.profile, names.wiring
    version = 4 if src.ip is not None and src.ip.version == 4 else 6
    device = _device(version, outer)
    target = packet.ip("icmpv6.nd.ns.target_address") if profile.flat else None
    if target is not None:  # the group that the question goes to is not who is asked
        dst = dst._replace(ip=target, ip_owner=names.of_ip(target))
    tunnel_nodes = (outer.src.owner, outer.dst.owner) if outer else (None, None)
    sides = [
        _side(endpoint, names, profile, device, is_tunnelled=outer is not None, node=node.node if node else None)
        for endpoint, node in zip((src, dst), tunnel_nodes, strict=True)
    ]
    tunnelled = outer is not None
    if outer is not None:
        sides = [
            side._replace(
                nic=(end.owner.interface if end.owner else None) or _seen_at(point, side.node) or side.nic,
                node_address=None if end.ip is None else str(end.ip),
            )
            for side, end in zip(sides, (outer.src, outer.dst), strict=True)
        ]
        there = outer.dst.owner.node if outer.dst.owner else None
        if sides[1].node is not None and there not in (None, sides[1].node):
            # It goes where the outer header says, whoever should have it.
            sides[1] = Side("unknown", None, dst.ip, there, nic=wiring.card(there), node_address=sides[1].node_address)
            sides[1] = _with_tunnel(sides[1], wiring, profile, device)
    elif not _at_card(sides, point):
        tunnelled, name = _by_tunnel(sides, lessons, wiring)
        if name is not None:
            sides = [_with_tunnel(side, wiring, profile, device._replace(name=name)) for side in sides]
    if profile.host is not None and not _by_host(packet, profile, device.vni):
        sides[0] = sides[0]._replace(host_macs=())
    if not tunnelled and sides[0].node != sides[1].node:
        sides = _plain(sides, wiring, exchange)
    flow = Flow(
        sides[0],
        sides[1],
        _flow_kind(packet),
        tunnelled,
        version,
        None,
        _outer_columns(packet) if outer else {},
        exchange == ANSWERED if exchange in (ANSWERED, UNANSWERED, OPEN) else None,
        wiring.on_link(sides[0].node, sides[1].node),
        packet.get("icmpv6.type") in (128, 129),
        next((name for name in ("tcp", "udp") if packet.get(f"{name}.srcport") is not None), None),
    )
    if flow.kind == "answer" and flow.dst.role == "pod" and flow.src.node is None:
        flow = flow._replace(src=flow.src._replace(node=flow.dst.node))
    steps = steps_of(profile, flow)
    here = _captured_at(steps, profile, point)
    return hops_of(profile, flow._replace(hop_limit=_sent_with(packet, steps, here, outer)), steps, here)


def _by_host(packet: Packet, profile: Profile, vni: int | None) -> bool:
    """Whether the node's kernel surely sends what comes from its gateway address.

    Cilium's programs send with it too: for clients from outside (VNI 2), and when a hop limit runs out.
    """
    if packet.get("icmpv6.type") == TIME_EXCEEDED:
        return False
    return vni == REMOTE_NODE or profile.translates is False or packet.get("icmpv6.type") in (128, 129)


def _device(version: int, outer: Outer | None) -> _Device:
    if outer is None:
        return _Device(version, None, plain=False)
    tunnel = outer.src.ip.version if outer.src.ip else 4
    return _Device(tunnel, outer.vni, plain=outer.vni is None, geneve=outer.type == "geneve")


def _at_card(sides: list[Side], point: CapturePoint | None) -> bool:
    """Whether the frame was captured at a node's network card, where a tunnel header would show."""
    return (
        point is not None
        and point.pod is None
        and any(side.node == point.node is not None and side.nic == point.interface is not None for side in sides)
    )


def _by_tunnel(sides: list[Side], lessons: Lessons, wiring: Wiring) -> tuple[bool, str | None]:
    """Whether a packet without a tunnel header will get one or had one, and the device if a route names it."""
    src, dst = sides
    profile = lessons.profile
    if None in (src.node, dst.node) or src.node == dst.node:
        return False, None
    if profile.sender_macs or not profile.tunnels:
        return lessons.overlay and _crosses(src, dst), None
    route = wiring.route(src.node, dst.ip)
    if route is None or route.prefix is None or route.device is None:
        return lessons.overlay and _crosses(src, dst), None
    return route.device.startswith(profile.tunnels), route.device if route.device.startswith(profile.tunnels) else None


def _crosses(src: Side, dst: Side) -> bool:
    """Whether a packet between two pods, or a pod and a gateway address, has to get from node to node."""
    return all(side.role == "pod" or (side.owner is not None and side.owner.what == "router") for side in (src, dst))


def _plain(sides: list[Side], wiring: Wiring, exchange: int) -> list[Side]:
    """Both sides with what shows where a packet travels between network cards without a tunnel."""
    src, dst = sides
    out = wiring.next_hop(src.node, dst.ip)
    src = src._replace(nic_mac=wiring.card_mac(src.node, src.nic), next_hop_mac=out.mac if out else None)
    dst = dst._replace(nic_mac=wiring.card_mac(dst.node, dst.nic))
    # Conntrack leaves answers as they are on the way out and translates them back on the way in.
    answers = exchange == ANSWERS
    asks = exchange in (ANSWERED, UNANSWERED, OPEN) or (dst.role == "outside" and not answers)
    if src.role == "pod" and dst.role in _BEYOND and asks and wiring.masquerades(src.node, src.ip, dst.ip, dst.role):
        src = src._replace(masquerade=_on_card(src, wiring))
    answered = src.role in _BEYOND and dst.role == "pod" and answers
    if answered and wiring.masquerades(dst.node, dst.ip, src.ip, src.role):
        dst = dst._replace(masquerade=_on_card(dst, wiring))
    return [src, dst]


def _on_card(side: Side, wiring: Wiring) -> IP | None:
    return None if side.ip is None else wiring.address_on_card(side.node, side.ip.version)


def _flow_kind(packet: Packet) -> str:
    asks = packet.get("icmpv6.type") == 135 or packet.get("arp.opcode") == 1
    answers = packet.get("icmpv6.type") == 136 or packet.get("arp.opcode") == 2
    return "ask" if asks else "answer" if answers else "ip"


def _side(
    endpoint: Endpoint, names: Names, profile: Profile, device: _Device, *, is_tunnelled: bool, node: str | None
) -> Side:
    holder = endpoint.mac_owner
    of_pod = holder is not None and holder.what == "pod" and holder.fact is not None
    if of_pod and endpoint.owner is None and endpoint.ip is not None and not endpoint.ip.is_link_local:
        endpoint = endpoint._replace(ip_owner=holder)  # an address that is not the pod's own
    inventory, owner, ip, wiring = names.inventory, endpoint.owner, endpoint.ip, names.wiring
    if owner is not None and owner.what == "pod":
        return _pod_side(endpoint, names, profile, device, owner.node or node)
    if owner is not None and owner.what in _HOSTS:
        where = owner.node or node
        card = wiring.card(where) or (owner.interface if owner.what == "node" else None)
        side = Side("host", owner, ip, where, owner.interface, endpoint.mac, nic=card)
        side = _with_tunnel(side, wiring, profile, device)
        return side._replace(host_macs=_host_macs(side, wiring)) if profile.host is not None else side
    if ip is None or ip.is_multicast or ip.is_unspecified or (owner is None and ip.is_link_local):
        side = Side("unknown", owner, ip, node, nic=wiring.card(node))
        return _with_tunnel(side, wiring, profile, device)
    if owner is not None and owner.what == "service":
        return Side("service", owner, ip)
    routed = wiring.range_of(ip) if owner is None else None
    if is_tunnelled or routed is not None:
        # What is not a node's own address and travels in the tunnel belongs to a pod.
        return _pod_side(endpoint, names, profile, device, node or (routed[0] if routed else None))
    return Side("outside" if inventory.nodes or inventory.interfaces else "unknown", owner, ip, node)


def _host_macs(side: Side, wiring: Wiring) -> tuple[tuple[str, int], ...]:
    """The MACs of the devices by which the node's own packets enter and leave the tunnel, by name."""
    found = [(name, wiring.device(side.node, name)) for name in ("cilium_host", "cilium_net")]
    macs = [(name, device.mac) for name, device in found if device is not None and device.mac is not None]
    return (*macs, *((("tunnel", side.tunnel_mac),) if side.tunnel_mac is not None else ()))


def _pod_side(endpoint: Endpoint, names: Names, profile: Profile, device: _Device, node: str | None) -> Side:
    inventory, owner, pod = names.inventory, endpoint.owner, endpoint.pod_name
    host_end = inventory.lxc_of_pod(pod) if pod else None
    own = names.interface_of(owner) if pod else None
    bridge = names.wiring.device(node, profile.bridge) if profile.bridge else None
    side = Side(
        "pod",
        owner,
        endpoint.ip,
        node,
        own.name if own else None,
        own.mac if own else _own_mac(endpoint),
        host_end.name if host_end else None,
        host_end.mac if host_end else _host_end_mac(names, pod),
        bridge.name if bridge else None,
        bridge.mac if bridge else None,
        nic=names.wiring.card(node),
        vacant=pod is None and node is not None and names.wiring.lists_pods_of(node),
    )
    return _with_tunnel(side, names.wiring, profile, device)


def _own_mac(endpoint: Endpoint) -> int | None:
    holder = endpoint.mac_owner
    return endpoint.mac if holder is not None and holder.what == "pod" and holder.pod == endpoint.pod_name else None


def _host_end_mac(names: Names, pod: str | None) -> int | None:
    if not pod:
        return None
    found = [mac for mac, owner in names.macs.items() if owner.serves == pod]
    return found[0] if len(found) == 1 else None


def _with_tunnel(side: Side, wiring: Wiring, profile: Profile, device: _Device) -> Side:
    if device.plain:
        found = wiring.device(side.node, "tunl", "wireguard.", "wg")
        return side._replace(tunnel=found.name if found else None, tunnel_mac=None)
    if profile.flat:
        found = wiring.bridged_tunnel(side.node, side.host_end, device.vni)
        return side._replace(tunnel=found.name if found else None, bridge=found.master if found else None)
    if device.name is not None:
        found = wiring.device(side.node, device.name)
        return side._replace(tunnel=device.name, tunnel_mac=found.mac if found else None)
    # flannel and Calico have one device a family, the IPv6 one with `v6` in its name; Cilium one a protocol.
    ranked = sorted(
        profile.tunnels, key=lambda name: (("v6" in name) != (device.version == 6), ("geneve" in name) != device.geneve)
    )
    found = wiring.device(side.node, *ranked)
    if found is None:
        # Each project gives its device one name (flannel's ends in the VNI), so it is known without the node's output.
        name = ranked[0] if ranked else None
        return side._replace(tunnel=f"{name}{device.vni or 1}" if name and name.endswith(".") else name)
    return side._replace(tunnel=found.name, tunnel_mac=found.mac)


def _seen_at(point: CapturePoint | None, node: str | None) -> str | None:
    """A tunnel packet passes the node's network card: the interface where it was captured, if that was on this node."""
    return point.interface if point is not None and point.pod is None and point.node == node is not None else None


def _captured_at(steps: list[Step], profile: Profile, point: CapturePoint | None) -> int | None:
    if point is None or point.interface is None or (point.node is None and point.pod is None):
        return None
    for index, step in enumerate(steps):
        if interface_of(step, profile) != point.interface or (step.role == "pod") != (point.pod is not None):
            continue
        pod = step.side.owner.pod if step.role == "pod" and step.side.owner else None
        if pod == point.pod and (step.side.node == point.node or (pod is not None and step.side.node is None)):
            return index
    return None


def _sent_with(packet: Packet, steps: list[Step], here: int | None, outer: Outer | None) -> int | None:
    """The hop limit that the sender started with, from the one seen and how far it must have fallen up to here."""
    seen = hop_limit_of(packet)
    if seen is None:
        return None
    if here is not None:
        fallen = steps[here].fallen
    elif outer is not None:
        fallen = next((step.fallen for step in steps if step.wire), None)
    else:
        return None
    return None if fallen is None or seen + fallen > 255 else seen + fallen


def _outer_columns(packet: Packet) -> dict[str, str]:
    names = (
        "outer.ip.src", "outer.ip.dst", "outer.ipv6.src", "outer.ipv6.dst", "outer.udp.dstport", "outer.vxlan.vni",
        "outer.geneve.vni", "outer.gre.key",
    )  # fmt: skip
    return {name: text for name in names if (text := packet.text(name)) is not None}
