"""What does each MAC do on its link?

Law: what a packet shows is entered once with the sighting that shows it, and nothing is concluded here but whether a
station forwards for others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.addresses import is_multicast_mac
from vxlan_dissect.infer.customs import apart
from vxlan_dissect.infer.hop_limit import fallen, fresh

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vxlan_dissect.addresses import IP
    from vxlan_dissect.infer.sightings import Sighting

ROUTER_SOLICITATION = 133


class Station:
    """What one MAC does on one link. Each dict keeps the first sighting that shows it.

    `own` are the addresses that it sends from with a fresh hop limit, `forwards` those whose packets it forwards,
    `weak` those of packets whose hop limit says nothing, `receives` those that packets sent to it are for; `sends_to`
    the MACs and `sends_for` the addresses it sends to. `asks`, `asks_as`, `answers` and `answers_as` are of ARP and
    neighbour discovery, `proxies` and `router` answers as a proxy and with the router flag, `claims` the addresses that
    it probes for before use. `half` shows one side of an exchange, `exceeded` who says that
    a hop limit ran out.
    """

    def __init__(self, mac: int, first: Sighting) -> None:
        self.mac, self.first = mac, first
        self.own: dict[IP, Sighting] = {}
        self.forwards: dict[IP, Sighting] = {}
        self.receives: dict[IP, Sighting] = {}
        self.sends_to: dict[int, Sighting] = {}
        self.sends_for: dict[IP, Sighting] = {}
        self.asks: dict[IP, Sighting] = {}
        self.asks_as: dict[IP, Sighting] = {}
        self.answers: dict[IP, Sighting] = {}
        self.answers_as: dict[IP, Sighting] = {}
        self.proxies: dict[IP, Sighting] = {}
        self.router: dict[IP, Sighting] = {}
        self.claims: dict[IP, Sighting] = {}
        self.exceeded: dict[IP, Sighting] = {}
        self.weak: dict[IP, Sighting] = {}
        self.solicits: Sighting | None = None
        self.half: Sighting | None = None

    @property
    def addresses(self) -> set[IP]:
        """What it sends from."""
        return self.own.keys() | self.claims.keys() | (self.weak.keys() if not self.forwards else set())

    @property
    def has_address(self) -> bool:
        """Whether it showed an address of its own."""
        return bool(self.addresses or self.asks_as)

    @property
    def speaks(self) -> bool:
        """Whether it sent a packet, other than to resolve."""
        return bool(self.sends_for)

    @property
    def is_host(self) -> bool:
        """Whether it shows that it forwards nothing: no router flag where it answers for itself (RFC 4861, 4.4)."""
        plain = any(ip not in self.proxies for ip, one in self.answers.items() if one.arp is None)
        return not self.router and (plain or self.solicits is not None)

    def forwarding(self) -> Sighting | None:
        """What shows that it forwards for others, None where nothing does."""
        if self.forwards:
            return next(iter(self.forwards.values()))
        mine = self.addresses | self.asks_as.keys() | self.answers.keys()
        families = {ip.version for ip in mine if not ip.is_link_local}
        foreign = {ip: one for ip, one in self.receives.items() if ip not in mine}
        for ip, one in foreign.items():
            if one.src is not None and not ip.is_link_local and not one.src.is_link_local and apart(ip, one.src):
                return one
        for version in (4, 6):
            of_family = [one for ip, one in foreign.items() if ip.version == version and not ip.is_link_local]
            if len(of_family) > (0 if version in families else 1):
                return of_family[0]
        return None


def stations_of(sightings: Iterable[Sighting]) -> dict[int, Station]:
    """What each MAC of a link does there."""
    found: dict[int, Station] = {}
    for one in sightings:
        mac, to = one.source_mac, one.destination_mac
        station = None
        if mac and not is_multicast_mac(mac):
            station = found.get(mac) or found.setdefault(mac, Station(mac, one))
        if one.arp is not None or one.asks is not None or one.answers is not None:
            if station is not None:
                _resolution(one, station)
            continue
        if to and not is_multicast_mac(to) and one.dst is not None and not one.dst.is_multicast:
            other = found.get(to) or found.setdefault(to, Station(to, one))
            other.receives.setdefault(one.dst, one)
            if station is not None:
                station.sends_to.setdefault(to, one)
        if station is not None and one.src is not None:
            _packet(one, station, one.src)
    return found


def _packet(one: Sighting, station: Station, src: IP) -> None:
    if one.dst is not None and not one.dst.is_multicast:
        station.sends_for.setdefault(one.dst, one)
    if one.is_exceeded:
        station.exceeded.setdefault(src, one)
    if one.icmp6 == ROUTER_SOLICITATION:
        station.solicits = one
    if one.acks or one.icmp == 0 or one.icmp6 == 129:
        station.half = one
    if (src.is_link_local and src.version == 6) or fresh(one.hop):
        station.own.setdefault(src, one)
    elif fallen(one.hop):
        station.forwards.setdefault(src, one)
    else:
        station.weak.setdefault(src, one)


def _resolution(one: Sighting, station: Station) -> None:
    if one.asks is not None:
        if one.src is None or one.src == one.asks:
            station.claims.setdefault(one.asks, one)
        else:
            station.asks.setdefault(one.asks, one)
            station.asks_as.setdefault(one.src, one)
    elif one.answers is not None:
        if one.router:
            station.router.setdefault(one.answers, one)
        elif one.arp is None and one.src != one.answers:
            station.proxies.setdefault(one.answers, one)
        station.answers.setdefault(one.answers, one)
        if one.arp is None and one.src is not None and one.src != one.answers:
            station.answers_as.setdefault(one.src, one)
