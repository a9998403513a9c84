"""What does the cluster say of its nodes, pods and services?

Law: `keyed` and `words` as in `model.linux`. Times are ns since 1970 and bound when a fact was so, where known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.addresses import format_mac
from vxlan_dissect.inventory.model.base import keyed

if TYPE_CHECKING:
    from vxlan_dissect.addresses import IP, Prefix
    from vxlan_dissect.inventory.model.base import Host, Source


@keyed("name", "namespace node ips since until")
class Pod(NamedTuple):
    """A pod as kubectl lists it. `ips` as shown: the wide table shows only the first of a dual-stack pair.

    `labels` are `key=value`. `container` is the id of the pod's sandbox, where something tells it.
    """

    name: str
    source: Source
    namespace: str | None = None
    node: str | None = None
    ips: tuple[IP, ...] = ()
    status: str | None = None
    host_network: bool = False
    labels: tuple[str, ...] = ()
    container: str | None = None
    since: int | None = None
    until: int | None = None

    @property
    def words(self) -> str:
        """The fact as a phrase."""
        where = f" on {self.node}" if self.node else ""
        return f"pod {self.name}{where} has {', '.join(map(str, self.ips)) or 'no address'}"


@keyed("name", "ips")
class Node(NamedTuple):
    """A node as kubectl, or the layout of a folder, names it."""

    name: str
    source: Source
    ips: tuple[IP, ...] = ()

    @property
    def words(self) -> str:
        """The fact as a phrase."""
        return f"node {self.name} has {', '.join(map(str, self.ips)) or 'no address'}"


@keyed("node ip kind")
class NodeAddress(NamedTuple):
    """An address of a node that is not its own in the network around it.

    `kind` is `router` (the gateway of its pods, CiliumInternalIP), `health` (Cilium's health endpoint), `ingress` or
    `tunnel` (the address of its VXLAN or IPIP device).
    """

    node: str
    ip: IP
    kind: str
    source: Source

    @property
    def words(self) -> str:
        """The fact as a phrase."""
        return f"node {self.node} has {self.ip} as {self.kind} address"


@keyed("node prefix")
class NodePrefix(NamedTuple):
    """A range from which a node's pods get their addresses (podCIDR)."""

    node: str
    prefix: Prefix
    source: Source

    @property
    def words(self) -> str:
        """The fact as a phrase."""
        return f"pods of node {self.node} have addresses of {self.prefix}"


@keyed("node device mac", "vni ip")
class Vtep(NamedTuple):
    """The MAC of a node's VXLAN device, as the cluster tells or lets compute it (flannel's annotation, Calico's hash).

    `device` is the device's name by the CNI's convention, `computed` how the MAC follows where nothing states it.
    """

    node: str
    mac: int
    device: str
    source: Source
    vni: int | None = None
    ip: IP | None = None
    computed: str | None = None

    @property
    def words(self) -> str:
        """The fact as a phrase."""
        return (
            f"{self.device} of {self.node} has {format_mac(self.mac)}{f' ({self.computed})' if self.computed else ''}"
        )


@keyed("name", "namespace kind cluster_ips")
class Service(NamedTuple):
    """A Kubernetes service. `ports` are (port, node port or None, protocol), `selector` is `key=value`."""

    name: str
    source: Source
    namespace: str | None = None
    kind: str | None = None
    cluster_ips: tuple[IP, ...] = ()
    external_ips: tuple[IP, ...] = ()
    ports: tuple[tuple[int, int | None, str], ...] = ()
    selector: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The fact as a phrase."""
        return f"service {self.name} has {', '.join(map(str, self.cluster_ips)) or 'no address'}"


@keyed("ip port protocol service namespace frontend", "node pod")
class Backend(NamedTuple):
    """An endpoint of a service (EndpointSlice, `cilium-dbg bpf lb list`).

    `frontend` is the service address and port where the source names it so; `port` is None where it has none.
    """

    ip: IP
    port: int | None
    protocol: str | None
    source: Source
    service: str | None = None
    namespace: str | None = None
    frontend: tuple[IP, int] | None = None
    node: str | None = None
    pod: str | None = None
    ready: bool | None = None

    @property
    def words(self) -> str:
        """The fact as a phrase."""
        where = f" port {self.port}" if self.port is not None else ""
        name = self.service or (f"{self.frontend[0]} port {self.frontend[1]}" if self.frontend else "a service")
        return f"{name} leads to {self.ip}{where}"


@keyed("origin host key", "value")
class Setting(NamedTuple):
    """A line of a configuration: `origin` such as `cilium-config`, `helm` or `kind`; `key` with dots between levels."""

    origin: str
    key: str
    value: str
    source: Source
    host: Host | None = None

    @property
    def words(self) -> str:
        """The fact as a phrase."""
        return f"{self.origin}: {self.key} = {self.value}"
