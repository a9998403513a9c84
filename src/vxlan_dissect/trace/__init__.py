"""Which way did each packet take through several captures of one time, how long did each step take, and what was lost?

Law: a packet is known by what no hop changes; where that leaves a choice, the choice is said and not made.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from vxlan_dissect import decode, pipeline
from vxlan_dissect.capture import open_capture
from vxlan_dissect.capture.folder import meant, once
from vxlan_dissect.errors import UsageError
from vxlan_dissect.inventory.inventory import Inventory
from vxlan_dissect.trace.model import Journey, Overview, Point
from vxlan_dissect.trace.reading import Reader
from vxlan_dissect.trace.result import Trace
from vxlan_dissect.trace.steps import traced

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from vxlan_dissect.packets import Packets

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

    `captures`: file names; a folder stands for the captures directly in it. `inventory`: an Inventory, or the path of
    one; None takes what lies beside each capture. `at`: NODE:INTERFACE or POD:INTERFACE by file name, where it is not
    to be found out. `where`: a filter that chooses packets, any frame of which matches. `names` false leaves all names
    out. `hubble`: a file of `hubble observe -o jsonpb`. Captures that cannot be read are among `Trace.problems`. Raises
    CaptureError where none can be read, with a note for each further one, InventoryError, QueryError, UsageError.
    """
    if inventory is not None and not isinstance(inventory, Inventory):
        inventory = Inventory.load(inventory)
    files = _files(captures)
    places = _places(at or {}, files)

    def packets_of(name: str) -> Iterator[Packets]:
        return decode.iter_packets(open_capture(name), decode_as=decode_as)

    def batches(name: str) -> Iterator[pipeline.Explanations | Packets]:
        if where is None:
            return packets_of(name)
        return pipeline.stream(name, inventory, at=places.get(name), where=where, names=names, decode_as=decode_as)

    def explain(packets: Packets, place: str | None = None) -> pipeline.Explanations:
        return pipeline.explain(packets, inventory, at=places.get(packets.name, place), names=names)

    reader = Reader(batches)
    for name, label in zip(files, _labels(files), strict=True):
        reader.read(name, label)
    if not reader.captures and reader.problems:
        first, *others = reader.problems
        for problem in others:
            first.add_note(str(problem))
        raise first
    return traced(reader.result(), explain, packets_of, filtered=where is not None, hubble=hubble)


def _files(captures: Sequence[str | os.PathLike[str]] | str | os.PathLike[str]) -> list[str]:
    """The captures that are meant, each file once."""
    given = [captures] if isinstance(captures, (str, os.PathLike)) else captures
    return once(file for path in given for file in meant(os.fspath(path)).captures)


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
