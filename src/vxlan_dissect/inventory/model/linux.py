"""What does a network namespace say of itself?

Law: `keyed` names the fields that make two facts speak of one thing, and those that must not contradict each other for
the two to be one; all else is filled in from whichever fact has it. `words` is in the words of the command that printed
it, so that the reader finds the line by eye.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.addresses import format_mac
from vxlan_dissect.inventory.model.base import keyed

if TYPE_CHECKING:
    from vxlan_dissect.addresses import IP, Prefix
    from vxlan_dissect.inventory.model.base import Host, Source


@keyed("host name", "index mac peer_index kind vni since until")
class Interface(NamedTuple):
    """A network device of one host (`ip a`, `ip -j addr`, `ip -d -j link`).

    `peer_index` is the ifindex of the veth peer in the peer's namespace (`eth0@if19`), `peer_name` its name where both
    ends share the namespace (`cilium_host@cilium_net`), `peer_namespace` the name after `link-netns`.
    `kind` is the driver (`veth`, `vxlan`, `bridge`); for vxlan `vni` and `port` where the device has fixed ones.
    `source` is the line with the MAC where one is printed; the name and the ifindex stand on `index_source`.
    `serves` is the pod's host where something says outright that this is the host end of that pod's veth, `role` one of
    ROLES where something says outright what the device is.
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
    serves: Host | None = None
    role: str | None = None
    since: int | None = None
    until: int | None = None

    @property
    def words(self) -> str:
        """The fact as a phrase."""
        mac = f" link/ether {format_mac(self.mac)}" if self.mac is not None else ""
        peer = (
            f"@if{self.peer_index}" if self.peer_index is not None else f"@{self.peer_name}" if self.peer_name else ""
        )
        index = f"{self.index}: " if self.index is not None else ""
        return f"{self.host.name} has {index}{self.name}{peer}{mac}"


@keyed("host interface ip", "length since until")
class Address(NamedTuple):
    """An IP address on an interface of a host. `scope` is global, link or host.

    `since` and `until`, in ns since 1970, bound the time in which it was so, where known. `role` is one of ROLES where
    something says outright what the address is.
    """

    host: Host
    interface: str
    ip: IP
    length: int
    source: Source
    scope: str | None = None
    role: str | None = None
    since: int | None = None
    until: int | None = None

    @property
    def words(self) -> str:
        """The fact as a phrase."""
        return f"{self.host.name} has {self.ip}/{self.length} on {self.interface}"


@keyed("host prefix family via device kind table", "preferred_source mtu scope")
class Route(NamedTuple):
    """A route of a host. `prefix` is None for the default route, whose family is that of `via`, or 4.

    `table` is None for the main table.
    """

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
    table: str | None = None

    @property
    def words(self) -> str:
        """The fact as a phrase."""
        target = str(self.prefix) if self.prefix else "default"
        via = f" via {self.via}" if self.via else ""
        return f"{self.host.name} routes {target}{via}{f' dev {self.device}' if self.device else ''}"


@keyed("host ip device mac")
class Neighbour(NamedTuple):
    """An entry of a host's neighbour table; `mac` is None while unresolved. `router` as the R flag set it."""

    host: Host
    ip: IP
    mac: int | None
    source: Source
    device: str | None = None
    state: str | None = None
    router: bool = False

    @property
    def words(self) -> str:
        """The fact as a phrase."""
        mac = f" lladdr {format_mac(self.mac)}" if self.mac is not None else ""
        state = f" {self.state}" if self.state else ""
        return f"{self.host.name} knows {self.ip}{mac}{' router' if self.router else ''}{state}"


@keyed("host mac device remote vlan vni master", "port")
class FdbEntry(NamedTuple):
    """An entry of a forwarding database (`bridge fdb`): frames to `mac` leave by `device`.

    For a VXLAN device `remote` is the tunnel endpoint that they are sent to; `mac` 0 is the default entry. `master` is
    the bridge that has the entry, `state` permanent, static, stale or None.
    """

    host: Host
    mac: int
    device: str
    source: Source
    remote: IP | None = None
    vni: int | None = None
    port: int | None = None
    vlan: int | None = None
    master: str | None = None
    state: str | None = None
    flags: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The fact as a phrase."""
        remote = f" dst {self.remote}" if self.remote else ""
        return f"{self.host.name} sends {format_mac(self.mac)} to {self.device}{remote}"


@keyed("host priority selector action family")
class PolicyRule(NamedTuple):
    """A rule of the routing policy database (`ip rule`): `selector` as printed, `action` such as `lookup 100`."""

    host: Host
    priority: int
    selector: str
    action: str
    source: Source
    family: int | None = None

    @property
    def words(self) -> str:
        """The fact as a phrase."""
        return f"{self.host.name} rule {self.priority}: {self.selector} {self.action}"


@keyed("host interface feature", "on")
class Offload(NamedTuple):
    """A feature of a device (`ethtool -k`), such as `tx-checksumming` or `generic-segmentation-offload`."""

    host: Host
    interface: str
    feature: str
    on: bool
    source: Source
    fixed: bool = False

    @property
    def words(self) -> str:
        """The fact as a phrase."""
        return f"{self.interface} of {self.host.name} has {self.feature} {'on' if self.on else 'off'}"


@keyed("host interface direction program")
class Filter(NamedTuple):
    """A BPF program on a device (`tc filter show`): `direction` ingress, egress or None; `program` as it is named."""

    host: Host
    interface: str | None
    direction: str | None
    program: str
    source: Source

    @property
    def words(self) -> str:
        """The fact as a phrase."""
        where = f" {self.direction}" if self.direction else ""
        return f"{self.interface or 'a device'} of {self.host.name} runs {self.program}{where}"


@keyed("host chain match action to")
class Masquerade(NamedTuple):
    """A rule that replaces source addresses (`nft list ruleset`, `iptables-save`).

    `match` holds the conditions in the tool's words, `action` is masquerade or snat, `to` the new source of snat.
    `sources` and `excluded` are the address ranges that the rule is about and that it leaves out as destinations.
    """

    host: Host
    chain: str
    match: str
    action: str
    source: Source
    to: IP | None = None
    sources: tuple[Prefix, ...] = ()
    excluded: tuple[Prefix, ...] = ()
    device: str | None = None

    @property
    def words(self) -> str:
        """The fact as a phrase."""
        to = f" to {self.to}" if self.to else ""
        return f"{self.host.name} {self.chain}: {self.match} {self.action}{to}"


@keyed("host name")
class Hostname(NamedTuple):
    """What `hostname` printed on a host, which the layout calls otherwise."""

    host: Host
    name: str
    source: Source

    @property
    def words(self) -> str:
        """The fact as a phrase."""
        return f"{self.host.name} calls itself {self.name}"


@keyed("host interface capture")
class Recording(NamedTuple):
    """A tcpdump command in a transcript: which host and interface wrote which file (`file` None: to the terminal)."""

    host: Host
    interface: str
    capture: str | None
    source: Source

    @property
    def words(self) -> str:
        """The fact as a phrase."""
        return f"{self.host.name} recorded {self.interface}"
