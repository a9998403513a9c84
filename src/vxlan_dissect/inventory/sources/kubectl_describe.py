"""Which addresses has a pod or a node, as a description of it tells?

Run `kubectl describe pods` or `kubectl describe nodes`.

Law: a description begins where `Namespace` (of a pod) or `Roles` (of a node) follows on `Name` (kubectl,
pkg/describe/describe.go). A line is known by its key alone, so that lost indentation does not matter, and only the keys
of addresses, ranges and places are read; with the command known, the other lines are counted.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Fact, Host, Node, NodePrefix, Note, Pod, Source
from vxlan_dissect.inventory.sources.base import (
    Line,
    Parsed,
    ip_or_none,
    kubectl_words,
    prefix_or_none,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_LINE = re.compile(r"\s*([A-Z][A-Za-z]+):(?:\s+(\S+))?\s*\Z")
_ADDRESSES = frozenset(("IP", "InternalIP", "ExternalIP"))
_READ = _ADDRESSES | frozenset(("Name", "Namespace", "Node", "Status", "PodCIDR", "PodCIDRs"))


class _Described:
    """The lines of one pod or node: each key's first value, and all addresses and ranges with their lines."""

    def __init__(self, name: str, line: int, *, is_pod: bool) -> None:
        self.name, self.line, self.is_pod = name, line, is_pod
        self.said: dict[str, str] = {}
        self.listed: list[tuple[str, str, int]] = []

    def facts(self, file: str) -> list[Fact]:
        """What is told of it."""
        found = [(ip, line) for key, text, line in self.listed if key in _ADDRESSES and (ip := ip_or_none(text))]
        ips = tuple(dict.fromkeys(ip for ip, _ in found))
        source = Source(file, found[0][1] if found else self.line)
        if self.is_pod:
            # `worker/172.18.0.4`, or `<none>` while it waits for one.
            node = self.said.get("Node", "").partition("/")[0]
            return [
                Pod(
                    self.name,
                    source,
                    namespace=self.said.get("Namespace"),
                    node=None if node.startswith("<") else node or None,
                    ips=ips,
                    status=self.said.get("Status"),
                )
            ]
        ranges = [
            (prefix, line)
            for key, text, line in self.listed
            if key in {"PodCIDR", "PodCIDRs"}
            for part in text.split(",")
            if (prefix := prefix_or_none(part)) is not None
        ]
        first = dict(reversed(ranges))
        prefixes = [
            NodePrefix(self.name, prefix, Source(file, first[prefix])) for prefix in dict.fromkeys(dict(ranges))
        ]
        return [Node(self.name, source, ips=ips), *prefixes]


def accepts(command: str | None, text: str) -> bool:
    """`kubectl describe` of pods and nodes; without a command, a text with the keys of both lines that begin one."""
    if command is not None:
        return _resource(command) in {"pod", "pods", "po", "node", "nodes", "no"}
    return "Name:" in text and ("Namespace:" in text or "Roles:" in text)


def _resource(command: str) -> str | None:
    words = command.split()
    if not words or words[0].rpartition("/")[2] not in {"kubectl", "k", "oc"}:
        return None
    plain, _ = kubectl_words(words[1:])
    return plain[1].partition("/")[0].lower() if len(plain) > 1 and plain[0] == "describe" else None


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Pod, Node and NodePrefix facts."""
    del host  # whoever asks, the answer is the cluster's
    found = Parsed([], [], [])
    matches = [
        (number, line, _LINE.match(line) if len(line) < 4096 else None) for number, line in lines if line.strip()
    ]
    described: _Described | None = None
    for at, (number, line, match) in enumerate(matches):
        key, value = (match[1], match[2]) if match else ("", None)
        following = matches[at + 1][2] if at + 1 < len(matches) else None
        if key == "Name" and value and following and following[1] in {"Namespace", "Roles"}:
            if described:
                found.facts.extend(described.facts(file))
            described = _Described(value, number, is_pod=following[1] == "Namespace")
        elif described is None or key not in _READ or value is None:
            found.rest.append((number, line))
        else:
            described.said.setdefault(key, value)
            described.listed.append((key, value, number))
    if described:
        found.facts.extend(described.facts(file))
    if command is not None and found.facts and found.rest:
        why = f"{len(found.rest)} lines of descriptions that are not read"
        found.notes.append(Note(file, found.rest[0][0], why, "unknown", len(found.rest)))
        found.rest.clear()
    return found
