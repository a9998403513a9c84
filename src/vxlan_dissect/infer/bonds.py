"""Which addresses belong together, once their roles are known?

Law: an address is a MAC's own only where both have one role and a frame from that MAC has it as its source or answer:
so neither a proxy nor a router holds what it answers or forwards for.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from vxlan_dissect.addresses import is_multicast_mac
from vxlan_dissect.infer.hop_limit import fallen
from vxlan_dissect.infer.sightings import OUT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vxlan_dissect.addresses import IP
    from vxlan_dissect.infer.ledger import Role
    from vxlan_dissect.infer.sightings import Sighting


class Bonds:
    """What belongs to what. Sightings are those that show it.

    `holds`: MAC -> its addresses. `serves`: host end -> MACs of the pods it serves. `behind`: address -> the tunnel
    endpoint it stands behind. `node_of`: a node's address for a tunnel device, host end or gateway. `vni_of`: tunnel
    device -> VNI. `index_of`: MAC -> ifindex of its device. `answers`: (asker, address) -> the answer. `local`: what is
    on links of the capturing host, `here` that host's own address where it is seen to send tunnel packets.
    """

    def __init__(self) -> None:
        self.holds: defaultdict[int, dict[IP, Sighting]] = defaultdict(dict)
        self.serves: defaultdict[int, dict[int, Sighting]] = defaultdict(dict)
        self.behind: dict[IP, tuple[IP, Sighting]] = {}
        self.node_of: dict[int | IP, IP] = {}
        self.vni_of: dict[int, int] = {}
        self.index_of: dict[int, int] = {}
        self.answers: dict[tuple[int | IP, IP], Sighting] = {}
        self.local: dict[int | IP, None] = {}
        self.here: IP | None = None


def bonds_of(sightings: Sequence[Sighting], roles: Mapping[int | IP, Role]) -> Bonds:
    """What all sightings together tie to each other."""
    bonds = Bonds()
    wires = {one.link for one in sightings if one.outer is not None or one.sealed}
    for one in sightings:
        _holding(one, roles, bonds)
        if one.outer is None:
            _on_link(one, roles, bonds, wire=one.link in wires)
        else:
            _in_tunnel(one, roles, bonds)
    for one in sightings:  # where a packet is sent to may be a mistake: only for those that never send
        if (
            one.outer is not None
            and one.dst is not None
            and not one.dst.is_multicast
            and not one.outer.dst.is_multicast
        ):
            bonds.behind.setdefault(one.dst, (one.outer.dst, one))
    return bonds


def _what(subject: int | IP | None, roles: Mapping[int | IP, Role]) -> str | None:
    role = roles.get(subject) if subject is not None else None
    return role.what if role is not None else None


def _holding(one: Sighting, roles: Mapping[int | IP, Role], bonds: Bonds) -> None:
    mac = one.source_mac
    own = one.answers or one.src or one.asks  # a probe before use has no source
    forwarded = one.ends and fallen(one.hop)
    if mac and own is not None and not forwarded and _what(mac, roles) == _what(own, roles) is not None:
        bonds.holds[mac].setdefault(own, one)
    outer = one.outer
    if outer is not None and outer.source_mac and _what(outer.source_mac, roles) == "node" and not fallen(outer.hop):
        bonds.holds[outer.source_mac].setdefault(outer.src, one)


def _on_link(one: Sighting, roles: Mapping[int | IP, Role], bonds: Bonds, *, wire: bool) -> None:
    source, destination = _what(one.source_mac, roles), _what(one.destination_mac, roles)
    pair = {source, destination}
    if pair == {"pod", "lxc"} and one.source_mac is not None and one.destination_mac is not None:
        lxc, pod = (one.source_mac, one.destination_mac) if source == "lxc" else (one.destination_mac, one.source_mac)
        bonds.serves[lxc].setdefault(pod, one)
    if one.answers is not None and one.dst is not None:
        asker = one.destination_mac if destination == "pod" and one.destination_mac is not None else one.dst
        bonds.answers.setdefault((asker, one.answers), one)
    if wire or (pair & {"node"} and "lxc" not in pair):
        return
    macs = [mac for mac in (one.source_mac, one.destination_mac) if mac and not is_multicast_mac(mac)]
    if pair & {"pod", "lxc"}:
        for mac in macs:
            bonds.local.setdefault(mac)
        if source == "pod" and one.src is not None and not fallen(one.hop):
            bonds.local.setdefault(one.src)
        for ip in (one.asks, one.answers):
            if ip is not None and _what(ip, roles) == "router":
                bonds.local.setdefault(ip)
    if one.packet_type == OUT and one.link.ifindex is not None and source in {"lxc", "node"} and one.source_mac:
        bonds.index_of.setdefault(one.source_mac, one.link.ifindex)


def _in_tunnel(one: Sighting, roles: Mapping[int | IP, Role], bonds: Bonds) -> None:
    outer = one.outer
    assert outer is not None
    if outer.source_mac and one.packet_type == OUT and _what(outer.source_mac, roles) == "node":
        bonds.here = bonds.here or outer.src
        if one.link.ifindex is not None:
            bonds.index_of.setdefault(outer.source_mac, one.link.ifindex)
    if one.src is not None and not one.src.is_link_local:
        bonds.behind.setdefault(one.src, (outer.src, one))
    source, destination = _what(one.source_mac, roles), _what(one.destination_mac, roles)
    if one.source_mac and source in {"tunnel", "router"}:
        bonds.node_of.setdefault(one.source_mac, outer.src)
    if one.src is not None and _what(one.src, roles) in {"tunnel", "router"}:
        bonds.node_of.setdefault(one.src, outer.src)
    if one.destination_mac and not is_multicast_mac(one.destination_mac):
        if destination == "tunnel" and not outer.dst.is_multicast:
            bonds.node_of.setdefault(one.destination_mac, outer.dst)
        elif destination in {"lxc", "host"}:
            bonds.node_of.setdefault(one.destination_mac, outer.src)
            if source == "pod" and one.source_mac:
                bonds.serves[one.destination_mac].setdefault(one.source_mac, one)
    for mac in (one.source_mac, one.destination_mac):
        if mac and _what(mac, roles) == "tunnel" and outer.vni is not None:
            bonds.vni_of.setdefault(mac, outer.vni)
