"""How is a text read, and how does what it said of a packet become columns?

Law: reading only goes forward. What the text does not say is absent, and so is what no packet can hold. The values of
each packet inside a tunnel are kept apart while it is read; which of them is the innermost is known at the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect import schema
from vxlan_dissect.addresses import IP
from vxlan_dissect.packets import empty

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping, Sequence

    from vxlan_dissect.packets import Column

Value = int | bool | IP
_LARGEST = {"u1": 0xFF, "u2": 0xFFFF, "u4": 0xFFFFFFFF, "i8": (1 << 63) - 1, "mac": 0xFFFFFFFFFFFF, "bool": 1}
_LINK = frozenset(("eth.dst", "eth.src", "eth.type", "vlan.id", "vlan.priority", "vlan.tags"))


class Scanner:
    """A text and how far it was read."""

    __slots__ = ("at", "text")

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def sees(self, pattern: re.Pattern[str]) -> bool:
        """Whether `pattern` matches where the scanner stands."""
        return pattern.match(self.text, self.at) is not None

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Read on if `pattern` matches where the scanner stands."""
        found = pattern.match(self.text, self.at)
        if found is not None:
            self.at = found.end()
        return found


class Told:
    """What one text said. `layers`: the header names it showed, from the outside in.

    `levels`: the columns of the packet and of each packet in a tunnel inside it; `quoted`: those of a packet that an
    error quotes; `frame`: those that concern the frame. `quoting`: what is read now is the quoted packet.
    """

    __slots__ = ("frame", "layers", "levels", "quoted", "quoting")

    def __init__(self) -> None:
        self.layers: list[str] = []
        self.frame: dict[str, Value] = {}
        self.levels: list[dict[str, Value]] = [{}]
        self.quoted: dict[str, Value] = {}
        self.quoting = False

    def show(self, layer: str) -> None:
        """Note a header; those of a quoted packet are no layers of this one."""
        if not self.quoting:
            self.layers.append(layer)

    def say(self, name: str, value: Value | str | None, *, quoted: bool = False) -> None:
        """Note the value of a column of the packet that is being read; a str is a decimal number, None says nothing.

        What the column cannot hold is nothing.
        """
        if value is None:
            return
        if isinstance(value, str):
            value = int(value)
        kind = schema.FIELDS[name].kind
        fits = kind == f"ipv{value.version}" if isinstance(value, IP) else value <= _LARGEST.get(kind, -1)
        if not fits:
            return
        target = self.quoted if quoted or self.quoting else self.levels[-1]
        (self.frame if name in _OF_FRAME else target)[name] = value

    def get(self, name: str) -> Value | None:
        """The value of a column in the packet that is being read."""
        return (self.quoted if self.quoting else self.levels[-1]).get(name)

    def enter(self) -> None:
        """Go on with the packet inside a tunnel."""
        self.levels.append({})

    def columns(self) -> dict[str, Value]:
        """The values by column name: the innermost packet, the tunnel packet around it, a quoted packet."""
        said = dict(self.frame)
        if len(self.levels) > 1 or (self.layers and self.layers[-1] != "udp"):  # -q shows no tunnel, nor do odd ports
            said["frame.tunnels"] = len(self.levels) - 1
        said |= self.levels[-1]
        if len(self.levels) > 1:
            said |= {schema.OUTER + name: value for name, value in self.levels[-2].items()}
        return said | {schema.QUOTED + name: value for name, value in self.quoted.items()}

    def link_columns(self) -> dict[str, Value]:
        """The columns of the outermost link header, whatever the line shows inside of it."""
        link = {name: value for name, value in self.levels[0].items() if name in _LINK}
        return link | {name: value for name, value in self.frame.items() if name != "frame.len"}


_LOW = (1 << 64) - 1
_OF_FRAME = frozenset(field.name for field in schema.FRAME_FIELDS)


def to_columns(rows: Sequence[Mapping[str, Value]]) -> dict[str, Column]:
    """Columns of `len(rows)` rows of what the rows say; a name that no row has gives none."""
    said: dict[str, tuple[list[int], list[Value]]] = {}
    for index, row in enumerate(rows):
        for name, value in row.items():
            places, values = said.setdefault(name, ([], []))
            places.append(index)
            values.append(value)
    columns = {}
    for name, (places, values) in said.items():
        kind = schema.field_of(name).kind
        column = columns[name] = empty(kind, len(rows))
        if kind == "ipv6":
            column.values["hi"][places] = [value.value >> 64 for value in values if isinstance(value, IP)]
            column.values["lo"][places] = [value.value & _LOW for value in values if isinstance(value, IP)]
        else:
            column.values[places] = [value.value if isinstance(value, IP) else value for value in values]
        column.valid[places] = True
    return columns
