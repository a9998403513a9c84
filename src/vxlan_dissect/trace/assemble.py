"""How do records of the same packet become sightings in the order of its way?

Law: on arrays, but for what packets of one route have in common, which is asked once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from vxlan_dissect.trace.fingerprint import mixed
from vxlan_dissect.trace.routes import Route, route_of
from vxlan_dissect.trace.runs import begins

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vxlan_dissect.trace.looks import Looks
    from vxlan_dissect.trace.records import Records

ENOUGH = 256  # packets that tell when a route passes its places
WHOLE = -1  # a record that holds all of its packet
_MANY = 1 << 32


class Carried(NamedTuple):
    """Which records carry which packets: arrays of shape (k,). A record may carry several, where offload merged them.

    `packet` and `record`, int64, are their numbers; `share`, int32, the bytes of the packet in the record, or WHOLE.
    """

    packet: NDArray[np.int64]
    record: NDArray[np.int64]
    share: NDArray[np.int32]


class Sightings(NamedTuple):
    """Packets at places, sorted by packet and way.

    `packet`, `spot` (index in its route), `record` (the first that shows it there), all int64, shape (m,). `frames`,
    shape (m + 1,): where the records of each sighting begin in `carried`, which has those of all. `lacking`, int64,
    shape (m,): bytes of the packet that did not pass. `route`, int64: the route of each packet; `begins`, shape
    (packets + 1,): where its sightings begin.
    """

    packet: NDArray[np.int64]
    spot: NDArray[np.int64]
    record: NDArray[np.int64]
    frames: NDArray[np.int64]
    carried: NDArray[np.int64]
    lacking: NDArray[np.int64]
    route: NDArray[np.int64]
    begins: NDArray[np.int64]
    routes: list[Route]


def assembled(carried: Carried, records: Records, times: NDArray[np.int64], looks: Looks) -> Sightings:
    """Sightings of packets that are numbered without gaps; `times`, shape (n,), are by the clock of reference."""
    packet, record, share = carried
    count = int(packet.max()) + 1 if len(packet) else 0
    look = records.look[record].astype(np.int64)
    route, routes = _routes(carried, count, records, times, looks)
    spot = _spots(route[packet], look, routes)
    cooked = looks.cooked[records.tap[record]]
    most = max((len(route.spots) for route in routes), default=0)
    order = np.lexsort((times[record], (packet * most + spot) * 2 + cooked))
    packet, record, spot, share = packet[order], record[order], spot[order], share[order]
    new = begins(packet, spot)
    frames = np.append(np.flatnonzero(new), len(packet))
    firsts = np.searchsorted(packet[new], np.arange(count + 1))
    lacking = _lacking(share, records.tap[record], frames, firsts) if count else np.zeros(0, dtype=np.int64)
    return Sightings(packet[new], spot[new], record[new], frames, record, lacking, route, firsts, routes)


def _lacking(
    share: NDArray[np.int32], tap: NDArray[np.uint16], frames: NDArray[np.int64], firsts: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The bytes of its packet that each sighting lacks, as its first capture shows it."""
    own = tap == np.repeat(tap[frames[:-1]], np.diff(frames))
    passed = np.add.reduceat(np.where(own & (share > 0), share, 0).astype(np.int64), frames[:-1])
    most = np.maximum.reduceat(passed, firsts[:-1])
    lacking: NDArray[np.int64] = np.maximum(np.repeat(most, np.diff(firsts)) - passed, 0)
    return lacking


def _routes(
    carried: Carried, count: int, records: Records, times: NDArray[np.int64], looks: Looks
) -> tuple[NDArray[np.int64], list[Route]]:
    """The route of each packet, shape (count,), and the routes."""
    if not count:
        return np.zeros(0, dtype=np.int64), []
    packet, record, _ = carried
    look = records.look[record].astype(np.int64)
    # Each look once a packet, sorted by packet.
    both = np.sort(packet * _MANY + look)
    both = both[begins(both)]
    owner = both // _MANY
    signature = np.add.reduceat(mixed(both % _MANY + 1), np.searchsorted(owner, np.arange(count)))
    del both, owner
    _, route = coded(signature)
    # How long after the first sighting each look of a route comes, on the average of some of its packets.
    some = _some(route)[packet]
    packet, record, look = packet[some], record[some], look[some]
    start = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(start, packet, times[record])
    each, code = coded(packet * _MANY + look)
    first = np.full(len(each), np.iinfo(np.int64).max)
    np.minimum.at(first, code, times[record])
    example_of = np.zeros(len(each), dtype=np.int64)
    example_of[code] = record
    owner = each // _MANY
    pairs, code = coded(route[owner] * _MANY + each % _MANY)
    after = np.bincount(code, weights=first - start[owner]) / np.bincount(code)
    example = np.zeros(len(pairs), dtype=np.int64)
    example[code] = example_of
    bounds = np.append(np.searchsorted(pairs // _MANY, np.arange(int(route.max()) + 1)), len(pairs))
    routes = []
    for begin, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        rows = example[begin:end]
        columns = pairs[begin:end] % _MANY, records.tap[rows], records.hop_limit[rows], after[begin:end]
        routes.append(route_of(looks, list(zip(*(column.tolist() for column in columns), strict=True))))
    return route, routes


def _some(route: NDArray[np.int64]) -> NDArray[np.bool_]:
    """The first packets of each route, ENOUGH of them, as a mask of shape (packets,)."""
    order = np.argsort(route, kind="stable")
    starts = np.searchsorted(route[order], np.arange(int(route.max()) + 1))
    found = np.zeros(len(route), dtype=bool)
    found[order] = np.arange(len(order)) - starts[route[order]] < ENOUGH
    return found


def coded(keys: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The distinct keys, sorted, and for each key its place among them: `np.unique`, but some times faster."""
    order = np.argsort(keys)
    ordered = keys[order]
    new = begins(ordered)
    codes = np.empty(len(keys), dtype=np.int64)
    codes[order] = np.cumsum(new) - 1
    return ordered[new], codes


def _spots(route: NDArray[np.int64], look: NDArray[np.int64], routes: list[Route]) -> NDArray[np.int64]:
    """The index of the spot of each record in the route of its packet."""
    pairs, code = coded(route * _MANY + look)
    numbers = [routes[pair // _MANY].index[pair % _MANY] for pair in pairs.tolist()]
    return np.array(numbers, dtype=np.int64)[code]
