"""Which nodes does an agent know, and from which ranges are their pods' addresses?

Run `kubectl -n kube-system exec ds/cilium -- cilium-dbg node list`.

Law: a row is a name, then addresses and ranges, then where they are from; of the name only the node's part is kept,
not the cluster's. Source: cilium, cilium-dbg/cmd/node_list.go (formatStatusResponse).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Host, Node, NodePrefix, Source
from vxlan_dissect.inventory.sources.base import Line, Parsed, ip_or_none, prefix_or_none, words_of
from vxlan_dissect.inventory.sources.cilium_values import is_agent_command

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEADER = ["Name", "IPv4", "Address", "Endpoint", "CIDR"]


def accepts(command: str | None, text: str) -> bool:
    """The table of `node list`; without a command, its header."""
    if command is not None:
        return is_agent_command(command, "node list", json=False)
    return any(line.split()[:5] == _HEADER for line in text.split("\n") if line.lstrip().startswith("Name "))


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Node and NodePrefix facts."""
    del host  # whoever asks, the nodes are the cluster's
    found = Parsed([], [], [])
    inside = command is not None
    for number, line in lines:
        words = words_of(line)
        if words[:5] == _HEADER:
            inside = True
            continue
        name = words[0].rpartition("/")[2] if words else ""
        source = Source(file, number)
        ips = [ip for word in words[1:] if (ip := ip_or_none(word)) is not None]
        ranges = [prefix for word in words[1:] if "/" in word and (prefix := prefix_or_none(word)) is not None]
        if inside and ips and name:
            found.facts.append(Node(name, source, tuple(ips)))
            found.facts.extend(NodePrefix(name, prefix, source) for prefix in ranges)
        elif words:
            found.rest.append((number, line))
    return found
