"""Which nodes does an agent's health probe know, and which of them is its own?

Run `kubectl -n kube-system exec ds/cilium -- cilium-health status --verbose`. `cilium status --verbose` ends in the
same, in short.

Law: the node behind `(localhost)` is the one that was asked, whatever the pod or the machine calls itself. Source:
cilium, pkg/health/client/client.go (formatNodeStatus, FormatHealthStatusResponse).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Collected, Fact, Host, Hostname, Node, NodeAddress, Source
from vxlan_dissect.inventory.model.times import parse_time
from vxlan_dissect.inventory.sources.base import Line, Parsed, ip_or_none, words_of
from vxlan_dissect.inventory.sources.cilium_values import is_agent_command

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vxlan_dissect.addresses import IP

_PATH = re.compile(r"(Host|Secondary|Endpoint) connectivity to ([0-9A-Fa-f:.]{2,45}):\Z")
_TIME = re.compile(r"\(?(\d{4}-\d\d-\d\dT[\d:.]{8,20}(?:Z|[+-]\d\d:\d\d))\)?\Z")
_PROBES = ("ICMP to stack:", "HTTP to agent:", "Host connectivity:", "Endpoint connectivity:", "...")


def accepts(command: str | None, text: str) -> bool:
    """`cilium-health status`; without a command, its first line."""
    if command is not None:
        return is_agent_command(command, "cilium-health status", "cilium-health get", json=False)
    return ("Probe time:" in text and "Nodes:" in text) or "Cluster health:" in text


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Hostname, Node and NodeAddress facts, and when it was."""
    found = Parsed([], [], [])
    inside, name = command is not None, ""
    for number, line in lines:
        words, text, source = words_of(line), line.strip(), Source(file, number)
        if not words:
            continue
        path = _PATH.match(text)
        key, colon, value = text.partition(":")
        if key in {"Probe time", "Cluster health"} and colon:
            inside, name = True, ""
            found.facts.extend(time_fact(value.strip(), source))
        elif path and name:
            found.facts.extend(_of_path(name, path[1], ip_or_none(path[2]), source))
        elif inside and (text == "Nodes:" or text.startswith(_PROBES) or words[:2] == ["Name", "IP"]):
            continue
        elif inside and text.endswith(":") and len(words) <= 2:
            name = words[0].rstrip(":").rpartition("/")[2]
            if words[-1] == "(localhost):":
                found.facts.append(Hostname(host, name, source))
        elif inside and (facts := list(node_facts(words, host, source))):
            found.facts.extend(facts)
        else:
            found.rest.append((number, line))
    return found


def node_facts(words: list[str], host: Host, source: Source) -> Iterator[Fact]:
    """A row of the short form: `kind-kind/worker (localhost)   172.18.0.4   1/1   1/1`."""
    local = words[1:2] == ["(localhost)"]
    at = 2 if local else 1
    ip = ip_or_none(words[at]) if len(words) > at else None
    name = words[0].rpartition("/")[2] if words else ""
    if ip is not None and name:
        yield Node(name, source, (ip,))
        if local:
            yield Hostname(host, name, source)


def time_fact(text: str, source: Source) -> Iterator[Fact]:
    """When the probe ran, at the end of `3/3 reachable (2024-03-04T10:11:12Z)`."""
    match = _TIME.search(text)
    time = parse_time(match[1]) if match else None
    if time is not None:
        yield Collected(time, source, source.file)


def _of_path(name: str, kind: str, ip: IP | None, source: Source) -> Iterator[Fact]:
    if ip is not None:
        yield NodeAddress(name, ip, "health", source) if kind == "Endpoint" else Node(name, source, (ip,))
