"""How does an inventory fact read as evidence?

Law: one short phrase, in the words of the command that printed it, so that the reader finds the line by eye.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.addresses import format_mac
from vxlan_dissect.inventory import model

if TYPE_CHECKING:
    from vxlan_dissect.inventory.model import Fact


def words(fact: Fact) -> str:
    """A fact as a phrase."""
    if isinstance(fact, model.Interface):
        mac = f" link/ether {format_mac(fact.mac)}" if fact.mac is not None else ""
        peer = (
            f"@if{fact.peer_index}" if fact.peer_index is not None else f"@{fact.peer_name}" if fact.peer_name else ""
        )
        index = f"{fact.index}: " if fact.index is not None else ""
        return f"{fact.host.name} has {index}{fact.name}{peer}{mac}"
    if isinstance(fact, model.Address):
        return f"{fact.host.name} has {fact.ip}/{fact.length} on {fact.interface}"
    if isinstance(fact, model.Route):
        target = str(fact.prefix) if fact.prefix else "default"
        via = f" via {fact.via}" if fact.via else ""
        return f"{fact.host.name} routes {target}{via}{f' dev {fact.device}' if fact.device else ''}"
    if isinstance(fact, model.Neighbour):
        mac = f" lladdr {format_mac(fact.mac)}" if fact.mac is not None else ""
        state = f" {fact.state}" if fact.state else ""
        return f"{fact.host.name} knows {fact.ip}{mac}{' router' if fact.router else ''}{state}"
    if isinstance(fact, model.Pod):
        where = f" on {fact.node}" if fact.node else ""
        return f"pod {fact.name}{where} has {', '.join(map(str, fact.ips)) or 'no address'}"
    if isinstance(fact, model.Node):
        return f"node {fact.name} has {', '.join(map(str, fact.ips)) or 'no address'}"
    if isinstance(fact, model.Service):
        return f"service {fact.name} has {', '.join(map(str, fact.cluster_ips)) or 'no address'}"
    if isinstance(fact, model.Recording):
        return f"{fact.host.name} recorded {fact.interface}"
    return f"{fact.key}: {fact.value}"
