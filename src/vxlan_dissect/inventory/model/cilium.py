"""What does a Cilium agent say of its endpoints, identities and maps?

Law: `keyed` and `words` as in `model.linux`. Each class names the maps and objects that it stands for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.addresses import format_mac
from vxlan_dissect.inventory.model.base import keyed

if TYPE_CHECKING:
    from vxlan_dissect.addresses import IP, Prefix
    from vxlan_dissect.inventory.model.base import Host, Source


# pkg/identity/numericidentity.go
RESERVED_IDENTITIES = {
    0: "unknown", 1: "host", 2: "world", 3: "unmanaged", 4: "health", 5: "init", 6: "remote-node",
    7: "kube-apiserver", 8: "ingress", 9: "world-ipv4", 10: "world-ipv6",
}  # fmt: skip


@keyed("host key value")
class Agent(NamedTuple):
    """A line of `cilium status`: `key` such as `Cilium`, `Host Routing`, `IPAM`; `value` the rest of the line."""

    host: Host
    key: str
    value: str
    source: Source

    @property
    def words(self) -> str:
        """The fact as a phrase."""
        return f"{self.key}: {self.value}"


@keyed("host ips id", "identity pod namespace mac lxc_mac lxc_index lxc_name since until")
class CiliumEndpoint(NamedTuple):
    """An endpoint (`cilium-dbg endpoint list`, `bpf endpoint list`, CiliumEndpoint): an address with its veth pair.

    `host` is the node (or the agent's pod, which shares its network), Host(None) where unknown. `mac` and `interface`
    are the pod's end of the veth pair, `lxc_mac`, `lxc_index` and `lxc_name` the host end. `id` is the number of the
    endpoint on its node, `identity` the security identity.
    """

    host: Host
    source: Source
    ips: tuple[IP, ...] = ()
    id: int | None = None
    identity: int | None = None
    pod: str | None = None
    namespace: str | None = None
    mac: int | None = None
    interface: str | None = None
    lxc_mac: int | None = None
    lxc_index: int | None = None
    lxc_name: str | None = None
    container: str | None = None
    labels: tuple[str, ...] = ()
    node_ip: IP | None = None
    since: int | None = None
    until: int | None = None

    @property
    def words(self) -> str:
        """The fact as a phrase."""
        macs = "".join(
            f" {word} {format_mac(mac)}"
            for word, mac in (("mac", self.mac), ("nodemac", self.lxc_mac))
            if mac is not None
        )
        who = f" (pod {self.pod})" if self.pod else ""
        return f"endpoint {', '.join(map(str, self.ips)) or self.id}{who} of {self.host.name} has{macs or ' no MAC'}"


@keyed("number", "labels")
class Identity(NamedTuple):
    """A security identity and its labels (`k8s:app=web`): `identity list`, CiliumIdentity."""

    number: int
    source: Source
    labels: tuple[str, ...] = ()
    namespace: str | None = None

    @property
    def words(self) -> str:
        """The fact as a phrase."""
        return f"identity {self.number} is {', '.join(self.labels) or 'without labels'}"


@keyed("host prefix", "identity tunnel_endpoint pod since until")
class CacheEntry(NamedTuple):
    """Which identity and tunnel endpoint a prefix has, as a node's agent believes (`bpf ipcache list`, `ip list`).

    Entries of the tunnel map (`bpf tunnel list`) have no identity.
    """

    host: Host
    prefix: Prefix
    source: Source
    identity: int | None = None
    tunnel_endpoint: IP | None = None
    pod: str | None = None
    namespace: str | None = None
    encrypt_key: int | None = None
    since: int | None = None
    until: int | None = None

    @property
    def words(self) -> str:
        """The fact as a phrase."""
        identity = f" identity {self.identity}" if self.identity is not None else ""
        endpoint = f" tunnelendpoint {self.tunnel_endpoint}" if self.tunnel_endpoint else ""
        return f"{self.host.name} maps {self.prefix} to{identity}{endpoint or ('' if identity else ' nothing')}"


@keyed("host table protocol source_ip source_port ip port direction to")
class Translation(NamedTuple):
    """An entry of a connection table (`bpf ct list`, `bpf nat list`): `table` is `ct` or `nat`.

    A packet of `protocol` from `source_ip` and `source_port` to `ip` and `port`; `to` is the address and port that a
    NAT entry puts in place of one of them, `direction` in, out or service.
    """

    host: Host
    table: str
    protocol: str
    source_ip: IP
    source_port: int
    ip: IP
    port: int
    source: Source
    direction: str | None = None
    to: tuple[IP, int] | None = None
    to_source: bool = False

    @property
    def words(self) -> str:
        """The fact as a phrase."""
        to = f", translated to {self.to[0]} port {self.to[1]}" if self.to else ""
        return f"{self.protocol} {self.source_ip} port {self.source_port} to {self.ip} port {self.port}{to}"
