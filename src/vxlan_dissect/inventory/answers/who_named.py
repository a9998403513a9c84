"""What does the inventory say of a name, or of a number?

Law: a name is a pod's, a node's, an interface's, a service's or one from a list of names, and may be several of these;
a number is an ifindex or a security identity, and every host may have one. All that fit are told, each with its line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from vxlan_dissect.addresses import format_mac
from vxlan_dissect.inventory.model import (
    Backend,
    CacheEntry,
    CiliumEndpoint,
    Fact,
    Host,
    Identity,
    Interface,
    Name,
    NodeAddress,
    NodePrefix,
    Pod,
    Vtep,
)
from vxlan_dissect.inventory.model.cilium import RESERVED_IDENTITIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vxlan_dissect.inventory.inventory import Inventory

_Fact = TypeVar("_Fact", bound=Fact)


class Named:
    """Lines about names and numbers in one inventory; `cite` writes where a fact stands."""

    def __init__(self, inventory: Inventory, cite: Callable[[Fact], str]) -> None:
        self._inventory, self._cite = inventory, cite

    def of_name(self, name: str) -> Iterator[str]:
        """What is called so; `NAMESPACE/NAME` is understood."""
        namespace, slash, bare = name.rpartition("/")
        wanted = bare if slash else name
        yield from self._pod(wanted, namespace or None)
        if not slash:
            yield from self._node(name)
            for interface in self._inventory.interfaces:
                if interface.name == name:
                    yield self._interface(interface)
        yield from self._service(wanted, namespace or None)
        yield from (f"{fact.words}{self._cite(fact)}" for fact in self._of(Name, lambda fact: fact.name == name))

    def of_number(self, number: int) -> Iterator[str]:
        """Interfaces of that ifindex, and the security identity of that number."""
        for interface in self._inventory.interfaces:
            if interface.index == number:
                yield f"ifindex {number}: {self._interface(interface)}"
        reserved = RESERVED_IDENTITIES.get(number)
        if number and reserved is not None:
            yield f"identity {number} is Cilium's reserved identity {reserved}"
        for identity in self._of(Identity, lambda fact: fact.number == number):
            yield f"{identity.words}{self._cite(identity)}"
        for endpoint in self._of(CiliumEndpoint, lambda fact: fact.identity == number):
            yield f"identity {number}: {endpoint.words}{self._cite(endpoint)}"
        for entry in self._of(CacheEntry, lambda fact: fact.identity == number):
            yield f"{entry.words}{self._cite(entry)}"

    def _pod(self, name: str, namespace: str | None) -> Iterator[str]:
        inventory = self._inventory
        if name not in inventory.pod_names():
            return
        for pod in self._of(Pod, lambda fact: fact.name == name and namespace in {None, fact.namespace}):
            where = f" in namespace {pod.namespace}" if pod.namespace else ""
            where += f" on node {pod.node}" if pod.node else ", its node unknown"
            where += ", on its node's network" if pod.host_network else ""
            state = f", {pod.status}" if pod.status else ""
            yield f"pod {name}{where}{state}: {_listed(pod.ips) or 'no address'}{self._cite(pod)}"
        for interface in inventory.interfaces:
            if interface.host.pod == name and interface.name != "lo":
                yield self._interface(interface)
                end = inventory.peer(interface)
                if end is not None:
                    yield f"{interface.name} hangs on {self._interface(end)}"
        for version in (4, 6):
            for via, route, pod_host in inventory.gateways(version):
                if pod_host.pod == name:
                    yield f"sends to {via} by default{self._cite(route)}"
        for endpoint in self._of(CiliumEndpoint, lambda fact: fact.pod == name):
            if endpoint.identity is not None:
                yield f"has identity {endpoint.identity}{self._cite(endpoint)}"
        for backend in self._of(Backend, lambda fact: fact.pod == name and fact.service is not None):
            yield f"is behind service {backend.service}{self._cite(backend)}"

    def _node(self, name: str) -> Iterator[str]:
        inventory = self._inventory
        if name not in inventory.node_names():
            return
        for node in inventory.nodes:
            if node.name == name and node.ips:
                yield f"{node.words}{self._cite(node)}"
        for kind in (NodeAddress, NodePrefix, Vtep):
            facts: tuple[NodeAddress | NodePrefix | Vtep, ...] = inventory.of(kind)
            yield from (f"{fact.words}{self._cite(fact)}" for fact in facts if fact.node == name)
        for interface in inventory.interfaces:
            if interface.host == Host(name) and interface.name != "lo":
                yield self._interface(interface)
        pods = [pod for pod in inventory.pod_names() if inventory.node_of_pod(pod) == name]
        if pods:
            yield f"node {name} runs {len(pods)} pod{'s' if len(pods) > 1 else ''}: {', '.join(pods)}"

    def _service(self, name: str, namespace: str | None) -> Iterator[str]:
        for service in self._inventory.services:
            if service.name == name and namespace in {None, service.namespace}:
                ports = ", ".join(f"{port}/{protocol}" for port, _, protocol in service.ports)
                where = f" in namespace {service.namespace}" if service.namespace else ""
                yield (
                    f"service {name}{where}: {_listed((*service.cluster_ips, *service.external_ips)) or 'no address'}"
                    f"{f', ports {ports}' if ports else ''}{self._cite(service)}"
                )
        for backend in self._of(Backend, lambda fact: fact.service == name and namespace in {None, fact.namespace}):
            pod = f" (pod {backend.pod})" if backend.pod else ""
            yield f"{backend.words}{pod}{self._cite(backend)}"

    def _interface(self, interface: Interface) -> str:
        inventory = self._inventory
        host = interface.host
        where = f"pod {host.pod}" if host.pod else f"node {host.node}" if host.node else "a host that is not named"
        said = [f"ifindex {interface.index}"] if interface.index is not None else []
        said += [format_mac(interface.mac)] if interface.mac is not None else []
        said += [f"{address.ip}/{address.length}" for address in inventory.addresses_of(interface)]
        return f"{interface.name} of {where}: {', '.join(said) or 'no more is known'}{self._cite(interface)}"

    def _of(self, kind: type[_Fact], wanted: Callable[[_Fact], bool]) -> Iterator[_Fact]:
        return (fact for fact in self._inventory.of(kind) if wanted(fact))


def _listed(values: tuple[object, ...]) -> str:
    return ", ".join(map(str, values))
