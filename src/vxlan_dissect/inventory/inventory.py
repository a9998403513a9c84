"""What is known of the hosts, taken together?

Law: a value: facts and notes in, tuples and answers out. Every answer names the lines it stands on, and an empty
inventory is one too. The indexes are built on first use; networkx is imported for `graph` alone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, cast

from vxlan_dissect.inventory.merging.merge import Merged, host_of, merge
from vxlan_dissect.inventory.model import (
    Address,
    Agent,
    Fact,
    Host,
    Interface,
    Neighbour,
    Node,
    Note,
    Owner,
    Pod,
    Recording,
    Route,
    Service,
    Source,
)

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    import networkx as nx

    from vxlan_dissect.addresses import IP
    from vxlan_dissect.inventory.answers.conflicts import Conflict
    from vxlan_dissect.inventory.answers.lookup import Index
    from vxlan_dissect.inventory.answers.who import Who
    from vxlan_dissect.inventory.session.attribution import Attribution


_Fact = TypeVar("_Fact")


class Inventory:
    """Facts about hosts, each with its file and line.

    `facts` holds every fact as read; the typed tuples hold each thing once, what its lines say joined. `notes` says
    what was not read, and why.
    """

    def __init__(
        self, facts: Iterable[Fact] = (), notes: Iterable[Note] = (), attributions: Iterable[Attribution] = ()
    ) -> None:
        self.notes = tuple(notes)
        self._attributions = tuple(attributions)
        self._merged: Merged = merge(facts)

    @classmethod
    def load(cls, *paths: str | os.PathLike[str]) -> Inventory:
        """Read files and folders; `docs/inventory.md` says which. Raises InventoryError for a path that is no use."""
        from vxlan_dissect.inventory.reading.load import load

        return cls(*load(paths))

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Every fact in the order read."""
        return self._merged.facts

    @cached_property
    def attributions(self) -> tuple[Attribution, ...]:
        """Whose each output is and how that is known, with the hosts that `facts` have."""
        hosts = {
            (fact.source.file, fact.source.line): host for fact in self.facts if (host := host_of(fact)) is not None
        }
        lines: defaultdict[str, list[int]] = defaultdict(list)
        for file, line in sorted(hosts):
            lines[file].append(line)
        found = []
        for place in self._attributions:
            inside = lines[place.file]
            at = bisect_left(inside, place.line)
            known = place.how != "nothing" and at < len(inside) and inside[at] <= place.last
            found.append(place._replace(host=hosts[place.file, inside[at]]) if known else place)
        return tuple(found)

    @property
    def interfaces(self) -> tuple[Interface, ...]:
        """Network devices; one that two lines describe differently is here twice."""
        return self.of(Interface)

    @property
    def addresses(self) -> tuple[Address, ...]:
        """IP addresses on interfaces."""
        return self.of(Address)

    @property
    def routes(self) -> tuple[Route, ...]:
        """Routes of hosts."""
        return self.of(Route)

    @property
    def neighbours(self) -> tuple[Neighbour, ...]:
        """Neighbour table entries of hosts; state `PROXY` where the host answers for the address."""
        return self.of(Neighbour)

    @property
    def pods(self) -> tuple[Pod, ...]:
        """Pods that kubectl lists; `pod_names` also has those that are known otherwise."""
        return self.of(Pod)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Nodes that kubectl or the layout of a folder names; `node_names` also has those that are known otherwise."""
        return self.of(Node)

    @property
    def services(self) -> tuple[Service, ...]:
        """Services that kubectl lists."""
        return self.of(Service)

    @property
    def recordings(self) -> tuple[Recording, ...]:
        """tcpdump commands of sessions."""
        return self.of(Recording)

    @property
    def agents(self) -> tuple[Agent, ...]:
        """Lines of `cilium status`."""
        return self.of(Agent)

    def of(self, kind: type[_Fact]) -> tuple[_Fact, ...]:
        """The facts of one class of `model.FACTS`, each thing once."""
        return cast("tuple[_Fact, ...]", self._merged.distinct[kind])

    @cached_property
    def _index(self) -> Index:
        from vxlan_dissect.inventory.answers.lookup import Index

        return Index(self)

    def sources_of(self, fact: Fact) -> tuple[Source, ...]:
        """All lines that say the same as `fact`, a typed tuple's or an owner's; the one to cite is the first."""
        return self._merged.lines.get(fact, (fact.source,))

    def owners_of_mac(self, mac: int, at: int | None = None) -> tuple[Owner, ...]:
        """Who has this MAC, the best answer first; several where it is not unique, none where nobody is known.

        `at`, in ns since 1970, is the moment asked for, where facts bear times.
        """
        return self._index.owners_of_mac(mac, at)

    def owners_of_ip(self, ip: IP, at: int | None = None) -> tuple[Owner, ...]:
        """Who has this address, the best answer first; several where it is not unique, none where nobody is known.

        `at`, in ns since 1970, is the moment asked for, where facts bear times.
        """
        return self._index.owners_of_ip(ip, at)

    @property
    def boundaries(self) -> tuple[int, ...]:
        """The moments, in ns since 1970, at which a fact begins or ends; between two of them answers are the same."""
        return self._index.boundaries

    def interface(self, host: Host, name: str) -> Interface | None:
        """The interface of this name, as it was said first."""
        return self._index.interface(host, name)

    def addresses_of(self, interface: Interface) -> tuple[Address, ...]:
        """The addresses on an interface."""
        return self._index.addresses_of(interface)

    def peer(self, interface: Interface) -> Interface | None:
        """The other end of a veth pair, told by the ifindex both ends give of each other, or by its name."""
        return self._index.peer(interface)

    def pod_of_lxc(self, interface: Interface) -> Interface | None:
        """The pod's end of the veth pair whose host end this is; None for any other interface."""
        return self._index.pod_of_lxc(interface)

    def lxc_of_pod(self, pod: str | Host) -> Interface | None:
        """The host end of a pod's veth pair (of its first interface that has one)."""
        return self._index.lxc_of_pod(pod)

    def gateways(self, version: int) -> tuple[tuple[IP, Route, Host], ...]:
        """The gateways of pods' default routes, of this IP version, with the route and the pod that has it."""
        return self._index.gateways(version)

    def node_of_pod(self, name: str) -> str | None:
        """The node a pod runs on; None where unknown or where pods of this name run on several nodes."""
        return self._index.node_of_pod(name)

    def namespace_of_pod(self, name: str) -> str | None:
        """The namespace of a pod; None where unknown or where several have a pod of this name."""
        return self._index.namespace_of_pod(name)

    def node_by_address(self, ip: IP) -> str | None:
        """The name of the one node that has this address."""
        return self._index.node_by_address(ip)

    def node_names(self) -> tuple[str, ...]:
        """All nodes, sorted."""
        return self._index.node_names

    def pod_names(self) -> tuple[str, ...]:
        """All pods, sorted."""
        return self._index.pod_names

    def hosts(self) -> tuple[Host, ...]:
        """Every host that said something, in the order read."""
        return self._index.hosts

    def recordings_of(self, capture: str | None) -> tuple[Recording, ...]:
        """The tcpdump commands that wrote a file of this base name, or for None those that wrote to the terminal."""
        return tuple(recording for recording in self.recordings if recording.capture == capture)

    def who(self, asked: str | int | IP) -> Who:
        """Everything the inventory says of a MAC (text or int), an IP address (text or IP), a name or an ifindex.

        Names and ifindexes are text. Raises UsageError.
        """
        from vxlan_dissect.inventory.answers.who import who

        return who(self, asked)

    @cached_property
    def conflicts(self) -> tuple[Conflict, ...]:
        """Facts that contradict each other; both are kept."""
        from vxlan_dissect.inventory.answers.conflicts import conflicts

        return conflicts(self)

    @cached_property
    def graph(self) -> nx.MultiDiGraph:
        """Hosts, interfaces and addresses and how they hang together; `graph` says which attributes they have."""
        from vxlan_dissect.inventory.graph import graph

        return graph(self)

    def __bool__(self) -> bool:
        return bool(self.facts)

    def __repr__(self) -> str:
        counts = {
            "node": self.node_names(),
            "pod": self.pod_names(),
            "interface": self.interfaces,
            "address": self.addresses,
            "note": self.notes,
        }
        many = {"address": "addresses"}
        said = [f"{len(of)} {name if len(of) == 1 else many.get(name, name + 's')}" for name, of in counts.items()]
        return f"<Inventory: {', '.join(said)}>"
