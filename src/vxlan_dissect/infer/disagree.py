"""Where do frames and a given inventory contradict each other?

Law: nothing is settled here: both facts are named, and whether the inventory is older or younger than the capture is
said only where its facts have times. A fact whose time is over contradicts nothing. What frames make no more than
`possible` contradicts nothing either.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.addresses import IP, format_mac
from vxlan_dissect.inventory.model import (
    Address,
    CacheEntry,
    CiliumEndpoint,
    Collected,
    Interface,
    Node,
    Pod,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect.infer.inferred import Inferred
    from vxlan_dissect.inventory.inventory import Inventory
    from vxlan_dissect.inventory.model import Fact

_ROLES = frozenset(("pod", "lxc", "node", "tunnel"))  # `router` is left out: what forwards may be several of these


class Disagreement(NamedTuple):
    """`kind` is `mac`, `role`, `node` or `identity`; `given` is the inventory's fact, `inferred` that of the frames."""

    kind: str
    given: Fact
    inferred: Fact
    text: str

    def __str__(self) -> str:
        return f"{self.text} [{self.given.source}; {self.inferred.source}]"


def disagreements(inventory: Inventory, inferred: Inferred) -> tuple[Disagreement, ...]:
    """All contradictions, in the order of the inferred facts, each once."""
    compared = _Compared(inventory, inferred)
    found = (*compared.macs(), *compared.roles(), *compared.nodes(), *compared.identities())
    return tuple({(one.kind, one.text): one for one in found}.values())


class _Compared:
    def __init__(self, inventory: Inventory, inferred: Inferred) -> None:
        self._inventory, self._times = inventory, inferred.times
        self._inferred = [fact for fact in inferred.facts if fact.source.confidence != "possible"]
        self._addresses: defaultdict[IP, list[Address]] = defaultdict(list)
        for address in inventory.addresses:
            if self._holds(address):
                self._addresses[address.ip].append(address)
        self._endpoints: defaultdict[IP, list[CiliumEndpoint]] = defaultdict(list)
        for endpoint in inventory.of(CiliumEndpoint):
            for ip in endpoint.ips if self._holds(endpoint) else ():
                self._endpoints[ip].append(endpoint)
        self._known = {interface.mac for interface in inventory.interfaces} | {
            mac for endpoint in inventory.of(CiliumEndpoint) for mac in (endpoint.mac, endpoint.lxc_mac)
        }

    def _holds(self, fact: Address | CiliumEndpoint | Pod | CacheEntry | Interface) -> bool:
        """Whether a fact was so at some time of the capture, as far as both have times."""
        if self._times is None:
            return True
        begin, end = self._times
        return (fact.until is None or fact.until >= begin) and (fact.since is None or fact.since <= end)

    @property
    def _age(self) -> str:
        """Which of the two is older, where the inventory says when it was collected."""
        taken = [fact.time for fact in self._inventory.of(Collected)]
        if not taken or self._times is None:
            return ""
        if max(taken) < self._times[0]:
            return "; the inventory is older than the capture"
        return "; the inventory is younger than the capture" if min(taken) > self._times[1] else ""

    def macs(self) -> Iterator[Disagreement]:
        """An address that frames show with another MAC than the inventory gives it."""
        devices = {(fact.host, fact.name): fact for fact in self._inferred if isinstance(fact, Interface)}
        for fact in self._inferred:
            if not isinstance(fact, Address) or fact.role not in {"pod", "node"}:
                continue
            device = devices.get((fact.host, fact.interface))
            if device is None or device.mac is None or fact.ip.is_link_local:
                continue
            given: dict[int, Address | CiliumEndpoint] = {}
            for address in self._addresses[fact.ip]:
                interface = self._inventory.interface(address.host, address.interface)
                if interface is not None and interface.mac is not None:
                    given.setdefault(interface.mac, address)
            for endpoint in self._endpoints[fact.ip]:
                if endpoint.mac is not None:
                    given.setdefault(endpoint.mac, endpoint)
            if given and device.mac not in given:
                mac, one = next(iter(given.items()))
                text = f"{one.host.name} has {fact.ip} with MAC {format_mac(mac)}"
                text += f", but frames show {format_mac(device.mac)}"
                if device.mac not in self._known:
                    text += (
                        f", which the inventory does not know{self._age or ': it is older or younger than the capture'}"
                    )
                yield Disagreement("mac", one, fact, text)

    def roles(self) -> Iterator[Disagreement]:
        """A MAC that frames show to be something else than the inventory says."""
        for fact in self._inferred:
            if isinstance(fact, Interface) and fact.mac is not None and fact.role in _ROLES:
                owners = self._inventory.owners_of_mac(fact.mac)
                told = {owner.what for owner in owners}
                if owners and owners[0].fact is not None and told <= _ROLES and fact.role not in told:
                    text = f"{format_mac(fact.mac)} is of a {owners[0].what}, but frames show a {fact.role}"
                    yield Disagreement("role", owners[0].fact, fact, text + self._age)

    def nodes(self) -> Iterator[Disagreement]:
        """A pod that tunnel packets show behind another node than the inventory puts it on."""
        ends: dict[str, str] = {}
        for fact in self._inferred:
            for ip in fact.ips if isinstance(fact, Node) else ():
                node = self._inventory.node_by_address(ip)
                if node is not None and isinstance(fact, Node):
                    ends[fact.name] = node
        for fact in self._inferred:
            if not isinstance(fact, Pod) or (behind := ends.get(fact.node or "")) is None:
                continue
            for ip in fact.ips:
                for owner in self._inventory.owners_of_ip(ip):
                    if owner.fact is not None and owner.what == "pod" and owner.node not in {None, behind}:
                        text = f"pod {owner.pod} with {ip} is on {owner.node}, but frames show it behind {behind}"
                        yield Disagreement("node", owner.fact, fact, text + self._age)

    def identities(self) -> Iterator[Disagreement]:
        """A sender whose VNI is not the identity that the inventory has for its address."""
        entries: defaultdict[IP, list[CacheEntry | CiliumEndpoint]] = defaultdict(list)
        for entry in self._inventory.of(CacheEntry):
            if entry.prefix.length == entry.prefix.ip.bits and entry.identity is not None and self._holds(entry):
                entries[entry.prefix.ip].append(entry)
        for ip, endpoints in self._endpoints.items():
            entries[ip] += [endpoint for endpoint in endpoints if endpoint.identity is not None]
        for fact in self._inferred:
            given = entries.get(fact.prefix.ip, []) if isinstance(fact, CacheEntry) else []
            if isinstance(fact, CacheEntry) and given and fact.identity not in {one.identity for one in given}:
                text = f"{fact.prefix.ip} has identity {given[0].identity}, but sends with {fact.identity}"
                yield Disagreement("identity", given[0], fact, text + self._age)
