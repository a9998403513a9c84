"""In which mode does the Cilium agent of a node run, and which addresses did it give away?

Run `kubectl -n kube-system exec ds/cilium -- cilium status` (`cilium-dbg status` since v1.15), for each node with the
agent's own pod. `--verbose` adds the owner of each address and the other nodes.

Law: only keys that the agent prints are read, since a colon stands in much prose; the indented lines below a key belong
to it. Of those the addresses, the nodes and the details of kube-proxy's replacement are kept, controllers, redirects,
maps and modules are not. Sources: cilium, pkg/client/client.go (FormatStatusResponse), pkg/ipam (Dump).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Agent, CiliumEndpoint, Fact, Host, NodeAddress, NodePrefix, Source
from vxlan_dissect.inventory.sources.base import Line, Parsed, ip_or_none, prefix_or_none, words_of
from vxlan_dissect.inventory.sources.cilium_health_text import node_facts, time_fact
from vxlan_dissect.inventory.sources.cilium_values import RESERVED, is_agent_command

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ADDRESSES, _DETAILS, _HEALTH = "Allocated addresses", "KubeProxyReplacement Details", "Cluster health"
_KEYS = frozenset(
    (
        "KVStore", "Etcd", "Kubernetes", "Kubernetes APIs", "KubeProxyReplacement", "Host firewall", "SRv6",
        "CNI Chaining", "CNI Config file", "Cilium", "Stale status", "NodeMonitor", "Cilium health daemon", "IPAM",
        "ClusterMesh", "IPv4 BIG TCP", "IPv6 BIG TCP", "BandwidthManager", "Routing", "Host Routing", "Attach Mode",
        "Device Mode", "Masquerading", "Clock Source for BPF", "Controller Status", "Proxy Status",
        "Global Identity Range", "Hubble", "Encryption", "Modules Health", "Container Runtime", "ContainerRuntime",
        "BPF Maps", "IPv4 address pool", "IPv6 address pool", _ADDRESSES, _DETAILS, _HEALTH,
    )
)  # fmt: skip
_ALLOCATED = re.compile(r"\s*([0-9A-Fa-f:.]{2,45}) \(([^()\s]{1,320})(?: \[restored\])?\)\s*\Z")
_RANGE = re.compile(r"allocated from ([0-9A-Fa-f:.]{2,45}/\d{1,3})")


def accepts(command: str | None, text: str) -> bool:
    """Output of `cilium status` in the agent's pod; without a command, text with the agent's first keys."""
    if command is not None:
        return is_agent_command(command, "status", json=False)
    return "KVStore:" in text and "NodeMonitor:" in text


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Agent facts, blanks in the value made single, and what the lines below a key say."""
    del command
    found = Parsed([], [], [])
    section = ""
    for number, line in lines:
        source = Source(file, number)
        key, colon, value = line.strip().partition(":")
        if colon and key in _KEYS and not (section == _DETAILS and line[:1].isspace()):
            section = key
            said = " ".join(words_of(value))
            if said:
                found.facts.append(Agent(host, key, said, source))
            found.facts.extend(_of_value(key, said, host, source))
        elif section == _ADDRESSES and (match := _ALLOCATED.match(line)):
            found.facts.extend(_allocated(match[1], match[2], host, source))
        elif section and line[:1].isspace():
            if section == _HEALTH:
                found.facts.extend(node_facts(words_of(line), host, source))
            elif section == _DETAILS and value.strip():
                found.facts.append(Agent(host, f"KubeProxyReplacement {key.strip('- ')}", value.strip(), source))
        elif line.strip():
            found.rest.append((number, line))
    return found


def _of_value(key: str, said: str, host: Host, source: Source) -> Iterator[Fact]:
    if key == "IPAM" and host.node is not None and host.pod is None:
        for text in _RANGE.findall(said):
            prefix = prefix_or_none(text)
            if prefix is not None:
                yield NodePrefix(host.node, prefix, source)
    elif key == _HEALTH:
        yield from time_fact(said, source)


def _allocated(text: str, owner: str, host: Host, source: Source) -> Iterator[Fact]:
    """`10.0.1.164 (default/deathstar-c74d84667-tklxt [restored])`, `10.0.1.165 (router)`, `10.0.1.215 (health)`."""
    ip = ip_or_none(text)
    if ip is None:
        return
    namespace, slash, pod = owner.partition("/")
    if slash:
        yield CiliumEndpoint(host, source, (ip,), pod=pod, namespace=namespace)
    elif owner in {"router", "health", "ingress"} and host.node is not None and host.pod is None:
        yield NodeAddress(host.node, ip, owner, source)
    elif owner == "health":
        yield CiliumEndpoint(host, source, (ip,), identity=RESERVED["health"])
