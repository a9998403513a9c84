"""In which mode does the Cilium agent of a node run?

Run `kubectl -n kube-system exec ds/cilium -- cilium status` (`cilium-dbg status` since v1.15), for each node with the
agent's own pod.

Law: only keys that the agent prints are read, since a colon stands in much prose. Source: cilium, pkg/client/client.go
(FormatStatusResponse).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Agent, Host, Source
from vxlan_dissect.inventory.sources.base import Line, Parsed, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_KEYS = frozenset(
    (
        "KVStore", "Etcd", "Kubernetes", "Kubernetes APIs", "KubeProxyReplacement", "Host firewall", "SRv6",
        "CNI Chaining", "CNI Config file", "Cilium", "Stale status", "NodeMonitor", "Cilium health daemon", "IPAM",
        "ClusterMesh", "IPv4 BIG TCP", "IPv6 BIG TCP", "BandwidthManager", "Routing", "Host Routing", "Attach Mode",
        "Device Mode", "Masquerading", "Clock Source for BPF", "Controller Status", "Proxy Status",
        "Global Identity Range", "Hubble", "Encryption", "Cluster health", "Modules Health", "Container Runtime",
    )
)  # fmt: skip


def accepts(command: str | None, text: str) -> bool:
    """Output of `cilium status` in the agent's pod; without a command, text with the agent's first keys."""
    if command is not None:
        words = command.split()
        return words[:1] in (["cilium"], ["cilium-dbg"]) and [word for word in words if word[0] != "-"][1:2] == [
            "status"
        ]
    return "KVStore:" in text and "NodeMonitor:" in text


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Agent facts, blanks in the value made single."""
    del command
    found = Parsed([], [], [])
    for number, line in lines:
        key, colon, value = line.strip().partition(":")
        if colon and key in _KEYS:
            found.facts.append(Agent(host, key, " ".join(words_of(value)), Source(file, number)))
        elif line.strip():
            found.rest.append((number, line))
    return found
