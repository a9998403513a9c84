"""What belongs to what?

Law: every index is built once, from facts that are merged already.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

from vxlan_dissect.inventory.answers.owners import Owners, grouped
from vxlan_dissect.inventory.answers.roles import Roles
from vxlan_dissect.inventory.merging.merge import host_of
from vxlan_dissect.inventory.merging.veth import key_of, pairs

if TYPE_CHECKING:
    from vxlan_dissect.addresses import IP
    from vxlan_dissect.inventory.inventory import Inventory
    from vxlan_dissect.inventory.merging.veth import End
    from vxlan_dissect.inventory.model import Address, Host, Interface, Owner, Route


class Index:
    """The answers of one inventory."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._interfaces = grouped(inventory.interfaces, lambda fact: (fact.host, fact.name))
        self.interfaces_by_mac = grouped(inventory.interfaces, lambda fact: fact.mac)
        self._of_pod = grouped(inventory.interfaces, lambda fact: fact.host.pod)
        self.addresses_by_ip = grouped(inventory.addresses, lambda fact: fact.ip)
        self._on = grouped(inventory.addresses, lambda fact: (fact.host, fact.interface))
        self.neighbours_by_ip = grouped(inventory.neighbours, lambda fact: fact.ip)
        self.neighbours_by_mac = grouped(inventory.neighbours, lambda fact: fact.mac)
        self._pods = grouped(inventory.pods, lambda fact: fact.name)
        self.pods_by_ip = grouped(((ip, pod) for pod in inventory.pods for ip in pod.ips), lambda pair: pair[0])
        self.nodes_by_ip = grouped(((ip, node) for node in inventory.nodes for ip in node.ips), lambda pair: pair[0])
        self.services_by_ip = grouped(
            ((ip, service) for service in inventory.services for ip in (*service.cluster_ips, *service.external_ips)),
            lambda pair: pair[0],
        )
        self._ends = pairs(inventory.interfaces, inventory.addresses)
        defaults = [
            (route.via, route, route.host)
            for route in inventory.routes
            if route.prefix is None and route.via is not None and route.host.pod is not None
        ]
        self.gateway_users: dict[IP, list[tuple[Route, Host]]] = defaultdict(list)
        for via, route, host in defaults:
            self.gateway_users[via].append((route, host))
        users = {via: [(host, route.family) for route, host in served] for via, served in self.gateway_users.items()}
        self.roles = Roles(inventory, self._ends, users)
        self.hosts = tuple(dict.fromkeys(filter(None, map(host_of, inventory.facts))))
        names = {host.node for host in self.hosts} | {node.name for node in inventory.nodes}
        self.node_names = tuple(sorted({str(name) for name in names | {pod.node for pod in inventory.pods} if name}))
        pods = {host.pod for host in self.hosts if host.pod} | self._pods.keys()
        self.pod_names = tuple(sorted(pods))
        self._nodes_of_pod = grouped(((h.pod, h.node) for h in self.hosts if h.pod), lambda pair: pair[0])
        self._owners = Owners(inventory, self)

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
        return self.roles.of_interface(interface)

    def peer(self, interface: Interface) -> Interface | None:
        """See Inventory.peer."""
        end = self.end_of(interface)
        return end.interface if end else None

    def peer_is_certain(self, interface: Interface) -> bool:
        """Whether more than matching indexes ties the two ends together."""
        end = self.end_of(interface)
        return end is not None and end.certain

    def end_of(self, interface: Interface) -> End | None:
        """The other end of a veth pair, with whether more than matching indexes ties the two together."""
        return self._ends.get(key_of(interface))

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
            for via, users in self.gateway_users.items()
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
        nodes = {address.host.node for address in self.addresses_by_ip.get(ip, ()) if address.host.pod is None}
        return _only(nodes | {node.name for _, node in self.nodes_by_ip.get(ip, ())})

    @cached_property
    def by_low_bits(self) -> dict[int, list[IP]]:
        """The known IPv6 unicast addresses by the 24 bits that their solicited-node group keeps."""
        known = dict.fromkeys((*self.addresses_by_ip, *self.gateway_users, *self.neighbours_by_ip, *self.pods_by_ip))
        return grouped((ip for ip in known if ip.version == 6), lambda ip: ip.value & 0xFFFFFF)

    # Who has it

    @property
    def boundaries(self) -> tuple[int, ...]:
        """See Inventory.boundaries."""
        return self._owners.boundaries

    def owners_of_mac(self, mac: int, at: int | None = None) -> tuple[Owner, ...]:
        """See Inventory.owners_of_mac."""
        return self._owners.of_mac(mac, at)

    def owners_of_ip(self, ip: IP, at: int | None = None) -> tuple[Owner, ...]:
        """See Inventory.owners_of_ip."""
        return self._owners.of_ip(ip, at)


def _only(values: set[str | None]) -> str | None:
    found = {value for value in values if value is not None}
    return found.pop() if len(found) == 1 else None
