"""What do the frames of one link give away of who is who?

Law: a station sends with a fresh hop limit from its own address and receives for it; whoever sends what others sent, or
receives for others, forwards. A pod is the station of its link, the other end of which forwards for it; on a wire the
stations are nodes. What a link is follows from what it carries, not from a name.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from vxlan_dissect.addresses import mac_of_link_local
from vxlan_dissect.infer.customs import (
    CALICO_HOST_END,
    CALICO_TUNNEL,
    address_in,
    cluster_of,
    is_base,
    is_machine,
    is_private,
)
from vxlan_dissect.infer.hop_limit import fallen, fresh
from vxlan_dissect.infer.sightings import OUT
from vxlan_dissect.infer.stations import Station, stations_of
from vxlan_dissect.infer.veth import Veth
from vxlan_dissect.infer.wire import wire

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vxlan_dissect.infer.ledger import Ledger
    from vxlan_dissect.infer.sightings import Link, Sighting


MOST_DEVICES = 16  # of one link between devices of a node
ONLY_ROUTERS = (134, 137)  # router advertisement and redirect (RFC 4861, sections 6.1.2 and 8.1)


class Links:
    """The links of a capture and what each shows. `wires` are links that carry tunnel packets or sealed ones."""

    def __init__(self, sightings: Sequence[Sighting]) -> None:
        by_link: defaultdict[Link, list[Sighting]] = defaultdict(list)
        self.wires: set[Link] = set()
        for one in sightings:
            # A cooked capture without ifindex mixes all links of its host.
            if (one.outer is not None or one.sealed) and (one.packet_type is None or one.link.ifindex is not None):
                self.wires.add(one.link)
            if one.outer is None:
                by_link[one.link].append(one)
        self.by_link = dict(by_link)

    def roles(self, ledger: Ledger) -> None:
        """Enter what every link shows."""
        veths: list[Veth] = []
        places: defaultdict[int, set[Link]] = defaultdict(set)
        for one in _received(self.by_link):
            places[one.source_mac or 0].add(one.link)
        for one in (one for sightings in self.by_link.values() for one in sightings):
            if one.icmp6 in ONLY_ROUTERS and one.src is not None:
                ledger.claim(one.src, "router", "likely", "it sends what only routers send", one)
                if one.source_mac is not None and mac_of_link_local(one.src) == one.source_mac:
                    ledger.claim(
                        one.source_mac, "router", "likely", f"{one.src} sends from it what only routers send", one
                    )
        for link, sightings in self.by_link.items():
            stations = stations_of(sightings)
            if not stations:
                _without_macs(sightings, ledger)
            elif link in self.wires or _is_wire(stations):
                wire(stations, sightings, ledger)
            elif (answering := _answers_alone(stations)) is not None:
                _to_node(answering, ledger)
            elif _is_transit(stations):
                _tunnel_device(stations, ledger, "likely")
            elif _one_way(stations) or _has_base(stations):
                _tunnel_device(stations, ledger, "possible")
            elif (
                _keeps_senders(sightings, ledger)
                or _node_device(stations, ledger)
                or _delivered_to_node(sightings, ledger)
            ):
                pass
            else:
                veths.append(Veth(stations, ledger, places if link.ifindex is not None else None))
        gateways: defaultdict[int, int] = defaultdict(int)
        for veth in veths:
            for mac in veth.served:
                gateways[mac] += 1
        for veth in veths:
            veth.roles(gateways)


def _received(by_link: dict[Link, list[Sighting]]) -> list[Sighting]:
    """What devices of a cooked capture received from outside of its host."""
    return [one for link, seen in by_link.items() if link.ifindex is not None for one in seen if one.packet_type != OUT]


def _is_wire(stations: dict[int, Station]) -> bool:
    """Whether cards of machines forward, advertise themselves as routers or do nothing but resolve here."""
    forwarders = [mac for mac, station in stations.items() if station.forwards]
    cards = [mac for mac in stations if mac != CALICO_HOST_END and (is_machine(mac) or address_in(mac) is not None)]
    if not cards:
        return _is_transit(stations) and any(stations[mac].answers for mac in forwarders)
    if not any(station.speaks for station in stations.values()) and not all(stations[mac].is_host for mac in cards):
        return True
    return any(mac in cards for mac in forwarders) or any(stations[mac].router for mac in cards)


def _is_transit(stations: dict[int, Station]) -> bool:
    """Whether both ends of the link forward for others: no pod stands on it."""
    forwarders = {mac for mac, station in stations.items() if station.forwards and mac != CALICO_HOST_END}
    if any(to != mac and to in forwarders for mac in forwarders for to in stations[mac].sends_to):
        return True
    if len(stations) > 1 and all(mac >> 40 == CALICO_TUNNEL for mac in stations):
        return True
    cooked = all(station.first.packet_type is not None for station in stations.values())
    return cooked and len(forwarders) > 1


def _alone(stations: dict[int, Station]) -> Station | None:
    """One that is heard alone, and sends only what one router has forwarded: half of a transit."""
    speakers = [station for station in stations.values() if station.speaks or station.asks or station.answers]
    if len(speakers) != 1 or speakers[0].mac == CALICO_HOST_END or speakers[0].router:
        return None
    return speakers[0] if {fallen(one.hop) for one in speakers[0].forwards.values()} == {1} else None


def _one_way(stations: dict[int, Station]) -> bool:
    """Whether this is half of a transit, on a device of its own."""
    alone = _alone(stations)
    return alone is not None and alone.first.packet_type is None


def _has_base(stations: dict[int, Station]) -> bool:
    """Whether one sends from the base of a range that nobody resolves, as flannel's tunnel devices do."""
    asked = {ip for station in stations.values() for ip in station.asks}
    return any(is_base(ip) and ip not in asked for station in stations.values() for ip in station.own)


def _answers_alone(stations: dict[int, Station]) -> Station | None:
    """The station of half of a transit that carries answers, so that what they answer to passed elsewhere."""
    alone = _alone(stations)
    return alone if alone is not None and alone.half is not None and not alone.own else None


def _to_node(station: Station, ledger: Ledger) -> None:
    """Answers that a tunnel brings for its node itself, which sends by another device (Cilium's cilium_host)."""
    for ip, one in station.forwards.items():
        ledger.claim(station.mac, "tunnel", "possible", "it brings answers to what is asked by another device", one)
        if is_private(ip):
            ledger.claim(ip, "pod", "possible", "the tunnel brings its packets to a node", one)
    for to, one in station.sends_to.items():
        ledger.claim(to, "router", "possible", "answers are brought to it, and it asks by another device", one)
    clusters = {cluster_of(ip) for ip in station.forwards}
    for ip, one in station.sends_for.items():
        why = "answers from pods are brought to it, and it asks by another device"
        ledger.claim(ip, "router" if cluster_of(ip) in clusters else "node", "possible", why, one)


def _tunnel_device(stations: dict[int, Station], ledger: Ledger, sure: str) -> None:
    """Between two routers that nobody resolves: the tunnel devices of two nodes."""
    for mac, station in stations.items():
        for to in station.sends_to:
            if not stations[to].speaks:
                ledger.claim(
                    to, "tunnel", "possible", "what was forwarded to a tunnel device is sent to it", stations[to].first
                )
        if station.speaks:
            why = "it stands on a link between tunnel devices"
            ledger.claim(mac, "tunnel", "possible", why, station.first)
        for ip, one in station.forwards.items():
            ledger.claim(mac, "tunnel", sure, "it sends what was forwarded to it to another that forwards", one)
            ledger.claim(ip, "pod", sure, "its packets were forwarded into the tunnel", one)
        for ip, one in station.weak.items():
            if is_private(ip) and not one.is_error:
                ledger.claim(ip, "pod", "possible", "its packets pass between tunnel devices", one)
        for ip, one in station.own.items():
            if is_base(ip):
                ledger.claim(
                    ip, "tunnel", "possible", "a tunnel device sends from it, and it is the base of a range", one
                )
            if not ip.is_link_local and not one.is_refusal:
                ledger.claim(ip, "tunnel", sure, "a node sends from it into the tunnel, not forwarded", one)
                ledger.claim(mac, "tunnel", sure, f"{ip} sends from it into the tunnel, not forwarded", one)


def _keeps_senders(sightings: Sequence[Sighting], ledger: Ledger) -> bool:
    """Whether this is a tunnel device of a network that keeps the sender's MACs; then its pods and host ends."""
    packets = [
        (one, *one.ends)
        for one in sightings
        if one.ends and one.source_mac and one.destination_mac and not one.is_error
    ]
    talkers = {one.source_mac for one in sightings}
    passed = [(one, src) for one, src, _ in packets if fallen(one.hop) and one.destination_mac not in talkers]
    packets = [packet for packet in packets if not fallen(packet[0].hop)]
    senders = {src for _, src, _ in packets} | {src for _, src in passed}
    to = next((dst for one, _, dst in packets if dst in senders and one.destination_mac not in talkers), None)
    if to is None:
        return False
    why = f"packets to {to} do not have the MAC that packets from it have, and no router forwarded them"
    for one, src, _ in packets:
        if one.source_mac == one.destination_mac:
            ledger.claim(one.source_mac, "router", "likely", "a node sends from it and to it into the tunnel", one)
            ledger.claim(src, "router", "likely", "a node sends from it into the tunnel", one)
            continue
        # A node's own pings and those of its health checks look the same here, where no VNI shows the sender.
        sure = "possible" if one.is_ping else "likely"
        if not src.is_link_local:
            ledger.claim(src, "pod", sure, f"it sends into the tunnel: {why}", one)
        ledger.claim(one.source_mac, "pod", sure, f"{src} sends from it into the tunnel: {why}", one)
        ledger.claim(one.destination_mac, "lxc", sure, f"{src} sends to it into the tunnel: {why}", one)
    for one, src in passed:
        # bpf/lib/nodeport.h: the MACs are those that the client's packet had on its way to the node.
        why = "what was forwarded enters a tunnel that keeps the sender's MACs: a node sends it on for a client"
        ledger.claim(src, "router", "possible", why, one)
        ledger.claim(one.source_mac, "router", "possible", why, one)
        ledger.claim(one.destination_mac, "node", "possible", why, one)
    return True


def _node_device(stations: dict[int, Station], ledger: Ledger) -> bool:
    """Whether a node's own stack speaks to pods of other nodes here: it sends to one device and gets from another."""
    if len(stations) > MOST_DEVICES:
        return False
    for mac, station in stations.items():
        for ip, one in station.own.items():
            silent = [to for to in station.sends_to if to == mac or not stations[to].speaks]
            other = [
                peer
                for peer, sender in stations.items()
                if peer not in station.sends_to
                and mac in sender.sends_to
                and ip in sender.sends_for
                and sender.forwards
            ]
            if ip.is_link_local or not silent or len(silent) != len(station.sends_to):
                continue
            if not other and silent != [mac]:  # a pod behind a service that it asks itself also sends to others
                continue
            ledger.claim(mac, "router", "likely", "a node sends from it and gets its answers from another device", one)
            ledger.claim(ip, "router", "likely", "a node sends from it into the tunnel", one)
            for peer in other:
                why = f"it delivers what the tunnel brings for {ip}"
                ledger.claim(peer, "tunnel", "likely", why, stations[peer].first)
                for far, seen in stations[peer].forwards.items():
                    ledger.claim(far, "pod", "possible", "the tunnel brings its packets to a node", seen)
            return True
    return False


def _delivered_to_node(sightings: Sequence[Sighting], ledger: Ledger) -> bool:
    """Whether a tunnel delivers to its node here, as Cilium 1.19 does: without a source MAC (bpf/bpf_overlay.c)."""
    found = [one for one in sightings if one.source_mac == 0 and one.destination_mac and one.ends and fallen(one.hop)]
    for one in found:
        why = "packets from the tunnel are delivered to it, without a source MAC"
        ledger.claim(one.destination_mac, "router", "possible", why, one)
        if one.src is not None and is_private(one.src) and not one.src.is_link_local:
            ledger.claim(one.src, "pod", "possible", "the tunnel brings its packets to a node", one)
    return bool(found)


def _without_macs(sightings: Sequence[Sighting], ledger: Ledger) -> None:
    """A device without MACs: a tunnel that carries bare packets."""
    for one in sightings:
        src = one.ends[0] if one.ends else None
        if src is None or not is_private(src) or src.is_link_local:
            continue
        if fallen(one.hop):
            ledger.claim(src, "pod", "possible", "its packets were forwarded into a tunnel", one)
        elif fresh(one.hop) and not one.is_refusal:
            ledger.claim(src, "tunnel", "possible", "a node sends from it into a tunnel, not forwarded", one)
