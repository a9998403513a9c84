"""What do the commands and maps of a Cilium agent share?

Law: a command is known by its words, whatever the options; `cilium` is the agent's tool up to v1.14, `cilium-dbg` since
v1.15. A value that is not of its form gives None, never an exception. Sources: cilium, cilium-dbg/cmd, pkg/maps.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.addresses import Prefix
from vxlan_dissect.inventory.model import Backend, CacheEntry, CiliumEndpoint
from vxlan_dissect.inventory.model.cilium import RESERVED_IDENTITIES
from vxlan_dissect.inventory.sources.base import ip_or_none, mac_or_none, prefix_or_none, whole_number

if TYPE_CHECKING:
    from vxlan_dissect.addresses import IP
    from vxlan_dissect.inventory.model import Host, Source

_TOOLS = frozenset(("cilium", "cilium-dbg", "cilium-health"))
_VALUES = frozenset(("-o", "--output", "-H", "--host", "--config", "-l", "--labels"))
# `10.96.0.1:443`, `[fd00::1]:443`, `fd00::1:443` of the connection tables, with `/TCP` since v1.16 and `/i` for what
# counts inside the cluster alone (pkg/loadbalancer, L3n4Addr.String).
_ADDRESS_PORT = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[0-9A-Fa-f:.]{2,45}):(\d{1,5})(?:/([A-Za-z]\w{1,9}))?(?:/i)?\Z")
_ENTRY = r"[0-9A-Fa-f:.\[\]]{4,80}:\d{1,5}(?:/\w{1,10})?(?:/i)?"
_LB_ROW = re.compile(
    rf"(?:({_ENTRY})(?: \(\d+\))? )?(?:({_ENTRY})(?: \(\d+\)){{1,2}}(?: \[.*)?|backend \d+ not found)\Z"
)
RESERVED = {name: number for number, name in RESERVED_IDENTITIES.items()} | {"encrypted-overlay": 11}
_LARGEST_CLUSTER = 511  # pkg/clustermesh/types, with 511 clusters
_NAMESPACE = "k8s:io.kubernetes.pod.namespace="
# `source:key[=value]`: where the label is from (pkg/labels, LabelSource...), then its name.
_LABEL = re.compile(r"(?:k8s|reserved|any|cidr|container|cilium-generated|fqdn|node|unspec|mesos|group):\S{1,512}\Z")


class AgentCommand(NamedTuple):
    """A command of the agent's tools: `words` without options (`bpf endpoint list`), `json` if it prints JSON."""

    words: tuple[str, ...]
    json: bool


def agent_command(command: str | None) -> AgentCommand | None:
    """Understand `cilium-dbg ip list -n -o json`; None for what is no command of the agent's tools."""
    words = command.split() if command else []
    tool = words[0].rpartition("/")[2] if words else ""
    if tool not in _TOOLS:
        return None
    plain = ["cilium-health"] if tool == "cilium-health" else []
    output = ""
    at = 1
    while at < len(words):
        word = words[at]
        # A file name has lost the dash: `cilium-endpoint-list-o-json.txt`.
        if word in _VALUES or (word == "o" and words[at + 1 : at + 2] in (["json"], ["yaml"])):
            at += 1
            output = words[at] if at < len(words) and word.lstrip("-") in {"o", "output"} else output
        elif word.startswith(("-o", "--output=")):
            output = word.removeprefix("--output=").removeprefix("-o").removeprefix("=")
        elif not word.startswith("-"):
            plain.append("list" if word == "ls" else word)
        at += 1
    return AgentCommand(tuple(plain), output.startswith("json"))


def is_agent_command(command: str | None, *known: str, json: bool) -> bool:
    """Whether the command begins with one of `known`, such as `bpf endpoint list`, in this form of output."""
    said = agent_command(command)
    return said is not None and said.json == json and any(said.words[: len(w)] == w for w in map(_parted, known))


def _parted(words: str) -> tuple[str, ...]:
    return tuple(words.split())


def is_label(text: str) -> bool:
    """Whether a word is a label with its source, such as `k8s:app=web`."""
    return _LABEL.match(text) is not None


def namespace_of(labels: tuple[str, ...]) -> str | None:
    """The namespace among the labels of an endpoint."""
    return next((label[len(_NAMESPACE) :] for label in labels if label.startswith(_NAMESPACE)), None)


def address_port(text: str) -> tuple[IP, int, str | None] | None:
    """An address, a port and the protocol where it is said."""
    match = _ADDRESS_PORT.match(text)
    ip = ip_or_none(match[1].strip("[]")) if match else None
    return (ip, int(match[2]), match[3]) if match and ip is not None and int(match[2]) < 1 << 16 else None


def is_address(key: str) -> bool:
    """Whether a map's key is an address, a range or an address with a port."""
    bare = key.partition(" ")[0]
    return prefix_or_none(without_cluster(bare)) is not None or address_port(bare) is not None


def entry(host: Host, source: Source, key: str, value: str, *, tunnels: bool) -> CiliumEndpoint | CacheEntry | None:
    """An entry of the map of tunnels, or else of the map of endpoints or the ipcache, whichever its form is."""
    if tunnels:
        return tunnel(host, source, key, value)
    return endpoint(host, source, key, value) or cache_entry(host, source, key, value)


def without_cluster(key: str) -> str:
    """A key of a map without the cluster's id: `10.244.3.123:0` (lxcmap), `10.0.0.1/32@0` (ipcache) or `10.0.0.1@2`."""
    bare = key.partition("@")[0]
    address, colon, cluster = bare.rpartition(":")
    known = whole_number(cluster) if colon and "/" not in bare else None
    if known is not None and known <= _LARGEST_CLUSTER and ip_or_none(address.strip("[]")) is not None:
        return address.strip("[]")
    return bare


def endpoint(host: Host, source: Source, key: str, value: str) -> CiliumEndpoint | None:
    """An entry of `cilium_lxc` (pkg/maps/lxcmap, EndpointInfo.String).

    `id=3760 sec_id=60801 flags=0x0000 ifindex=19 mac=7E:.. nodemac=E2:.. parent_ifindex=0`, v1.13 without `sec_id`, or
    `(localhost)` for an address of the node itself.
    """
    ip = ip_or_none(without_cluster(key))
    if ip is None:
        return None
    if value.startswith("(localhost)"):
        return CiliumEndpoint(host, source, (ip,), identity=RESERVED["host"])
    said = _said(value)
    if "mac" not in said or "nodemac" not in said:
        return None
    return CiliumEndpoint(
        host,
        source,
        (ip,),
        id=_number(said, "id"),
        identity=_number(said, "sec_id"),
        mac=mac_or_none(said["mac"]) or None,
        lxc_mac=mac_or_none(said["nodemac"]) or None,
        lxc_index=_number(said, "ifindex") or None,
    )


def cache_entry(host: Host, source: Source, key: str, value: str) -> CacheEntry | None:
    """An entry of `cilium_ipcache` (pkg/maps/ipcache, RemoteEndpointInfo.String).

    `identity=6 encryptkey=0 tunnelendpoint=172.18.0.3 flags=hastunnel`, v1.13 with `nodeid=` in place of the flags or
    without, and `6 0 172.18.0.3` before v1.11.
    """
    prefix = prefix_or_none(without_cluster(key))
    said = _said(value)
    if not said:
        words = value.split()
        if len(words) != 3:
            return None
        said = dict(zip(("identity", "encryptkey", "tunnelendpoint"), words, strict=True))
    identity, key_number = _number(said, "identity"), _number(said, "encryptkey")
    if prefix is None or identity is None:
        return None
    return CacheEntry(
        host,
        prefix,
        source,
        identity=identity,
        tunnel_endpoint=_specified(said.get("tunnelendpoint", "")),
        encrypt_key=key_number or None,
    )


def tunnel(host: Host, source: Source, key: str, value: str) -> CacheEntry | None:
    """An entry of `cilium_tunnel_map`, up to v1.17: the first address of a pod range, the node's address and a key.

    The length of the range is not in the map: Cilium's default is /24 for IPv4 and /64 for IPv6, and what ends in as
    many zero bits is taken for such a range, all else for one address.
    """
    ip = ip_or_none(without_cluster(key))
    node = ip_or_none(without_cluster(value.partition(" ")[0]))
    if ip is None or node is None:
        return None
    return CacheEntry(host, _range_of(ip), source, tunnel_endpoint=node)


def balanced(row: str) -> tuple[str | None, str | None] | None:
    """Frontend and backend of a row of `bpf lb list`; None for what is none.

    `10.96.0.1:80/TCP (1) 10.244.1.8:8080/TCP (1) (1)`: the frontend, since v1.17 with the number of the slot, then a
    backend with the ids of service and slot. A further row of one frontend begins with the backend; the frontend's own
    entry is `0.0.0.0:0 (1) (0) [ClusterIP]`, which has no backend.
    """
    match = _LB_ROW.match(row)
    if match is None:
        return None
    nothing = match[2] is None or match[2].startswith(("0.0.0.0:0", "[::]:0"))
    return match[1], None if nothing else match[2]


def backend(source: Source, frontend: str, text: str) -> Backend | None:
    """A backend of a frontend, both as `balanced` gives them."""
    service, said = address_port(frontend), address_port(text)
    if service is None or said is None:
        return None
    return Backend(said[0], said[1], said[2] or service[2], source, frontend=service[:2])


def _said(value: str) -> dict[str, str]:
    pairs = (word.partition("=") for word in value.split())
    return {name: said for name, equals, said in pairs if equals}


def _number(said: dict[str, str], name: str) -> int | None:
    return whole_number(said.get(name, ""))


@lru_cache(maxsize=4096)  # the nodes of a cluster, in front of each of its addresses
def _specified(text: str) -> IP | None:
    """The tunnel endpoint; 0.0.0.0 stands for none: the address is local, or not reached by a tunnel."""
    ip = ip_or_none(text)
    return None if ip is None or ip.is_unspecified else ip


def _range_of(ip: IP) -> Prefix:
    default = 24 if ip.version == 4 else 64
    return Prefix(ip, default if ip.value & (1 << ip.bits - default) - 1 == 0 else ip.bits)
