"""Who has an address?

Law: a line that says it outright is certain, unless several hosts say it: then all are returned and none is certain.
What follows from something else (EUI-64, a neighbour table, a default route) is `likely` at best and says from what.
What was given comes before what frames let infer.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from vxlan_dissect.addresses import IP, format_mac, is_multicast_mac, link_local_of, mac_of_link_local
from vxlan_dissect.inventory.answers.groups import ip_group, mac_group
from vxlan_dissect.inventory.answers.prefer import Times, preferred
from vxlan_dissect.inventory.answers.spans import boundaries, holding, outside
from vxlan_dissect.inventory.merging.veth import key_of
from vxlan_dissect.inventory.model import (
    Backend,
    CacheEntry,
    Collected,
    Fact,
    Host,
    Name,
    Neighbour,
    NodeAddress,
    NodePrefix,
    Owner,
    Pod,
    Route,
    Vtep,
)
from vxlan_dissect.inventory.model.base import RANK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from vxlan_dissect.inventory.answers.lookup import Index
    from vxlan_dissect.inventory.inventory import Inventory

_Fact = TypeVar("_Fact")
_Key = TypeVar("_Key")
_ENDED = frozenset(("Completed", "Succeeded", "Failed", "Evicted", "Error"))
# Among answers of one confidence; the gateway that an address is comes before the interface that answers for it.
_ROLE = {
    role: rank
    for rank, role in enumerate(
        ("pod", "node", "router", "lxc", "tunnel", "service", "host", "loopback", "group", "named")
    )
}
_ADDRESS_ROLES = {"router": "router", "tunnel": "tunnel"}  # a NodeAddress of another kind is the host's


class Owners:
    """Answers about the addresses of one inventory."""

    def __init__(self, inventory: Inventory, index: Index) -> None:
        self._inventory, self._index = inventory, index
        self.boundaries = boundaries(inventory.facts)
        self._times = Times(inventory.of(Collected))
        self._known: dict[tuple[int | IP, int], tuple[Owner, ...]] = {}

    def of_mac(self, mac: int, at: int | None) -> tuple[Owner, ...]:
        """See Inventory.owners_of_mac."""
        key = (mac, self._epoch(at))
        return self._known.get(key) or self._remember(key, self._find_mac(mac, at))

    def of_ip(self, ip: IP, at: int | None) -> tuple[Owner, ...]:
        """See Inventory.owners_of_ip."""
        key = (ip, self._epoch(at))
        return self._known.get(key) or self._remember(key, self._find_ip(ip, at))

    def _epoch(self, at: int | None) -> int:
        return -1 if at is None else bisect_right(self.boundaries, at)

    def _remember(self, key: tuple[int | IP, int], owners: list[Owner]) -> tuple[Owner, ...]:
        ranked = tuple(sorted(owners, key=lambda owner: (RANK[owner.confidence], _ROLE[owner.what])))
        # Only what the inventory knows, so that a capture with a million addresses fills no memory here.
        if ranked and ranked[0].what != "group" and not isinstance(ranked[0].fact, NodePrefix):
            self._known[key] = ranked
        return ranked

    def _find_mac(self, mac: int, at: int | None) -> list[Owner]:
        index = self._index
        if is_multicast_mac(mac):
            return [Owner(None, None, "group", None, inferred=mac_group(mac, index.by_low_bits))]
        owners = [
            self._owner(interface.host, interface.name, index.role_of(interface), interface, at=at)
            for interface in holding(index.interfaces_by_mac.get(mac, ()), at)
        ]
        if owners:
            return self._shared(owners)
        link_local = link_local_of(mac)
        for address in index.addresses_by_ip.get(link_local, ()):
            interface = index.interface(address.host, address.interface)
            if interface is None or interface.mac is None:
                role = index.roles.of_address(address, interface)
                why = f"EUI-64 of {link_local}"
                owners.append(self._owner(address.host, address.interface, role, address, at=at, inferred=why))
        owners += [
            self._owner(Host(vtep.node), vtep.device, "tunnel", vtep, at=at, inferred=vtep.computed)
            for vtep in self._vteps.get(mac, ())
        ]
        if owners:
            return self._shared(owners)
        told = [owner for entry in index.neighbours_by_mac.get(mac, ()) for owner in self._from_neighbour(entry, at)]
        return self._shared([owner for owner in told if owner.host is not None] or told) or self._called(mac, at)

    def _find_ip(self, ip: IP, at: int | None) -> list[Owner]:
        index = self._index
        if ip.is_multicast:
            return [Owner(None, None, "group", None, inferred=ip_group(ip, index.by_low_bits))]
        owners = self._named(ip, at)
        for _, service in index.services_by_ip.get(ip, ()):
            owners.append(Owner(None, None, "service", service, service.namespace, service.name))
        owners += self._routers(ip, at)
        mac = mac_of_link_local(ip)
        if not owners and mac is not None:
            why = f"EUI-64 of {format_mac(mac)}"
            owners = self._shared(
                [
                    self._owner(
                        interface.host, interface.name, index.role_of(interface), interface, at=at, inferred=why
                    )
                    for interface in holding(index.interfaces_by_mac.get(mac, ()), at)
                ]
            )
        if not any(owner.confidence == "certain" for owner in owners):
            known = {(owner.host, owner.interface) for owner in owners}
            entries = index.neighbours_by_ip.get(ip, ())
            answering = (owner for entry in entries for owner in self._from_neighbour_mac(entry, at))
            owners += [owner for owner in answering if (owner.host, owner.interface) not in known]
        return _places(owners) or self._mapped(ip, at) or self._called(ip, at) or self._in_range(ip)

    def _named(self, ip: IP, at: int | None) -> list[Owner]:
        """Whom a line names: an interface that has the address, a pod or node that the cluster gives it to."""
        index = self._index
        owners = []
        for address in holding(index.addresses_by_ip.get(ip, ()), at):
            role = index.roles.of_address(address, index.interface(address.host, address.interface))
            owners.append(self._owner(address.host, address.interface, role, address, at=at))
        known = {owner.host for owner in owners}
        for pod in self._listed(ip, at):
            host = Host(pod.node, None if pod.host_network else pod.name)
            if host not in known and not (pod.host_network and pod.node is None):
                known.add(host)
                owners.append(self._owner(host, None, "node" if pod.host_network else "pod", pod, at=at))
        for _, node in index.nodes_by_ip.get(ip, ()):
            if Host(node.name) not in known:
                owners.append(self._owner(Host(node.name), None, "node", node, at=at))
        held = {owner.node for owner in owners if owner.pod is None}
        for said in self._node_addresses.get(ip, ()):
            if said.node not in held:
                role = _ADDRESS_ROLES.get(said.kind, "host")
                owners.append(self._owner(Host(said.node), None, role, said, at=at))
        if not owners:
            owners = [
                self._owner(Host(backend.node, backend.pod), None, "pod", backend, at=at)
                for backend in self._backends.get(ip, ())
                if backend.pod is not None
            ]
        return self._shared(owners)

    def _listed(self, ip: IP, at: int | None) -> list[Pod]:
        """The pods that the cluster gives an address to."""
        listed = holding((pod for _, pod in self._index.pods_by_ip.get(ip, ())), at)
        # One that has ended keeps its address in the list, and another may have it by now; one of which it is known
        # that it ran at the moment asked for is none of these.
        running = [pod for pod in listed if pod.status not in _ENDED or (at is not None and pod.until is not None)]
        return running or listed

    def _routers(self, ip: IP, at: int | None) -> list[Owner]:
        """The nodes whose pods use `ip` as gateway, though no interface of theirs has it."""
        index = self._index
        holders = {address.host.node for address in index.addresses_by_ip.get(ip, ()) if address.host.pod is None}
        holders |= {said.node for said in self._node_addresses.get(ip, ())}
        owners = {}
        for route, host in index.gateway_users.get(ip, ()):
            if host.node not in holders and host.node not in owners:
                why = f"gateway of the default route of pod {host.pod}; no interface of its node has it"
                node = Host(host.node) if host.node is not None else None
                owners[host.node] = self._owner(node, None, "router", route, at=at, inferred=why)
        return self._shared(list(owners.values()))

    def _from_neighbour(self, entry: Neighbour, at: int | None) -> list[Owner]:
        """Who has a MAC that no interface line shows: whoever has the address it stands beside."""
        why = f"{entry.ip} has it in the neighbour table of {entry.host.name}"
        named = self._named(entry.ip, at) or self._routers(entry.ip, at)
        holders = [owner for owner in named if owner.host != entry.host]
        return [
            owner._replace(fact=entry, confidence=_less(owner.confidence, "likely"), inferred=why) for owner in holders
        ] or [Owner(None, None, "host", entry, confidence="possible", inferred=why)]

    def _from_neighbour_mac(self, entry: Neighbour, at: int | None) -> list[Owner]:
        """Who answers for an address: whoever has the MAC in a neighbour table, on the node where the table is."""
        if entry.mac is None:
            return []
        index = self._index
        found = [interface for interface in index.interfaces_by_mac.get(entry.mac, ()) if interface.host != entry.host]
        own = index.interface(entry.host, entry.device) if entry.device is not None else None
        far_end = index.peer(own) if own is not None else None
        found = (
            [interface for interface in found if far_end is not None and key_of(interface) == key_of(far_end)]
            or [interface for interface in found if interface.host.node == entry.host.node]
            or found
        )
        why = f"answers as {format_mac(entry.mac)}, by the neighbour table of {entry.host.name}"
        return [
            self._owner(each.host, each.name, index.role_of(each), entry, at=at, inferred=why, confidence="possible")
            for each in found
        ]

    def _mapped(self, ip: IP, at: int | None) -> list[Owner]:
        """Where an agent's map puts an address that nothing else names."""
        owners = []
        for entry in holding(self._cache.get(ip, ()), at):
            endpoint = entry.tunnel_endpoint
            node = self._index.node_by_address(endpoint) if endpoint is not None and endpoint.value else None
            if node is None and entry.pod is None:
                continue
            identity = f" with identity {entry.identity}" if entry.identity is not None else ""
            why = f"the map of {entry.host.name} has it{identity}" + (f" behind {endpoint}" if node else "")
            owners.append(self._owner(Host(node, entry.pod), None, "pod", entry, at=at, inferred=why))
        return self._shared(owners)

    def _called(self, address: int | IP, at: int | None) -> list[Owner]:
        """What a list of names calls an address that nothing else speaks of."""
        names = holding(self._names.get(address, ()), at)
        if not names:
            return []
        called = tuple(dict.fromkeys(name.name for name in names))
        why = outside(names[0], at)
        return [
            Owner(None, None, "named", names[0], names[0].namespace, confidence="likely", inferred=why, names=called)
        ]

    def _in_range(self, ip: IP) -> list[Owner]:
        """The node from whose range of pod addresses an address is that nothing speaks of."""
        for length, ranges in self._ranges[ip.version].items():
            found = ranges.get(ip.value >> (ip.bits - length))
            if found is not None:
                why = f"an address of {found.prefix}, the range of {found.node}'s pods"
                return [Owner(Host(found.node), None, "pod", found, confidence="possible", inferred=why)]
        return []

    @cached_property
    def _ranges(self) -> dict[int, dict[int, dict[int, NodePrefix]]]:
        """Ranges of pods by IP version, length (longest first) and leading bits, but for those that two nodes have."""
        found: dict[int, dict[int, dict[int, NodePrefix]]] = {4: {}, 6: {}}
        shared = set()
        for fact in sorted(self._inventory.of(NodePrefix), key=lambda fact: -fact.prefix.length):
            ip, length = fact.prefix
            ranges = found[ip.version].setdefault(length, {})
            bits = ip.value >> (ip.bits - length)
            if ranges.setdefault(bits, fact).node != fact.node:
                shared.add((ip.version, length, bits))
        for version, length, bits in shared:
            del found[version][length][bits]
        return found

    @cached_property
    def _vteps(self) -> dict[int, list[Vtep]]:
        return grouped(self._inventory.of(Vtep), lambda fact: fact.mac)

    @cached_property
    def _node_addresses(self) -> dict[IP, list[NodeAddress]]:
        return grouped(self._inventory.of(NodeAddress), lambda fact: fact.ip)

    @cached_property
    def _backends(self) -> dict[IP, list[Backend]]:
        return grouped(self._inventory.of(Backend), lambda fact: fact.ip)

    @cached_property
    def _cache(self) -> dict[IP, list[CacheEntry]]:
        whole = (fact for fact in self._inventory.of(CacheEntry) if fact.prefix.length == fact.prefix.ip.bits)
        return grouped(whole, lambda fact: fact.prefix.ip)

    @cached_property
    def _names(self) -> dict[int | IP, list[Name]]:
        known: dict[int | IP, list[Name]] = defaultdict(list)
        for fact in self._inventory.of(Name):
            key = fact.ip if fact.ip is not None else fact.mac
            if key is not None:
                known[key].append(fact)
        return known

    def _owner(
        self,
        host: Host | None,
        interface: str | None,
        what: str,
        fact: Fact,
        *,
        at: int | None,
        inferred: str | None = None,
        confidence: str | None = None,
    ) -> Owner:
        """An answer: certain unless it is inferred, stands on frames alone or on a fact of another time."""
        index = self._index
        beside = outside(fact, at)
        if beside is not None:
            inferred = f"{inferred}; {beside}" if inferred else beside
        if confidence is None:
            confidence = "certain" if inferred is None else "likely"
        if fact.source.inferred:
            confidence = _less(confidence, fact.source.confidence)
            inferred = inferred or fact.source.why or str(fact.source)
        namespace = serves = None
        if host is not None and host.pod is not None:
            own = getattr(fact, "namespace", None)
            namespace = own if own is not None else index.namespace_of_pod(host.pod)
        elif what == "router":
            serves = self._user_of(host, interface, fact)
        elif what == "lxc" and host is not None and interface is not None:
            found = index.interface(host, interface)
            end = index.end_of(found) if found else None
            serves = end.interface.host.pod if end else None
            if end and not end.certain and confidence == "certain":
                confidence, inferred = "likely", f"pod {serves} by matching interface indexes alone"
        return Owner(host, interface, what, fact, namespace, None, confidence, inferred, serves)

    def _user_of(self, host: Host | None, interface: str | None, fact: Fact) -> str | None:
        """A pod that uses a gateway: the one whose route says so, or one that an address of the interface serves."""
        if isinstance(fact, Route):
            return fact.host.pod
        index = self._index
        found = index.interface(host, interface) if host is not None and interface is not None else None
        ips = [address.ip for address in index.addresses_of(found)] if found else []
        if isinstance(fact, NodeAddress):
            ips.append(fact.ip)
        users = (pod for ip in ips for _, pod in index.gateway_users.get(ip, ()))
        return next((pod.pod for pod in users if host is not None and pod.node in {host.node, None}), None)

    def _shared(self, owners: list[Owner]) -> list[Owner]:
        """What several places have is nobody's for certain; the one that a rule prefers is the likely one.

        What frames suggest counts only where no line speaks.
        """
        given = [owner for owner in owners if owner.fact is None or not owner.fact.source.inferred]
        places = _places(given or owners)
        if len(places) < 2:
            return places
        one_host = len({owner.host for owner in places}) == 1
        confidence = "likely" if one_host else "possible"
        why = f"one of {len(places)} {'interfaces of this host' if one_host else 'places'} of which that is so"
        shared = [
            owner._replace(
                confidence=_less(owner.confidence, confidence),
                inferred=f"{owner.inferred}; {why}" if owner.inferred else why,
            )
            for owner in places
        ]
        facts = [owner.fact for owner in places if owner.fact is not None]
        believed = None if one_host or len(facts) < len(places) else preferred(facts, self._times)
        if believed is not None and believed[1] == "it was collected later":
            winner, reason = believed
            better = f"{why}, and {reason}"
            shared[winner] = places[winner]._replace(
                confidence=_less(places[winner].confidence, "likely"),
                inferred=f"{places[winner].inferred}; {better}" if places[winner].inferred else better,
            )
        return shared


def grouped(facts: Iterable[_Fact], key: Callable[[_Fact], _Key]) -> dict[_Key, list[_Fact]]:
    """Facts by a key of theirs, in order."""
    groups: defaultdict[_Key, list[_Fact]] = defaultdict(list)
    for fact in facts:
        groups[key(fact)].append(fact)
    return dict(groups)


def _less(one: str, other: str) -> str:
    return max(one, other, key=RANK.__getitem__)


def _places(owners: Iterable[Owner]) -> list[Owner]:
    """The first owner of each place, in order."""
    places: dict[tuple[Host | None, str | None, str], Owner] = {}
    for owner in owners:
        places.setdefault((owner.host, owner.interface, owner.what), owner)
    return list(places.values())
