"""What do tunnel packets give away of who is who?

Law: a tunnel begins and ends at nodes. What the inner MACs are depends on what kind of network made the packet, and
that shows in the packets themselves; the defaults of projects decide only where too few packets are seen.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.addresses import IP, is_multicast_mac
from vxlan_dissect.datapath.cilium import OF_NO_POD
from vxlan_dissect.datapath.recognise import TunnelHeader, by_header
from vxlan_dissect.infer.customs import apart
from vxlan_dissect.infer.hop_limit import fallen, fresh

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from vxlan_dissect.datapath.base import Profile
    from vxlan_dissect.infer.ledger import Ledger
    from vxlan_dissect.infer.sightings import Outer, Sighting

GRE = 47  # also carries what switches mirror (ERSPAN), between machines that are no nodes
REDIRECT = 137  # ICMPv6 (RFC 4861 section 8: a router sends it, from its link-local address)


class Kind(NamedTuple):
    """What the inner MACs are: `sender`, `tunnel`, `bridged` or `unknown`, and why."""

    what: str
    why: str
    sightings: tuple[Sighting, ...] = ()


class Kinds:
    """The kind of each network whose tunnel packets a capture shows: networks differ by port, or by flannel's VNI 1."""

    def __init__(self, sightings: Iterable[Sighting]) -> None:
        inner: defaultdict[tuple[int | None, bool], list[Sighting]] = defaultdict(list)
        for one in sightings:
            if one.outer is not None:
                inner[one.outer.port, one.outer.vni == 1].append(one)
        self._kinds = {key: kind_of(seen) for key, seen in inner.items()}

    def of(self, outer: Outer) -> Kind:
        """The kind of the network of a tunnel packet."""
        return self._kinds[outer.port, outer.vni == 1]

    def __iter__(self) -> Iterator[Kind]:
        return iter(self._kinds.values())


def kind_of(inner: Sequence[Sighting]) -> Kind:
    """What inner MACs mean, by what the packets of all directions show together."""
    framed = [one for one in inner if _unicast(one) and one.outer is not None and one.outer.vni is not None]
    sends: defaultdict[IP, dict[int, Sighting]] = defaultdict(dict)
    gets: defaultdict[IP, dict[int, Sighting]] = defaultdict(dict)
    for one in framed:
        if one.ends and one.source_mac is not None and one.destination_mac is not None:
            sends[one.ends[0]].setdefault(one.source_mac, one)
            gets[one.ends[1]].setdefault(one.destination_mac, one)
    found: dict[str, list[Kind]] = {"sender": [], "bridged": []}
    for address in sends.keys() & gets.keys():
        both = sends[address].keys() & gets[address].keys()
        (_, sent), (_, got) = next(iter(sends[address].items())), next(iter(gets[address].items()))
        if fresh(sent.hop) and (not both or fresh(got.hop)):
            have, what = ("have", "bridged") if both else ("do not have", "sender")
            why = f"packets to {address} {have} the MAC that packets from it have, and no router forwarded them"
            found[what].append(Kind(what, why, (sent, got)))
    routed = [one for one in framed if one.ends and fallen(one.hop)]
    kept = [one for one in framed if one.ends and fresh(one.hop)]
    most = max(found.values(), key=len)
    if most and (found["sender"] or not routed):
        return most[0]
    if routed and len(routed) * 2 >= len(kept):
        return Kind("tunnel", "a router forwarded the inner packets before they entered the tunnel", tuple(routed[:2]))
    flooded = next(
        (one for one in inner if one.outer is not None and one.outer.vni is not None and _flooded(one)), None
    )
    if flooded is not None and not kept:
        return Kind("bridged", "the tunnel carries what is sent to all stations of a network", (flooded,))
    return _by_header(framed)


def _by_header(framed: Sequence[Sighting]) -> Kind:
    """By the defaults of projects, where packets of one direction alone show nothing."""
    for one in framed:
        header = header_of(one)
        found = by_header(header) if header is not None else None
        if found is not None:
            return Kind(kind_of_profile(found.profile), found.why, (one,))
    return Kind("unknown", "too little of it is seen")


def header_of(one: Sighting, *, bridged: bool = False) -> TunnelHeader | None:
    """What one tunnel packet shows, as datapath.recognise asks for it; None where there is no VNI."""
    outer = one.outer
    if outer is None or outer.vni is None or outer.port is None:
        return None
    return TunnelHeader(outer.port, outer.vni, outer.zero_checksum, one.source_mac, bridged, one.arp is not None)


def kind_of_profile(profile: Profile) -> str:
    """What the inner MACs are in a network of this profile, as `Kind.what`."""
    return "sender" if profile.sender_macs else "bridged" if profile.flat else "tunnel"


def outer_roles(sightings: Iterable[Sighting], ledger: Ledger) -> None:
    """Nodes by the addresses of tunnel packets; their MACs, and those of routers between them."""
    macs: defaultdict[int, dict[IP, Sighting]] = defaultdict(dict)
    for one in sightings:
        outer = one.outer
        if outer is None:
            continue
        sure = "possible" if outer.protocol == GRE else "likely"
        ledger.claim(outer.src, "node", sure, "tunnel packets come from it", one)
        if not outer.dst.is_multicast:
            ledger.claim(outer.dst, "node", sure, "tunnel packets are sent to it", one)
        routed = was_routed(one, outer)
        if _is_mac(outer.source_mac):
            what = "router" if routed else "node"
            how = f"{outer.src} are forwarded by it" if routed else f"{outer.src} come from it, not forwarded"
            ledger.claim(outer.source_mac, what, sure, f"tunnel packets of {how}", one)
            if not routed and one.packet_type is None and outer.source_mac is not None:
                macs[outer.source_mac].setdefault(outer.src, one)
        if _is_mac(outer.destination_mac):
            what = "router" if apart(outer.src, outer.dst) else "node"
            ledger.claim(outer.destination_mac, what, "possible", f"tunnel packets to {outer.dst} are sent to it", one)
            macs[outer.destination_mac or 0].setdefault(outer.dst, one)
    for mac, by_ip in macs.items():
        for version in (4, 6):
            several = [ip for ip in by_ip if ip.version == version and not ip.is_multicast]
            if len(several) > 1:
                why = f"tunnel packets of {several[0]} and {several[1]} both pass it"
                ledger.claim(mac, "router", "likely", why, by_ip[several[0]], by_ip[several[1]])


def was_routed(one: Sighting, outer: Outer) -> bool:
    """Whether a router forwarded the tunnel packet; IPIP starts with the hop limit inside (Linux: `ttl inherit`)."""
    if outer.port is None and one.hop is not None and outer.hop is not None and one.source_mac is None:
        return one.hop > outer.hop
    return bool(fallen(outer.hop))


def inner_roles(sightings: Iterable[Sighting], kinds: Kinds, ledger: Ledger) -> None:
    """Pods, their host ends and tunnel devices by the inner packets."""
    for one in sightings:
        outer = one.outer
        if outer is None:
            continue
        kind = kinds.of(outer)
        if one.src is None:
            _cut_short(one, outer, kind, ledger)
            continue
        if one.resolves and one.icmp6 != REDIRECT:
            if kind.what == "bridged" and one.source_mac and outer.vni is not None:
                why = "it asks or answers through a bridged tunnel"
                ledger.claim(one.source_mac, "pod", "likely", why, one)
                ledger.claim(one.src, "pod", "likely", why, one)
            continue
        if kind.what == "sender":
            _of_sender(one, outer, ledger)
        elif kind.what == "tunnel":
            _of_tunnel(one, ledger)
        elif kind.what == "bridged" and fresh(one.hop):
            why = "it sends through a bridged tunnel"
            ledger.claim(one.source_mac, "pod", "likely", why, one)
            ledger.claim(one.src, "pod", "likely", why, one)
            if _unicast(one):
                why = "it is sent to through a bridged tunnel"
                ledger.claim(one.destination_mac, "pod", "possible", why, one)
                ledger.claim(one.dst, "pod", "possible", why, one)
        elif one.source_mac is None and outer.protocol != GRE:
            _of_tunnel(one, ledger)


def _cut_short(one: Sighting, outer: Outer, kind: Kind, ledger: Ledger) -> None:
    """By the inner MACs alone, where the capture ends before the inner addresses."""
    if not _unicast(one) or one.source_mac is None:
        return
    if kind.what == "tunnel":
        why = "the inner frame, of which only the MACs were captured, goes through a routed tunnel"
        ledger.claim(one.source_mac, "tunnel", "possible", why, one)
        ledger.claim(one.destination_mac, "tunnel", "possible", why, one)
    elif kind.what == "sender" and outer.vni not in OF_NO_POD:
        why = "the inner frame, of which only the MACs were captured, keeps those that it had at the sender"
        ledger.claim(one.source_mac, "pod", "possible", why, one)
        ledger.claim(one.destination_mac, "lxc", "possible", why, one)


def _of_sender(one: Sighting, outer: Outer, ledger: Ledger) -> None:
    if outer.vni in OF_NO_POD:
        if outer.vni == 2 and one.src is not None and not one.src.is_link_local:
            # The MACs are whoever's the client's packet came with (bpf/lib/nodeport.h).
            why = f"VNI 2: the node {outer.src} sends for a client from outside"
            ledger.claim(one.src, "router", "likely", why, one)
            return
        why = f"VNI {outer.vni}: the node {outer.src} itself sends"
        if one.src is not None and not one.src.is_link_local:
            ledger.claim(one.src, "router", "likely", why, one)
        if fresh(one.hop):
            if one.src is not None and one.src.is_link_local:
                ledger.claim(one.src, "router", "likely", why, one)
            ledger.claim(one.source_mac, "router", "likely", why, one)
            if one.destination_mac != one.source_mac:
                ledger.claim(one.destination_mac, "host", "likely", why, one)
        return
    if fallen(one.hop):
        return
    how = "the inner frame keeps the MACs that it had at the sender"
    ledger.claim(one.source_mac, "pod", "likely", f"source MAC of what {one.src} sends through the tunnel: {how}", one)
    ledger.claim(one.src, "pod", "likely", f"it sends through the tunnel of {outer.src} with VNI {outer.vni}", one)
    if _unicast(one):
        why = f"destination MAC of what {one.src} sends through the tunnel: {how}"
        ledger.claim(one.destination_mac, "lxc", "likely", why, one)
        ledger.claim(one.dst, "pod", "possible", f"packets through the tunnel of {outer.dst} are sent to it", one)


def _of_tunnel(one: Sighting, ledger: Ledger) -> None:
    if one.source_mac is not None and fallen(one.hop):
        ledger.claim(one.source_mac, "tunnel", "likely", "it sends into the tunnel what was forwarded to it", one)
    if _unicast(one):
        ledger.claim(one.destination_mac, "tunnel", "likely", "routed packets inside the tunnel are sent to it", one)
    if fallen(one.hop):
        ledger.claim(one.src, "pod", "likely", "its packets were forwarded into the tunnel", one)
    elif fresh(one.hop) and one.src is not None and not one.is_refusal:
        ledger.claim(one.source_mac, "tunnel", "likely", "it sends into the tunnel", one)
        ledger.claim(one.src, "tunnel", "likely", "a node sends from it into the tunnel, not forwarded", one)
    if one.dst is not None and not one.dst.is_multicast:
        ledger.claim(one.dst, "pod", "possible", "packets in the tunnel are sent to it", one)


def _unicast(one: Sighting) -> bool:
    return one.destination_mac is not None and not is_multicast_mac(one.destination_mac)


def _flooded(one: Sighting) -> bool:
    """Sent to a group or to all, or a question that is: no routed network has such packets inside its tunnel."""
    return one.asks is not None or (one.destination_mac is not None and is_multicast_mac(one.destination_mac))


def _is_mac(mac: int | None) -> bool:
    return mac is not None and mac != 0 and not is_multicast_mac(mac)
