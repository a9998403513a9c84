"""Which interfaces and addresses does `ip -j address` or `ip -j link` print?

Run `ip -j address` on the host, and `ip -d -j link` for the kind of each device and the VXLAN details.

Law: as for the text form. The peer's namespace has no name here (ip/ipaddress.c prints only `link_netnsid`), so veth
ends are joined by their indexes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.model import Address, Host, Interface, Note
from vxlan_dissect.inventory.sources.base import Line, Parsed, ip_command, ip_or_none, mac_or_none
from vxlan_dissect.inventory.sources.json_text import (
    Array,
    Element,
    looks_like_array,
    number_value,
    read_array,
    text_value,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


def accepts(command: str | None, text: str) -> bool:
    """JSON of `ip address` or `ip link`; without a command, an array with `ifname` and `flags`."""
    if command is not None:
        said = ip_command(command)
        return said is not None and said.subject in {"address", "link"} and said.json
    return '"ifname"' in text and '"flags"' in text and looks_like_array(text)


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Interface and Address facts."""
    del command
    notes: list[Note] = []
    array = read_array(lines, file, notes)
    found = Parsed([], notes, array.rest)
    for element in array.elements:
        if element.value:  # a filter leaves empty objects behind
            _read(element, array, host, found)
    return found


def _read(element: Element, array: Array, host: Host, found: Parsed) -> None:
    value = element.value
    name = text_value(value.get("ifname"))
    if name is None:
        source = array.source(element)
        found.notes.append(Note(source.file, source.line, "an interface without a name", "bad-value"))
        return
    address = text_value(value.get("address"))
    mac = mac_or_none(address) if address else None
    flags = value.get("flags")
    details = _dict(value.get("linkinfo"))
    data = _dict(details.get("info_data"))
    kind = text_value(details.get("info_kind"))
    external = data.get("external") is True
    found.facts.append(
        Interface(
            host,
            name,
            number_value(value.get("ifindex")),
            mac,
            array.source(element, name if mac is None else address),
            peer_index=number_value(value.get("link_index")),
            peer_name=text_value(value.get("link")),
            flags=tuple(flag for flag in flags if isinstance(flag, str)) if isinstance(flags, list) else (),
            mtu=number_value(value.get("mtu")),
            state=text_value(value.get("operstate")),
            kind=kind,
            master=text_value(value.get("master")),
            vni=None if external or kind not in {"vxlan", "geneve"} else number_value(data.get("id")),
            port=number_value(data.get("port")) if kind in {"vxlan", "geneve"} else None,
            external=external,
            index_source=array.source(element, name),
        )
    )
    infos = value.get("addr_info")
    for info in infos if isinstance(infos, list) else ():
        text = text_value(_dict(info).get("local"))
        if text is None:
            continue
        ip = ip_or_none(text)
        source = array.source(element, text)
        length = number_value(info.get("prefixlen"))
        if ip is None or (length or 0) > ip.bits:
            found.notes.append(Note(source.file, source.line, f"not an address: {text[:80]!r}", "bad-value"))
        else:
            bits = ip.bits if length is None else length
            found.facts.append(Address(host, name, ip, bits, source, text_value(info.get("scope"))))


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
