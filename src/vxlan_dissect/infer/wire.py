"""Who is who on the wire between nodes?

Law: whoever sends from its own address there is a node; whoever stands between nodes and what is no node, and resolves
as the way to it, is a router.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.infer.customs import is_first, is_machine, is_private, is_unique_local, link_of
from vxlan_dissect.infer.hop_limit import fallen, fresh

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vxlan_dissect.addresses import IP
    from vxlan_dissect.infer.ledger import Ledger
    from vxlan_dissect.infer.sightings import Sighting
    from vxlan_dissect.infer.stations import Station


def wire(stations: dict[int, Station], sightings: Sequence[Sighting], ledger: Ledger) -> None:
    """Enter nodes and routers, and the pods whose packets travel without a tunnel."""
    resolved = {
        ip: mac for mac, station in stations.items() for ip in (*station.asks_as, *station.answers, *station.claims)
    }
    resolving = {ip for station in stations.values() for ip in (*station.asks_as, *station.answers, *station.asks)}
    sealed = {ip for one in sightings if one.sealed for ip in (one.src, one.dst) if ip is not None}
    # Whom somebody of the same range sends to, not forwarded: both are of this link.
    near = {
        to: ip
        for one in sightings
        if one.ends and fresh(one.hop)
        for ip, to in [one.ends]
        if link_of(ip) == link_of(to)
    }
    links = {link_of(ip) for ip in (*resolving, *near)}
    unique = any(is_unique_local(ip) for ip in resolved)
    for mac, station in stations.items():
        role = ledger.role(mac)
        addresses = {**station.claims, **station.asks_as, **station.answers}
        foreign = _foreign(station, resolving, unique) if role is None or role.what != "node" else None
        if role is None and foreign is not None:
            why = f"packets of {foreign[0]}, which is no address of this link, pass it"
            ledger.claim(mac, "router", "likely", why, foreign[1])
        elif role is None and (first := next(filter(is_first, (*addresses, *station.own)), None)) is not None:
            one = addresses.get(first) or station.own[first]
            ledger.claim(mac, "router", "possible", f"it has {first}, the first address of its range", one)
        elif role is None and is_machine(mac) and not any(not ip.is_link_local for ip in (*addresses, *station.own)):
            why = "it is a machine's card on a wire between nodes, with no address but its link-local one"
            ledger.claim(mac, "node", "possible", why, station.first)
        now = ledger.role(mac)
        what, sure = ("router", now.confidence) if now is not None and now.what == "router" else ("node", "likely")
        for ip, one in (*station.own.items(), *addresses.items()):
            if (
                ip.is_link_local
                or (what == "router" and ip not in addresses)
                or (ip not in addresses and not is_private(ip))
            ):
                continue
            if resolved.get(ip, mac) != mac:
                continue
            ledger.claim(ip, what, sure, f"it is an address of a {what} on a wire between nodes", one)
            ledger.claim(mac, what, sure, f"{ip} sends from it on a wire between nodes", one)
        for ip, one in station.forwards.items():
            if what == "router" and fallen(one.hop) > 1 and is_private(ip) and not _outside(ip, unique):
                why = "a router forwards its packets, and another did before"
                ledger.claim(ip, "pod", "possible", why, one)
            if ip in near and what == "node":
                why = f"a node forwards its packets, and {near[ip]} of the same range is on this wire"
                ledger.claim(ip, "node", "possible", why, one)
                ledger.claim(mac, "node", "possible", f"it forwards packets of {ip}", one)
            elif is_private(ip) and ip not in resolving and ip not in sealed and what == "node" and not one.is_error:
                # What leaves the cluster has the address of the node by then, unless nothing masquerades.
                masked = one.dst is not None and _outside(one.dst, unique) and not is_unique_local(ip)
                why = "a node forwards its packets " + ("out of the cluster" if masked else "onto the wire")
                ledger.claim(ip, "node" if masked else "pod", "possible", why, one)
                ledger.claim(mac, "node", "possible", f"it forwards packets of {ip}", one)
        for ip, one in station.weak.items() if what == "node" else ():
            if is_private(ip) and link_of(ip) not in links and not one.is_error:
                why = "a node sends its packets onto the wire, and it is of no range of this wire"
                ledger.claim(ip, "pod", "possible", why, one)
    for one in sightings:
        if one.sealed:
            for end in (one.src, one.dst):
                ledger.claim(end, "node", "likely", f"{one.sealed} packets of nodes end there", one)
            if one.source_mac:
                what = "router" if fallen(one.hop) else "node"
                ledger.claim(one.source_mac, what, "likely", f"{one.sealed} packets of {one.src} come from it", one)
            if one.destination_mac:
                ledger.claim(
                    one.destination_mac, "node", "possible", f"{one.sealed} packets to {one.dst} are sent to it", one
                )


def _foreign(station: Station, resolving: set[IP], unique: bool) -> tuple[IP, Sighting] | None:
    """An address for which a station stands in though it is of no cluster and of nobody on this link."""
    for ip, one in (*station.own.items(), *station.forwards.items(), *station.receives.items()):
        if _outside(ip, unique) and not ip.is_link_local and ip not in resolving:
            return ip, one
    return None


def _outside(ip: IP, unique: bool) -> bool:
    """No address of a cluster; `unique` says that the cluster has unique local addresses of IPv6."""
    return not is_private(ip) or (ip.version == 6 and unique and not is_unique_local(ip))
