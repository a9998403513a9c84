"""Who sends and who receives each of a million packets?

Law: an address is looked up once, however many packets bear it, and at each moment at which an answer may differ. The
owner is the inventory's best answer for the address; which of several equal ones is nearest to a frame's place is for
`explain` to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vxlan_dissect.addresses import IP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa
    from numpy.typing import NDArray

    from vxlan_dissect.inventory.inventory import Inventory
    from vxlan_dissect.inventory.model import Owner
    from vxlan_dissect.packets import Packets

    _Reader = tuple[str, Callable[[Any], Any], Callable[[Any], tuple[Owner, ...]]]

SIDES = ("src", "dst", "outer.src", "outer.dst")
ATTRIBUTES = ("pod", "namespace", "node", "interface", "role", "service", "confidence")


def join(packets: Packets, inventory: Inventory) -> pa.Table:
    """The owners of the packets' ends, one row a frame: an Arrow table of dictionary-encoded text, null where unknown.

    Columns are `src.pod`, `src.namespace`, `src.node`, `src.interface`, `src.role` (one of `model.ROLES`),
    `src.service` and `src.confidence`, the same for `dst`, `outer.src` and `outer.dst`. An end is the owner of its IP
    address, in a frame without one of its MAC.
    """
    import pyarrow as pa

    columns = {}
    for side in SIDES:
        owners: list[Owner | None] = [None]
        codes = _codes(packets, inventory, side, owners)
        for attribute in ATTRIBUTES:
            columns[f"{side}.{attribute}"] = _encoded(owners, codes, attribute)
    return pa.table(columns)


def _codes(packets: Packets, inventory: Inventory, side: str, owners: list[Owner | None]) -> NDArray[np.int32]:
    """Which of `owners`, to which it adds, each frame has on one side; 0 for none."""
    codes = np.zeros(len(packets), dtype=np.int32)
    for rows, at in _epochs(packets, inventory):
        known: dict[Owner, int] = {}
        free = np.ones(len(packets) if rows is None else len(rows), dtype=bool)
        for name, read, find in _readers(inventory, side, at):
            column = packets.columns.get(name)
            if column is None:
                continue
            valid = column.valid if rows is None else column.valid[rows]
            wanted = valid & free
            if not wanted.any():
                continue
            distinct, places = _distinct(column.values if rows is None else column.values[rows])
            numbers = np.zeros(len(distinct), dtype=np.int32)
            for place, address in enumerate(distinct):
                found = find(read(address))
                if found:
                    if found[0] not in known:
                        known[found[0]] = len(owners)
                        owners.append(found[0])
                    numbers[place] = known[found[0]]
            here = np.where(wanted, numbers[places], codes if rows is None else codes[rows])
            if rows is None:
                codes = here
            else:
                codes[rows] = here
            free &= ~valid  # a frame with an IP address is its owner's, known or not
    return codes


def epochs_of(packets: Packets, boundaries: tuple[int, ...]) -> NDArray[np.intp] | None:
    """How many of an inventory's moments lie before each frame, shape (n,): frames of two epochs may have other owners.

    None where there are no moments, or no times.
    """
    times = packets.columns.get("frame.time_epoch")
    return np.searchsorted(np.array(boundaries), times.values, "right") if boundaries and times is not None else None


def _epochs(packets: Packets, inventory: Inventory) -> Iterator[tuple[NDArray[np.intp] | None, int | None]]:
    """The rows between two moments at which answers may differ, with a time of each; None for all rows."""
    epochs, times = epochs_of(packets, inventory.boundaries), packets.columns.get("frame.time_epoch")
    if epochs is None or times is None or not len(packets):
        yield None, None
        return
    present = np.unique(epochs)
    for epoch in present:
        rows = None if len(present) == 1 else np.flatnonzero(epochs == epoch)
        yield rows, int(times.values[0 if rows is None else rows[0]])


def _readers(inventory: Inventory, side: str, at: int | None) -> Iterator[_Reader]:
    """The columns of one side that hold addresses, how to read a value of each, and how to find its owner."""
    level, _, end = side.rpartition(".")
    prefix = f"{level}." if level else ""

    def of_ip(ip: IP) -> tuple[Owner, ...]:
        return inventory.owners_of_ip(ip, at)

    def of_mac(mac: int) -> tuple[Owner, ...]:
        return inventory.owners_of_mac(mac, at)

    yield f"{prefix}ip.{end}", _ipv4, of_ip
    yield f"{prefix}ipv6.{end}", _ipv6, of_ip
    yield f"{prefix}eth.{end}", int, of_mac


def _distinct(values: NDArray[Any]) -> tuple[list[Any], NDArray[np.int32]]:
    import pyarrow as pa

    if values.dtype.fields:  # IPv6: two halves
        raw = np.ascontiguousarray(values)
        size = values.dtype.itemsize
        array = pa.FixedSizeBinaryArray.from_buffers(pa.binary(size), len(raw), [None, pa.py_buffer(raw)])
    else:
        array = pa.array(values)
    encoded = array.dictionary_encode()
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy(zero_copy_only=False)


def _ipv4(value: int) -> IP:
    return IP(4, value)


def _ipv6(value: bytes) -> IP:
    high, low = int.from_bytes(value[:8], "little"), int.from_bytes(value[8:], "little")
    return IP(6, high << 64 | low)


def _encoded(owners: list[Owner | None], codes: NDArray[np.int32], attribute: str) -> pa.DictionaryArray:
    import pyarrow as pa

    if len(owners) == 1:  # nobody, as in packets without a tunnel
        nothing = pa.nulls(len(codes), pa.int32())
        return pa.DictionaryArray.from_arrays(nothing, pa.array([], pa.string()))
    texts = [None if owner is None else _attribute(owner, attribute) for owner in owners]
    distinct = {text: place for place, text in enumerate(dict.fromkeys(text for text in texts if text is not None))}
    places = np.array([-1 if text is None else distinct[text] for text in texts], dtype=np.int32)[codes]
    unknown = places < 0
    indices = pa.array(places, mask=unknown) if unknown.any() else pa.array(places)
    return pa.DictionaryArray.from_arrays(indices, pa.array(list(distinct), pa.string()))


def _attribute(owner: Owner, attribute: str) -> str | None:
    value: str | None = owner.what if attribute == "role" else getattr(owner, attribute)
    return value
