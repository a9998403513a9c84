"""Which name had an address at which time, as Kubeshark resolved it?

Run `name_resolution_history`: no command, but the name of the file (`.json`) in the archive that Kubeshark exports.

Law: each moment maps addresses, with and without a port, to names, and what it says holds until a later moment says
otherwise. An address with a port, and a name that maps to itself, say nothing more. Source: kubeshark/worker,
resolver/resolver.go (ResolvedObjectInfo, dumpNameResolutionHistory); docs.kubeshark.co, `pcap.nameResolutionHistory`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.model import Fact, Host, Name, Source
from vxlan_dissect.inventory.sources.base import ip_or_none, whole_number
from vxlan_dissect.inventory.sources.documents import mapping, text_value

if TYPE_CHECKING:
    from vxlan_dissect.inventory.sources.documents import Document, Element

_COMMANDS = frozenset(("name_resolution_history", "name resolution history"))
_FIRST, _LAST = 1_000_000_000, 100_000_000_000  # seconds since 1970, of 10 or 11 digits
_NAMES, _NAMESPACES = ("FullAddress", "fullAddress", "name", "Name"), ("Namespace", "namespace")
MOST_NAMES = 200_000


def accepts(command: str) -> bool:
    """The file by its name."""
    return command in _COMMANDS


def takes(value: dict[str, Any]) -> bool:
    """An object whose keys are moments and whose values map addresses to objects with a name."""
    for key, said in value.items():
        if _moment(key) is None:
            return False
        first = next(iter(mapping(said).values()), None)
        if first is not None:
            return _name(first) is not None
    return False


def read(element: Element, document: Document, host: Host, command: str | None) -> list[Fact]:
    """Name facts with `since` and, where a later moment says otherwise, `until`."""
    del host, command
    found: list[Name] = []
    current: dict[str, int] = {}  # address -> where its last name stands
    moments = [(time, key) for key in element.value if (time := _moment(key)) is not None]
    if len(moments) < len(element.value):
        document.note(element, "a key that is no moment")
    at_key = element.begin
    for time, key in sorted(moments):
        names = mapping(element.value[key])
        at_key = max(at_key, document.text.find(f'"{key}"', at_key, element.end))  # the moments stand in order
        source = Source(document.file, document.line(at_key))
        for address in [each for each in current if each not in names]:
            found[current[address]] = found[current[address]]._replace(until=time)
            del current[address]
        for address, said in names.items():
            ip = ip_or_none(address)
            name = _name(said)
            if ip is None or name is None:
                continue
            at = current.get(address)
            if at is not None:
                if found[at].name == name:
                    continue
                found[at] = found[at]._replace(until=time)
            if len(found) == MOST_NAMES:
                document.note(element, f"more than {MOST_NAMES} names", "skipped")
                return list[Fact](found)
            current[address] = len(found)
            found.append(Name(name, source, ip=ip, namespace=_namespace(said), since=time))
    return list[Fact](found)


def _moment(key: str) -> int | None:
    """Seconds since 1970, as ns."""
    seconds = whole_number(key)
    return seconds * 1_000_000_000 if seconds is not None and _FIRST <= seconds < _LAST else None


def _name(said: object) -> str | None:
    return next((text for name in _NAMES if (text := text_value(mapping(said).get(name)))), None)


def _namespace(said: object) -> str | None:
    return next((text for name in _NAMESPACES if (text := text_value(mapping(said).get(name)))), None)
