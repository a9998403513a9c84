"""How was a kind cluster made: which address families, ranges, proxy and nodes?

Run `kind create cluster --config kind.yaml`; the file, or the lines between `<<EOF` and `EOF` in a session, are read.

Law: a file is read by its structure. In a session, where indentation may be lost, a key is known by its word alone
(kind, pkg/apis/config/v1alpha4), and the block ends at the first line that is no YAML.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.model import Fact, Host, Setting, Source
from vxlan_dissect.inventory.sources.base import Line, Parsed, words_of
from vxlan_dissect.inventory.sources.settings import settings_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vxlan_dissect.inventory.sources.documents import Document, Element

_API = "kind.x-k8s.io/"
_NETWORKING = frozenset(
    "apiServerAddress apiServerPort disableDefaultCNI dnsSearch ipFamily kubeProxyMode podSubnet serviceSubnet".split()
)
_OF_NODES = frozenset(("role", "image"))
_HEADINGS = frozenset(("networking", "nodes", "kind", "apiVersion"))
_LINE = re.compile(r"[> ]*(- +)?([A-Za-z]\w*):(?: +(.*))?$")
_COMMENT = re.compile(r"[> ]*(?:#|$)")


def accepts(command: str | None, text: str = "") -> bool:
    """`kind create cluster`; without a command, a text with the kind's apiVersion."""
    if command is not None:
        return command.split()[:1] == ["kind"]
    return _API in text and "kind: Cluster" in text


def takes(value: dict[str, Any]) -> bool:
    """A Cluster of kind's."""
    return value.get("kind") == "Cluster" and str(value.get("apiVersion")).startswith(_API)


def read(element: Element, document: Document, host: Host, command: str | None) -> list[Fact]:
    """Setting facts of a file."""
    del host, command  # it is the cluster's
    settings = {key: value for key, value in element.value.items() if key not in _HEADINGS - {"networking", "nodes"}}
    return list(settings_of("kind", settings, element, document))


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Setting facts of the lines between prose."""
    del host, command  # it is the cluster's
    found = Parsed([], [], [])
    inside, nodes = False, 0
    for at, (number, line) in enumerate(lines):
        if not inside:
            near = [text.strip("> ") for _, text in lines[max(at - 1, 0) : at + 2]]
            inside = "kind: Cluster" in near and any(text.startswith(f"apiVersion: {_API}") for text in near)
        match = _LINE.match(line) if inside and len(line) < 1024 else None
        if match is None:
            inside = inside and _COMMENT.match(line) is not None
            found.rest.append((number, line))
            continue
        key, value = match[2], " ".join(words_of((match[3] or "").partition(" #")[0])).strip("\"'")
        nodes += key == "role"
        if value and key in _NETWORKING:
            path = f"networking.{key}"
        elif value and key in _OF_NODES and nodes:
            path = f"nodes.{nodes - 1}.{key}"
        elif value and key == "name" and not match[1]:
            path = key
        else:
            if key not in _HEADINGS:
                found.rest.append((number, line))
            continue
        found.facts.append(Setting("kind", path, value, Source(file, number)))
    found.rest[:] = [(number, line) for number, line in found.rest if line.strip()]
    return found
