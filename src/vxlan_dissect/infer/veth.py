"""Who is who on the link of a pod, or on a bridge that pods share?

Law: one station is the gateway, shown by what it advertises, answers or forwards; the others are pods. Whether the
gateway is the host end of one pod's veth or a bridge for all is claimed only where something shows it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from vxlan_dissect.infer.customs import CALICO_HOST_END, cluster_of, is_base, is_first, is_machine, is_private, link_of
from vxlan_dissect.infer.hop_limit import fallen
from vxlan_dissect.infer.sightings import OTHER, OUT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vxlan_dissect.addresses import IP
    from vxlan_dissect.infer.ledger import Ledger
    from vxlan_dissect.infer.sightings import Link, Sighting
    from vxlan_dissect.infer.stations import Station


MOST_GATEWAYS = 32  # of one link that are looked at; more are a flood


class Veth:
    """One such link. `served` holds for each gateway the pods that use it, with the sighting that shows it.

    `places` tells, in a capture of all devices of a host, by which of them each MAC came in.
    """

    def __init__(
        self, stations: dict[int, Station], ledger: Ledger, places: Mapping[int, set[Link]] | None = None
    ) -> None:
        self._stations, self._ledger, self._places = stations, ledger, places
        self._ends = {ip for one in stations.values() for ip in (*one.own, *one.forwards, *one.sends_for)}
        self._gateways = {mac: why for mac, one in stations.items() if (why := self._gateway(one)) is not None}
        self.served: defaultdict[int, dict[int, Sighting]] = defaultdict(dict)
        tried = tuple(self._gateways)[:MOST_GATEWAYS]
        for mac, station in stations.items():
            for gateway in tried if mac not in self._gateways and station.has_address else ():
                one = self._meets(station, gateway)
                if one is not None:
                    self.served[gateway].setdefault(mac, one)

    def _gateway(self, station: Station) -> tuple[str, Sighting] | None:
        if station.mac == CALICO_HOST_END:
            return "every host end of Calico has this MAC", station.first
        if station.router:
            target, one = next(iter(station.router.items()))
            return f"it advertises itself as the router {target}", one
        forwarded = station.forwarding()
        if forwarded is not None:
            return "it forwards for others", forwarded
        for target, one in station.answers.items():
            if target.version == 4 and target.is_link_local:
                return f"it answers for {target}, which is no host's", one
        for target, one in station.proxies.items():
            return f"it answers for {target} in place of another", one
        several = [target for target in station.answers if target.version == 4]
        if len(several) > 1 and not station.own:
            return f"it answers for {several[0]} and {several[1]}", station.answers[several[0]]
        return None

    def _meets(self, station: Station, gateway: int) -> Sighting | None:
        """The sighting that shows a station use a gateway."""
        other = self._stations[gateway]
        if gateway in station.sends_to:
            return station.sends_to[gateway]
        if station.mac in other.sends_to:
            return other.sends_to[station.mac]
        mine = station.addresses | station.asks_as.keys()
        for target in station.asks.keys() & other.answers.keys():
            return station.asks[target]
        for ip in mine & other.asks.keys():
            return other.asks[ip]
        for ip in mine & other.sends_for.keys():
            return other.sends_for[ip]
        return None

    def roles(self, gateways: Mapping[int, int]) -> None:
        """Enter pods and gateways; `gateways` counts the links of the capture on which each gateway serves."""
        for gateway, pods in self.served.items():
            self._gateway_roles(gateway, pods, gateways)
            for mac in pods:
                self._pod_roles(mac, "likely", "at the other end of a gateway")
        met = {mac for pods in self.served.values() for mac in pods}
        rest = [
            mac
            for mac, one in self._stations.items()
            if mac not in met and mac not in self._gateways and one.has_address
        ]
        self._neighbours(rest)

    def _neighbours(self, macs: list[int]) -> None:
        """Stations that meet no gateway: pods of one bridge, or one that sends and hears nothing."""
        holders = {ip: mac for mac in macs for ip in self._stations[mac].asks_as}
        for mac in macs:
            station = self._stations[mac]
            named = any(not ip.is_link_local for ip in (*station.addresses, *station.asks_as)) or station.solicits
            if not named and not station.asks:
                continue
            if is_machine(mac) and not any(one.is_host for one in self._stations.values()):
                self._machine(station)
                continue
            if is_machine(mac) or station.is_host:
                self._pod_roles(mac, "possible", "on a link without tunnel packets")
                continue
            delivers = self._delivers(station, holders)
            if delivers is not None:
                target, one = delivers
                # RFC 4861 section 7.2.2: a host asks from the address that its packet has.
                why = f"it resolves {target} by its link-local address, so for packets of others"
                self._ledger.claim(mac, "router", "possible", why, one)
                continue
            first = next(filter(is_first, (*station.own, *station.asks_as, *station.answers)), None)
            if first is not None and (len(self._stations) > 1 or first in station.asks_as):
                ledger, one = self._ledger, station.first
                ledger.claim(mac, "router", "possible", f"it has {first}, the first address of its range", one)
                ledger.claim(first, "router", "possible", "it is the first address of its range, as gateways have", one)
            else:
                self._pod_roles(mac, "possible", "on a link without tunnel packets")

    def _delivers(self, station: Station, holders: Mapping[IP, int]) -> tuple[IP, Sighting] | None:
        """What a station resolves by its link-local address alone: what others have, or nobody."""
        if any(not ip.is_link_local for ip in (*station.own, *station.asks_as)):
            return None
        for ip, one in station.asks.items():
            lonely = len(self._stations) == 1 and not is_first(ip)
            if not ip.is_link_local and (lonely or holders.get(ip, station.mac) != station.mac):
                return ip, one
        return None

    def _machine(self, station: Station) -> None:
        """A machine's card that talks to others directly: a node, or a pod that is a machine on a bridged network."""
        talk = next((one for other in self._stations.values() for one in other.sends_for.values() if one.of_node), None)
        if talk is None and station.own:
            self._pod_roles(station.mac, "possible", "to another directly, on no port of a node")
        for ip, one in station.own.items() if talk is not None else ():
            if not ip.is_link_local and is_private(ip):
                why = "it sends directly to another machine on a link where services of nodes are asked"
                self._ledger.claim(ip, "node", "possible", why, one)
                self._ledger.claim(station.mac, "node", "possible", why, one)

    def _pod_roles(self, mac: int, confidence: str, where: str) -> None:
        station = self._stations[mac]
        for ip in station.addresses | station.asks_as.keys():
            one = station.own.get(ip) or station.claims.get(ip) or station.weak.get(ip) or station.asks_as[ip]
            if one is station.weak.get(ip):
                confidence = "possible"
            if ip.is_link_local or is_private(ip):
                self._ledger.claim(mac, "pod", confidence, f"{ip} sends from it, not forwarded, {where}", one)
            if not ip.is_link_local and is_private(ip):
                self._ledger.claim(ip, "pod", confidence, f"it sends, not forwarded, {where}", one)
        if station.solicits is not None:
            self._ledger.claim(mac, "pod", "possible", "it asks for routers", station.solicits)

    def _gateway_roles(self, mac: int, pods: dict[int, Sighting], gateways: Mapping[int, int]) -> None:
        station, (why, one) = self._stations[mac], self._gateways[mac]
        what, confidence, how = self._kind(station, pods, gateways)
        self._ledger.claim(mac, what, confidence, f"{why}; {how}", one)
        asked = {ip for pod in pods for ip in self._stations[pod].asks}
        for ip, seen in station.router.items():
            self._ledger.claim(ip, "router", "likely", "it is advertised with the router flag", seen)
        links = {link_of(ip) for pod in pods for ip in self._stations[pod].addresses}
        mine = {ip for pod in pods for ip in (*self._stations[pod].addresses, *self._stations[pod].asks_as)}
        clusters = {cluster_of(ip) for ip in (*mine, *station.router) if not ip.is_link_local}
        for ip, seen in station.answers.items():
            far = ip.version in dict(clusters) and cluster_of(ip) not in clusters and not ip.is_link_local
            if ip in asked and far and is_private(ip) and not is_first(ip):
                why = "the gateway answers for it, and it is of another range than its pods"
                self._ledger.claim(ip, "node", "possible", why, seen)
        answered = [ip for ip in station.answers if ip in asked and ip.version == 4]
        unused = [ip for ip in answered if ip not in self._ends]
        for ip in answered:
            if ip.is_link_local or len(answered) == 1:
                why = "a pod resolves it, and the gateway answers"
                self._ledger.claim(ip, "router", "likely", why, station.answers[ip])
            elif unused == [ip]:
                why = "the gateway answers for it, and no packet is from it or for it"
                self._ledger.claim(ip, "router", "possible", why, station.answers[ip])
        for ip, seen in (
            *station.own.items(),
            *station.weak.items(),
            *station.asks_as.items(),
            *station.answers_as.items(),
        ):
            if ip.is_link_local or not is_private(ip):
                continue
            if is_base(ip) or (mac == CALICO_HOST_END and not ip.value & 0x3F):
                why = "a gateway sends from it, and it is the base of a range"
                self._ledger.claim(ip, "tunnel", "possible", why, seen)
            elif link_of(ip) in links:
                why = "a gateway sends from it, and it is of the range of its pods"
                self._ledger.claim(ip, "router", "possible", why, seen)
            elif ip in station.own or ip in station.asks_as or ip in station.answers_as:
                why = "a gateway sends from it, and it is of another range than its pods"
                self._ledger.claim(ip, "node", "possible", why, seen)
        for ip, seen in station.exceeded.items():
            # Calico's veths have no address: their node answers from its card or its tunnel device.
            if link_of(ip) in links and mac != CALICO_HOST_END:
                why = "it says that a hop limit ran out, and is of the range of the pods here"
                self._ledger.claim(ip, "router", "likely", why, seen)
        for ip in asked:
            if is_first(ip) and ip not in self._ends:
                one = next(self._stations[pod].asks[ip] for pod in pods if ip in self._stations[pod].asks)
                self._ledger.claim(
                    ip, "router", "possible", "a pod resolves it, and it is the first address of a range", one
                )

    def _kind(self, station: Station, pods: dict[int, Sighting], gateways: Mapping[int, int]) -> tuple[str, str, str]:
        """Whether a gateway is the host end of one pod's veth or a bridge that serves many."""
        if station.mac == CALICO_HOST_END:
            return "lxc", "likely", "one for all pods"
        if len(pods) > 1:
            return "router", "likely", f"{len(pods)} stations of one link use it"
        if gateways[station.mac] > 1:
            return "router", "likely", f"it is the gateway on {gateways[station.mac]} links"
        for one in station.router.values():
            if one.without_override:
                return "lxc", "likely", "it answers for an address that is not its own (no override flag)"
        if station.proxies:
            return "lxc", "likely", "it answers in place of others"
        if len([ip for ip in station.answers if ip.version == 4]) > 1:
            return "lxc", "likely", "it answers for several addresses"
        if len(gateways) > 1:
            return "lxc", "likely", "each pod of this capture has a gateway MAC of its own"
        if self._places is not None:
            if any(len(self._places.get(pod, ())) > 1 for pod in pods):
                return "router", "likely", "what a pod sends comes in by its veth and by the bridge"
            # A veth's end gets what is sent to its own MAC; what is sent to another's comes by a bridge or a tunnel.
            elsewhere = any(self._stations[pod].first.packet_type in (OTHER, OUT) for pod in pods)
            why = "what a pod sends comes in by one device only, so no bridge is between"
            return "lxc", "possible" if elsewhere else "likely", why
        clusters = {cluster_of(ip) for pod in pods for ip in self._stations[pod].own}
        links = {link_of(ip) for pod in pods for ip in self._stations[pod].own}
        falls = {ip: fallen(one.hop) for ip, one in station.forwards.items() if cluster_of(ip) in clusters}
        if 1 in falls.values():
            # A bridge does so too between pods of its own where one asks the other by a service.
            far = any(fall == 1 and link_of(ip) not in links for ip, fall in falls.items())
            why = "it lowers the hop limit by one between pods, as a veth that routes does"
            return "lxc", "likely" if far else "possible", why
        for other in (self._stations[pod] for pod in pods):
            links = {link_of(ip) for ip in other.addresses if not ip.is_link_local}
            for ip in other.asks.keys() & station.answers.keys():
                if not ip.is_link_local and ip.version in dict(links) and link_of(ip) not in links:
                    return "lxc", "possible", f"{ip} is not of the range of its pod, as that of a bridge would be"
        pod = self._stations[next(iter(pods))]
        if not station.speaks and pod.half is not None:
            return "lxc", "possible", "what the pod answers to never passes here: it is delivered past this device"
        if station.router or 2 in falls.values():
            # Bridges and veths that hold the gateway address both do so; bridges are the more common of the two.
            return "router", "possible", "nothing shows whether it serves more pods than one"
        return "lxc", "possible", "nothing shows that it serves more pods than one"
