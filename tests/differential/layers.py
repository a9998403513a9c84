"""How does a reading by another program, header by header, become levels and columns like ours?

Law: only the form is changed: which layers make a packet inside another, which of several values we keep, and which
layers are one header to us.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from vxlan_dissect import schema
from vxlan_dissect.wire import HEADERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# What the file says of a frame is compared record by record; the layers are compared as such.
OTHERWISE = {"frame.number", "frame.time_epoch", "frame.interface_id", "frame.layers", "frame.len", "frame.cap_len"}
# Least bytes of each header, by the name of its layer.
SIZES = {
    header.name: min(one.dtype.itemsize for one in HEADERS if one.name == header.name)
    for header in HEADERS
    if not header.quiet
}
# Columns of payloads are compared by `tests/derived`, derived ones of a header here.
COLUMNS = {
    field.name: field
    for field in schema.FIELDS.values()
    if field.wireshark
    and field.name not in OTHERWISE
    and (field not in schema.DERIVED_FIELDS or field.name.partition(".")[0] in SIZES)
}
SAME = {"ieee8021ad": "vlan"}  # one header to us
STACKS = {"mpls", "sctp"}  # one layer to us, however many labels or chunks there are in a row
NO_LAYER = {"frame", "_ws.expert"}
LINK, NETWORK, SHIMS = {"eth"}, {"ip", "ipv6"}, {"nsh"}
ERRORS = {"icmp", "icmpv6"}
ECHO = {"icmp.ident", "icmpv6.echo.identifier"}
# Others show these as they are sent, in units of 8 bytes.
UNITS = {"ip.frag_offset": 8, "ipv6.fraghdr.offset": 8}

Values = dict[str, Any]


class Layer(NamedTuple):
    """A header as another program has it.

    `name`: the protocol as Wireshark has it. `offset`: where it begins in the frame. `fields`: the values of each
    column, in order: addresses as integers, texts as str. `inside`: the layers that are shown within this one, as the
    packet that an ICMP error quotes.
    """

    name: str
    offset: int
    fields: dict[str, list[Any]]
    inside: list[Layer]


def known_part(layers: Sequence[Layer]) -> tuple[list[Layer], list[Layer]]:
    """The layers up to the first that we do not know, by our names, and that one with all behind it."""
    known: list[Layer] = []
    for place, layer in enumerate(layers):
        name = SAME.get(layer.name, layer.name)
        if name in NO_LAYER:
            continue
        if name not in SIZES:
            return known, list(layers[place:])
        if name in STACKS and known and known[-1].name == name:
            known[-1] = known[-1]._replace(fields=joined([known[-1], layer]))
        else:
            known.append(layer._replace(name=name))
    return known, []


def split_quote(layers: list[Layer]) -> tuple[list[Layer], list[Layer]]:
    """Layers without, and those of, the packet that an ICMP error quotes; its tunnel stands behind the error."""
    layers = [
        _without_data(layer) if layer.name in ERRORS and not ECHO & layer.fields.keys() else layer for layer in layers
    ]
    for place, layer in enumerate(layers, 1):
        quote = known_part(layer.inside)[0]
        if layer.name in ERRORS and quote:
            return layers[:place], quote + layers[place:]
    return layers, []


def _without_data(layer: Layer) -> Layer:
    """An ICMP message that is no echo: data shown in it are those of an option or of the quote."""
    return layer._replace(fields={name: values for name, values in layer.fields.items() if name != "data.len"})


def levels_of(layers: Iterable[Layer]) -> list[list[Layer]]:
    """Layers by level: a packet in a tunnel begins with another link or network header, or the first behind NSH."""
    levels: list[list[Layer]] = [[]]
    for layer in layers:
        before = {one.name for one in levels[-1]}
        again = LINK | NETWORK | SHIMS if layer.name in LINK else NETWORK | SHIMS if layer.name in NETWORK else set()
        if before & again:
            levels.append([])
        levels[-1].append(layer)
    return levels


def fitting(chosen: Sequence[Layer], layers: Iterable[Layer], captured: int) -> list[Layer]:
    """Those of `chosen` that end before the frame does, and before every IP packet of `layers` around them."""
    found, end = [], captured
    for layer in layers:
        if layer in chosen and layer.offset + SIZES[layer.name] <= end:
            found.append(layer)
        total, payload = layer.fields.get("ip.len", [0])[0], layer.fields.get("ipv6.plen", [0])[0]
        if total or payload:
            end = min(end, layer.offset + (total or SIZES["ipv6"] + payload))
    return found


def joined(level: Iterable[Layer]) -> dict[str, list[Any]]:
    """The values of each column in the layers of one level, in order."""
    found: dict[str, list[Any]] = {}
    for layer in level:
        for name, values in layer.fields.items():
            found.setdefault(name, []).extend(values)
    return found
