"""What does a capture tell of its hosts, with nothing else at hand?

Law: sightings in, roles and facts out; nothing of it is certain, each says which frames it follows from, and it costs
what the distinct situations of a capture cost, not its frames.
"""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING

from vxlan_dissect.errors import CaptureError
from vxlan_dissect.infer.facts import Facts
from vxlan_dissect.infer.ledger import Ledger
from vxlan_dissect.infer.links import Links
from vxlan_dissect.infer.network import network_of
from vxlan_dissect.infer.sightings import COLUMNS, Sightings
from vxlan_dissect.infer.spread import spread
from vxlan_dissect.infer.tunnels import Kinds, inner_roles, outer_roles

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vxlan_dissect.addresses import IP
    from vxlan_dissect.infer.ledger import Role
    from vxlan_dissect.infer.network import Network
    from vxlan_dissect.inventory.inventory import Inventory
    from vxlan_dissect.inventory.model import Fact
    from vxlan_dissect.packets import Packets


class Inferred:
    """What was inferred of one capture.

    `facts` are facts of an inventory, with Sources that name frames. `roles` gives what each MAC (int) and IP address
    is, with a confidence and a reason. `times` are those of the first and the last frame in ns since 1970, None where
    the capture has no dates. `network` is the kind of network with its reasons. `left_out` counts frames that
    were not looked at because the capture shows too many different ones. `problem` is the error that ended the reading
    early, or None.
    """

    def __init__(self, file: str, sightings: Sightings, times: tuple[int, int] | None) -> None:
        self.file, self.left_out, self.times = file, sightings.left_out, times
        self.problem: CaptureError | None = None
        seen = list(sightings)
        ledger = Ledger()
        outer_roles(seen, ledger)
        kinds = Kinds(seen)
        inner_roles(seen, kinds, ledger)
        Links(seen).roles(ledger)
        spread(seen, ledger)
        self.roles: dict[int | IP, Role] = {
            subject: role for subject in ledger if (role := ledger.role(subject)) is not None
        }
        self.network: Network = network_of(seen, kinds)
        self.facts: tuple[Fact, ...] = tuple(Facts(file, seen, self.roles, self.network, kinds).all())

    def beside(self, given: Inventory) -> tuple[Fact, ...]:
        """The facts that add to a given inventory: none of what it knows, the hosts called as it calls them."""
        from vxlan_dissect.infer.beside import beside

        return beside(self.facts, given)

    @cached_property
    def inventory(self) -> Inventory:
        """An inventory of these facts alone."""
        from vxlan_dissect.inventory.inventory import Inventory

        return Inventory(self.facts)


class Learner:
    """Takes a capture in batch by batch; `finish` gives what follows from all of it. `frames` counts what it took."""

    def __init__(self) -> None:
        self._sightings = Sightings()
        self._file = ""
        self.frames = 0
        self._times: tuple[int, int] | None = None

    def learn(self, packets: Packets) -> None:
        """Take in the next batch."""
        self._file = self._file or packets.name
        self.frames += len(packets)
        epoch = packets.column("frame.time_epoch")
        if epoch.valid.any():
            shown = epoch.values[epoch.valid]
            first, last = int(shown.min()), int(shown.max())
            before = self._times or (first, last)
            self._times = min(first, before[0]), max(last, before[1])
        self._sightings.learn(packets)

    def finish(self) -> Inferred:
        """What the batches so far tell together."""
        return Inferred(self._file, self._sightings, self._times)


def infer(batches: Iterable[Packets]) -> Inferred:
    """What the batches of one capture tell of its hosts."""
    learner = Learner()
    for packets in batches:
        learner.learn(packets)
    return learner.finish()


def read(name: str, *, decode_as: Sequence[str] = ()) -> Inferred:
    """What the capture `name` tells, as far as it can be read. Raises CaptureError where not one frame could be."""
    from vxlan_dissect import decode
    from vxlan_dissect.capture import open_capture

    learner = Learner()
    problem = None
    try:
        for packets in decode.iter_packets(open_capture(name), columns=COLUMNS, decode_as=decode_as):
            learner.learn(packets)
    except CaptureError as error:
        if not learner.frames:
            raise
        problem = error
    found = learner.finish()
    found.problem = problem
    return found


def inventory_of(capture: str | os.PathLike[str] | Packets, *, decode_as: Sequence[str] = ()) -> Inventory:
    """An inventory of what a capture alone tells: a file name, `-`, or Packets. Errors as for `read`."""
    from vxlan_dissect.packets import Packets

    found = infer([capture]) if isinstance(capture, Packets) else read(os.fspath(capture), decode_as=decode_as)
    return found.inventory
