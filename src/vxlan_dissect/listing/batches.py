"""Which frames does a listing show, and who knows their names?

Law: frames come batch by batch, as they are read; the pipeline that explains them runs only where names are wanted.
A capture that cannot be read to its end gives what came before and then raises its CaptureError.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from numpy.typing import NDArray

    from vxlan_dissect.inventory import Inventory
    from vxlan_dissect.packets import Packets
    from vxlan_dissect.pipeline import Explanations
    from vxlan_dissect.query import Query


class Batch(NamedTuple):
    """Frames to show: `packets`, of n frames, which are `rows`, shape (n,), of all that were read, `whole`.

    `explained`, of `whole`, is what knows names, or None where none are wanted.
    """

    packets: Packets
    whole: Packets
    rows: NDArray[np.intp]
    explained: Explanations | None = None

    @classmethod
    def of(cls, packets: Packets, rows: NDArray[np.intp] | None = None, explained: Explanations | None = None) -> Batch:
        """The frames of `packets`, or those of `rows`."""
        if rows is None or len(rows) == len(packets):
            return cls(packets, packets, np.arange(len(packets)), explained)
        return cls(packets.take(rows), packets, rows, explained)

    @property
    def size(self) -> int:
        """How many frames are shown."""
        return len(self.packets)

    def first(self, count: int) -> Batch:
        """The first `count` frames, or all where there are fewer."""
        return self if self.size <= count else self.of(self.whole, self.rows[:count], self.explained)


def plain(
    name: str, where: Query | None = None, *, columns: Collection[str] | None = None, decode_as: Sequence[str] = ()
) -> Iterator[Batch]:
    """The frames of capture `name` that `where` matches, without names. Raises CaptureError, QueryError.

    `columns`, `decode_as`: those of `decode.decode`.
    """
    from vxlan_dissect import decode
    from vxlan_dissect.capture import open_capture

    for packets in decode.iter_packets(open_capture(name), columns=columns, decode_as=decode_as):
        yield Batch.of(packets, None if where is None else np.flatnonzero(where.mask(packets)))


def named(
    name: str,
    inventory: Inventory | None,
    where: Query | None = None,
    *,
    at: str | None = None,
    names: bool = True,
    decode_as: Sequence[str] = (),
) -> Iterator[Batch]:
    """The same with what knows names; `inventory`, `at` and `names` are those of `pipeline.stream`."""
    from vxlan_dissect import pipeline

    for explained in pipeline.stream(name, inventory, at=at, where=where, names=names, decode_as=decode_as):
        yield Batch.of(explained.packets, explained.rows, explained)
        if explained.problem is not None:
            raise explained.problem
