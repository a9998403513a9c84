"""What follows for addresses of which the frames say nothing themselves?

Law: a link-local address made from a MAC is whatever the MAC is; an address of the same range as pods that are known is
probably a pod's, and no more than `possible`.
"""

from __future__ import annotations

from bisect import bisect
from typing import TYPE_CHECKING

from vxlan_dissect.addresses import IP, mac_of_link_local
from vxlan_dissect.infer.customs import CALICO_HOST_END, apart, is_base, is_first, is_private, is_unique_local

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vxlan_dissect.infer.ledger import Ledger
    from vxlan_dissect.infer.sightings import Sighting

# Ranges of pods and of services differ within these: kubeadm's 10.244.0.0/16 and 10.96.0.0/12, k3s's 10.42.0.0/16 and
# 10.43.0.0/16, 2001:cafe:42::/56 and 2001:cafe:43::/112, kind's fd00:10:244::/56 and fd00:10:96::/112.
SAME_RANGE = {4: 16, 6: 48}
OF_HOSTS = {4: 12, 6: 32}
APART = {4: 12, 6: 16}  # hosts that share less are not of one plan: kind's nodes have fc00:f853:ccd:e793::/64
_POD_LIKE = {"pod": "pod", "router": "pod", "tunnel": "pod", "node": "node"}


def spread(sightings: Sequence[Sighting], ledger: Ledger) -> None:
    """Enter what follows for the addresses of all sightings."""
    seen: dict[IP, Sighting] = {}
    hosts: set[IP] = set()  # a service neither pings nor is pinged, nor opens a connection
    routers = {one.src for one in sightings if one.is_exceeded}
    for one in sightings:
        for ip in (one.src, one.dst, one.asks, one.answers):
            if ip is not None and not ip.is_multicast:
                seen.setdefault(ip, one)
        if one.ends:
            src, dst = one.ends
            if one.is_ping:
                hosts |= {src, dst}
            elif one.of_node:
                hosts.add(dst)
            elif one.is_exceeded:
                hosts.add(src)
            elif one.mss is not None:  # SYN comes from who opens a connection, SYN and ACK go there
                hosts.add(dst if one.acks else src)
    for ip, one in seen.items():
        mac = mac_of_link_local(ip)
        role = ledger.role(mac) if mac is not None else None
        if role is not None and ip not in ledger:
            ledger.claim(ip, role.what, role.confidence, f"EUI-64: it is made from a MAC; of that: {role.why}", one)
    calico = CALICO_HOST_END in ledger or any(one.outer is not None and one.outer.vni == 4096 for one in sightings)
    for version in (4, 6):
        of_version = {ip: one for ip, one in seen.items() if ip.version == version and not ip.is_link_local}
        _neighbours(of_version, hosts, routers, calico, ledger)


def _neighbours(
    seen: dict[IP, Sighting], hosts: set[IP], routers: set[IP | None], calico: bool, ledger: Ledger
) -> None:
    known = sorted((ip, _POD_LIKE[role.what]) for ip in seen if (role := ledger.role(ip)) and role.what in _POD_LIKE)
    pods_alone = {what for _, what in known} == {"pod"}
    for ip, one in seen.items():
        if ip in ledger or not is_private(ip) or not known:
            continue
        at = bisect(known, (ip, ""))
        around = [(_common(ip, other), what, other) for other, what in known[max(at - 1, 0) : at + 1]]
        most = max(common for common, _, _ in around)
        nearest = {what: other for common, what, other in around if common == most}
        if calico and most >= SAME_RANGE[ip.version] and not ip.value & 0x3F:
            why = "it is the first address of a block of Calico's, which the tunnel device of its node gets"
            ledger.claim(ip, "tunnel", "possible", why, one)
        elif is_first(ip) and most >= SAME_RANGE[ip.version]:
            ledger.claim(ip, "router", "possible", "it is the first address of its range, as gateways have", one)
        elif is_base(ip) and most >= SAME_RANGE[ip.version]:
            ledger.claim(ip, "tunnel", "possible", "no host but a tunnel device has the address of a range", one)
        elif most >= (OF_HOSTS if ip in hosts and ip not in routers else SAME_RANGE)[ip.version] and len(nearest) == 1:
            (what, other), *_ = nearest.items()
            if what == "node" and apart(ip, other):
                continue
            why = f"it is of one range with {other}"
            if what == "pod" and ip in routers:
                what, why = "router", f"it says that a hop limit ran out, which pods do not, and {why}"
            ledger.claim(ip, what, "possible", why, one)
        elif most < APART[ip.version] and ip in hosts and not is_first(ip) and pods_alone and _is_local(ip):
            why = "it does what no service does, and is of another range than the pods"
            ledger.claim(ip, "node", "possible", why, one)


def _is_local(ip: IP) -> bool:
    """Of this site: global addresses of IPv6 may be anybody's."""
    return ip.version == 4 or is_unique_local(ip)


def _common(one: IP, other: IP) -> int:
    return one.bits - (one.value ^ other.value).bit_length()
