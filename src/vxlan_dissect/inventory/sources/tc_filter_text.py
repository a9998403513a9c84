"""Which BPF programs run on a device, by `tc filter`?

Run `tc filter show dev eth0 ingress` and `tc filter show dev eth0 egress` on the node. For several devices in one file
put device and direction before each line: `eth0 ingress: filter protocol all ...`.

Law: device and direction stand in the line where the command asked for neither (tc/tc_filter.c, print_filter), else the
command has them. Filters of other kinds than bpf, and their actions, are counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.inventory.model import Filter, Host, Note, Source
from vxlan_dissect.inventory.sources.base import Line, Parsed, tool_words, value_after, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

DIRECTIONS = frozenset(("ingress", "egress"))
# What follows the handle where a program has no section name (tc/f_bpf.c, bpf_print_opt).
_NO_NAME = frozenset("direct-action flowid classid not_in_hw in_hw skip_hw skip_sw id".split())


class Listing(NamedTuple):
    """A `tc filter show`: device and direction where it asks for one."""

    device: str | None
    direction: str | None
    json: bool


def listing(command: str | None) -> Listing | None:
    """Understand `tc filter show dev eth0 ingress`; None for another command."""
    said = tool_words(command, "tc")
    if said is None:
        return None
    words, options = said
    if not words or len(words[0]) < 2 or not "filter".startswith(words[0]):
        return None
    if len(words) > 1 and words[1] not in {"show", "list", "ls", "dev", *DIRECTIONS}:
        return None
    direction = next((word for word in words if word in DIRECTIONS), None)
    name: list[str] = []  # a file name has made dashes of blanks: `tc-filter-show-dev-br-t5150-ingress.md`
    for word in words[words.index("dev") + 1 :] if "dev" in words else ():
        if word in DIRECTIONS or word in {"root", "parent", "protocol", "pref", "chain"}:
            break
        name.append(word)
    return Listing("-".join(name) or None, direction, any("json".startswith(option) for option in options))


def accepts(command: str | None, text: str) -> bool:
    """Text of `tc filter`; without a command, a line of a bpf filter."""
    if command is not None:
        said = listing(command)
        return said is not None and not said.json
    return "filter " in text and " bpf " in text


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Filter facts."""
    said = listing(command) or Listing(None, None, json=False)
    found = Parsed([], [], [])
    others: list[int] = []  # lines of filters that are no BPF programs
    inside = False
    for number, line in lines:
        words = words_of(line)
        if not words:
            continue
        at = words.index("filter") if "filter" in words[:3] else -1
        device, direction = said.device, said.direction
        if at == 2 and words[1].rstrip(":") in DIRECTIONS:
            device, direction = words[0], words[1].rstrip(":")
        elif at > 0 or "pref" not in words:
            if inside:
                others.append(number)
            else:
                found.rest.append((number, line))
            continue
        words = words[at + 1 :]
        device = value_after(words, "dev") or device
        direction = next((word for word in words[:4] if word in DIRECTIONS), direction)
        inside = "bpf" not in words
        if inside:
            others.append(number)
        elif (program := _program(words)) is not None:
            found.facts.append(Filter(host, device, direction, program, Source(file, number)))
    if others:
        why = f"lines of filters that are no BPF programs: {len(others)}"
        found.notes.append(Note(file, others[0], why, "passed-over", len(others)))
    return found


def _program(words: list[str]) -> str | None:
    """The word behind the handle, `cil_from_netdev-eth0`, or the kernel's name of the program, cut at 15 letters."""
    at = words.index("handle") + 2 if "handle" in words else len(words)
    name = words[at] if at < len(words) and words[at] not in _NO_NAME else value_after(words, "name")
    return name.removesuffix(":[*fsobj]") if name else None
