"""Which two interfaces are the ends of one veth pair?

Law: both ends must name each other: by ifindex (`19: lxc…@if18` and `18: eth0@if19`), since one index alone is found on
every node, or by name where they share a namespace. A pair whose hosts are known to belong together is certain; one
that only its indexes tell counts if no other fits, and is `likely`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.inventory.model import Host, Interface

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Key = tuple[Host, str, int | None]

# The names that CNIs and container runtimes give the host end of a pair.
HOST_END = ("lxc", "cali", "veth", "tap", "azv", "eni", "gke")
_MOST_CANDIDATES = 16  # more ends that could fit one are no unique fit; a made-up file may hold any number


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
            _join(there, here, ends)
    return ends


def _join(left: list[Interface], right: list[Interface], ends: dict[Key, End]) -> None:
    """Pair ends of matching indexes: first those that a fact ties together, then what is left, if it is unique."""
    for candidates, certain in ((_by_namespace, True), (_by_node, True), (_by_elimination, False)):
        free = [one for one in left if key_of(one) not in ends]
        others = [one for one in right if key_of(one) not in ends]
        fitting = {frozenset((id(one), id(other))): (one, other) for one, other in candidates(free, others)}
        times = Counter(key_of(end) for pair in fitting.values() for end in pair)
        for one, other in fitting.values():
            if times[key_of(one)] == 1 == times[key_of(other)]:
                ends[key_of(one)] = End(other, certain)
                ends[key_of(other)] = End(one, certain)


def _by_namespace(left: list[Interface], right: list[Interface]) -> Iterator[tuple[Interface, Interface]]:
    """`link-netns cni-7t9p4`: the namespace has the name of the pod, or of the node."""
    for here, there in ((left, right), (right, left)):
        named: defaultdict[str, list[Interface]] = defaultdict(list)
        for interface in there:
            named[interface.host.name].append(interface)
        for interface in here:
            for other in named.get(interface.peer_namespace or "", ())[:_MOST_CANDIDATES]:
                nodes = {interface.host.node, other.host.node}
                pods = [end.host.pod for end in (interface, other) if end.host.pod is not None]
                if not pods or (len(pods) == 1 and (len(nodes) == 1 or None in nodes)):
                    yield interface, other


def _by_node(left: list[Interface], right: list[Interface]) -> Iterator[tuple[Interface, Interface]]:
    """One end in a pod, the other on the pod's node."""
    there: defaultdict[tuple[str | None, bool], list[Interface]] = defaultdict(list)
    for interface in right:
        there[interface.host.node, interface.host.pod is None].append(interface)
    for interface in left:
        if interface.host.node is not None:
            for other in there.get((interface.host.node, interface.host.pod is not None), ())[:_MOST_CANDIDATES]:
                yield interface, other


def _by_elimination(left: list[Interface], right: list[Interface]) -> Iterator[tuple[Interface, Interface]]:
    """A host is not known, and one end is named as the host end of a pod's pair, the other is not."""
    for one in left[:_MOST_CANDIDATES]:
        for other in right[:_MOST_CANDIDATES]:
            unknown = None in {one.host.node, other.host.node}
            two_pods = one.host.pod is not None and other.host.pod is not None
            if unknown and not two_pods and one.name.startswith(HOST_END) != other.name.startswith(HOST_END):
                yield one, other
