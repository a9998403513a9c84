"""Which two interfaces are the ends of one veth pair?

Law: both ends must name each other: by ifindex (`19: lxc…@if18` and `18: eth0@if19`), since one index alone is found on
every node, or by name where they share a namespace; or something says outright which pod one end serves. A pair whose
hosts are known to belong together is certain; one that only its indexes tell counts if no other fits and a host is
not known or both ends are on one IP network, and is `likely`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.inventory.model import Address, Host, Interface

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Key = tuple[Host, str, int | None]
# The IP networks of each interface: version, length and leading bits.
_Networks = defaultdict[tuple[Host, str | None], set[tuple[int, int, int]]]

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


def pairs(interfaces: Sequence[Interface], addresses: Iterable[Address] = ()) -> dict[Key, End]:
    """The other end of every interface that has one among these."""
    networks: _Networks = defaultdict(set)
    for address in addresses:
        if not (address.ip.is_link_local or address.ip.is_loopback):
            leading = address.ip.value >> max(0, address.ip.bits - address.length)
            networks[address.host, address.interface].add((address.ip.version, address.length, leading))
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
    _take(_by_pod_served(interfaces), ends, certain=True)
    for (index, peer_index), there in by_indexes.items():
        here = by_indexes.get((peer_index, index))
        if here is not None and (index < peer_index or here is there):
            _join(there, here, ends, networks)
    return ends


def _join(left: list[Interface], right: list[Interface], ends: dict[Key, End], networks: _Networks) -> None:
    """Pair ends of matching indexes: first those that a fact ties together, then what is left, if it is unique."""
    by_network = partial(_by_network, networks)
    for candidates, certain in (
        (_by_namespace, True),
        (_by_node, True),
        (by_network, False),
        (_by_elimination, False),
    ):
        free = [one for one in left if key_of(one) not in ends]
        others = [one for one in right if key_of(one) not in ends]
        _take(candidates(free, others), ends, certain=certain)


def _take(candidates: Iterable[tuple[Interface, Interface]], ends: dict[Key, End], *, certain: bool) -> None:
    """Pair those that fit each other and nothing else."""
    fitting = {frozenset((id(one), id(other))): (one, other) for one, other in candidates}
    times = Counter(key_of(end) for pair in fitting.values() for end in pair)
    for one, other in fitting.values():
        if times[key_of(one)] == 1 == times[key_of(other)]:
            ends[key_of(one)] = End(other, certain)
            ends[key_of(other)] = End(one, certain)


def _by_pod_served(interfaces: Sequence[Interface]) -> Iterator[tuple[Interface, Interface]]:
    """The host end of a pod's pair, as Cilium's endpoint names it, and the pod's interface, whose index it may give."""
    of_pod: defaultdict[str, list[Interface]] = defaultdict(list)
    for interface in interfaces:
        if interface.host.pod is not None and interface.name != "lo":
            of_pod[interface.host.pod].append(interface)
    for host_end in interfaces:
        pod = host_end.serves
        if pod is None or pod.pod is None:
            continue
        for own in of_pod.get(pod.pod, ())[:_MOST_CANDIDATES]:
            same_node = own.host.node in {pod.node or host_end.host.node, None}
            if same_node and _fits(own.peer_index, host_end.index) and _fits(host_end.peer_index, own.index):
                yield host_end, own


def _fits(one: int | None, other: int | None) -> bool:
    return None in {one, other} or one == other


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


def _by_network(
    networks: _Networks, left: list[Interface], right: list[Interface]
) -> Iterator[tuple[Interface, Interface]]:
    """Two nodes of which one is the other's switch: an end and the other end, or its bridge, have one IP network."""
    for one in left[:_MOST_CANDIDATES]:
        for other in right[:_MOST_CANDIDATES]:
            here, there = (networks[end.host, end.name] | networks[end.host, end.master] for end in (one, other))
            if one.host != other.host and one.host.pod is None is other.host.pod and here & there:
                yield one, other


def _by_elimination(left: list[Interface], right: list[Interface]) -> Iterator[tuple[Interface, Interface]]:
    """A host is not known, and one end is named as the host end of a pod's pair, the other is not."""
    for one in left[:_MOST_CANDIDATES]:
        for other in right[:_MOST_CANDIDATES]:
            unknown = None in {one.host.node, other.host.node}
            two_pods = one.host.pod is not None and other.host.pod is not None
            if unknown and not two_pods and one.name.startswith(HOST_END) != other.name.startswith(HOST_END):
                yield one, other
