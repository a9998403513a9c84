"""What stands in one frame, header by header?

Law: the headers come from the same walk that makes the columns, run again over the one frame, so every occurrence is
there: each VLAN tag, each option, each tunnel, the packet that an error quotes. A field has the RFC's name, the column
that it fills, or both. Of a frame without bytes the headers are what a text told.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, Any, NamedTuple, overload

import numpy as np

from vxlan_dissect import schema
from vxlan_dissect.addresses import IP, format_mac
from vxlan_dissect.columns import TextColumn
from vxlan_dissect.packets import text_of
from vxlan_dissect.wire.decode_as import dispatch
from vxlan_dissect.wire.fill import column_values
from vxlan_dissect.wire.header import QUOTE
from vxlan_dissect.wire.walk import DATA, Frames

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vxlan_dissect.columns import Held
    from vxlan_dissect.packets import Packet, Packets
    from vxlan_dissect.wire.header import Array, Columns, Header, Mask, Work
    from vxlan_dissect.wire.walk import Place

_WIDTH = 40  # of the names in a printed tree
_HEXADECIMAL = frozenset(("flags", "flag", "checksum", "dsfield", "tclass", "flow", "id", "type", "gbp", "etype"))
# A quoted packet stands below these headers.
_QUOTING = ("icmp", "icmpv6")


class Field(NamedTuple):
    """One value of a header.

    `name`: the RFC's name as the header's file has it, empty where several of its fields make a column. `column`: the
    column of `schema` that it fills, without a level, empty where none. `value`: an int, bool, IP, str or bytes; a MAC
    is an int. `text`: how it is read.
    """

    name: str
    column: str
    value: int | bool | IP | str | bytes
    text: str

    def __repr__(self) -> str:
        return f"{self.column or self.name} = {_visible(self.text)}"


class Layer(NamedTuple):
    """One header of a frame.

    `name`: Wireshark's name of the protocol, or of the option. `offset`: bytes from the beginning of the frame, and
    `length`, both None where only a text told of it; an option among others may have no offset of its own. `tunnels`:
    how many tunnels were entered before it. `children`: its options and parts, and the headers that it quotes.
    """

    name: str
    offset: int | None
    length: int | None
    tunnels: int
    fields: tuple[Field, ...]
    children: tuple[Layer, ...] = ()

    def __contains__(self, name: object) -> bool:
        return bool(name) and any(name in (field.column, field.name) for field in self.fields)

    def get(self, name: str) -> Any:
        """The value of the field with this name or column, None where there is none."""
        return next((field.value for field in self.fields if name and name in (field.column, field.name)), None)

    def text(self, name: str) -> str | None:
        """How the field with this name or column is read, None where there is none."""
        return next((field.text for field in self.fields if name and name in (field.column, field.name)), None)

    def walk(self) -> Iterator[Layer]:
        """This header and all below it, in the order of the frame."""
        yield self
        for child in self.children:
            yield from child.walk()

    def lines(self, depth: int = 0) -> Iterator[str]:
        """The tree as lines of text."""
        indent = "  " * depth
        place = "" if self.offset is None else f", byte {self.offset}"
        size = "" if self.length is None else f", {self.length} byte{'s' if self.length != 1 else ''}"
        yield f"{indent}{self.name}{place}{size}"
        for field in self.fields:
            name = field.column or field.name
            yield f"{indent}  {name:<{max(_WIDTH - len(indent), len(name))}}  {_visible(field.text)}{_bits(field)}"
        for child in self.children:
            yield from child.lines(depth + 1)

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def __repr__(self) -> str:
        return f"<Layer {self.name}: {', '.join(map(repr, self.fields))}>"


class Layers(Sequence[Layer]):
    """The headers of a frame from the outside in; `print` shows them as a tree.

    A name picks the innermost header of that name, as columns do: `layers["ipv6"]`. `every("vlan")` gives all.
    """

    def __init__(self, layers: Sequence[Layer], damage: str | None) -> None:
        self._layers, self.damage = tuple(layers), damage

    @overload
    def __getitem__(self, picked: int | str) -> Layer: ...

    @overload
    def __getitem__(self, picked: slice) -> Sequence[Layer]: ...

    def __getitem__(self, picked: int | str | slice) -> Layer | Sequence[Layer]:
        if not isinstance(picked, str):
            return self._layers[picked]
        found = [layer for layer in self._layers if layer.name == picked] or self.every(picked)
        if not found:
            raise KeyError(f"no {picked} in {'/'.join(layer.name for layer in self._layers)}")
        return found[-1]

    def __len__(self) -> int:
        return len(self._layers)

    def every(self, name: str) -> list[Layer]:
        """All headers and options of this name, also those below others, in the order of the frame."""
        return [each for layer in self._layers for each in layer.walk() if each.name == name]

    def __str__(self) -> str:
        lines = [line for layer in self._layers for line in layer.lines()]
        return "\n".join([*lines, *([f"damaged: {self.damage}"] if self.damage else [])])

    __repr__ = __str__


def layers_of(packet: Packet) -> Layers:
    """The headers of one frame."""
    row = np.array([packet.row])
    held = next(packet.packets.held(row), None)
    if held is None:
        return Layers(_told(packet), _damage(packet))
    top = _read(packet.packets, held)
    _add_derived(top, packet)
    return Layers([layer.closed() for layer in top], _damage(packet))


class _Noted(NamedTuple):
    """What a header's file noted beside the header itself: where it stood then, and the values."""

    offset: int
    structs: Array
    columns: Columns


class _Recorder(Frames):
    """One frame while it is walked: headers, and what is noted of each, in the order in which they are read."""

    def __init__(self, packets: Packets, held: Held) -> None:
        super().__init__(dispatch(packets.decode_as), held.data, held.starts, held.captured, held.original)
        self.trace = _Trace(self)
        self.found: list[tuple[Place, list[_Noted]]] = []

    def fill(self, work: Work, structs: Array, columns: Columns, only: Mask | None = None) -> None:
        """Note it, and what it belongs to."""
        super().fill(work, structs, columns, only)
        there = np.ones(len(work.rows), dtype=bool) if only is None else only
        for place in np.flatnonzero(there).tolist():
            noted = _Noted(int(work.offsets[place] - self.starts[0]), structs[place : place + 1], columns)
            self.found[-1][1].append(noted)


class _Trace(list["Place"]):
    """Tells the recorder of each header."""

    def __init__(self, recorder: _Recorder) -> None:
        super().__init__()
        self._recorder = recorder

    def append(self, place: Place) -> None:
        """A header was read; what is noted from now on belongs to it."""
        self._recorder.found.append((place, []))


class _Open:
    """A header to which parts are still added."""

    def __init__(
        self, name: str, offset: int | None, length: int | None, tunnels: int, fields: Iterable[Field] = ()
    ) -> None:
        self.name, self.offset, self.length, self.tunnels, self.fields = name, offset, length, tunnels, list(fields)
        self.children: list[_Open] = []

    def closed(self) -> Layer:
        """It as it is shown."""
        children = tuple(child.closed() for child in self.children)
        return Layer(self.name, self.offset, self.length, self.tunnels, tuple(self.fields), children)


def _read(packets: Packets, held: Held) -> list[_Open]:
    """The headers of a frame whose bytes are at hand, and the bytes after the last one."""
    recorder = _Recorder(packets, held)
    interface = packets.column("frame.interface_id").values[held.rows[0]]
    recorder.walk(np.array([packets.interfaces[interface].linktype]))
    top: list[_Open] = []
    # For each level the header to which quiet parts belong; for the quoted packet what quotes it.
    last: dict[int, _Open] = {}
    start = int(held.starts[0])
    for place, notes in recorder.found:
        header, level = recorder.dispatch.headers[place.header], place.work.level
        begin, body = int(place.work.offsets[0]) - start, int(place.body[0]) - start
        tunnels = level if level != QUOTE else (top[-1].tunnels if top else 0)
        made = _Open(header.name, begin, body - begin, tunnels, _struct_fields(header.columns, place.structs))
        owner = last.get(level) if header.quiet else None
        if owner is None and level == QUOTE:
            owner = next((layer for layer in reversed(top) if layer.name in _QUOTING), None)
        (top if owner is None else owner.children).append(made)
        if not header.quiet:
            last[level] = made
        for noted in notes:
            _add(made, header, noted, body)
    rest = [part for part in recorder.parts if part.columns is DATA and part.level != QUOTE]
    innermost = max(rest, key=lambda part: part.level, default=None)
    if innermost is not None and int(innermost.structs["length"][0]):
        offset, size = int(innermost.structs["offset"][0]), int(innermost.structs["length"][0])
        if not any(child.offset == offset for layer in top for child in layer.children):  # it is quoted there
            top.append(_Open("data", offset, size, innermost.level))
    return top


def _add(owner: _Open, header: Header, noted: _Noted, body: int) -> None:
    """Add what was noted beside a header: values of its own, or an option with a struct of its own."""
    dtype = noted.structs.dtype
    if dtype.names in (None, ("hi", "lo")) or dtype == header.dtype:
        owner.fields += _column_fields(noted.columns, noted.structs, {})
        return
    fields = _struct_fields(noted.columns, noted.structs)
    # An option that is a header of its own (neighbour discovery) was read there already, up to its type.
    if noted.offset == owner.offset:
        owner.fields += [field for field in fields if field.column]
        return
    inside = owner.offset is not None and owner.offset < noted.offset < body
    words = zip(*(column.split(".") for column in noted.columns), strict=False)
    name = ".".join(each[0] for each in takewhile(lambda each: len(set(each)) == 1, words))
    owner.children.append(_Open(name, noted.offset if inside else None, dtype.itemsize, owner.tunnels, fields))


def _struct_fields(columns: Columns, structs: Array) -> list[Field]:
    """The fields of a struct by the RFC's names, those that are no address or number of their own last."""
    names = structs.dtype.names or ()
    sources = {source: column for column, source in columns.items() if isinstance(source, str)}
    made = _column_fields(columns, structs, {column: source for source, column in sources.items()})
    return [*made, *(_raw(name, structs[name]) for name in names if name not in sources)]


def _column_fields(columns: Columns, structs: Array, names: dict[str, str]) -> list[Field]:
    found = []
    for column, source in columns.items():
        kind = schema.FIELDS[column].kind
        value = column_values(structs, source, kind)[0]
        shown: int | bool | IP
        if kind == "ipv6":
            shown = IP(6, int(value["hi"]) << 64 | int(value["lo"]))
        elif kind == "ipv4":
            shown = IP(4, int(value))
        else:
            shown = bool(value) if kind == "bool" else int(value)
        found.append(Field(names.get(column, ""), column, shown, text_of(column, shown) or ""))
    return found


def _raw(name: str, values: Array) -> Field:
    """A field that fills no column by itself."""
    value = values[0]
    dtype = values.dtype
    if dtype.names == ("hi", "lo"):
        number = int(value["hi"]) << (64 if dtype.itemsize == 16 else 32) | int(value["lo"])
        address = IP(6, number) if dtype.itemsize == 16 else number
        return Field(name, "", address, str(address) if isinstance(address, IP) else format_mac(address))
    if dtype.kind == "V":
        data = value.tobytes()
        return Field(name, "", data, data.hex(":"))
    return Field(name, "", int(value), f"0x{int(value):0{2 * dtype.itemsize}x}")


def _add_derived(top: list[_Open], packet: Packet) -> None:
    """Add what is made only when asked for: to the header that it is about, or as that of the payload."""
    alone = packet.packets.take(np.array([packet.row]))
    depth = packet.integer("frame.tunnels") or 0
    for level, tunnels in (("", depth), (schema.OUTER, depth - 1)):
        for field in schema.DERIVED_FIELDS:
            made = _derived_fields(alone, level + field.name)
            if not made:
                continue
            name = field.name.partition(".")[0]
            owner = next((layer for layer in top if layer.name == name and layer.tunnels == tunnels), None)
            if owner is None:  # the payload of the innermost packet
                if top and top[-1].name == "data":
                    top[-1].name = name
                    owner = top[-1]
                else:
                    owner = _Open(name, None, None, tunnels)
                    top.append(owner)
            owner.fields += made


def _derived_fields(alone: Packets, column: str) -> list[Field]:
    found = alone.derived(column)
    if not found.valid[0]:
        return []
    name = schema.field_of(column).name
    if isinstance(found, TextColumn):
        return [Field("", name, text, text) for text in found.texts[int(found.values[0])]]
    value = alone[0].get(column)
    return [] if value is None else [Field("", name, value, text_of(name, value) or "")]


def _told(packet: Packet) -> list[Layer]:
    """The headers that a text named, with the values that it told."""
    names: dict[str, list[Field]] = {name.partition(".")[0]: [] for name in packet.protocols}
    for field in schema.PACKET_FIELDS:
        value = packet.get(field.name)
        if value is not None and not field.name.startswith("data."):
            made = Field("", field.name, value, text_of(field.name, value) or "")
            names.setdefault(field.name.partition(".")[0], []).append(made)
    return [Layer(name, None, None, 0, tuple(fields)) for name, fields in names.items()]


def _damage(packet: Packet) -> str | None:
    layer = packet.integer("damage.layer")
    if layer is None:
        return None
    name, limit = packet.packets.layer_names[layer], packet.text("damage.limit")
    need, have, offset = (packet.get(f"damage.{what}") for what in ("need", "have", "offset"))
    return f"{name} at byte {offset} needs {need} and has {have} ({limit})"


def _bits(field: Field) -> str:
    """A number of which single bits matter, in hexadecimal too."""
    value = field.value
    if not isinstance(value, int) or field.text != str(value) or field.column.rpartition(".")[2] not in _HEXADECIMAL:
        return ""
    return f" (0x{value:x})"


def _visible(text: str) -> str:
    return text if text.isprintable() else ascii(text)[1:-1]
