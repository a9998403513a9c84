"""What does each frame of a capture say, as columns?

Law: every frame gives one row, whatever is wrong with it; bytes win over what a text said of them. Each batch of
records is decoded by itself, so a capture of any length needs the memory of a few batches.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect import schema
from vxlan_dissect.errors import CaptureError
from vxlan_dissect.memory import keep_freed_memory
from vxlan_dissect.packets import Buffer, Column, Packets, empty
from vxlan_dissect.reassembly import COLUMNS as REASSEMBLY
from vxlan_dissect.reassembly import Reassembler
from vxlan_dissect.wire import DISPATCH
from vxlan_dissect.wire.decode_as import dispatch
from vxlan_dissect.wire.fill import fill_columns, layer_codes
from vxlan_dissect.wire.header import itself
from vxlan_dissect.wire.walk import Frames, Part

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from concurrent.futures import Future

    from vxlan_dissect.capture.records import Capture, Records
    from vxlan_dissect.wire.header import Array, Columns, Mask

LAYER_NAMES = tuple(header.name for header in DISPATCH.headers)
_OF_FRAME = frozenset(field.name for field in schema.FRAME_FIELDS)
AHEAD = 2  # batches that are decoded while those before them are used
LARGE = 8192  # records of a batch that is worth a thread

# What a text line says of the link layer, which its hex dump may leave out; and the headers that are of that layer.
_LINK_COLUMNS = ("eth.dst", "eth.src", "eth.type", "vlan.id", "vlan.priority", "vlan.tags")
_TOLD_LINK: dict[str, Columns] = {name: {name: itself} for name in _LINK_COLUMNS}
_LINK_LAYERS = frozenset(("eth", "vlan", "sll", "null"))


def read(name: str, *, decode_as: Sequence[str] = ()) -> Packets:
    """The whole capture `name` (a file, or `-`). Where it cannot be read to its end, `problem` says why.

    `decode_as` are rules such as `udp.port==51999,vxlan` (docs/decode-as.md). Raises CaptureError where not one frame
    could be read, UsageError for a rule that cannot be understood.
    """
    from vxlan_dissect.capture import open_capture

    parts: list[Packets] = []
    problem = None
    capture = open_capture(name)
    try:
        # An error leaves the batches before it in the list.
        parts.extend(iter_packets(capture, decode_as=decode_as))
    except CaptureError as error:
        if not any(len(part) for part in parts):
            raise
        problem = error
    packets = Packets.concat(parts) if parts else Packets(name, 0, {}, layer_names=LAYER_NAMES)
    packets.problem, packets.names = problem, capture.names
    return packets


def iter_packets(
    capture: Capture, *, columns: Collection[str] | None = None, decode_as: Sequence[str] = ()
) -> Iterator[Packets]:
    """The Packets of each batch, as they come, with fragments put together.

    `columns` and `decode_as`: see `decode`. Raises the capture's CaptureError after the last good batch.
    """
    wanted = None if columns is None else REASSEMBLY | frozenset(columns)
    decoder = partial(decode, name=capture.name, columns=wanted, decode_as=decode_as)
    reassembler = Reassembler(decoder)
    for packets in _decoded(capture, decoder):
        reassembler.reassemble(packets)
        yield packets


def _decoded(capture: Capture, decoder: Callable[[Records], Packets]) -> Iterator[Packets]:
    """The Packets of each batch, with fragments as they are.

    Large batches are decoded in a thread of their own, ahead of the one that is used; those of a live capture come out
    at once.
    """
    pool: ThreadPoolExecutor | None = None
    ahead: deque[Future[Packets]] = deque()
    batches = iter(capture)
    try:
        while True:
            try:
                records = next(batches, None)
            except CaptureError:
                while ahead:
                    yield ahead.popleft().result()
                raise
            if records is not None and len(records) >= LARGE and not capture.live:
                if pool is None:
                    keep_freed_memory()
                    pool = ThreadPoolExecutor(1)  # a second one would wait for the first, call by call of numpy
                ahead.append(pool.submit(decoder, records))
                if len(ahead) > AHEAD:
                    yield ahead.popleft().result()
                continue
            while ahead:
                yield ahead.popleft().result()
            if records is None:
                return
            yield decoder(records)
    finally:
        if pool is not None:
            pool.shutdown(cancel_futures=True)


def decode(
    records: Records, name: str, *, columns: Collection[str] | None = None, decode_as: Sequence[str] = ()
) -> Packets:
    """One batch of records as Packets of `len(records)` rows; `name` is what the user called the capture.

    `columns`: the packet columns that will be asked for; None is all. Those of the frame are always there.
    `decode_as`: see `read`.
    """
    frames = Frames(dispatch(decode_as), records.buffer, records.offsets, records.captured, records.original)
    types = np.array([interface.linktype for interface in records.interfaces], dtype=np.int64)
    same = len(types) > 0 and bool((types == types[0]).all())
    frames.walk(int(types[0]) if same else types[records.interfaces_of[frames.rows]])
    codes, paths = layer_codes(frames)
    shown = np.ones(len(records), dtype=bool)
    if records.told is not None:
        layers = _told_layers(records, frames, [paths[code] for code in codes.tolist()])
        paths = list(dict.fromkeys(layers))
        codes = np.array([paths.index(path) for path in layers], dtype=np.intp)
        shown = np.array([len(path) > 0 for path in layers], dtype=bool)
    found = _frame_columns(records, frames) | {"frame.layers": _column("frame.layers", codes, shown)}
    found |= fill_columns(frames, None if columns is None else frozenset(columns))
    if records.told is not None:
        found = _with_told(found, records.told, records.offsets >= 0)
    return Packets(
        name,
        len(records),
        found,
        interfaces=records.interfaces,
        layer_paths=paths,
        layer_names=LAYER_NAMES,
        comments=records.comments,
        unread=records.unread,
        buffers=(Buffer(records.base, records.buffer),),
        decode_as=decode_as,
    )


def _column(name: str, values: Array, valid: Array | None = None) -> Column:
    dtype = np.dtype(schema.KINDS[schema.FIELDS[name].kind])
    return Column(values.astype(dtype), np.ones(len(values), dtype=bool) if valid is None else valid.astype(bool))


def _frame_columns(records: Records, frames: Frames) -> dict[str, Column]:
    """What the capture file itself says of each frame."""
    held = records.offsets >= 0
    time = "frame.time_epoch" if records.dated else "frame.time_of_day"
    return {
        "frame.number": _column("frame.number", records.first + np.arange(len(records))),
        time: _column(time, records.times, records.timed),
        "frame.len": _column("frame.len", np.maximum(records.original, 0), records.original >= 0),
        "frame.cap_len": _column("frame.cap_len", records.captured, held),
        "frame.offset": _column("frame.offset", np.where(held, records.base + records.offsets, 0), held),
        "frame.interface_id": _column("frame.interface_id", records.interfaces_of),
        "frame.tunnels": _column("frame.tunnels", frames.tunnels, held),
    }


def _told_layers(records: Records, frames: Frames, decoded: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The layers of each frame of a text; what only the text says of the link layer is noted in `frames`."""
    layers = list(decoded)
    linkless = np.zeros(len(records), dtype=bool)
    for row, (path, told_path) in enumerate(zip(decoded, records.told_layers, strict=True)):
        if records.offsets[row] < 0:
            layers[row] = tuple(told_path)
        elif path[:1] and path[0] not in _LINK_LAYERS:
            linkless[row] = True
            link = tuple(takewhile(_LINK_LAYERS.__contains__, told_path))
            layers[row] = link + tuple(name for name in path if name != "raw") if link else path
    for name, columns in _TOLD_LINK.items():
        told = (records.told or {}).get(name)
        if told is not None:
            rows = np.flatnonzero(told.valid & linkless)
            frames.parts.append(Part(0, rows, told.values[rows], columns))
    return layers


def _with_told(columns: dict[str, Column], told: Mapping[str, Column], held: Mask) -> dict[str, Column]:
    """`columns`, and what the text told: all of it for frames without bytes, else what is not read from bytes."""
    merged = dict(columns)
    for name, column in told.items():
        earlier = columns.get(name, empty(schema.field_of(name).kind, len(held)))
        news = column.valid & ~earlier.valid
        if name not in _OF_FRAME:
            news &= ~held
        if news.any():
            merged[name] = Column(np.where(news, column.values, earlier.values), earlier.valid | news)
    return merged
