"""Which two interfaces are the ends of one veth pair?

Law: both ends must name each other: by ifindex (`19: lxc…@if18` and `18: eth0@if19`), since one index alone is found on
every node, or by name where they share a namespace. A pair whose hosts are known to belong together is certain; one
that only its indexes tell counts if no other fits, and is `likely`.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.inventory.model import Host, Interface

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Key = tuple[Host, str, int | None]

# The names that CNIs and container runtimes give the host end of a pair.
HOST_END = ("lxc", "cali", "veth", "tap", "azv", "eni", "gke", "vp")
_MOST_CANDIDATES = 64  # ends with the same two indexes; a node has few, a made-up file any number


class End(NamedTuple):
    """The other end, and whether more than the indexes says so."""

    interface: Interface
    certain: bool


def key_of(interface: Interface) -> Key:
    """What tells an interface from all others: its host, name and index."""
    return interface.host, interface.name, interface.index


def pairs(interfaces: Sequence[Interface]) -> dict[Key, End]:
    """The other end of every interface that has one among these."""
    by_indexes: defaultdict[tuple[int, int], list[Interface]] = defaultdict(list)
    by_name: dict[tuple[Host, str], Interface] = {}
    for interface in interfaces:
        by_name.setdefault((interface.host, interface.name), interface)
        if interface.index is not None and interface.peer_index is not None:
            by_indexes[interface.index, interface.peer_index].append(interface)
    ends: dict[Key, End] = {}
    for interface in interfaces:
        if interface.peer_name is not None:
            other = by_name.get((interface.host, interface.peer_name))
            # `eth0.5@eth0` is a VLAN device on eth0, not the other end of a pair: eth0 does not name it back.
            if other is not None and other.peer_name == interface.name:
                ends[key_of(interface)] = End(other, certain=True)
    for (index, peer_index), there in by_indexes.items():
        here = by_indexes.get((peer_index, index))
        if here is not None and (index < peer_index or here is there):
            _join(there[:_MOST_CANDIDATES], here[:_MOST_CANDIDATES], ends)
    return ends


def _join(left: list[Interface], right: list[Interface], ends: dict[Key, End]) -> None:
    """Pair ends of matching indexes: first those that a fact ties together, then what is left, if it is unique."""
    for test, certain in ((_namespace_names_host, True), (_pod_on_its_node, True), (_could_be, False)):
        free = [one for one in left if key_of(one) not in ends]
        others = [one for one in right if key_of(one) not in ends]
        fitting = [(one, other) for one in free for other in others if one is not other and test(one, other)]
        for one, other in fitting:
            if _count(fitting, 0, one) == 1 == _count(fitting, 1, other) and key_of(one) not in ends:
                ends[key_of(one)] = End(other, certain)
                ends[key_of(other)] = End(one, certain)


def _count(fitting: Iterable[tuple[Interface, Interface]], side: int, interface: Interface) -> int:
    return sum(pair[side] is interface for pair in fitting)


def _namespace_names_host(one: Interface, other: Interface) -> bool:
    """`link-netns cni-7t9p4`: the namespace has the name of the pod, or of the node."""
    return any(
        end.peer_namespace is not None
        and end.peer_namespace == there.host.name
        and (end.host.pod is None or there.host.pod is None)
        and (None in {end.host.node, there.host.node} or end.host.node == there.host.node or end.host.pod is None)
        for end, there in ((one, other), (other, one))
    )


def _pod_on_its_node(one: Interface, other: Interface) -> bool:
    return (
        one.host.node is not None
        and one.host.node == other.host.node
        and (one.host.pod is None) != (other.host.pod is None)
    )


def _could_be(one: Interface, other: Interface) -> bool:
    """Somebody's host is not known, and one end is named as the host end of a pod's pair, the other is not."""
    unknown = any(host.node is None for host in (one.host, other.host))
    two_pods = one.host.pod is not None and other.host.pod is not None
    return unknown and not two_pods and one.name.startswith(HOST_END) != other.name.startswith(HOST_END)
