"""Which facts cannot both be true at one time?

Law: a contradiction is said and both facts stay; which of them answers believe, and why, is said too (`prefer`). What
networks do on purpose is none: the same link-local, loopback or bridge address on every node, a gateway that answers
with another interface's MAC of the same node, an address that one pod had after another.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.addresses import IP, format_mac
from vxlan_dissect.inventory.answers.prefer import Times, preferred
from vxlan_dissect.inventory.model import (
    Address,
    CacheEntry,
    CiliumEndpoint,
    Collected,
    Fact,
    Host,
    Interface,
    Pod,
    Setting,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vxlan_dissect.inventory.inventory import Inventory

# Devices whose address is the same on every node, by the defaults of Docker, libvirt, Podman and kube-proxy (IPVS).
_EVERYWHERE = ("docker0", "virbr0", "podman0", "cni-podman0", "kube-ipvs0", "nodelocaldns")


class Conflict(NamedTuple):
    """`kind` is one of KINDS; `facts` are those that disagree.

    `winner` is the fact that answers believe and `why` the reason; None where nothing speaks for one of them.
    """

    kind: str
    text: str
    facts: tuple[Fact, ...]
    winner: Fact | None = None
    why: str | None = None

    def __str__(self) -> str:
        believed = f"; believed: {self.winner.source}, since {self.why}" if self.winner is not None else ""
        return f"{self.text} [{', '.join(str(fact.source) for fact in self.facts)}]{believed}"


KINDS = ("interface-mac", "address-twice", "neighbour-mac", "pod-node", "identity", "setting")
ENDLESS = 1 << 63


def conflicts(inventory: Inventory) -> tuple[Conflict, ...]:
    """All contradictions, in the order of the facts. Hosts that nobody named cannot contradict each other."""
    times = Times(inventory.of(Collected))
    found = (
        *_interface_macs(inventory),
        *_addresses_twice(inventory),
        *_neighbour_macs(inventory),
        *_pod_nodes(inventory),
        *_identities(inventory),
        *_settings(inventory),
    )
    return tuple(_weighed(conflict, times) for conflict in found)


def _weighed(conflict: Conflict, times: Times) -> Conflict:
    believed = preferred(conflict.facts, times)
    return conflict if believed is None else conflict._replace(winner=conflict.facts[believed[0]], why=believed[1])


def _at_once(facts: Iterable[Fact]) -> bool:
    """Whether two of these may have been so at one time."""
    spans = sorted((getattr(fact, "since", None) or 0, getattr(fact, "until", None) or ENDLESS) for fact in facts)
    return any(later[0] < earlier[1] for earlier, later in pairwise(spans))


def _interface_macs(inventory: Inventory) -> Iterator[Conflict]:
    same: defaultdict[tuple[Host, str], dict[int, Interface]] = defaultdict(dict)
    for interface in inventory.interfaces:
        if interface.mac is not None and interface.host != Host(None):
            same[interface.host, interface.name].setdefault(interface.mac, interface)
    for (host, name), by_mac in same.items():
        if len(by_mac) > 1 and _at_once(by_mac.values()):
            macs = ", ".join(map(format_mac, by_mac))
            yield Conflict("interface-mac", f"{name} of {host.name} has {macs}", tuple(by_mac.values()))


def _addresses_twice(inventory: Inventory) -> Iterator[Conflict]:
    same: defaultdict[IP, dict[Host, Address]] = defaultdict(dict)
    for address in inventory.addresses:
        special = address.ip.is_link_local or address.ip.is_loopback or address.interface.startswith(_EVERYWHERE)
        if not special and address.host != Host(None):
            same[address.ip].setdefault(address.host, address)
    for ip, by_host in same.items():
        if len(by_host) > 1 and _at_once(by_host.values()):
            names = ", ".join(f"{host.name} ({address.interface})" for host, address in by_host.items())
            yield Conflict("address-twice", f"{ip} is on {names}", tuple(by_host.values()))


def _neighbour_macs(inventory: Inventory) -> Iterator[Conflict]:
    holders: defaultdict[IP, list[Address]] = defaultdict(list)
    for address in inventory.addresses:
        holders[address.ip].append(address)
    macs: defaultdict[str | None, set[int]] = defaultdict(set)
    whole = set()  # nodes that list all their devices, and so the loopback
    for interface in inventory.interfaces:
        if interface.mac is not None:
            macs[interface.host.node].add(interface.mac)
        if interface.name == "lo":
            whole.add(interface.host)
    for entry in inventory.neighbours:
        if entry.mac is None or entry.ip.is_link_local:
            continue
        there = [address for address in holders[entry.ip] if address.host not in {entry.host, Host(None)}]
        shown = [
            i for address in there if (i := inventory.interface(address.host, address.interface)) and i.mac is not None
        ]
        # Any interface of the node may answer for an address of the node or of its pods: proxies do, routers do.
        nodes = {address.host.node for address in there} | {entry.host.node}
        # So does a device that no output shows: Cilium answers each pod as the host end of its own veth.
        unseen = entry.host.pod is not None and any(
            address.host.pod is None and entry.host.node in {address.host.node, None} and address.host not in whole
            for address in there
        )
        if shown and not unseen and not any(entry.mac in macs[node] for node in nodes):
            whose = f"{shown[0].name} of {shown[0].host.name} has {format_mac(shown[0].mac or 0)}"
            text = f"{entry.host.name} has {format_mac(entry.mac)} for {entry.ip}, but {whose}"
            yield Conflict("neighbour-mac", text, (entry, shown[0]))


def _pod_nodes(inventory: Inventory) -> Iterator[Conflict]:
    """kubectl and the layout of a folder, or two tables, put a pod on different nodes."""
    placed: defaultdict[tuple[str, str | None], dict[str, Pod]] = defaultdict(dict)
    for pod in inventory.pods:
        if pod.node is not None:
            placed[pod.name, pod.namespace].setdefault(pod.node, pod)
    for (name, _), by_node in placed.items():
        if len(by_node) > 1 and _at_once(by_node.values()):
            yield Conflict("pod-node", f"pod {name} is on {', '.join(by_node)}", tuple(by_node.values()))
    listed: defaultdict[str, list[Pod]] = defaultdict(list)
    for pod in inventory.pods:
        listed[pod.name].append(pod)
    for interface in inventory.interfaces:
        node, of = interface.host
        on = {pod.node for pod in listed.get(of or "", ())}
        if node is not None and interface.name != "lo" and on and not on & {node, None}:
            pod = listed[str(of)][0]
            yield Conflict("pod-node", f"pod {of} is on {pod.node}, but answered on {node}", (pod, interface))


def _identities(inventory: Inventory) -> Iterator[Conflict]:
    """An endpoint and a node's map, or two maps, give an address different identities."""
    said: defaultdict[IP, dict[int, CiliumEndpoint | CacheEntry]] = defaultdict(dict)
    for endpoint in inventory.of(CiliumEndpoint):
        for ip in endpoint.ips if endpoint.identity is not None else ():
            said[ip].setdefault(endpoint.identity or 0, endpoint)
    for entry in inventory.of(CacheEntry):
        if entry.identity is not None and entry.prefix.length == entry.prefix.ip.bits:
            said[entry.prefix.ip].setdefault(entry.identity, entry)
    for ip, by_identity in said.items():
        # A node calls itself host (1) and others call it remote-node (6): pkg/identity/numericidentity.go.
        if len(by_identity) > 1 and not by_identity.keys() <= {1, 6} and _at_once(by_identity.values()):
            text = f"{ip} has the identities {', '.join(map(str, by_identity))}"
            yield Conflict("identity", text, tuple(by_identity.values()))


def _settings(inventory: Inventory) -> Iterator[Conflict]:
    same: defaultdict[tuple[str, Host | None, str], dict[str, Setting]] = defaultdict(dict)
    for setting in inventory.of(Setting):
        if setting.source.inferred:  # one capture may show several networks
            continue
        same[setting.origin, setting.host, setting.key].setdefault(setting.value, setting)
    for (origin, _, key), by_value in same.items():
        if len(by_value) > 1:
            values = ", ".join(value[:80] for value in by_value)
            yield Conflict("setting", f"{key} of {origin} is {values}", tuple(by_value.values()))
