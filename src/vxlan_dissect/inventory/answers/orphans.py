"""What is known in halves?

Law: an orphan is a fact that should have a partner and has none in this inventory: it says what to collect next, not
that something is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.inventory.merging.veth import HOST_END
from vxlan_dissect.inventory.model import Host

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect.inventory.inventory import Inventory
    from vxlan_dissect.inventory.model import Fact

KINDS = ("veth-end", "pod-interface", "pod-node", "node-interface")


class Orphan(NamedTuple):
    """`kind` is one of KINDS; `fact` is the half that is known, `text` what is missing."""

    kind: str
    text: str
    fact: Fact | None

    def __str__(self) -> str:
        return self.text if self.fact is None else f"{self.text} [{self.fact.source}]"


def orphans(inventory: Inventory) -> tuple[Orphan, ...]:
    """All halves, by kind, in the order of the facts."""
    return (*_veth_ends(inventory), *_pods(inventory), *_nodes(inventory))


def _veth_ends(inventory: Inventory) -> Iterator[Orphan]:
    for interface in inventory.interfaces:
        is_end = interface.kind == "veth" or interface.name.startswith(HOST_END)
        if is_end and interface.serves is None and inventory.peer(interface) is None:
            far = f", which has ifindex {interface.peer_index}" if interface.peer_index is not None else ""
            where = f" of {interface.host.name}" if interface.host != Host(None) else ""
            yield Orphan(
                "veth-end", f"{interface.name}{where}: no file shows the other end of the pair{far}", interface
            )


def _pods(inventory: Inventory) -> Iterator[Orphan]:
    shown = {interface.host.pod for interface in inventory.interfaces if interface.name != "lo"}
    for pod in inventory.pods:
        if pod.name not in shown and not pod.host_network:
            yield Orphan("pod-interface", f"pod {pod.name}: no file shows its interface", pod)
    listed = {pod.name: pod for pod in reversed(inventory.pods)}  # the first of a name
    for name in inventory.pod_names():
        if inventory.node_of_pod(name) is None:
            yield Orphan("pod-node", f"pod {name}: nothing says on which node it runs", listed.get(name))


def _nodes(inventory: Inventory) -> Iterator[Orphan]:
    shown = {interface.host.node for interface in inventory.interfaces if interface.host.pod is None}
    listed = {node.name: node for node in reversed(inventory.nodes)}
    for name in inventory.node_names():
        if name not in shown:
            yield Orphan("node-interface", f"node {name}: no file shows its interfaces", listed.get(name))
