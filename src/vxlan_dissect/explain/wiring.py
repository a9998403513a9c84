"""Which devices of a node does a packet pass?

Law: only what the inventory lists counts; each question is answered once a node, so that a large cluster costs no more
than a small one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.addresses import Prefix
from vxlan_dissect.inventory.model import Host

if TYPE_CHECKING:
    from vxlan_dissect.inventory.inventory import Inventory
    from vxlan_dissect.inventory.model import Address, Interface


class Wiring:
    """The devices of each node of one inventory."""

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

    def device(self, node: str | None, *prefixes: str) -> Interface | None:
        """The first device of a node whose name begins with one of `prefixes`, tried in their order."""
        devices = self._devices.get(node or "", ())
        return next((found for prefix in prefixes for found in devices if found.name.startswith(prefix)), None)

    def card(self, node: str | None) -> str | None:
        """The device of a node's default route: its way to the other nodes, where nothing better is known."""
        return self._cards.get(node or "")

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

    def bypasses_host_end(self, node: str | None) -> bool:
        """Whether a node says that it delivers to pods with BPF host routing, past the host end of the veth."""
        said = (agent for agent in self._inventory.agents if "Routing" in agent.key)
        return any("BPF" in agent.value for agent in said if agent.host.node in (node, None))
