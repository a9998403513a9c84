"""Which fields may a listing or a filter name?

Law: the list is made from where the names are defined, so it is always whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect import schema
from vxlan_dissect.query_fields import BITS, EITHER, JOIN_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator

_KINDS = {"u1": "number", "u2": "number", "u4": "number", "i8": "number", "bool": "flag", "mac": "MAC", "ipv4": "IPv4",
          "ipv6": "IPv6", "texts": "texts"}  # fmt: skip


class Entry(NamedTuple):
    """A field: its name, the kind of its values, what it means. `levels`: it exists with `outer.` and `quoted.` too."""

    name: str
    kind: str
    doc: str
    levels: bool = False


def entries(pattern: str = "") -> Iterator[Entry]:
    """The fields whose name or meaning contains `pattern`, in whatever case; all where it is empty."""
    wanted = pattern.lower()
    return (entry for entry in _all() if wanted in entry.name.lower() or wanted in entry.doc.lower())


def _all() -> Iterator[Entry]:
    for field in schema.FRAME_FIELDS:
        if field.name == "frame.layers":
            yield Entry("frame.protocols", "text", "The headers in order, as eth:ip:udp.")
        elif field.name == "damage.layer":
            yield Entry(field.name, "text", "The header that is cut or damaged.")
        else:
            yield Entry(field.name, _kind(field), field.doc)
    yield Entry("frame.interface_name", "text", "Name of the capture interface in the file.")
    for field in schema.PACKET_FIELDS + schema.DERIVED_FIELDS:
        yield Entry(field.name, _kind(field), field.doc, levels=True)
    for name, (column, low, width) in BITS.items():
        bits = f"bit {low}" if width == 1 else f"bits {low} to {low + width - 1}"
        yield Entry(name, "flag" if width == 1 else "number", f"{bits.capitalize()} of {column}.", levels=True)
    for name, columns in EITHER.items():
        yield Entry(name, "either", f"{' or '.join(columns)}: for filters only.", levels=True)
    for name, doc in JOIN_FIELDS.items():
        yield Entry(name, "name", doc)


def _kind(field: schema.Field) -> str:
    return "time" if field.unit.startswith("ns since") else _KINDS[field.kind]
