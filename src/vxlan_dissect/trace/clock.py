"""How far are the clocks of the nodes apart?

Law: a packet cannot arrive before it was sent. Packets that cross in both directions enclose the offset of two clocks,
and half of what is left open between them is the error; packets of one direction bound it from one side only. Nothing
is corrected that the packets bear as it is.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vxlan_dissect.explain.statements import counted, format_duration
from vxlan_dissect.trace.drift import Line, Points, fit
from vxlan_dissect.trace.model import Clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

# 4000 km of fibre: nodes of one cluster lie nearer to one another, so what is beyond is likelier the clocks'.
_LONGEST_NS = 20_000_000
_SLACK_NS = 2_000  # two time stamps that were cut to whole microseconds
_SENSELESS = float(1 << 61)  # no two clocks are 73 years apart
_PPM = 1e6


class Crossings(NamedTuple):
    """Packets that went from one node to another, in any order.

    `src` and `dst` are places in the list of nodes. `sent_ns` is when each was last seen on `src`, by that node's own
    clock, `received_ns` when it was first seen on `dst`, by that one's: int64 arrays of one length.
    """

    src: int
    dst: int
    sent_ns: NDArray[np.int64]
    received_ns: NDArray[np.int64]


class _Step(NamedTuple):
    """How far one clock is ahead of another: `offset_ns` at its own time `at_ns`, more by `drift` ns each ns."""

    offset_ns: int
    drift: float
    error_ns: int | None
    at_ns: int
    packets: int
    basis: str

    def turned(self) -> _Step:
        """How far the other clock is ahead of this one."""
        drift = self.drift and -self.drift / (1 - self.drift)
        return self._replace(offset_ns=-self.offset_ns, drift=drift, at_ns=self.at_ns - self.offset_ns)

    def after(self, other: _Step, name: str) -> _Step:
        """The same, reckoned from the clock that `other`, the step of the one called `name`, is reckoned from."""
        moved = other.drift * (self.at_ns - self.offset_ns - other.at_ns)
        error = None if self.error_ns is None or other.error_ns is None else self.error_ns + other.error_ns
        return self._replace(
            offset_ns=self.offset_ns + other.offset_ns + round(moved),
            drift=self.drift + other.drift - self.drift * other.drift,
            error_ns=error,
            basis=f"{self.basis}; by way of {name}",
        )


_NONE = _Step(0, 0.0, None, 0, 0, "")


def clocks(nodes: Sequence[str], crossings: Iterable[Crossings]) -> list[Clock]:
    """One clock for each of `nodes`, in their order; the node with the most crossings is the reference.

    The others are chained to it over pairs of nodes, so that their errors add up to the least. A node that no chain
    leads to has offset 0 and no error. Never raises for what the times are.
    """
    pairs = _pairs(len(nodes), crossings)
    counts = [0] * len(nodes)
    steps: dict[tuple[int, int], _Step] = {}
    for (first, second), (there, back) in pairs.items():
        step = _step(there, back)
        counts[first] += step.packets
        counts[second] += step.packets
        steps[first, second], steps[second, first] = step, step.turned()
    found: dict[int, _Step] = {}
    for root in sorted(range(len(nodes)), key=lambda node: (-counts[node], node)):
        if root not in found:
            _chain(root, nodes, steps, found)
    reference = nodes[next(iter(found))] if found else ""
    told = []
    for node, name in enumerate(nodes):
        step = found[node]
        times = _within(step.offset_ns), step.drift * _PPM, step.error_ns, _within(step.at_ns)
        told.append(Clock(name, reference, *times, step.packets, step.basis))
    return told


def corrected(times_ns: NDArray[np.int64], clock: Clock) -> NDArray[np.int64]:
    """Times by a clock as the clock of reference has them: int64 ns, of the same shape."""
    times = np.asarray(times_ns, np.int64)
    if not clock.drift_ppm:
        return times - clock.offset_ns if clock.offset_ns else times
    gained = (times - clock.at_ns).astype(np.float64) * (clock.drift_ppm / _PPM)
    return times - clock.offset_ns - np.rint(gained).astype(np.int64)


def _within(time_ns: int) -> int:
    """What an int64 can hold of a time."""
    return max(min(time_ns, (1 << 63) - 1), -1 << 63)


def _pairs(size: int, crossings: Iterable[Crossings]) -> dict[tuple[int, int], tuple[_Way, _Way]]:
    """Both directions of each pair of nodes, the lower one first; what makes no sense is left out."""
    known = set(range(size))
    parts: dict[tuple[int, int], list[tuple[NDArray[np.int64], NDArray[np.int64]]]] = {}
    for crossing in crossings:
        sent, received = np.asarray(crossing.sent_ns, np.int64), np.asarray(crossing.received_ns, np.int64)
        sane = np.abs(received.astype(np.float64) - sent.astype(np.float64)) < _SENSELESS
        if crossing.src != crossing.dst and {crossing.src, crossing.dst} <= known and sane.any():
            parts.setdefault((crossing.src, crossing.dst), []).append((sent[sane], received[sane]))
    ways = {
        way: _Way(np.concatenate([sent for sent, _ in each]), np.concatenate([received for _, received in each]))
        for way, each in parts.items()
    }
    nothing = _Way(np.empty(0, np.int64), np.empty(0, np.int64))
    pairs = sorted({(min(way), max(way)) for way in ways})
    return {pair: (ways.get(pair, nothing), ways.get(pair[::-1], nothing)) for pair in pairs}


class _Way(NamedTuple):
    """The packets of one direction."""

    sent: NDArray[np.int64]
    received: NDArray[np.int64]


def _step(there: _Way, back: _Way) -> _Step:
    """How far the clock that `there` leads to is ahead of the one it comes from."""
    # By the second clock: at `received` it is ahead by no more than the delay, at `sent` by no less than minus that.
    most, least = there.received - there.sent, back.sent - back.received
    when = np.concatenate((there.received, back.sent))
    begin, end = int(when.min()), int(when.max())
    at = begin + (end - begin) // 2
    if not most.size or not least.size:
        return _one_way(most if most.size else -least, 1 if most.size else -1, at)
    middle = int(np.median(np.concatenate((most, least))))
    line = fit(_points(there.received - at, most - middle), _points(back.sent - at, least - middle))
    return _both_ways(line, middle, at, (most.size, least.size))


def _points(t: NDArray[np.int64], y: NDArray[np.int64]) -> Points:
    return Points(t.astype(np.float64), y.astype(np.float64))


def _both_ways(line: Line, middle: int, at: int, sizes: tuple[int, int]) -> _Step:
    basis = f"{counted(sizes[0] + sizes[1], 'packet')} in both directions"
    offset, error, packets = middle + round(line.offset), math.ceil(line.error), sum(sizes) - line.left_out
    if not packets:
        basis += ", which contradict one another"
    elif line.uneven:
        basis += f", of which {line.left_out} contradict the others"
    elif line.left_out:
        basis += f", {line.left_out} of which fit no line and were left out"
    agree = not line.slope and line.least + middle <= _SLACK_NS and line.most + middle >= -_SLACK_NS
    if agree or (not packets and abs(offset) <= error):
        basis += ": the clocks agree as far as can be told"
        return _Step(0, 0.0, error + abs(offset), at, packets, basis)
    return _Step(offset, line.slope, error, at, packets, basis)


def _one_way(delays: NDArray[np.int64], sign: int, at: int) -> _Step:
    """What the packets of one direction tell: their least delay is not below 0."""
    lower, median, upper = np.quantile(delays, (0.25, 0.5, 0.75))
    usual = delays[delays >= median - 20 * (upper - lower) - 20_000_000]  # without what belongs elsewhere
    least = int(usual.min())
    basis = f"{counted(usual.size, 'packet')} in one direction only"
    if -_SLACK_NS <= least < _LONGEST_NS:
        basis += f", the least delay is {format_duration(least)}: the clocks are taken to agree"
        return _Step(0, 0.0, None, at, usual.size, basis)
    basis += f", the least delay was {format_duration(least)}: taken for the clocks' and set to 0"
    return _Step(sign * least, 0.0, None, at, usual.size, basis)


def _chain(root: int, nodes: Sequence[str], steps: dict[tuple[int, int], _Step], found: dict[int, _Step]) -> None:
    """Put the root's step and those of all that a chain leads to from it into `found`, the surest first."""
    if not found:
        found[root] = _NONE._replace(error_ns=0, basis="the reference")
    elif any(root in pair for pair in steps):
        found[root] = _NONE._replace(basis="no packet crosses between it and the reference: cannot be told")
    else:
        found[root] = _NONE._replace(basis="no packet is known to cross to it or from it: cannot be told")
    begin = found[root]
    reached = {root: begin._replace(error_ns=0)}
    while True:
        open_steps = [
            (step if origin == root else step.after(reached[origin], nodes[origin]), node)
            for (origin, node), step in steps.items()
            if origin in reached and node not in reached
        ]
        if not open_steps:
            return
        step, node = min(open_steps, key=lambda each: (each[0].error_ns is None, each[0].error_ns or 0, each[1]))
        reached[node] = step
        if begin.error_ns is None:
            step = step._replace(error_ns=None, basis=f"{step.basis}; against {nodes[root]}")
        found[node] = step
