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
COLUMNS = {field.name: field for field in schema.FIELDS.values() if field.wireshark and field.name not in OTHERWISE}
# Bytes of each header without options, by the name of its layer.
SIZES = {header.name: header.dtype.itemsize for header in HEADERS if not header.quiet}
SAME = {"ieee8021ad": "vlan"}  # one header to us
NO_LAYER = {"frame", "_ws.expert"}
LINK, NETWORK = {"eth"}, {"ip", "ipv6"}
ERRORS = {"icmp", "icmpv6"}
ECHO = {"icmp.ident", "icmpv6.echo.identifier"}
# Of several values in one level ours is the last, as of VLAN tags; of these the first.
FIRST = {"icmpv6.mldr.mar.multicast_address"}
# They are shown as they are sent, in units of 8 bytes.
EIGHTS = {"ip.frag_offset", "ipv6.fraghdr.offset"}

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
    """Layers by level: a packet in a tunnel begins with another link or network header."""
    levels: list[list[Layer]] = [[]]
    for layer in layers:
        before = {one.name for one in levels[-1]}
        again = LINK | NETWORK if layer.name in LINK else NETWORK if layer.name in NETWORK else set()
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


def values_of(level: Iterable[Layer]) -> Values:
    """The value of each column in the layers of one level, where there are several the one that we keep."""
    found: dict[str, list[Any]] = {}
    for layer in level:
        for name, values in layer.fields.items():
            found.setdefault(name, []).extend(values)
    kept: Values = {}
    for name, values in found.items():
        if schema.FIELDS[name].kind == "texts":
            kept[name] = tuple(values)
        else:
            kept[name] = values[0 if name in FIRST else -1] * (8 if name in EIGHTS else 1)
    return kept
