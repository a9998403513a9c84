"""Should packets from one pod to another be encrypted between the nodes?

Law: only a line of the inventory says so: an agent, a configuration, or a route into a WireGuard device. A device alone
does not, since it may serve one IP version only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from vxlan_dissect.inventory.model import Setting

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.inventory.inventory import Inventory
    from vxlan_dissect.inventory.model import Fact, Owner, Route

_ON = {"true", "enabled", "1"}
_SETTINGS = {"enable-wireguard": "WireGuard", "enable-ipsec": "IPsec", "encryption.enabled": "encryption"}
_AGENT = {"wireguard": "WireGuard", "ipsec": "IPsec"}
_DEVICES = ("wireguard.cali", "wg-v6.cali", "flannel-wg", "flannel-wg-v6")


class Expected(NamedTuple):
    """`how`: WireGuard, IPsec or encryption. `who` says so; `device` where a route into it does. `facts`: the lines."""

    how: str
    who: str
    device: str | None
    facts: tuple[Fact, ...]


_said: WeakKeyDictionary[Inventory, dict[str | None, Expected]] = WeakKeyDictionary()
_routes: WeakKeyDictionary[Inventory, dict[str, list[Route]]] = WeakKeyDictionary()


def expected(context: Context, src: Owner, dst: Owner) -> Expected | None:
    """What says that packets from one pod to the other are encrypted; None where nothing does."""
    said = _by_agents(context.inventory)
    if context.is_cilium:
        both = [said.get(node) or said.get(None) for node in (src.node, dst.node)]
        return both[0] if all(both) else None
    ip, node = context.dst.ip, src.node
    for route in _into_devices(context.inventory).get(node or "", ()):
        if ip is not None and route.prefix is not None and ip in route.prefix:
            return Expected("WireGuard", node or "the sending node", route.device, (route,))
    return None


def _by_agents(inventory: Inventory) -> dict[str | None, Expected]:
    """Node, or None for all, -> what its agent or its configuration says of encryption."""
    found = _said.get(inventory)
    if found is None:
        found = _said[inventory] = {}
        for setting in inventory.of(Setting):
            how = _SETTINGS.get(setting.key)
            if how is not None and setting.value.strip().lower() in _ON:
                found.setdefault(None, Expected(how, setting.origin, None, (setting,)))
        for agent in inventory.agents:
            word = agent.value.split(maxsplit=1)[0].lower() if agent.key == "Encryption" and agent.value else ""
            if word in _AGENT:
                who = f"the agent of {agent.host.name}"
                found[agent.host.node] = Expected(_AGENT[word], who, None, (agent,))
            elif word == "disabled":
                found.pop(None, None)
    return found


def _into_devices(inventory: Inventory) -> dict[str, list[Route]]:
    """Node -> its routes into a WireGuard device, of any table."""
    found = _routes.get(inventory)
    if found is None:
        found = _routes[inventory] = {}
        devices = {(i.host, i.name) for i in inventory.interfaces if i.kind == "wireguard" or i.name in _DEVICES}
        for route in inventory.routes:
            if route.host.pod is None and route.host.node is not None and (route.host, route.device) in devices:
                found.setdefault(route.host.node, []).append(route)
    return found
