"""Which MAC does `ip neighbour` give for an address?

Run `ip neighbour` (`ip n s`), `ip -6 n s` for IPv6 alone, and `ip neighbour show proxy` for the addresses that the host
answers for; in a pod `kubectl exec POD -- ip neighbour`.

Law: an entry without `lladdr` is an unresolved one, except a proxy entry, whose state is `PROXY`. With `dev eth0` the
command has the device, and no line has it. Source of the form: iproute2, ip/ipneigh.c (print_neigh).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Host, Neighbour, Note, Source
from vxlan_dissect.inventory.sources.base import (
    Line,
    Parsed,
    ip_command,
    ip_or_none,
    mac_or_none,
    value_after,
    words_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_STATES = frozenset("INCOMPLETE REACHABLE STALE DELAY PROBE FAILED NOARP PERMANENT NONE".split())
_FLAGS = frozenset("router proxy extern_learn offload managed ext_managed extern_valid sticky".split())
_VALUES = frozenset("dev lladdr ref used probes protocol proto nhid".split())


def accepts(command: str | None, text: str) -> bool:
    """Text of `ip neighbour`; without a command, a line with `lladdr`, a state or `proxy`."""
    if command is not None:
        said = ip_command(command)
        return said is not None and said.subject == "neighbour" and not said.json
    return " lladdr " in text or " proxy" in text or any(state in text for state in _STATES)


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Neighbour facts. Without a command, a line with a word that is not known is none."""
    said = ip_command(command)
    device = value_after(said.rest, "dev") if said else None
    found = Parsed([], [], [])
    for number, line in lines:
        words = words_of(line)
        ip = ip_or_none(words[0]) if len(words) > 1 else None
        entry = Neighbour(host, ip, None, Source(file, number), device=device) if ip is not None else None
        if entry is not None and _read(words[1:], entry, found, strict=command is None):
            continue
        if words:
            found.rest.append((number, line))
    return found


def _read(words: list[str], entry: Neighbour, found: Parsed, *, strict: bool) -> bool:
    said: dict[str, str] = {}
    flags: set[str] = set()
    states: list[str] = []
    unknown: list[str] = []
    rest = iter(words)
    for word in rest:
        if word in _VALUES:
            said[word] = next(rest, "")
            if said[word].endswith("probes"):  # `-s` of iproute2 6 leaves a blank out: `used 0/60/0probes 3`
                next(rest, "")
        elif word in _FLAGS:
            flags.add(word)
        elif _STATES.issuperset(word.split(",")):
            states.append(word)
        else:
            unknown.append(word)
    resolved = "lladdr" in said
    if not (states or resolved or "proxy" in flags) or (strict and (unknown or not (resolved or "dev" in said))):
        return False
    mac = mac_or_none(said["lladdr"]) if resolved else None
    if resolved and mac is None:
        # Tunnels print an IP address here, which is no MAC and no fault.
        found.notes.append(
            Note(entry.source.file, entry.source.line, f"lladdr is no MAC: {said['lladdr'][:80]!r}", "bad-value")
        )
    if unknown:
        text = " ".join(unknown)[:80]
        found.notes.append(Note(entry.source.file, entry.source.line, f"unknown words: {text!r}", "unknown"))
    state = states[0] if states else "PROXY" if "proxy" in flags else None
    device = said.get("dev", entry.device)
    found.facts.append(entry._replace(mac=mac, device=device, state=state, router="router" in flags))
    return True
