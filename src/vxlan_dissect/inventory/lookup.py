"""Who has an address, and what belongs to what?

Law: a line that says it outright is certain, unless several hosts say it: then all are returned and none is certain.
What follows from something else (EUI-64, a neighbour table, a default route) is `likely` at best and says from what.
Every index is built once.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from vxlan_dissect.addresses import (
    BROADCAST_MAC,
    IP,
    MULTICAST_NAMES,
    format_mac,
    is_multicast_mac,
    is_solicited_node,
    link_local_of,
    mac_of_link_local,
    multicast_mac,
)
from vxlan_dissect.inventory.merge import host_of
from vxlan_dissect.inventory.model import (
    Address,
    Fact,
    Host,
    Interface,
    Neighbour,
    Owner,
    Pod,
    Route,
)
from vxlan_dissect.inventory.roles import Roles
from vxlan_dissect.inventory.veth import key_of, pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from vxlan_dissect.inventory.inventory import Inventory

_Key = TypeVar("_Key")
_Fact = TypeVar("_Fact")
_CONFIDENCE = {"certain": 0, "likely": 1, "possible": 2}
_ENDED = frozenset(("Completed", "Succeeded", "Failed", "Evicted", "Error"))
# Among answers of one confidence; the gateway that an address is comes before the interface that answers for it.
_ROLE = {
    role: rank
    for rank, role in enumerate(("pod", "node", "router", "lxc", "tunnel", "service", "host", "loopback", "group"))
}


def _group(facts: Iterable[_Fact], key: Callable[[_Fact], _Key]) -> dict[_Key, list[_Fact]]:
    groups: defaultdict[_Key, list[_Fact]] = defaultdict(list)
    for fact in facts:
        groups[key(fact)].append(fact)
    return dict(groups)


class Index:
    """The answers of one inventory."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._interfaces = _group(inventory.interfaces, lambda fact: (fact.host, fact.name))
        self._by_mac = _group(inventory.interfaces, lambda fact: fact.mac)
        self._of_pod = _group(inventory.interfaces, lambda fact: fact.host.pod)
        self._by_ip = _group(inventory.addresses, lambda fact: fact.ip)
        self._on = _group(inventory.addresses, lambda fact: (fact.host, fact.interface))
        self.neighbours_by_ip = _group(inventory.neighbours, lambda fact: fact.ip)
        self.neighbours_by_mac = _group(inventory.neighbours, lambda fact: fact.mac)
        self._pods = _group(inventory.pods, lambda fact: fact.name)
        self._pods_by_ip = _group(((ip, pod) for pod in inventory.pods for ip in pod.ips), lambda pair: pair[0])
        self._nodes_by_ip = _group(((ip, node) for node in inventory.nodes for ip in node.ips), lambda pair: pair[0])
        self._services_by_ip = _group(
            ((ip, service) for service in inventory.services for ip in (*service.cluster_ips, *service.external_ips)),
            lambda pair: pair[0],
        )
        self._ends = pairs(inventory.interfaces)
        defaults = [
            (route.via, route, route.host)
            for route in inventory.routes
            if route.prefix is None and route.via is not None and route.host.pod is not None
        ]
        self._gateways: dict[IP, list[tuple[Route, Host]]] = defaultdict(list)
        for via, route, host in defaults:
            self._gateways[via].append((route, host))
        users = {via: [(host, route.family) for route, host in served] for via, served in self._gateways.items()}
        self._roles = Roles(inventory, self._ends, users)
        self.hosts = tuple(dict.fromkeys(filter(None, map(host_of, inventory.facts))))
        names = {host.node for host in self.hosts} | {node.name for node in inventory.nodes}
        self.node_names = tuple(sorted({str(name) for name in names | {pod.node for pod in inventory.pods} if name}))
        pods = {host.pod for host in self.hosts if host.pod} | self._pods.keys()
        self.pod_names = tuple(sorted(pods))
        self._nodes_of_pod = _group(((h.pod, h.node) for h in self.hosts if h.pod), lambda pair: pair[0])
        self._owners: dict[int | IP, tuple[Owner, ...]] = {}

    # What belongs to what

    def interface(self, host: Host, name: str) -> Interface | None:
        """See Inventory.interface."""
        found = self._interfaces.get((host, name))
        return found[0] if found else None

    def addresses_of(self, interface: Interface) -> tuple[Address, ...]:
        """See Inventory.addresses_of."""
        return tuple(self._on.get((interface.host, interface.name), ()))

    def role_of(self, interface: Interface) -> str:
        """What the interface is, one of ROLES."""
        return self._roles.of_interface(interface)

    def peer(self, interface: Interface) -> Interface | None:
        """See Inventory.peer."""
        end = self._ends.get(key_of(interface))
        return end.interface if end else None

    def peer_is_certain(self, interface: Interface) -> bool:
        """Whether more than matching indexes ties the two ends together."""
        end = self._ends.get(key_of(interface))
        return end is not None and end.certain

    def pod_of_lxc(self, interface: Interface) -> Interface | None:
        """See Inventory.pod_of_lxc."""
        peer = self.peer(interface)
        return peer if peer and peer.host.pod is not None and interface.host.pod is None else None

    def lxc_of_pod(self, pod: str | Host) -> Interface | None:
        """See Inventory.lxc_of_pod."""
        found = self._of_pod.get(pod if isinstance(pod, str) else str(pod.pod), ())
        peers = [peer for own in found if pod in {own.host, own.host.pod} and (peer := self.peer(own)) is not None]
        return peers[0] if len({peer.host for peer in peers}) == 1 else None

    def gateways(self, version: int) -> tuple[tuple[IP, Route, Host], ...]:
        """See Inventory.gateways."""
        return tuple(
            (via, route, host)
            for via, users in self._gateways.items()
            if via.version == version
            for route, host in users
        )

    def node_of_pod(self, name: str) -> str | None:
        """See Inventory.node_of_pod."""
        nodes = {pod.node for pod in self._pods.get(name, ())}
        return _only(nodes | {node for _, node in self._nodes_of_pod.get(name, ())})

    def namespace_of_pod(self, name: str) -> str | None:
        """See Inventory.namespace_of_pod."""
        return _only({pod.namespace for pod in self._pods.get(name, ())})

    def node_by_address(self, ip: IP) -> str | None:
        """See Inventory.node_by_address."""
        nodes = {address.host.node for address in self._by_ip.get(ip, ()) if address.host.pod is None}
        return _only(nodes | {node.name for _, node in self._nodes_by_ip.get(ip, ())})

    @cached_property
    def _by_low_bits(self) -> dict[int, list[IP]]:
        """The known IPv6 unicast addresses by the 24 bits that their solicited-node group keeps."""
        known = dict.fromkeys((*self._by_ip, *self._gateways, *self.neighbours_by_ip, *self._pods_by_ip))
        return _group((ip for ip in known if ip.version == 6), lambda ip: ip.value & 0xFFFFFF)

    # Who has it

    def owners_of_mac(self, mac: int) -> tuple[Owner, ...]:
        """See Inventory.owners_of_mac."""
        return self._owners.get(mac) or self._remember(mac, self._find_mac(mac))

    def owners_of_ip(self, ip: IP) -> tuple[Owner, ...]:
        """See Inventory.owners_of_ip."""
        return self._owners.get(ip) or self._remember(ip, self._find_ip(ip))

    def _remember(self, address: int | IP, owners: list[Owner]) -> tuple[Owner, ...]:
        ranked = tuple(sorted(owners, key=lambda owner: (_CONFIDENCE[owner.confidence], _ROLE[owner.what])))
        # Only what the inventory knows, so that a capture with a million addresses fills no memory here.
        if ranked and ranked[0].what != "group":
            self._owners[address] = ranked
        return ranked

    def _find_mac(self, mac: int) -> list[Owner]:
        if is_multicast_mac(mac):
            return [Owner(None, None, "group", None, inferred=self._mac_group(mac))]
        owners = [
            self._owner(interface.host, interface.name, self._roles.of_interface(interface), interface)
            for interface in self._by_mac.get(mac, ())
        ]
        if owners:
            return _shared(owners)
        link_local = link_local_of(mac)
        for address in self._by_ip.get(link_local, ()):
            interface = self.interface(address.host, address.interface)
            if interface is None or interface.mac is None:
                role = self._roles.of_address(address, interface)
                why = f"EUI-64 of {link_local}"
                owners.append(
                    self._owner(address.host, address.interface, role, address, confidence="likely", inferred=why)
                )
        if owners:
            return _shared(owners)
        told = [owner for entry in self.neighbours_by_mac.get(mac, ()) for owner in self._from_neighbour(entry)]
        return _shared([owner for owner in told if owner.host is not None] or told)

    def _find_ip(self, ip: IP) -> list[Owner]:
        if ip.is_multicast:
            return [Owner(None, None, "group", None, inferred=self._ip_group(ip))]
        owners = self._named(ip)
        for _, service in self._services_by_ip.get(ip, ()):
            owners.append(Owner(None, None, "service", service, service.namespace, service.name))
        owners += self._routers(ip)
        mac = mac_of_link_local(ip)
        if not owners and mac is not None:
            for interface in self._by_mac.get(mac, ()):
                role = self._roles.of_interface(interface)
                why = f"EUI-64 of {format_mac(mac)}"
                owners.append(
                    self._owner(interface.host, interface.name, role, interface, confidence="likely", inferred=why)
                )
            owners = _shared(owners)
        if not any(owner.confidence == "certain" for owner in owners):
            known = {(owner.host, owner.interface) for owner in owners}
            answering = (
                owner for entry in self.neighbours_by_ip.get(ip, ()) for owner in self._from_neighbour_mac(entry)
            )
            owners += [owner for owner in answering if (owner.host, owner.interface) not in known]
        return _places(owners)

    def _named(self, ip: IP) -> list[Owner]:
        """Whom a line names: an interface that has the address, a pod or node that kubectl gives it to."""
        owners = []
        for address in self._by_ip.get(ip, ()):
            role = self._roles.of_address(address, self.interface(address.host, address.interface))
            owners.append(self._owner(address.host, address.interface, role, address))
        known = {owner.host for owner in owners}
        listed = [pod for _, pod in self._pods_by_ip.get(ip, ())]
        # A pod that has ended keeps its address in the table, and another may have it by now.
        for pod in [pod for pod in listed if pod.status not in _ENDED] or listed:
            host = Host(pod.node, None if pod.host_network else pod.name)
            if host not in known and not (pod.host_network and pod.node is None):
                known.add(host)
                owners.append(self._owner(host, None, "node" if pod.host_network else "pod", pod))
        for _, node in self._nodes_by_ip.get(ip, ()):
            if Host(node.name) not in known:
                owners.append(self._owner(Host(node.name), None, "node", node))
        return _shared(owners)

    def _routers(self, ip: IP) -> list[Owner]:
        """The nodes whose pods use `ip` as gateway, though no interface of theirs has it."""
        holders = {address.host.node for address in self._by_ip.get(ip, ()) if address.host.pod is None}
        owners = {}
        for route, host in self._gateways.get(ip, ()):
            if host.node not in holders and host.node not in owners:
                why = f"gateway of the default route of pod {host.pod}; no interface of its node has it"
                node = Host(host.node) if host.node is not None else None
                owners[host.node] = self._owner(node, None, "router", route, confidence="likely", inferred=why)
        return _shared(list(owners.values()))

    def _from_neighbour(self, entry: Neighbour) -> list[Owner]:
        """Who has a MAC that no interface line shows: whoever has the address it stands beside."""
        why = f"{entry.ip} has it in the neighbour table of {entry.host.name}"
        holders = [owner for owner in self._named(entry.ip) or self._routers(entry.ip) if owner.host != entry.host]
        return [
            owner._replace(fact=entry, confidence=_less(owner.confidence, "likely"), inferred=why) for owner in holders
        ] or [Owner(None, None, "host", entry, confidence="possible", inferred=why)]

    def _from_neighbour_mac(self, entry: Neighbour) -> list[Owner]:
        """Who answers for an address: whoever has the MAC in a neighbour table, on the node where the table is."""
        if entry.mac is None:
            return []
        found = [interface for interface in self._by_mac.get(entry.mac, ()) if interface.host != entry.host]
        own = self.interface(entry.host, entry.device) if entry.device is not None else None
        far_end = self.peer(own) if own is not None else None
        found = (
            [interface for interface in found if far_end is not None and key_of(interface) == key_of(far_end)]
            or [interface for interface in found if interface.host.node == entry.host.node]
            or found
        )
        why = f"answers as {format_mac(entry.mac)}, by the neighbour table of {entry.host.name}"
        return [
            self._owner(
                interface.host,
                interface.name,
                self._roles.of_interface(interface),
                entry,
                confidence="possible",
                inferred=why,
            )
            for interface in found
        ]

    def _owner(
        self,
        host: Host | None,
        interface: str | None,
        what: str,
        fact: Fact,
        *,
        confidence: str = "certain",
        inferred: str | None = None,
    ) -> Owner:
        namespace = serves = None
        if host is not None and host.pod is not None:
            namespace = fact.namespace if isinstance(fact, Pod) else self.namespace_of_pod(host.pod)
        elif what == "router":
            serves = self._user_of(host, interface, fact)
        elif what == "lxc" and host is not None and interface is not None:
            end = self._ends.get(key_of(found)) if (found := self.interface(host, interface)) else None
            serves = end.interface.host.pod if end else None
            if end and not end.certain and confidence == "certain":
                confidence, inferred = "likely", f"pod {serves} by matching interface indexes alone"
        if fact.source.inferred:
            confidence = _less(confidence, fact.source.confidence)
            inferred = inferred or f"{fact.source.why} ({fact.source})"
        return Owner(host, interface, what, fact, namespace, None, confidence, inferred, serves)

    def _user_of(self, host: Host | None, interface: str | None, fact: Fact) -> str | None:
        """A pod that uses a gateway: the one whose route says so, or one that an address of the interface serves."""
        if isinstance(fact, Route):
            return fact.host.pod
        on_it = self._on.get((host, interface), ()) if host is not None and interface is not None else ()
        users = (pod for address in on_it for _, pod in self._gateways.get(address.ip, ()))
        return next((pod.pod for pod in users if host is not None and pod.node in {host.node, None}), None)

    def _ip_group(self, ip: IP) -> str:
        if ip.version == 6 and is_solicited_node(ip):
            known = self._by_low_bits.get(ip.value & 0xFFFFFF, [])
            return "solicited-node group" + (f" of {', '.join(map(str, known[:8]))}" if known else "")
        return f"multicast group {MULTICAST_NAMES.get(ip.value, str(ip)) if ip.version == 6 else ip}"

    def _mac_group(self, mac: int) -> str:
        if mac == BROADCAST_MAC:
            return "broadcast"
        if mac >> 24 == 0x3333FF:
            return self._ip_group(IP(6, 0xFF0200000000000000000001FF000000 | mac & 0xFFFFFF))
        named = {multicast_mac(IP(6, value)): name for value, name in MULTICAST_NAMES.items()}
        return f"multicast group {named.get(mac, format_mac(mac))}"


def _less(one: str, other: str) -> str:
    return max(one, other, key=_CONFIDENCE.__getitem__)


def _only(values: set[str | None]) -> str | None:
    found = {value for value in values if value is not None}
    return found.pop() if len(found) == 1 else None


def _places(owners: Iterable[Owner]) -> list[Owner]:
    """The first owner of each place, in order."""
    places: dict[tuple[Host | None, str | None, str], Owner] = {}
    for owner in owners:
        places.setdefault((owner.host, owner.interface, owner.what), owner)
    return list(places.values())


def _shared(owners: list[Owner]) -> list[Owner]:
    """What several places have is nobody's for certain; what frames suggest counts only where no line speaks."""
    given = [owner for owner in owners if owner.fact is None or not owner.fact.source.inferred]
    places = _places(given or owners)
    if len(places) < 2:
        return places
    one_host = len({owner.host for owner in places}) == 1
    confidence = "likely" if one_host else "possible"
    why = f"one of {len(places)} {'interfaces of this host' if one_host else 'places'} of which that is so"
    return [
        owner._replace(
            confidence=_less(owner.confidence, confidence),
            inferred=f"{owner.inferred}; {why}" if owner.inferred else why,
        )
        for owner in places
    ]
