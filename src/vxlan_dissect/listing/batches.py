"""Which frames does a listing show, and who knows their names?

Law: frames come batch by batch, as they are read; the pipeline that explains them runs only where names are wanted.
A capture that cannot be read to its end gives what came before and then raises its CaptureError.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from vxlan_dissect.inventory import Inventory
    from vxlan_dissect.packets import Packets
    from vxlan_dissect.pipeline import Explanations
    from vxlan_dissect.query import Query


class Batch(NamedTuple):
    """Frames to show: `packets`, of n frames.

    Where names are wanted, `explained` is what knows them and `rows`, shape (n,), says which of its frames these are.
    """

    packets: Packets
    explained: Explanations | None = None
    rows: NDArray[np.intp] | None = None

    def __len__(self) -> int:
        return len(self.packets)

    def first(self, count: int) -> Batch:
        """The first `count` frames, or all where there are fewer."""
        return Batch(self.packets[:count], self.explained, None if self.rows is None else self.rows[:count])


def plain(name: str, where: Query | None = None) -> Iterator[Batch]:
    """The frames of capture `name` that `where` matches, without names. Raises CaptureError, QueryError."""
    from vxlan_dissect import decode
    from vxlan_dissect.capture import open_capture

    for packets in decode.iter_packets(open_capture(name)):
        yield Batch(packets if where is None else packets.take(where.mask(packets)))


def named(
    name: str, inventory: Inventory | None, where: Query | None = None, *, at: str | None = None
) -> Iterator[Batch]:
    """The same with what knows names; `inventory` and `at` are those of `pipeline.stream`."""
    from vxlan_dissect import pipeline

    for explained in pipeline.stream(name, inventory, at=at, where=where):
        rows = explained.rows
        yield Batch(explained.packets.take(rows), explained, rows)
        if explained.problem is not None:
            raise explained.problem
