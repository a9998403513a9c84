"""How do headers that were read at many places become columns?

Law: a column is made once, from all parts that fill it; where one frame has several (VLAN tags), the last one read
stands. The innermost packet fills the plain columns and the packet around it the `outer.` ones, whatever the depth:
which is which is known only when all headers were walked. What belongs to the frame, as a cooked header does, has no
level.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect import schema
from vxlan_dissect.packets import Column
from vxlan_dissect.wire.header import QUOTE, mac_value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vxlan_dissect.wire.header import Array, Ints, Mask
    from vxlan_dissect.wire.walk import Frames, Part

_OF_FRAME = frozenset(field.name for field in schema.FRAME_FIELDS)


def fill_columns(frames: Frames, wanted: frozenset[str] | None = None) -> dict[str, Column]:
    """The packet columns of all levels, and the damage, of frames that were walked. Every Column has n rows.

    Packet columns that are not `wanted` are left out, None is all.
    """
    rows = len(frames.starts)
    gathered: dict[tuple[str, int], list[tuple[Ints, Array]]] = {}
    parts: dict[int, Part] = {}
    tunnels = frames.tunnels if frames.tunnels.any() else None
    for part in frames.parts:
        parts[id(part.columns)] = part
        for prefix, places, structs in _levels(part, tunnels):
            if wanted is not None and not any(prefix + name in wanted or name in _OF_FRAME for name in part.columns):
                continue
            gathered.setdefault((prefix, id(part.columns)), []).append((places, structs))
    filled: dict[str, Column] = {}
    for (prefix, key), pieces in gathered.items():
        plain, valid = _spread(pieces, rows)
        structs = plain.view(parts[key].structs.dtype)
        for name, source in parts[key].columns.items():
            if wanted is not None and prefix + name not in wanted and name not in _OF_FRAME:
                continue
            values = column_values(structs, source, schema.FIELDS[name].kind)
            earlier = filled.get(prefix + name)
            filled[prefix + name] = Column(values, valid) if earlier is None else _over(earlier, values, valid)
    if frames.damages:
        filled |= _damage_columns(frames)
    return filled


def layer_codes(frames: Frames) -> tuple[Ints, list[tuple[str, ...]]]:
    """The header names of each frame from the outside in, as codes, shape (n,), into a list of distinct paths."""
    codes = np.zeros(len(frames.starts), dtype=np.intp)
    paths: list[tuple[str, ...]] = [()]
    headers = frames.dispatch.headers
    width = len(headers) + 1
    for found in frames.rounds:
        wide = codes * width + found
        present = np.bincount(wide).nonzero()[0]
        renumber = np.zeros(len(paths) * width, dtype=np.intp)
        renumber[present] = np.arange(len(present))
        codes = renumber[wide]
        split = [divmod(code, width) for code in present.tolist()]
        paths = [paths[code] + ((headers[header - 1].name,) if header else ()) for code, header in split]
    distinct = {path: code for code, path in enumerate(dict.fromkeys(paths))}
    if len(distinct) < len(paths):  # some headers share a name: of the first and the later labels of MPLS, for one
        codes = np.array([distinct[path] for path in paths], dtype=np.intp)[codes]
    return codes, list(distinct)


def _levels(part: Part, tunnels: Array | None) -> Sequence[tuple[str, Ints, Array]]:
    """Where a part goes: (prefix, rows, plain structs) for the innermost packets in it and for those around them."""
    level, rows, structs, columns = part
    structs = structs.view(f"V{structs.dtype.itemsize}")  # plain bytes move faster than structs do
    if level == QUOTE:
        return [(schema.QUOTED, rows, structs)]
    if tunnels is None or next(iter(columns)) in _OF_FRAME:
        return [("", rows, structs)]
    inside = tunnels[rows] - np.uint8(level)
    found = []
    for depth, prefix in enumerate(("", schema.OUTER)):
        chosen = inside == depth
        if chosen.all():
            return [(prefix, rows, structs)]
        picked = np.flatnonzero(chosen)
        if len(picked):
            found.append((prefix, rows[picked], structs[picked]))
    return found


def _spread(pieces: Sequence[tuple[Ints, Array]], rows: int) -> tuple[Array, Mask]:
    """Structs of all frames, zero where there is none, and where there is one."""
    places, plain = pieces[0]
    if len(pieces) > 1:
        places = np.concatenate([piece[0] for piece in pieces])
        plain = np.concatenate([piece[1] for piece in pieces])
    elif len(places) == rows and bool((places[1:] > places[:-1]).all()):
        return plain, np.ones(rows, dtype=bool)
    spread = np.zeros(rows, dtype=plain.dtype)
    spread[places] = plain
    valid = np.zeros(rows, dtype=bool)
    valid[places] = True
    return spread, valid


def column_values(structs: Array, source: str | Callable[[Array], Array], kind: str) -> Array:
    """The values of one column, of the dtype of its kind."""
    dtype = np.dtype(schema.KINDS[kind])
    values = structs[source] if isinstance(source, str) else source(structs)
    if values.dtype.names is None:
        return np.asarray(values.astype(dtype))
    if kind == "mac":
        return mac_value(values)
    whole = np.empty(len(values), dtype=dtype)
    for half in ("hi", "lo"):
        whole[half] = values[half]
    return whole


def _over(earlier: Column, values: Array, valid: Mask) -> Column:
    return Column(np.where(valid, values, earlier.values), valid | earlier.valid)


def _damage_columns(frames: Frames) -> dict[str, Column]:
    rows = len(frames.starts)
    valid = np.zeros(rows, dtype=bool)
    names = ("layer", "need", "have", "limit", "offset")
    values = {name: np.zeros(rows, dtype=schema.KINDS[schema.FIELDS[f"damage.{name}"].kind]) for name in names}
    for places, header, need, have, limits, offsets in frames.damages:
        valid[places] = True
        for name, value in zip(names, (header, need, have, limits, offsets), strict=True):
            values[name][places] = value
    return {f"damage.{name}": Column(values[name], valid) for name in names}
