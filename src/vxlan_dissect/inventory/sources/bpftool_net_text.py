"""Which BPF programs run on a host's devices, by `bpftool net`?

Run `bpftool net show` on the node, or in the Cilium agent's pod.

Law: Cilium attaches by tcx or netkit links since v1.16, which `tc filter` does not show, so that this list is the
fuller one. Source of the form: Linux, tools/bpf/bpftool/net.c.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Filter, Host, Source
from vxlan_dissect.inventory.sources.base import Line, Parsed, tool_words, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEADINGS = frozenset(("xdp:", "tc:", "flow_dissector:", "netfilter:", "tcx:", "netkit:"))
_TC = re.compile(
    r"(\S{1,64})\(\d{1,10}\) (?:clsact|tcx|netkit|tc)/([a-z]{1,16}) (?:(\S{1,128}) )?(?:prog_)?id (\d{1,10})\b"
)
_XDP = re.compile(r"(\S{1,64})\(\d{1,10}\) (?:driver|generic|offload)(?: \w+)? id (\d{1,10})\b")


def listing(command: str | None) -> bool | None:
    """Whether a `bpftool net` prints JSON; None for another command."""
    said = tool_words(command, "bpftool")
    if said is None:
        return None
    words, options = said
    if not words or words[0] != "net" or (len(words) > 1 and words[1] not in {"show", "list", "dev"}):
        return None
    return not options.isdisjoint(("j", "json", "p", "pretty"))


def accepts(command: str | None, text: str) -> bool:
    """Text of `bpftool net`; without a command, a program on a hook of tc."""
    if command is not None:
        return listing(command) is False
    return any(f") {hook}/" in text for hook in ("clsact", "tcx", "netkit", "tc"))


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Filter facts."""
    found = Parsed([], [], [])
    for number, line in lines:
        text = line.strip()
        program = _TC.match(text)
        xdp = None if program else _XDP.match(text)
        if program:
            name = program[3] or f"program {program[4]}"
            found.facts.append(Filter(host, program[1], program[2], name, Source(file, number)))
        elif xdp:
            found.facts.append(Filter(host, xdp[1], None, f"XDP program {xdp[2]}", Source(file, number)))
        elif words_of(line) and not (text in _HEADINGS and command is not None):
            found.rest.append((number, line))
    return found
