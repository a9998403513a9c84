"""Which way did each packet take through several captures of one time, how long did each step take, and what was lost?

Law: a packet is known by what no hop changes; where that leaves a choice, the choice is said and not made.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect import decode, pipeline
from vxlan_dissect.capture import open_capture
from vxlan_dissect.errors import UsageError
from vxlan_dissect.inventory.inventory import Inventory
from vxlan_dissect.trace.assemble import Carried, assembled
from vxlan_dissect.trace.clock import corrected
from vxlan_dissect.trace.looks import Looks
from vxlan_dissect.trace.lost import Missing, at_times, found_losses
from vxlan_dissect.trace.match import match
from vxlan_dissect.trace.model import Journey, Overview, Point
from vxlan_dissect.trace.reading import Reader, flooded, slots_of
from vxlan_dissect.trace.result import Findings, Trace
from vxlan_dissect.trace.segments import cut_anew
from vxlan_dissect.trace.times import clock_of_capture, clocks_of, set_right
from vxlan_dissect.trace.translate import translated
from vxlan_dissect.trace.unnamed import named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from vxlan_dissect.packets import Packets
    from vxlan_dissect.trace.model import Clock
    from vxlan_dissect.trace.reading import Read

__all__ = ["Journey", "Overview", "Point", "Trace", "trace"]


def trace(
    captures: Sequence[str | os.PathLike[str]] | str | os.PathLike[str],
    inventory: Inventory | str | os.PathLike[str] | None = None,
    *,
    at: Mapping[str, str] | None = None,
    where: str | None = None,
    decode_as: Sequence[str] = (),
    names: bool = True,
    hubble: str | os.PathLike[str] | None = None,
) -> Trace:
    """Put the captures of one time together: which way each packet took, how long, what changed, what was lost.

    `captures`: file names; a folder stands for the captures in it. `inventory`: an Inventory, or the path of one; None
    takes what lies beside each capture. `at`: NODE:INTERFACE by file name, where it is not to be found out. `where`: a
    filter that chooses packets, any frame of which matches. `names` false leaves all names out. `hubble`: a file of
    `hubble observe -o jsonpb`. Raises CaptureError where one cannot be read at all, InventoryError, QueryError,
    UsageError.
    """
    if inventory is not None and not isinstance(inventory, Inventory):
        inventory = Inventory.load(inventory)
    files = [os.fspath(captures)] if isinstance(captures, (str, os.PathLike)) else [os.fspath(c) for c in captures]
    places = _places(at or {}, files)

    def batches(name: str) -> Iterator[pipeline.Explanations | Packets]:
        if where is not None:
            yield from pipeline.stream(
                name, inventory, at=places.get(name), where=where, names=names, decode_as=decode_as
            )
        else:
            yield from decode.iter_packets(open_capture(name), decode_as=decode_as)

    def explain(packets: Packets) -> pipeline.Explanations:
        return pipeline.explain(packets, inventory, at=places.get(packets.name), names=names)

    reader = Reader(batches)
    for name, label in zip(files, _labels(files), strict=True):
        reader.read(name, label)
    read = reader.result()
    looks = Looks(read, explain)
    return _traced(read, looks, where is not None)


def _traced(read: Read, looks: Looks, filtered: bool) -> Trace:
    records = read.records
    slots = slots_of(read)
    clocks = clocks_of(records, slots, looks)
    times = set_right(records, looks, clocks)
    slack = sum(clock.error_ns or 0 for clock in clocks)
    found = match(records.strong, records.body, slots, times, flooded(records), slack_ns=slack)
    named(read, looks, found.packet)
    found, flows = translated(found, records, times, looks, slack_ns=slack)
    carried = cut_anew(found.packet, records, times, flows, slots, slack_ns=slack)
    carried, doubts = _in_order(carried, found.doubtful, times)
    seen = assembled(carried, records, times, looks)
    count = len(seen.route)
    missing = Missing(seen, records, looks)
    for loss in found_losses(_by_one_clock(read, looks, clocks)):
        missing.mark(loss)
    missing.mark_others()
    chosen = np.arange(count)
    if filtered:
        picked = np.zeros(count, dtype=bool)
        picked[carried.packet[read.chosen[carried.record]]] = True
        chosen = np.flatnonzero(picked)
    result = Findings(read, looks, seen, times, doubts, missing.ended, missing.told)
    problems = [capture.problem for capture in read.captures if capture.problem is not None]
    return Trace(result, looks.points(), clocks, problems=problems, selected=chosen)


def _by_one_clock(read: Read, looks: Looks, known: Sequence[Clock]) -> Iterator[pipeline.Explanations]:
    """The frames of each capture, at times by the clock of reference."""
    for number, (capture, explained) in enumerate(zip(read.captures, looks.explained, strict=True)):
        explained.file_name = capture.label
        clock = clock_of_capture(number, read, looks, known)
        yield explained if clock is None else at_times(explained, corrected(explained.packets.times(), clock))


def _in_order(carried: Carried, doubtful: np.ndarray, times: np.ndarray) -> tuple[Carried, np.ndarray]:
    """Packets numbered without gaps in the order in which they began, and which of them are ambiguous."""
    numbers, packet = np.unique(carried.packet, return_inverse=True)
    start = np.full(len(numbers), np.iinfo(np.int64).max)
    np.minimum.at(start, packet, times[carried.record])
    order = np.argsort(start, kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return carried._replace(packet=rank[packet]), np.isin(numbers[order], doubtful)


def _places(at: Mapping[str, str], files: Sequence[str]) -> dict[str, str]:
    """Where files were taken as the user says it, by their name as given."""
    found = {}
    for name, place in at.items():
        fits = [file for file in files if name in (file, os.path.basename(file))]
        if len(fits) != 1:
            raise UsageError(f"--at {name}={place}: {'no' if not fits else 'more than one'} capture is called {name}")
        found[fits[0]] = place
    return found


def _labels(files: Sequence[str]) -> list[str]:
    """What captures are called: their names without folders, or with them where two would be alike."""
    short = [os.path.basename(file) or file for file in files]
    return [name if short.count(name) == 1 else file for name, file in zip(short, files, strict=True)]
