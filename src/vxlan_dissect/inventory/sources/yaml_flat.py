"""Which object is it whose YAML has lost its indentation, or lines where dots stand now, as on pages and in chats?

Law: nothing but the words of the keys is sure. The sections of an object are known, and in each of them the keys that
are read; all else is left out, and so is what may belong elsewhere: of the lines that say `name`, as labels and owners
do too, the one counts that follows `metadata` or has the namespace after it, as kubectl sorts them.
"""

from __future__ import annotations

import re
from typing import Any

from vxlan_dissect.inventory.sources.yaml_text import Mapping, plain_value

_FLAT = re.compile(r"^metadata:[ \t]*\r?\n(?:[.…]+[ \t]*\r?\n)?(?=[A-Za-z])", re.MULTILINE)
_DOTS = re.compile(r"^(?:[ \t]+\.{3,}|\.{4,}|[ \t]*…+)[ \t]*\r?$", re.MULTILINE)
_KINDS = re.compile(r"^kind: *(?:Pod|Service|Node)[ \t]*\r?$", re.MULTILINE)
_LINE = re.compile(r"(- )?([A-Za-z_][\w./-]*):(?:[ \t]+(.*))?\Z")
_TOP = frozenset("apiVersion kind metadata spec status".split())
# Of Pod, Service and Node (k8s.io/api, core/v1): keys with a plain value, and keys with a list of such or of mappings.
_VALUES = {
    "metadata": frozenset("creationTimestamp deletionTimestamp name namespace".split()),
    "spec": frozenset("clusterIP hostNetwork nodeName podCIDR type".split()),
    "status": frozenset("phase podIP startTime".split()),
}
_LISTS: dict[str, dict[str, frozenset[str]]] = {
    "metadata": {},
    "spec": {
        "clusterIPs": frozenset(),
        "externalIPs": frozenset(),
        "podCIDRs": frozenset(),
        "ports": frozenset("nodePort port protocol targetPort name".split()),
    },
    "status": {"addresses": frozenset(("address", "type")), "podIPs": frozenset(("ip",))},
}


def is_flat(text: str) -> bool:
    """Whether the text is of an object without indentation, or of a kind that is read here with dots in it."""
    dots = ("..." in text or "…" in text) and _DOTS.search(text)
    return bool(("\nmetadata:" in text and _FLAT.search(text)) or (dots and _KINDS.search(text)))


def load_flat(text: str) -> Mapping:
    """What is sure of the object: its kind and the keys that are read of pods, services and nodes."""
    value = Mapping()
    section = ""
    holder: Mapping | None = None  # the section
    listed: list[Any] | None = None  # the list that was begun last
    items: frozenset[str] = frozenset()
    lines = text.split("\n")
    for number, line in enumerate(lines):
        line = line.strip()
        match = _LINE.match(line) if len(line) < 1024 else None
        if match is None:
            if listed is not None and line.startswith("- "):
                listed.append(plain_value(line[2:].strip()))
            continue
        dash, key, rest = match[1], match[2], plain_value((match[3] or "").strip())
        if not dash and key in _TOP and key not in value:
            _put(value, key, rest, number)
            section, holder, listed = key, None, None
            if key in _VALUES:
                holder = Mapping()
                value[key] = holder
        elif listed is not None and key in items and (dash or (listed and isinstance(listed[-1], Mapping))):
            if dash:
                listed.append(Mapping())
            _put(listed[-1], key, rest, number)
        elif holder is None or dash:
            continue
        elif rest is None:
            listed, items = None, _LISTS[section].get(key, frozenset())
            if key in _LISTS[section] and key not in holder:
                listed = []
                _put(holder, key, listed, number)
        elif key in _VALUES[section] and key not in holder and (key != "name" or _is_own_name(lines, number)):
            _put(holder, key, rest, number)
            listed = None
    return value


def _is_own_name(lines: list[str], at: int) -> bool:
    follows = lines[at + 1].strip() if at + 1 < len(lines) else ""
    return follows.startswith("namespace:") or lines[at - 1].strip() == "metadata:"


def _put(holder: Mapping, key: str, value: Any, line: int) -> None:
    holder[key] = value
    holder.lines[key] = line
