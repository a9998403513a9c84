"""Which devices of a node does a packet pass?

Law: only what the inventory lists counts; each question is answered once a node, so that a large cluster costs no more
than a small one.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from vxlan_dissect.addresses import Prefix
from vxlan_dissect.inventory.model import Agent, Host, Masquerade, Neighbour, Route, Setting

if TYPE_CHECKING:
    from vxlan_dissect.addresses import IP
    from vxlan_dissect.inventory.inventory import Inventory
    from vxlan_dissect.inventory.model import Address, Fact, Interface

_UNRESOLVED = ("FAILED", "INCOMPLETE")
Table = dict[int, dict[int, Route]]  # length -> leading bits -> route


class Wiring:
    """The devices, routes and neighbours of each node of one inventory."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._devices: dict[str, list[Interface]] = {}
        for interface in inventory.interfaces:
            if interface.host.pod is None and interface.host.node is not None:
                self._devices.setdefault(interface.host.node, []).append(interface)
        self._cards: dict[str, str] = {}
        for route in inventory.routes:
            if route.prefix is None and route.host.pod is None and route.host.node is not None and route.device:
                self._cards.setdefault(route.host.node, route.device)
        self._on_cards: dict[str, list[Address]] = {}
        for address in inventory.addresses:
            node = address.host.node
            if address.host.pod is None and node is not None and address.interface == self._cards.get(node):
                self._on_cards.setdefault(node, []).append(address)
        self._links: dict[tuple[str, str], bool] = {}
        self._listed: dict[str, bool] = {}
        self._holders: dict[Prefix, str | None] = {}

    def device(self, node: str | None, *prefixes: str) -> Interface | None:
        """The first device of a node whose name begins with one of `prefixes`, tried in their order."""
        devices = self._devices.get(node or "", ())
        return next((found for prefix in prefixes for found in devices if found.name.startswith(prefix)), None)

    def lists_pods_of(self, node: str) -> bool:
        """Whether the inventory names pods of a node together with the host ends of their veths there."""
        if node not in self._listed:
            ends = (self._inventory.pod_of_lxc(device) for device in self._devices.get(node, ()))
            self._listed[node] = any(end is not None for end in ends)
        return self._listed[node]

    def card(self, node: str | None) -> str | None:
        """The device of a node's default route: its way to the other nodes, where nothing better is known."""
        return self._cards.get(node or "")

    def card_mac(self, node: str | None, name: str | None) -> int | None:
        """The MAC of a node's network card."""
        found = self._inventory.interface(Host(node), name) if node is not None and name is not None else None
        return found.mac if found is not None else None

    def address_on_card(self, node: str | None, version: int) -> IP | None:
        """The address that a node's masquerading puts in: the first global one on its network card."""
        on_card = (address.ip for address in self._on_cards.get(node or "", ()))
        return next((ip for ip in on_card if ip.version == version and not ip.is_link_local), None)

    def bridged_tunnel(self, node: str | None, host_end: str | None, vni: int | None) -> Interface | None:
        """The vxlan device of a flat network: the one of the VNI, else the one on the bridge of the pod's host end."""
        devices = [device for device in self._devices.get(node or "", ()) if device.kind == "vxlan"]
        end = self._inventory.interface(Host(node), host_end) if host_end else None
        of_vni = (device for device in devices if vni is not None and device.vni == vni)
        on_bridge = (device for device in devices if end is not None and device.master == end.master is not None)
        return next(of_vni, None) or next(on_bridge, None)

    def on_link(self, one: str | None, other: str | None) -> bool:
        """Whether the network cards of two nodes have addresses of one prefix."""
        key = (one or "", other or "")
        found = self._links.get(key)
        if found is None:
            here, there = (self._on_cards.get(node, ()) for node in key)
            found = self._links[key] = any(
                b.ip in Prefix(a.ip, a.length)
                for a in here
                for b in there
                if a.length < a.ip.bits and not a.ip.is_link_local
            )
        return found

    def route(self, node: str | None, ip: IP | None) -> Route | None:
        """The route of a node's main table for an address, the longest prefix first; None where no route is listed."""
        if node is None or ip is None:
            return None
        table = self._routes.get((Host(node), ip.version))
        if table is None:
            return None
        for length, ranges in table.items():
            found = ranges.get(ip.value >> (ip.bits - length))
            if found is not None:
                return found
        return None

    def neighbour(self, host: Host, ip: IP | None, device: str | None) -> Neighbour | None:
        """What a host's neighbour table says of an address on a device, where it has a MAC."""
        entries = self._neighbours.get((host, ip), ()) if ip is not None else ()
        return next((entry for entry in entries if entry.device in (device, None)), None)

    def next_hop(self, node: str | None, ip: IP | None) -> Neighbour | None:
        """The neighbour entry of the next hop to an address."""
        route = self.route(node, ip)
        if route is None or node is None:
            return None
        return self.neighbour(Host(node), route.via or ip, route.device)

    def range_of(self, ip: IP | None) -> tuple[str, Route] | None:
        """The node to whose pods an address belongs by the routes, and the route that tells; None where none does."""
        if ip is None:
            return None
        for length, ranges in self._ranges[ip.version].items():
            found = ranges.get(ip.value >> (ip.bits - length))
            if found is not None:
                return found
        return None

    def masquerades(self, node: str | None, source: IP | None, destination: IP | None, role: str) -> Fact | None:
        """The line by which a node puts its own address in place of a pod's on the way to `destination`.

        `role` is outside or host; Cilium's own masquerading leaves nodes out (bpf/lib/nat.h, snat_v4_needs_masquerade).
        """
        if node is None or source is None or destination is None:
            return None
        for rule in self._inventory.of(Masquerade):
            if (
                rule.host.node in (node, None)
                and any(source in one for one in rule.sources)
                and not any(destination in one for one in rule.excluded)
            ):
                return rule
        if role != "outside":
            return None
        for agent in self._inventory.of(Agent):
            if agent.key == "Masquerading" and agent.host.node in (node, None) and "Disabled" not in agent.value:
                return agent
        for setting in self._inventory.of(Setting):
            if setting.key == f"enable-ipv{source.version}-masquerade" and setting.value == "true":
                return setting
        return None

    @cached_property
    def _routes(self) -> dict[tuple[Host, int], Table]:
        """By host and IP version: length (longest first) -> leading bits -> route."""
        found: dict[tuple[Host, int], Table] = {}
        for route in sorted(self._inventory.routes, key=lambda one: -one.prefix.length if one.prefix else 0):
            if route.host.node is None or route.host.pod is not None or route.table not in (None, "main", "254"):
                continue
            length, bits = 0, 0
            if route.prefix is not None:
                length = route.prefix.length
                bits = route.prefix.ip.value >> (route.prefix.ip.bits - length)
            table = found.setdefault((Host(route.host.node), route.family), {})
            table.setdefault(length, {}).setdefault(bits, route)
        return found

    @cached_property
    def _neighbours(self) -> dict[tuple[Host, IP], list[Neighbour]]:
        found: dict[tuple[Host, IP], list[Neighbour]] = {}
        for entry in self._inventory.neighbours:
            if entry.mac is not None and entry.state not in _UNRESOLVED:
                found.setdefault((entry.host, entry.ip), []).append(entry)
        return found

    @cached_property
    def _ranges(self) -> dict[int, dict[int, dict[int, tuple[str, Route]]]]:
        """Ranges of pods by IP version, length (longest first) and leading bits; those that two nodes have are out."""
        found: dict[int, dict[int, dict[int, tuple[str, Route]]]] = {4: {}, 6: {}}
        shared: set[tuple[int, int, int]] = set()
        for route in sorted(self._inventory.routes, key=lambda one: -one.prefix.length if one.prefix else 0):
            prefix, here = route.prefix, route.host.node
            if prefix is None or here is None or route.host.pod is not None or prefix.length == prefix.ip.bits:
                continue
            on_card = route.via is None and route.device == self._cards.get(here)
            if on_card or prefix.ip.is_link_local or prefix.ip.is_multicast:
                continue
            node = self._holder(route, here)
            if node is None:
                continue
            ranges = found[prefix.ip.version].setdefault(prefix.length, {})
            bits = prefix.ip.value >> (prefix.ip.bits - prefix.length)
            if ranges.setdefault(bits, (node, route))[0] != node:
                shared.add((prefix.ip.version, prefix.length, bits))
        for version, length, bits in shared:
            del found[version][length][bits]
        return found

    def _holder(self, route: Route, here: str) -> str | None:
        """The node whose pods have the addresses of a route's prefix."""
        if route.kind == "blackhole":
            return here  # Calico's block of this node
        via = self._inventory.node_by_address(route.via) if route.via is not None else None
        if via is not None and via != here:
            return via
        return self._gateway_in(route.prefix) if route.prefix is not None else None

    def _gateway_in(self, prefix: Prefix) -> str | None:
        """The one node that has an address of a prefix on another device than its network card."""
        if prefix not in self._holders:
            nodes = {node for ip, node in self._inside if ip in prefix}
            self._holders[prefix] = nodes.pop() if len(nodes) == 1 else None
        return self._holders[prefix]

    @cached_property
    def _inside(self) -> list[tuple[IP, str]]:
        """The addresses that nodes have on other devices than their network cards."""
        return [
            (address.ip, node)
            for address in self._inventory.addresses
            if address.host.pod is None
            and (node := address.host.node) is not None
            and address.interface != self._cards.get(node)
        ]
