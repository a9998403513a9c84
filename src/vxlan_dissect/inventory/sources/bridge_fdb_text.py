"""Where do a host's bridges and VXLAN devices send a MAC, by `bridge fdb`?

Run `bridge fdb show` (`bridge fdb`) on the node; in a kind node `docker exec NODE bridge fdb show dev flannel.1`.

Law: an entry for one device, asked for by `dev`, does not name it, so the command does. Source of the form: iproute2,
bridge/fdb.c (print_fdb).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import FdbEntry, Host, Note, Source
from vxlan_dissect.inventory.sources.base import (
    Line,
    Parsed,
    ip_or_none,
    mac_or_none,
    tool_words,
    whole_number,
    words_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

STATES = frozenset(("permanent", "static", "stale"))
_FLAGS = frozenset("self router extern_learn offload sticky locked activity_notify inactive".split())
_VALUES = frozenset("dev dst port vni src_vni via vlan nhid used updated link-netnsid linkid".split())
_FILTERS = frozenset("br brport dev vlan state dynamic self master".split())


def listing(command: str | None) -> tuple[tuple[str, ...], bool] | None:
    """The filters of a `bridge fdb` listing, and whether it prints JSON; None for another command."""
    said = tool_words(command, "bridge")
    if said is None:
        return None
    words, options = said
    if not words or not "fdb".startswith(words[0]):
        return None
    shows = len(words) > 1 and any(name.startswith(words[1]) for name in ("show", "list", "lst"))
    if len(words) > 1 and not shows and words[1] not in _FILTERS:
        return None
    return tuple(words[2 if shows else 1 :]), any("json".startswith(option) for option in options)


def device_asked_for(command: str | None) -> str | None:
    """The device after `dev`; a file name has made dashes of blanks, so that it may be several words."""
    said = listing(command)
    words = said[0] if said else ()
    name: list[str] = []
    for word in words[words.index("dev") + 1 :] if "dev" in words else ():
        if word in _FILTERS:
            break
        name.append(word)
    return "-".join(name) or None


def accepts(command: str | None, text: str) -> bool:
    """Text of `bridge fdb`; without a command, a line such as `66:f3:b5:0c:3c:e3 dev vxlan.calico dst 10.20.2.12`."""
    if command is not None:
        said = listing(command)
        return said is not None and not said[1]
    return " dev " in text and (" self" in text or " master " in text)


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """FdbEntry facts. Without a command, a line with a word that is not known is none."""
    asked = device_asked_for(command) or ""
    found = Parsed([], [], [])
    for number, line in lines:
        words = words_of(line)
        mac = mac_or_none(words[0]) if len(words) > 2 else None
        entry = None
        if mac is not None:
            entry = _entry(words, FdbEntry(host, mac, asked, Source(file, number)), found, strict=command is None)
        if entry is not None:
            found.facts.append(entry)
        elif words:
            found.rest.append((number, line))
    return found


def _entry(words: list[str], entry: FdbEntry, found: Parsed, *, strict: bool) -> FdbEntry | None:
    """The entry with what its words say; None where they are not those of an entry."""
    said: dict[str, str] = {}
    flags: list[str] = []
    unknown: list[str] = []
    state = None
    rest = iter(words[1:])
    for word in rest:
        if word in _VALUES or word == "master":
            said[word] = next(rest, "")
        elif word in _FLAGS:
            flags.append(word)
        elif word in STATES:
            state = word
        else:
            unknown.append(word)
    device = said.get("dev", entry.device)
    if not device or not (flags or "master" in said) or (unknown and strict):
        return None
    remote = ip_or_none(said["dst"]) if "dst" in said else None
    notes = [f"not an address: {said['dst'][:80]!r}"] if "dst" in said and remote is None else []
    found.notes.extend(Note(entry.source.file, entry.source.line, why, "bad-value") for why in notes)
    if unknown:
        text = " ".join(unknown)[:80]
        found.notes.append(Note(entry.source.file, entry.source.line, f"unknown words: {text!r}", "unknown"))
    return entry._replace(
        device=device,
        remote=remote,
        vni=whole_number(said.get("vni", "")),
        port=whole_number(said.get("port", "")),
        vlan=whole_number(said.get("vlan", "")),
        master=said.get("master"),
        state=state,
        flags=tuple(flags),
    )
