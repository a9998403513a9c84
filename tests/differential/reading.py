"""What do we read of each frame, in a form that can be compared?

Law: what users get is what is compared: the columns of Packets. Packets of levels further out than `outer.` have no
columns; of those, what the walk read is taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tests.differential.layers import COLUMNS
from vxlan_dissect import schema
from vxlan_dissect.dissect import trace
from vxlan_dissect.packets import TextColumn
from vxlan_dissect.wire import HEADERS
from vxlan_dissect.wire.fill import column_values
from vxlan_dissect.wire.header import QUOTE

if TYPE_CHECKING:
    import numpy as np

    from tests.differential.layers import Values
    from vxlan_dissect.packets import Column, Packets

OF_FRAME = {field.name for field in schema.FRAME_FIELDS}


class Reading(NamedTuple):
    """One frame as we read it, values as integers, texts as tuples.

    `layers`, `offsets`: the headers in order and where they begin. `shown`: prefix of a level -> its columns, those of
    the frame under `frame`. `levels`: depth, the outermost packet 0 -> all that was read of that packet.
    """

    layers: tuple[str, ...]
    offsets: tuple[int, ...]
    tunnels: int
    damaged: bool
    shown: dict[str, Values]
    levels: dict[int, Values]

    def all(self, name: str) -> list[object]:
        """The values of a column at all levels, the quoted packet last."""
        found = [level[name] for _, level in sorted(self.levels.items()) if name in level]
        quoted = self.shown.get(schema.QUOTED, {})
        return [*found, quoted[name]] if name in quoted else found


def readings(packets: Packets) -> list[Reading]:
    """What we read of each frame."""
    shown: list[dict[str, Values]] = [{} for _ in range(len(packets))]
    levels: list[dict[int, Values]] = [{} for _ in range(len(packets))]
    offsets: list[list[int]] = [[] for _ in range(len(packets))]
    columns: dict[str, Column | TextColumn] = dict(packets.columns)
    for level in schema.LEVELS:
        columns |= {level + field.name: packets.derived(level + field.name) for field in schema.DERIVED_FIELDS}
    for column, found in columns.items():
        prefix, name = schema.split_level(column)
        if name in COLUMNS:
            place = "frame" if name in OF_FRAME else prefix
            rows = found.valid.nonzero()[0]
            for row, value in zip(rows.tolist(), plain(found.values[rows]), strict=True):
                text = isinstance(found, TextColumn)
                shown[row].setdefault(place, {})[name] = found.texts[value] if text else value
    for rows, walked, places in trace(packets):
        for part in walked.parts:
            if part.level != QUOTE:
                for name, source in part.columns.items():
                    values = plain(column_values(part.structs, source, schema.FIELDS[name].kind))
                    for row, value in zip(rows[part.rows].tolist(), values, strict=True):
                        levels[row].setdefault(part.level, {})[name] = value
        for place in places:
            if not HEADERS[place.header].quiet and place.work.level != QUOTE:
                begins = place.work.offsets - walked.starts[place.work.rows]
                for row, offset in zip(rows[place.work.rows].tolist(), begins.tolist(), strict=True):
                    offsets[row].append(offset)
    damaged = packets.column("damage.layer").valid.tolist()
    tunnels = packets.column("frame.tunnels").values.tolist()
    return [
        Reading(packet.protocols, tuple(offsets[row]), tunnels[row], damaged[row], shown[row], levels[row])
        for row, packet in enumerate(packets)
    ]


def plain(values: np.ndarray) -> list:
    """Numbers of any dtype as int."""
    if values.dtype.names:
        return [high << 64 | low for high, low in values.tolist()]
    return values.astype(int).tolist() if values.dtype == bool else values.tolist()
