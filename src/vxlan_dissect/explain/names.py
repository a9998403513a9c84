"""Whose is this address?

Law: the inventory answers first, then what the capture itself gave away, which is marked as inferred. One address may
have several owners; the one nearest to the frame is chosen, and where none is nearer the answer says that it is open.
"""

from __future__ import annotations

from bisect import bisect_right
from copy import copy
from typing import TYPE_CHECKING, Any

from vxlan_dissect.addresses import BROADCAST_MAC, IP, is_multicast_mac, mac_of_link_local
from vxlan_dissect.explain.resolved import Resolved
from vxlan_dissect.explain.translations import Translations
from vxlan_dissect.explain.wiring import Wiring
from vxlan_dissect.inventory.model import Host, Interface, Owner

if TYPE_CHECKING:
    from vxlan_dissect.inventory.inventory import Inventory

MAX_CACHED = 65536  # addresses whose owners are remembered: a scan must not exhaust memory
MAX_EPOCHS = 256  # moments between which the owners differ, remembered at a time
LXC = "lxc"  # as Cilium names it; only under Cilium is a host end inferred without an interface of the inventory
Near = tuple[str | None, str | None]  # (node, pod)


class Names:
    """Owners of addresses, from the inventory and from what a capture taught.

    `macs` and `ips` are filled by learn; `resolved` holds the names that DNS answers gave,
    `translations` which addresses stand for others.
    """

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self.wiring = Wiring(inventory)
        self.macs: dict[int, Owner] = {}
        self.ips: dict[IP, Owner] = {}
        self.resolved = Resolved()
        self.translations = Translations()
        self._time: int | None = None
        self._epochs: dict[int, Names] = {}
        self._mac_cache: dict[int, tuple[Owner, ...]] = {}
        self._ip_cache: dict[IP, tuple[Owner, ...]] = {}

    def at(self, time: int | None) -> Names:
        """The owners at a moment, in ns since 1970: an address may be one pod's first and then another's."""
        boundaries = self.inventory.boundaries
        if time is None or not boundaries:
            return self
        epoch = bisect_right(boundaries, time)
        there = self._epochs.get(epoch)
        if there is None:
            if len(self._epochs) >= MAX_EPOCHS:
                self._epochs.clear()
            there = self._epochs[epoch] = copy(self)
            there._time, there._mac_cache, there._ip_cache = time, {}, {}
        return there

    def of_mac(self, mac: int | None, near: Near = (None, None)) -> Owner | None:
        """The owner of a MAC; `near` is the node and pod that the frame is about, to choose among several."""
        if mac is None:
            return None
        if is_multicast_mac(mac):
            to_whom = "broadcast: all stations" if mac == BROADCAST_MAC else "a group"
            return Owner(None, None, "group", None, inferred=to_whom)
        if mac not in self._mac_cache:
            _keep_small(self._mac_cache)
            self._mac_cache[mac] = self.inventory.owners_of_mac(mac, self._time)
        found = _nearest(self._mac_cache[mac], near)
        return found if found is not None else self.macs.get(mac)

    def of_ip(self, ip: IP | None, near: Near = (None, None)) -> Owner | None:
        """The owner of an IP address, chosen as `of_mac` does."""
        if ip is None:
            return None
        if ip not in self._ip_cache:
            _keep_small(self._ip_cache)
            self._ip_cache[ip] = self.inventory.owners_of_ip(ip, self._time)
        found = _nearest(self._ip_cache[ip], near)
        if found is not None and found.fact is not None:
            return found
        learned = self.ips.get(ip)
        if learned is not None:
            return learned
        mac = mac_of_link_local(ip)
        if found is None and mac is not None and (holder := self.of_mac(mac, near)) is not None:
            return holder._replace(confidence="likely", inferred=f"EUI-64: {ip} is made from that MAC")
        return found

    def of_end(self, ip: IP | None, near: Near = (None, None)) -> Owner | None:
        """The owner of the address of a packet's end: as `of_ip` finds it, else as DNS called it in this capture."""
        return self.of_ip(ip, near) or self.resolved.owner(ip)

    def interface_of(self, owner: Owner | None) -> Interface | None:
        """The inventory's interface behind an owner, None where it is inferred or has none."""
        if owner is None or owner.interface is None:
            return None
        if isinstance(owner.fact, Interface):
            return owner.fact
        return None if owner.host is None else self.inventory.interface(owner.host, owner.interface)


def _keep_small(cache: dict[Any, Any]) -> None:
    if len(cache) >= MAX_CACHED:
        cache.clear()


def _nearest(owners: tuple[Owner, ...], near: Near) -> Owner | None:
    if len(owners) < 2:
        return owners[0] if owners else None
    node, pod = near
    most = max(_nearness(owner, node, pod) for owner in owners)
    nearest = [owner for owner in owners if _nearness(owner, node, pod) == most]
    best, rivals = nearest[0], [owner for owner in nearest if _place(owner) != _place(nearest[0])]
    if not rivals:
        return best
    if best.confidence != rivals[0].confidence or best.what != rivals[0].what:
        return best
    hosts = {owner.host for owner in nearest}
    host = hosts.pop() if len(hosts) == 1 and best.what != "lxc" else None
    several = ", ".join(dict.fromkeys(f"{owner.interface or '?'} of {_place_text(owner)}" for owner in nearest[:3]))
    more = f" and {len(nearest) - 3} more" if len(nearest) > 3 else ""
    return Owner(host, None, best.what, None, confidence="possible", inferred=f"several have it: {several}{more}")


def _nearness(owner: Owner, node: str | None, pod: str | None) -> int:
    same_pod = pod is not None and pod in (owner.pod, owner.serves)
    return 2 * same_pod + (node is not None and node == owner.node)


def _place(owner: Owner) -> tuple[Host | None, str | None]:
    return owner.host, owner.interface


def _place_text(owner: Owner) -> str:
    return owner.host.name if owner.host else "?"


def label(owner: Owner | None) -> str | None:
    """What a reader calls an owner in a sentence: `cni-7t9p4`, `lxc237a31216c0f on worker`, `worker`."""
    if owner is not None and owner.names:
        first, *others = owner.names
        return f"{first} (and {len(others)} more name{'s' if len(others) > 1 else ''})" if others else first
    if owner is None or (owner.host is None and owner.service is None):
        return None
    if owner.service is not None:
        return f"service {owner.service}"
    if owner.pod is not None:
        return owner.pod
    if owner.what == "pod":
        return None
    if owner.what == "lxc":
        whose = f"{owner.serves}'s" if owner.serves else "its"
        name = owner.interface or f"the host end ({LXC}) of {whose} veth"
        return f"{name} on {owner.node}" if owner.node else name
    if owner.what == "router":
        return f"the pod gateway of {owner.node}" if owner.node else "the pod gateway"
    if owner.interface is not None and owner.what in ("tunnel", "loopback"):
        return f"{owner.interface} on {owner.node}" if owner.node else owner.interface
    return owner.node


def device(owner: Owner | None) -> str | None:
    """An owner as the holder of a MAC: `cni-7t9p4 eth0`, `lxc237a31216c0f on worker`, `eth0 on worker`."""
    if owner is None or owner.host is None:
        return label(owner)
    if owner.pod is not None:
        return f"{owner.pod} {owner.interface}" if owner.interface else owner.pod
    if owner.interface is not None:
        return f"{owner.interface} on {owner.node}" if owner.node else owner.interface
    return label(owner)
