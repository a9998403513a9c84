"""What do inferred facts add to a given inventory?

Law: nothing about an address that it knows, and nothing under a second name: a host whose address or MAC it knows is
called as it calls it. Given facts stay as they are.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import (
    Address,
    CacheEntry,
    Host,
    Interface,
    Node,
    NodeAddress,
    NodePrefix,
    Pod,
    Vtep,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vxlan_dissect.addresses import IP
    from vxlan_dissect.inventory.inventory import Inventory
    from vxlan_dissect.inventory.model import Fact, Owner


def beside(facts: Iterable[Fact], given: Inventory) -> tuple[Fact, ...]:
    """The facts that add something, renamed."""
    facts = tuple(facts)
    names = dict(_nodes_by_pods(facts, given)) | dict(_names(facts, given))
    nodes: dict[str | None, str | None] = {
        host.node: real.node for host, real in names.items() if host.pod is None and host.node is not None
    }
    pods: dict[str | None, str | None] = {host.pod: real.pod for host, real in names.items() if host.pod is not None}
    added = (_renamed(fact, names, nodes, pods) for fact in facts if not _known(fact, given))
    named = set(given.node_names())
    # A node that is given is no less sure for being seen; its addresses come with its devices.
    return tuple(fact for fact in added if not (isinstance(fact, Node) and fact.name in named))


def _owner(given: Inventory, subject: int | IP | None) -> Owner | None:
    if subject is None:
        return None
    owners = given.owners_of_mac(subject) if isinstance(subject, int) else given.owners_of_ip(subject)
    return owners[0] if owners and owners[0].what != "group" else None


def _names(facts: Iterable[Fact], given: Inventory) -> Iterator[tuple[Host, Host]]:
    """The given host for each inferred one that shares an address or a MAC with it."""
    for fact in facts:
        found: tuple[tuple[Host, int | IP | None], ...] = ()
        if isinstance(fact, Node):
            found = tuple((Host(fact.name), ip) for ip in fact.ips)
        elif isinstance(fact, Pod):
            found = tuple((Host(fact.node, fact.name), ip) for ip in fact.ips)
        elif isinstance(fact, Interface):
            found = ((fact.host, fact.mac),)
        for host, subject in found:
            owner = _owner(given, subject)
            if owner is not None and owner.host is not None and (owner.pod is None) == (host.pod is None):
                yield host, owner.host


def _nodes_by_pods(facts: Iterable[Fact], given: Inventory) -> Iterator[tuple[Host, Host]]:
    """The given node for each inferred one that no address tells, where all its pods that are known run on one."""
    nodes: defaultdict[str, set[str]] = defaultdict(set)
    for fact in facts:
        if isinstance(fact, Pod) and fact.node is not None:
            for ip in fact.ips:
                owner = _owner(given, ip)
                if owner is not None and owner.pod is not None and owner.node is not None:
                    nodes[fact.node].add(owner.node)
    yield from ((Host(node), Host(*known)) for node, known in nodes.items() if len(known) == 1)


def _known(fact: Fact, given: Inventory) -> bool:
    if isinstance(fact, Interface | Vtep):
        return _owner(given, fact.mac) is not None
    if isinstance(fact, Address | NodeAddress):
        return _owner(given, fact.ip) is not None
    if isinstance(fact, Node | Pod):
        return all(_owner(given, ip) is not None for ip in fact.ips)
    if isinstance(fact, CacheEntry):
        return any(entry.prefix == fact.prefix for entry in given.of(CacheEntry))
    return isinstance(fact, NodePrefix) and bool(given.of(NodePrefix))


def _renamed(
    fact: Fact, names: dict[Host, Host], nodes: dict[str | None, str | None], pods: dict[str | None, str | None]
) -> Fact:
    if isinstance(fact, Pod):
        return fact._replace(name=pods.get(fact.name) or fact.name, node=nodes.get(fact.node, fact.node))
    if isinstance(fact, Node):
        return fact._replace(name=nodes.get(fact.name) or fact.name)
    if isinstance(fact, NodeAddress | NodePrefix | Vtep):
        return fact._replace(node=nodes.get(fact.node) or fact.node)
    host: Host | None = getattr(fact, "host", None)
    if host is None:
        return fact
    real = names.get(host) or Host(nodes.get(host.node, host.node), host.pod)
    if isinstance(fact, Interface) and fact.serves is not None:
        fact = fact._replace(serves=names.get(fact.serves, fact.serves))
    return fact._replace(host=real)  # type: ignore[call-arg]  # every kind with a host has that field
