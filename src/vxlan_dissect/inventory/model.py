"""What can a host say about itself, and where did it say it?

Law: a fact is a frozen value that keeps the file and line it was read from; two sources that disagree give two facts.
Nothing here knows a packet, and nothing is invented: what is inferred is made in `infer` and says from what.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from vxlan_dissect.addresses import IP, Prefix


class Source(NamedTuple):
    """Where a fact stands: `file` as the user named it (relative paths stay relative), `line` from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Host(NamedTuple):
    """One network namespace that answered: a node (`pod` None), a pod (`pod` set, `node` where known), or neither.

    `node` is the node's name; `pod` the pod's bare name. A host of which only a name is known, such as an
    administrator's machine, is a Host with `node` set to that name.
    """

    node: str | None
    pod: str | None = None

    @property
    def name(self) -> str:
        """What a reader calls it: the pod if it is one, else the node, else `?`."""
        return self.pod or self.node or "?"


class Interface(NamedTuple):
    """A network device of one host (`ip a`, `ip -j addr`, `ip -d -j link`).

    `peer_index` is the ifindex of the veth peer in the peer's namespace (`eth0@if19`), `peer_name` its name where both
    ends share the namespace (`cilium_host@cilium_net`), `peer_namespace` the name after `link-netns`.
    `kind` is the driver (`veth`, `vxlan`, `bridge`); for vxlan `vni` and `port` where the device has fixed ones.
    `source` is the line with the MAC where one is printed; the name and the ifindex stand on `index_source`.
    """

    host: Host
    name: str
    index: int | None  # type: ignore[assignment]  # the kernel's word, ifindex, hides tuple.index
    mac: int | None
    source: Source
    peer_index: int | None = None
    peer_name: str | None = None
    peer_namespace: str | None = None
    flags: tuple[str, ...] = ()
    mtu: int | None = None
    state: str | None = None
    kind: str | None = None
    master: str | None = None
    vni: int | None = None
    port: int | None = None
    external: bool = False
    index_source: Source | None = None


class Address(NamedTuple):
    """An IP address on an interface of a host. `scope` is global, link or host."""

    host: Host
    interface: str
    ip: IP
    length: int
    source: Source
    scope: str | None = None


class Route(NamedTuple):
    """A route of a host. `prefix` is None for the default route, whose family is that of `via`, or 4."""

    host: Host
    prefix: Prefix | None
    family: int
    source: Source
    via: IP | None = None
    device: str | None = None
    preferred_source: IP | None = None
    mtu: int | None = None
    scope: str | None = None
    kind: str = "unicast"


class Neighbour(NamedTuple):
    """An entry of a host's neighbour table; `mac` is None while unresolved. `router` as the R flag set it."""

    host: Host
    ip: IP
    mac: int | None
    source: Source
    device: str | None = None
    state: str | None = None
    router: bool = False


class Pod(NamedTuple):
    """A pod as kubectl lists it. `ips` as shown: the wide table shows only the first of a dual-stack pair."""

    name: str
    source: Source
    namespace: str | None = None
    node: str | None = None
    ips: tuple[IP, ...] = ()
    status: str | None = None
    host_network: bool = False


class Node(NamedTuple):
    """A node as kubectl, or the layout of a folder, names it."""

    name: str
    source: Source
    ips: tuple[IP, ...] = ()


class Service(NamedTuple):
    """A Kubernetes service. `ports` are (port, node port or None, protocol)."""

    name: str
    source: Source
    namespace: str | None = None
    kind: str | None = None
    cluster_ips: tuple[IP, ...] = ()
    external_ips: tuple[IP, ...] = ()
    ports: tuple[tuple[int, int | None, str], ...] = ()


class Recording(NamedTuple):
    """A tcpdump command in a transcript: which host and interface wrote which file (`file` None: to the terminal)."""

    host: Host
    interface: str
    capture: str | None
    source: Source


class Agent(NamedTuple):
    """A line of `cilium status`: `key` such as `Cilium`, `Host Routing`, `IPAM`; `value` the rest of the line."""

    host: Host
    key: str
    value: str
    source: Source


Fact = Interface | Address | Route | Neighbour | Pod | Node | Service | Recording | Agent


class Note(NamedTuple):
    """What was not read, and why: `kind` is one of NOTES, `line` from 1 or None where the whole file is meant."""

    file: str
    line: int | None
    why: str
    kind: str

    def __str__(self) -> str:
        return f"{self.file}{'' if self.line is None else f':{self.line}'}: {self.why}"


class Owner(NamedTuple):
    """Whose an address is.

    `what` is one of ROLES; `fact` the line that says so, `inferred` how it is known if none says it outright.
    `interface` is None where the address lives on no known interface: a service's, that of a pod that only kubectl
    names.
    `serves` is the pod whose veth this is the host end of, for `what` "lxc"; for "router" a pod that uses the gateway.
    `names` are what DNS answers of a capture called it, for `what` "named".
    """

    host: Host | None
    interface: str | None
    what: str
    fact: Fact | None
    namespace: str | None = None
    service: str | None = None
    confidence: str = "certain"
    inferred: str | None = None
    serves: str | None = None
    names: tuple[str, ...] = ()

    @property
    def pod(self) -> str | None:
        """The pod's bare name, None where it is none."""
        return self.host.pod if self.host else None

    @property
    def node(self) -> str | None:
        """The node it lives on, None where unknown."""
        return self.host.node if self.host else None


# What an address can be. `lxc` is the host end of a pod's veth, of whatever CNI; `router` the gateway address of a
# node's pods (Cilium: the address of cilium_host, CiliumInternalIP); `group` a multicast group; `named` something of
# which a capture tells no more than a DNS name.
ROLES = ("pod", "lxc", "node", "router", "tunnel", "host", "service", "loopback", "group", "named")

# Why something was not read: a line or word that no grammar knows, a value that is none, lines between the outputs of
# a session, a file that says nothing of hosts, a file or link left out (size, depth, outside the folder, unreadable),
# JSON that ends or breaks.
NOTES = ("unknown", "bad-value", "prose", "not-a-source", "skipped", "broken")
