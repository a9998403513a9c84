"""Which host does each fact belong to, and which facts are one?

Law: a name from a prompt becomes a pod's or a node's by what the facts say of it; a pod's node is filled in from
kubectl or the layout of a folder, never guessed. Facts that agree are one thing with several lines; facts that disagree
stay two. Nothing is dropped: every line is kept in `Merged.lines`.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from vxlan_dissect.inventory.merging.expand import expanded
from vxlan_dissect.inventory.merging.veth import HOST_END
from vxlan_dissect.inventory.model import (
    FACTS,
    Address,
    Agent,
    CacheEntry,
    CiliumEndpoint,
    Fact,
    Host,
    Hostname,
    Interface,
    Node,
    Pod,
    Service,
    Source,
)
from vxlan_dissect.inventory.model.base import KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# Devices that only a node's own network namespace has, by the CNIs' default names.
NODE_DEVICES = (
    "lxc",
    "cali",
    "cilium_",
    "cni0",
    "flannel.",
    "flannel-",
    "vxlan.calico",
    "vxlan-v6.calico",
    "kube-ipvs0",
    "antrea-gw",
    "ovn-k8s-",
)

# The field without which a line is not the one to cite.
_CITED = {Interface: "mac", Pod: "ips", Node: "ips", Service: "cluster_ips"}

# How many contradicting versions of one thing a further line is compared with: files are not always honest.
_MOST_VERSIONS = 8


class Merged(NamedTuple):
    """`facts` in the order read, hosts filled in; `distinct` by type, agreeing facts made one; `lines` of each."""

    facts: tuple[Fact, ...]
    distinct: dict[type, tuple[Fact, ...]]
    lines: dict[Fact, tuple[Source, ...]]


def host_of(fact: Fact) -> Host | None:
    """The host that said a fact, None where it is the cluster's."""
    return getattr(fact, "host", None)


def merge(facts: Iterable[Fact]) -> Merged:
    """Settle hosts, add what follows, then join what agrees."""
    settled = _with_hosts(list(facts))
    distinct, lines = _distinct([*settled, *expanded(settled)])
    return Merged(tuple(settled), distinct, lines)


def _with_hosts(facts: list[Fact]) -> list[Fact]:
    devices: defaultdict[Host, list[Interface]] = defaultdict(list)
    hosts: dict[Host, None] = {}
    nodes: set[str] = set()
    node_of: defaultdict[str, set[str | None]] = defaultdict(set)
    on_node: set[str | None] = set()  # pods that share their node's network
    hostnames: list[Hostname] = []  # what pods are called otherwise
    for fact in facts:
        if isinstance(fact, Node):
            nodes.add(fact.name)
        elif isinstance(fact, Pod):
            node_of[fact.name].add(fact.node)
            if fact.host_network:
                on_node.add(fact.name)
        elif (host := host_of(fact)) is not None:
            hosts[host] = None
            if isinstance(fact, Interface):
                devices[fact.host].append(fact)
            elif isinstance(fact, Hostname) and host.pod not in {None, fact.name}:
                hostnames.append(fact)
            elif isinstance(fact, Agent | CiliumEndpoint | CacheEntry):
                on_node.add(host.pod)
    for host in hosts:
        if host.pod:
            node_of[host.pod].add(host.node)
    nodes |= {node for known in node_of.values() for node in known if node}
    # A name that the cluster knows comes first.
    for said in sorted(hostnames, key=lambda said: said.name not in nodes):
        # A pod may be called anything (`spec.hostname`); a node's name, or any name in the node's network, is the node.
        shows = any(device.name.startswith(NODE_DEVICES) for device in devices[said.host])
        if said.host.pod in on_node or said.name in nodes or shows:
            # The machine may call itself otherwise than the cluster does (`ip-10-0-0-1.ec2.internal`).
            if not node_of[str(said.host.pod)] - {None}:
                node_of[str(said.host.pod)].add(said.name)
            on_node.add(said.host.pod)
    node_of.update({name: set() for name in _pods_by_their_devices(devices, nodes) if name not in node_of})
    settled = {}
    for host in hosts:
        new = _settled(host, nodes, node_of)
        # What a pod says that shares the node's network, and so shows the node's devices, the node says.
        own = new.pod in on_node or any(device.name.startswith(NODE_DEVICES) for device in devices[host])
        if new.pod and new.node and own:
            new = Host(new.node)
        if new != host:
            settled[host] = new
    facts = [
        cast("Fact", cast("Any", fact)._replace(host=settled[host]))
        if (host := host_of(fact)) is not None and host in settled
        else fact
        for fact in facts
    ]
    return _with_host_network(facts)


def _settled(host: Host, nodes: set[str], node_of: dict[str, set[str | None]]) -> Host:
    pod = host.pod
    if pod is None and host.node in node_of and host.node not in nodes:
        pod = host.node
    elif pod is None or host.node is not None:
        return host
    known = node_of[str(pod)] - {None}
    return Host(next(iter(known)) if len(known) == 1 else None, pod)


def _pods_by_their_devices(devices: dict[Host, list[Interface]], nodes: set[str]) -> Iterator[str]:
    """Names from prompts whose `eth0@if19` fits the `19: lxc…@if18` of another host, and that have no such device."""
    host_ends = {
        (device.peer_index, device.index)
        for found in devices.values()
        for device in found
        if device.name.startswith(HOST_END)
    }
    for host, found in devices.items():
        own = [device for device in found if device.name != "lo"]
        if host.pod is None and host.node is not None and host.node not in nodes and own:
            likely = all((device.index, device.peer_index) in host_ends for device in own)
            if likely and not any(device.name.startswith((*HOST_END, *NODE_DEVICES)) for device in own):
                yield host.node


def _with_host_network(facts: list[Fact]) -> list[Fact]:
    """Mark the pods whose address is one of their node's."""
    node_ips: defaultdict[str | None, set[object]] = defaultdict(set)
    for fact in facts:
        if isinstance(fact, Node):
            node_ips[fact.name].update(fact.ips)
        elif isinstance(fact, Address) and fact.host.pod is None:
            node_ips[fact.host.node].add(fact.ip)
    return [
        fact._replace(host_network=True)
        if isinstance(fact, Pod) and fact.node and not node_ips[fact.node].isdisjoint(fact.ips)
        else fact
        for fact in facts
    ]


def _distinct(facts: Sequence[Fact]) -> tuple[dict[type, tuple[Fact, ...]], dict[Fact, tuple[Source, ...]]]:
    kinds: dict[type, list[list[Fact]]] = {kind: [] for kind in FACTS}
    by_key: dict[tuple[object, ...], list[list[Fact]]] = {}
    by_value: dict[tuple[object, ...], list[Fact]] = {}
    for fact in facts:
        names, checked = KEYS[type(fact)]
        key = (type(fact), *[getattr(fact, name) for name in names])
        value = (*key, *[getattr(fact, name) for name in checked])
        # A group is a list: first the joined fact, then every fact as it was read.
        group = by_value.get(value)
        if group is None:
            same = by_key.setdefault(key, [])
            group = next((group for group in same[:_MOST_VERSIONS] if _agree(group[0], fact, checked)), None)
            if group is None:
                group = [fact]
                same.append(group)
                kinds[type(fact)].append(group)
            by_value[value] = group
        if group[0] is not fact:
            group[0] = _joined(group[0], fact)
        group.append(fact)
    distinct = {kind: tuple(group[0] for group in groups) for kind, groups in kinds.items()}
    lines = {
        group[0]: tuple(dict.fromkeys(fact.source for fact in group)) for groups in kinds.values() for group in groups
    }
    return distinct, lines


def _agree(one: Fact, other: Fact, names: tuple[str, ...]) -> bool:
    for name in names:
        left, right = getattr(one, name), getattr(other, name)
        same = left == right or _absent(left) or _absent(right)
        if not same and not _holds(left, right) and not _holds(right, left):
            return False
    return True


def _joined(kept: Fact, other: Fact) -> Fact:
    """The first fact, what it leaves out taken from the later one."""
    fuller = {
        name: right
        for name, left, right in zip(kept._fields, kept, other, strict=True)
        if left != right and not _absent(right) and (_absent(left) or _holds(right, left))
    }
    if not fuller:
        return kept
    told = _CITED.get(type(kept))
    if told in fuller and _absent(getattr(kept, told)):
        fuller["source"] = other.source
    return cast("Fact", cast("Any", kept)._replace(**fuller))


def _holds(whole: object, part: object) -> bool:
    """Whether one list has all of another.

    kubectl's tables show one address of a dual-stack pair alone (pkg/printers/internalversion/printers.go).
    """
    return type(whole) is type(part) is tuple and set(cast("tuple[object, ...]", part)) <= set(whole)


def _absent(value: object) -> bool:
    return value is None or value is False or value == ()
